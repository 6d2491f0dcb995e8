"""Which column of a land book is which, with its repeated groups of owners and purposes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cadastre.sheets.columns import SHEET_NAMES, Columns, KeptColumns, fold, resolve

_SINGLE: dict[str, tuple[str, ...]] = {
    "former_commune": ("maxa", "xacu", "maxacu", "donvicu", "xa", "tenxa", "tenxacu", "madvhc",
                       "madonvihanhchinh", "formercommune", "xaphuongcu", "donvihanhchinhcu"),
    "map_set": SHEET_NAMES["map_set"],
    "scale": SHEET_NAMES["scale"],
    "sheet": (*SHEET_NAMES["sheet"], "tobandocu", "sotocu"),
    "parcel": (*SHEET_NAMES["parcel"], "thuacu", "sothuacu"),
    "register_area_m2": ("dientich", "dientichphaply", "dientichthua", "tongdientich", "dtphaply",
                         "dientichm2", "dientichgcn", "registerarea", "dt", "dientichdangky"),
    "address": ("diachithua", "diachithuadat", "xudong", "diachi", "thon", "khuvuc", "vitri"),
    "certificate_serial": ("sophathanh", "soseri", "seri", "serial", "sogcn", "sohieugcn",
                           "sophathanhgcn", "seriagcn", "giaychungnhan"),
    "book_number": ("sovaoso", "sovaosogcn", "sovaosocapgcn", "sovaosocap", "booknumber"),
}  # fmt: skip
_PARTY: dict[str, tuple[str, ...]] = {
    "name": ("tenchu", "hoten", "chusudung", "tenchusudung", "nguoisudungdat", "nguoisudung",
             "chusudungdat", "tennguoisudung", "tennguoisudungdat", "hovaten", "chuho",
             "tennguoisudungquanly", "tennguoisudungquanlydat", "nguoisudungquanlydat",
             "hotennguoisudungdat", "ten"),
    "spouse": ("vochong", "tenvochong", "hotenvochong", "tenvohoacchong", "vohoacchong", "vo"),
    "id_number": ("cccd", "cmnd", "socccd", "socmnd", "sogiayto", "sodinhdanh", "cccdcmnd",
                  "cmndcccd"),
    "spouse_id": ("cccdvochong", "cmndvochong", "sogiaytovochong", "cccdvo", "socccdvochong"),
    "birth_date": ("ngaysinh", "namsinh", "birthdate"),
    "spouse_birth": ("ngaysinhvochong", "namsinhvochong", "namsinhvo", "ngaysinhvo"),
    "gender": ("gioitinh", "gioi"),
    "party_address": ("diachichu", "diachichusudung", "thuongtru", "diachithuongtru", "noicutru",
                      "diachinguoisudung", "hokhau"),
    "share": ("tyle", "tylesohuu", "phansohuu", "tylesudung", "phan", "phanquyen", "share"),
    "role": ("vaitro", "quanhe", "role"),
    "kind": ("doituong", "loaichu", "phapnhan", "loaidoituong", "kind",
             "doituongsudung", "doituongsudungquanly", "doituongsudungquanlydat"),
}  # fmt: skip
_PURPOSE: dict[str, tuple[str, ...]] = {
    "land_use": ("loaidat", "mucdichsudung", "mucdich", "mdsd", "mamucdich", "madat", "kyhieu",
                 "loaidatphaply", "mamucdichsudung", "loaidattheogiayto", "loaidathientrang",
                 "loaidattheohientrang"),
    "purpose_area": ("dientichmucdich", "dientichloaidat", "dtmucdich", "dtloaidat", "dientichmd",
                     "dientichtheomucdich", "purposearea"),
    "origin": ("nguongoc", "nguongocsudung", "nguongocdat", "ng"),
    "term": ("thoihan", "thoihansudung", "thoigiansudung"),
}  # fmt: skip


@dataclass(frozen=True)
class BookColumns:
    """Columns of a land book: one of a kind, then groups of owners and of purposes."""

    single: dict[str, str]
    party_groups: tuple[dict[str, str], ...]
    purpose_groups: tuple[dict[str, str], ...]


_KNOWN = {s for names in (_SINGLE, _PARTY, _PURPOSE) for spelled in names.values() for s in spelled}


def is_heading(cell: str) -> bool:
    """Whether a cell is a heading of a land book.

    >>> [is_heading(cell) for cell in ("Thửa đất số", "Diện tích 2 (m2)", "SỔ MỤC KÊ")]
    [True, True, False]
    """
    return _base(cell)[0] in _KNOWN


def book_columns(columns: Sequence[str], given: Columns = "auto", *, file: str = "") -> BookColumns:
    """Return the columns by standard name; ``given`` overrides.

    >>> found = book_columns(["so_to", "so_thua", "dien_tich", "ten_chu", "vo_chong",
    ...                       "loai_dat_1", "dien_tich_1", "loai_dat_2", "dien_tich_2"])
    >>> found.single["register_area_m2"], found.party_groups
    ('dien_tich', ({'name': 'ten_chu', 'spouse': 'vo_chong'},))
    >>> [group["purpose_area"] for group in found.purpose_groups]
    ['dien_tich_1', 'dien_tich_2']
    """
    given = given.of(columns) if isinstance(given, KeptColumns) else given
    by_hand = {} if isinstance(given, str) else dict(given)
    grouped = _groups(columns, by_hand)
    taken = {column for groups in grouped.values() for g in groups for column in g.values()}
    hand = {name: column for name, column in by_hand.items() if name in _SINGLE}
    left = [column for column in columns if column not in taken]
    single = resolve(
        left, hand, names=_SINGLE, required=("sheet", "parcel"), file=file, shown=columns
    )
    return BookColumns(
        {s.name: s.column for s in single}, tuple(grouped["party"]), tuple(grouped["purpose"])
    )


def _groups(columns: Sequence[str], by_hand: Mapping[str, str]) -> dict[str, list[dict[str, str]]]:
    indexed: dict[str, dict[int, dict[str, str]]] = {"party": {}, "purpose": {}}
    uses = {_base(c)[1] for c in columns if _standard(_base(c)[0], _PURPOSE) == "land_use"}
    for column in columns:
        base, index = _base(column)
        place = _placed(column, base, index, uses, by_hand)
        if place is not None:
            kind, name = place
            indexed[kind].setdefault(index, {}).setdefault(name, column)
    return {
        "party": _with(indexed["party"], "name"),
        "purpose": _with(indexed["purpose"], "land_use"),
    }


def _placed(
    column: str, base: str, index: int, uses: set[int], by_hand: Mapping[str, str]
) -> tuple[str, str] | None:
    for kind, names in (("party", _PARTY), ("purpose", _PURPOSE)):
        for name in names:
            if by_hand.get(name) == column:
                return kind, name
    if column in by_hand.values():
        return None
    if base in {"dientich", "dt"} and index > 0 and index in uses:
        return "purpose", "purpose_area"
    purpose = _standard(base, _PURPOSE)
    if purpose is not None:
        return "purpose", purpose
    party = _standard(base, _PARTY)
    # "tỷ lệ" alone is the scale of the map where the book has no other column for it.
    return ("party", party) if party is not None and base != "tyle" else None


def _base(column: str) -> tuple[str, int]:
    """Folded name without its number at the end, and that number (0 without one)."""
    folded = fold(column)
    if folded.endswith("m2"):
        folded = folded[:-2]
    found = re.fullmatch(r"(.*?)(\d{1,2})?", folded)
    base, digits = found.groups() if found else (folded, None)
    return base, int(digits) if digits else 0


def _standard(base: str, names: Mapping[str, tuple[str, ...]]) -> str | None:
    return next((name for name, spelled in names.items() if base in spelled), None)


def _with(groups: dict[int, dict[str, str]], needed: str) -> list[dict[str, str]]:
    return [groups[index] for index in sorted(groups) if needed in groups[index]]
