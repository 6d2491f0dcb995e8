"""DXF drawings as line work; entities are counted in the text of the file itself.

The ENTITIES section is a list of pairs (group code, value) in which code 0 begins an entity
and code 5 is its handle. GDAL gives the geometry, each piece with the handle of the entity
that it comes from: arcs, bulges, ellipses and splines are stroked, blocks are unfolded, in
three dimensions too. What the reader leaves out is accounted for by the count.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from cadastre.formats.counting import FileTruncated
from cadastre.formats.linework import LineWork
from cadastre.formats.native import native_reader
from cadastre.formats.signatures import check_signature
from cadastre.formats.text import holds_bytes

#: Entities that belong to the one before them.
_FOLLOWERS = {"VERTEX", "SEQEND", "ATTRIB"}
#: Degrees between the points of a stroked arc: of 50 m radius it is then true to 2 mm.
_ARC_OPTION, _ARC_STEP = "OGR_ARC_STEPSIZE", "1"
#: Handles given to entities of old files that have none: beyond those of any drawing.
_FIRST_FREE = 0x7F000000

_NOT_USED = {
    "vi": "Đối tượng {kind} không cho nét hay nhãn nào; nếu là ranh giới, hãy phá khối (explode) "
    "thành đường.",
    "en": "The entity {kind} gives no line and no label; if it is a boundary, explode it into "
    "lines.",
}
_ON_PAPER = {
    "vi": "Đối tượng {kind} nằm trên trang in (layout), không thuộc bản đồ.",
    "en": "The entity {kind} is on a printed layout, not on the map.",
}


@dataclass(frozen=True)
class Entities:
    """Entities of a drawing in order: their kinds, and which one (from 1) each handle is of.

    ``starts`` are the lines of the file behind the name of each; ``bare`` are the entities
    without a handle.
    """

    kinds: tuple[str, ...]
    starts: tuple[int, ...]
    of_handle: dict[str, int]
    bare: tuple[int, ...]


def count_entities(path: str | Path) -> int:
    """Return the entities in the ENTITIES section.

    Raises
    ------
    FileTruncated
        The file has no end mark (``EOF``), as after an interrupted copy.
    """
    return len(entities_of(Path(path)).kinds)


def entities_of(path: Path) -> Entities:
    """Walk the text of a drawing; raises as :func:`count_entities`."""
    values = [line.strip() for line in _lines(path)]
    if "EOF" not in values[-4:]:
        raise FileTruncated(
            f"{path.name}: no EOF after line {len(values)}; copy it again.",
            f"{path.name}: không có EOF sau dòng {len(values)}; hãy sao chép lại.",
            file=path.name,
            row=len(values),
        )
    kinds: list[str] = []
    starts: list[int] = []
    of_handle: dict[str, int] = {}
    named: set[int] = set()
    for at, code, value in _section(values):
        if code == "0" and value not in _FOLLOWERS:
            kinds.append(value)
            starts.append(at + 2)
        elif code == "5" and kinds:
            # The handle of a follower leads to the entity that it belongs to.
            of_handle.setdefault(value.upper(), len(kinds))
            named.add(len(kinds))
    bare = tuple(sorted(set(range(1, len(kinds) + 1)) - named))
    return Entities(tuple(kinds), tuple(starts), of_handle, bare)


def _section(values: list[str]) -> Iterator[tuple[int, str, str]]:
    """Line, group code and value of every pair in the ENTITIES section."""
    inside, section = False, False
    for pair, (code, value) in enumerate(zip(values[0::2], values[1::2], strict=False)):
        if code == "2" and section:
            inside = value == "ENTITIES"
        section = code == "0" and value == "SECTION"
        inside = inside and (code, value) != ("0", "ENDSEC")
        if inside:
            yield 2 * pair, code, value


def _lines(path: Path) -> list[str]:
    """Lines of the file; other signs that could end a line (0x85 in ``ễ``) are text here."""
    text = path.read_bytes().decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")


def read_dxf(path: str | Path) -> LineWork:
    """Lines and labels of a DXF file in its own coordinates."""
    path = Path(path)
    check_signature(path)
    found = entities_of(path)
    with native_reader(path), _with_handles(path, found) as (readable, of_handle):
        fields, shapes = _pieces(readable)
    handles = [str(handle).upper() for handle in fields["EntityHandle"]]
    in_order = np.minimum(np.arange(1, len(shapes) + 1), len(found.kinds))
    owner = np.array(
        [of_handle.get(h, at) for h, at in zip(handles, in_order, strict=True)], np.int64
    )
    return _line_work(fields, shapes, owner, found)


@contextmanager
def _with_handles(path: Path, found: Entities) -> Iterator[tuple[Path, dict[str, int]]]:
    """Yield a drawing in which every entity has a handle, and whose handle is whose.

    Files of the oldest versions have none; a copy of such a file gets them.
    """
    if not found.bare:
        yield path, found.of_handle
        return
    lines, of_handle, parts, before = _lines(path), dict(found.of_handle), [], 0
    for entity in found.bare:
        handle, start = f"{_FIRST_FREE + entity:X}", found.starts[entity - 1]
        of_handle[handle] = entity
        parts += [*lines[before:start], "5", handle]
        before = start
    with tempfile.TemporaryDirectory(prefix="dxf-") as folder:
        copy = Path(folder) / path.name
        copy.write_bytes("\n".join([*parts, *lines[before:], ""]).encode("latin-1"))
        yield copy, of_handle


def _pieces(path: Path) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Fields and geometries that GDAL gives, curves stroked and blocks unfolded."""
    import pyogrio
    from pyogrio import raw

    held = pyogrio.get_gdal_config_option(_ARC_OPTION)
    pyogrio.set_gdal_config_options({_ARC_OPTION: _ARC_STEP})
    try:
        meta, _, wkb, columns = raw.read(
            path, force_2d=True, encoding="UTF-8", MERGE_BLOCK_GEOMETRIES="NO"
        )
    finally:
        pyogrio.set_gdal_config_options({_ARC_OPTION: held})
    fields = dict(zip([str(f) for f in meta["fields"]], columns, strict=True))
    # Surfaces of many faces are no geometry of this library: they come back as none.
    return fields, np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)


def _line_work(
    fields: dict[str, np.ndarray], shapes: np.ndarray, owner: np.ndarray, found: Entities
) -> LineWork:
    on_map = ~np.isin(fields["PaperSpace"].astype(str), ["1", "1.0"])
    there = on_map & ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    point = there & (shapely.get_type_id(shapes) == shapely.GeometryType.POINT)
    drawn = np.flatnonzero(there & ~point)
    lines, piece = _as_lines(shapes[drawn])
    used = set(owner[there].tolist())
    # The reader hands text of no declared code page, or of Windows-1252, over byte for sign.
    texts = fields["Text"][point].astype(object)
    on_paper = set(owner[~on_map].tolist())
    refused = {
        number: _told(_ON_PAPER if number in on_paper else _NOT_USED, kind)
        for number, kind in enumerate(found.kinds, start=1)
        if number not in used
    }
    return LineWork(
        records=len(found.kinds),
        lines=lines,
        line_levels=fields["Layer"][drawn[piece]].astype(object),
        line_records=owner[drawn[piece]],
        points=shapes[point],
        point_levels=fields["Layer"][point].astype(object),
        point_records=owner[point],
        texts=texts,
        byte_text=all(holds_bytes(str(text)) for text in texts),
        refused=refused,
    )


def _as_lines(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lines and rings of geometries, and which geometry each is of."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    inner, within = shapely.get_parts(parts, return_index=True)
    owner = owner[within]
    flat = shapely.get_dimensions(inner) == 2
    rings, ring_of = shapely.get_rings(inner[flat], return_index=True)
    line = shapely.get_dimensions(inner) == 1
    drawn = [shapely.LineString(ring.coords) for ring in rings]
    lines = np.r_[inner[line], np.array(drawn, dtype=object)]
    whose = np.r_[owner[line], owner[flat][ring_of]]
    order = np.argsort(whose, kind="stable")
    return lines[order], whose[order]


def _told(reason: dict[str, str], kind: str) -> dict[str, str]:
    return {language: text.format(kind=kind) for language, text in reason.items()}
