"""Commands on what former communes hand over: sheets, land books, control points, paper maps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cadastre.cli.console import (
    AsOption,
    CommuneOption,
    JsonOption,
    open_desk,
    progress_bar,
    refuse,
    show,
)
from cadastre.errors import CadastreError, InputRefused

if TYPE_CHECKING:
    from cadastre.office.desk import Desk, Progress

FileArgument = Annotated[Path, typer.Argument(exists=True, help="Tệp / File.")]
FormerOption = Annotated[str, typer.Option("--former", help="Mã xã cũ / Former commune.")]
ScaleOption = Annotated[int, typer.Option(help="Mẫu số tỷ lệ / Scale denominator.")]
SheetOption = Annotated[str | None, typer.Option(help="Số tờ / Sheet number.")]
MapSetOption = Annotated[str | None, typer.Option(help="Bộ bản đồ / Map set.")]
CrsOption = Annotated[str, typer.Option(help="EPSG hoặc auto / EPSG code or auto.")]
EncodingOption = Annotated[str, typer.Option(help="Mã chữ / Text encoding.")]
ColumnsOption = Annotated[
    str,
    typer.Option(help='"thua=SHTHUA,…" hoặc JSON / e.g. "parcel=SHTHUA,sheet=SHBANDO" or JSON.'),
]
LevelsOption = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="Bảng lớp (TOML) / Levels of a drawing (TOML)."),
]


#: Refusals of a sheet that the edges of its neighbours may lift.
_MAYBE_CLEAR_LATER = frozenset({"zone_unclear"})


class ColumnsOptionUnclear(InputRefused):
    """--columns is name=column pairs divided by commas, or a JSON object."""

    message_vi = "--columns là các cặp tên=cột cách nhau bằng dấu phẩy, hoặc một đối tượng JSON."


def register(app: typer.Typer) -> None:
    """Add the commands on deliveries."""
    app.command("import", help="Nhập tờ bản đồ / Import the sheets of a file or folder.")(
        import_command
    )
    app.command("landbook", help="Nạp sổ mục kê / Load land books, a file or folder.")(landbook)
    app.command("levels", help="Gợi ý lớp của bản vẽ / Suggest the levels of a drawing.")(levels)
    app.command("control", help="Nạp điểm khống chế / Load control points.")(control)
    app.command("paper-sheet", help="Đăng ký tờ bản đồ giấy / Register a paper sheet.")(paper_sheet)


def import_command(
    path: FileArgument,
    commune: CommuneOption,
    former_commune: FormerOption,
    sheet: SheetOption = None,
    scale: Annotated[int | None, typer.Option(help="Mẫu số tỷ lệ / Scale denominator.")] = None,
    map_set: MapSetOption = None,
    surveyed_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y"], help="Ngày đo / Surveyed on.")
    ] = None,
    crs: CrsOption = "auto",
    encoding: EncodingOption = "auto",
    columns: ColumnsOption = "auto",
    levels: LevelsOption = None,
    layer: Annotated[str | None, typer.Option(help="Lớp / Layer of a file.")] = None,
    bounds: Annotated[
        str | None,
        typer.Option(help="Khung bao của xã, độ WGS 84 / Box of the commune, degrees: W,S,E,N."),
    ] = None,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import one file, or every sheet file of a folder; one refused file loses no other."""
    from cadastre.office.import_sheets import import_sheets

    options: dict[str, Any] = {
        "commune": commune, "former_commune": former_commune, "sheet": sheet, "scale": scale,
        "map_set": map_set, "surveyed_on": None if surveyed_on is None else surveyed_on.date(),
        "crs": crs, "encoding": encoding, "columns": columns_of(columns), "levels": levels,
        "layer": layer, "bounds": _box(bounds), "delivered": {},
    }  # fmt: skip
    found, others = sheet_files(path)

    def verb(desk: Desk, file: Path) -> dict[str, Any]:
        return _accounting(import_sheets(desk, path=file, **options))

    rows = _each(open_desk(account), "Nhập / Import", found, verb, again=_MAYBE_CLEAR_LATER)
    rows += [_row(file, "skipped") for file in others]
    _finish(rows, as_json, _import_line)


def _box(text: str | None) -> tuple[float, float, float, float] | None:
    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as wrong:
        raise typer.BadParameter("W,S,E,N") from wrong
    return west, south, east, north


def _each(
    desk: Desk, title: str, files: list[Path], verb: Any, *, again: frozenset[str] = frozenset()
) -> list[dict[str, Any]]:
    """Carry a verb out for each file; a refusal is told and the next file follows.

    A refusal whose code is in ``again`` is tried again when other files have come in.
    """
    from cadastre.office.desk import part_of

    rows: dict[Path, dict[str, Any]] = {}
    later: dict[Path, CadastreError] = {}
    waiting = files
    with progress_bar(title) as progress:
        while waiting:
            sizes, came = [size_of(file) for file in waiting], False
            later = {}
            for position, file in enumerate(waiting):
                part: Progress = part_of(progress, sizes, position)
                part(0.0, file.name)
                try:
                    rows[file] = verb(desk.with_progress(part), file)
                    came = True
                except CadastreError as refusal:
                    rows[file] = _refused(file, refusal)
                    if refusal.code in again:
                        later[file] = refusal
                    else:
                        refuse(refusal)
            waiting = list(later) if came else []
    for unclear in later.values():
        refuse(unclear)
    return [rows[file] for file in files]


def size_of(path: Path) -> int:
    """Return the bytes of a file or of all files in a folder."""
    parts = path.rglob("*") if path.is_dir() else [path]
    return sum(part.stat().st_size for part in parts if part.is_file())


def _finish(rows: list[dict[str, Any]], as_json: bool, line: Any = dict) -> None:
    show(rows if as_json else [line(row) for row in rows], as_json)
    if any(row["outcome"] == "refused" for row in rows):
        raise typer.Exit(1)


def sheet_files(path: Path) -> tuple[list[Path], list[Path]]:
    """Return the map files of a folder, and the other files in it that are no part of one.

    Drawings that cannot be read are map files too: they are refused by name, with what to do.
    """
    from cadastre.formats.containers import MAP_FILES, SIDE_FILES, UNREADABLE_DRAWINGS

    if path.is_file() or path.suffix.lower() == ".gdb":
        return [path], []
    wanted = MAP_FILES | UNREADABLE_DRAWINGS | {".zip"}
    found, others = [], []
    for file in sorted(path.rglob("*")):
        suffix = file.suffix.lower()
        if any(parent.suffix.lower() == ".gdb" for parent in file.relative_to(path).parents):
            continue
        if suffix in wanted and (file.is_file() or suffix == ".gdb"):
            found.append(file)
        elif file.is_file() and suffix not in SIDE_FILES:
            others.append(file)
    return found, others


def _row(file: Path, outcome: str, **rest: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "sheets": [], "records": None, "loaded": None, "repaired": None, "refused": None,
        "opened": 0, "closed": 0, "unchanged": 0, "mismatches": 0, "zone": "", "srid": None,
        "problem": "",
    }  # fmt: skip
    return {"file": file.name, "outcome": outcome, **empty, **rest}


def _refused(file: Path, refusal: CadastreError) -> dict[str, Any]:
    facts = {k: v for k, v in refusal.facts.items() if isinstance(v, str | int | float | list)}
    said = f"{refusal.message('vi')} / {refusal.message('en')}"
    return _row(file, "refused", problem=said, code=refusal.code, facts=facts)


def _accounting(result: Any) -> dict[str, Any]:
    report = result.report
    lost = [one["en"] for one in result.refused_files]
    return {
        "file": result.file,
        "outcome": "refused" if lost else "done",
        "sheets": list(result.sheets),
        "records": report["records"],
        "loaded": report["loaded"],
        "repaired": report["repaired"],
        "refused": report["refused"],
        "opened": result.opened,
        "closed": result.closed,
        "unchanged": result.unchanged,
        "mismatches": result.mismatches,
        "zone": result.zone.get("evidence_en", ""),
        "srid": result.zone.get("found_srid"),
        "problem": "; ".join(lost),
    }


def _import_line(row: dict[str, Any]) -> dict[str, str]:
    """Return what a person reads of a file; the reason of a refusal was told before."""
    return {
        "Tệp\nFile": row["file"],
        "Tờ\nSheets": some_of(row["sheets"]),
        "Bản ghi = nạp+sửa+loại\nRecords": (
            row["outcome"] if row["records"] is None else f"{row['records']} = {_account(row)}"
        ),
        "Mở, đóng, giữ\nOpen, close, keep": ", ".join(
            str(row[name]) for name in ("opened", "closed", "unchanged")
        ),
        "Sai\nFlags": str(row["mismatches"]),
        "EPSG": "" if row["srid"] is None else str(row["srid"]),
    }


def some_of(values: list[str], most: int = 4) -> str:
    """Return the first values of a list and how many there are.

    >>> some_of(["1", "2"]), some_of([str(n) for n in range(1, 46)])
    ('1, 2', '1, 2, 3 … (45)')
    """
    if len(values) <= most:
        return ", ".join(values)
    return f"{', '.join(values[: most - 1])} … ({len(values)})"


def columns_of(text: str) -> dict[str, str] | str:
    """Return the mapping of columns that an option holds.

    >>> columns_of("parcel=SHTHUA, sheet=SHBANDO"), columns_of("auto")
    ({'parcel': 'SHTHUA', 'sheet': 'SHBANDO'}, 'auto')
    """
    if text.strip() in ("", "auto"):
        return "auto"
    if text.lstrip().startswith("{"):
        try:
            return {str(k): str(v) for k, v in json.loads(text).items()}
        except ValueError as wrong:
            raise ColumnsOptionUnclear(f"({wrong})", field="columns") from wrong
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(name.strip() and equals and column.strip() for name, equals, column in pairs):
        raise ColumnsOptionUnclear(f"({text[:80]})", field="columns")
    return {name.strip(): column.strip() for name, _, column in pairs}


def landbook(
    path: FileArgument,
    commune: CommuneOption,
    former_commune: Annotated[
        str | None, typer.Option("--former", help="Mã xã cũ / Former commune.")
    ] = None,
    columns: ColumnsOption = "auto",
    encoding: EncodingOption = "auto",
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load a land book, or every one of a folder."""
    from cadastre.office.load_landbook import load_landbook

    options: dict[str, Any] = {"commune": commune, "former_commune": former_commune,
               "columns": columns_of(columns), "encoding": encoding}  # fmt: skip
    if path.is_file():
        with progress_bar("Sổ mục kê / Land book") as progress:
            desk = open_desk(account).with_progress(progress)
            loaded = load_landbook(desk, path=path, **options)
        show(loaded if as_json else _book_summary(loaded), as_json)
        return
    kinds = {".xlsx", ".xlsm", ".csv", ".txt", ".tsv", ".dbf"}
    files = [file for file in sorted(path.rglob("*")) if file.suffix.lower() in kinds]
    rows = _each(
        open_desk(account), "Sổ mục kê / Land books", files,
        lambda desk, file: _book_row(load_landbook(desk, path=file, **options)),
    )  # fmt: skip
    _finish(rows, as_json)


def _book_row(result: Any) -> dict[str, Any]:
    report = result.report
    told = {name: report[name] for name in ("records", "loaded", "repaired", "refused")}
    return _row(Path(result.file), "done", **told, mismatches=result.mismatches)


def _book_summary(result: Any) -> dict[str, Any]:
    """Return what a person reads of a land book, with the first rows that were refused."""
    report = result.report
    refused = [f"{line['record']}: {line['reason_vi']}" for line in report["lines"]]
    return {
        "Tệp / File": result.file,
        "Dòng = nạp + sửa + loại / Rows": f"{report['records']} = {_account(report)}",
        "Có trên bản đồ / On the map": result.joined,
        "Chủ sử dụng / Parties": result.parties,
        "Sai khác / Flags": result.mismatches,
        "Dòng cần xem / Rows to look at": "\n".join(refused[:10]),
    }


def _account(report: Mapping[str, Any]) -> str:
    return "+".join(str(report[name]) for name in ("loaded", "repaired", "refused"))


def levels(path: FileArgument, scale: ScaleOption = 1000, as_json: JsonOption = False) -> None:
    """Print the levels that a drawing would be read with, as a TOML file to edit."""
    import sys

    from cadastre.sheets import suggest_levels

    found = suggest_levels(path, scale=scale)
    if not as_json:
        sys.stdout.write(found.to_toml())
        return
    show({"levels": found.levels, "basis": found.basis, "confidence": found.confidence,
          "toml": found.to_toml()}, as_json)  # fmt: skip


def control(
    path: FileArgument,
    commune: CommuneOption,
    crs: Annotated[int | None, typer.Option(help="EPSG của danh sách / of the list.")] = None,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load a list of control points; a new list replaces the one before."""
    from cadastre.office.load_control import load_control

    show(load_control(open_desk(account), commune=commune, path=path, crs=crs), as_json)


def paper_sheet(
    commune: CommuneOption,
    former_commune: FormerOption,
    sheet: Annotated[str, typer.Option(help="Số tờ / Sheet number.")],
    scale: ScaleOption,
    parcels: Annotated[str, typer.Option(help="Số thửa / Parcel numbers: 1-120, 125, 126a.")],
    year: Annotated[int | None, typer.Option(help="Năm lập / Year of the map.")] = None,
    map_set: Annotated[str, typer.Option(help="Bộ bản đồ / Map set.")] = "",
    scan: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Bản quét / Scan.")
    ] = None,
    note: Annotated[str, typer.Option(help="Ghi chú / Note.")] = "",
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Register a sheet that exists on paper only, with the numbers of its parcels."""
    from cadastre.office.register_paper_sheet import register_paper_sheet
    from cadastre.sheets.number_list import parse_number_list

    result = register_paper_sheet(
        open_desk(account),
        commune=commune, former_commune=former_commune, sheet=sheet, scale=scale,
        parcels=parse_number_list(parcels), year=year, map_set=map_set, scan=scan, note=note,
    )  # fmt: skip
    show(result, as_json)
