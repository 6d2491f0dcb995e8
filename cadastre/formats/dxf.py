"""DXF drawings as line work; entities are counted in the text of the file itself.

The ENTITIES section is a list of pairs (group code, value) in which code 0 begins an
entity. GDAL gives the geometry; what it leaves out is accounted for by the count.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from cadastre.formats.counting import FileTruncated
from cadastre.formats.linework import LineWork
from cadastre.formats.native import native_reader
from cadastre.formats.signatures import check_signature

#: Entities that belong to the one before them.
_FOLLOWERS = {"VERTEX", "SEQEND", "ATTRIB"}


def count_entities(path: str | Path) -> int:
    """Return the entities in the ENTITIES section.

    Raises
    ------
    FileTruncated
        The file has no end mark (``EOF``), as after an interrupted copy.
    """
    path = Path(path)
    lines = path.read_bytes().decode("latin-1").splitlines()
    values = [line.strip() for line in lines]
    if "EOF" not in values[-4:]:
        raise FileTruncated(
            f"{path.name}: no EOF after line {len(values)}; copy it again.",
            f"{path.name}: không có EOF sau dòng {len(values)}; hãy sao chép lại.",
            file=path.name,
            row=len(values),
        )
    pairs = zip(values[0::2], values[1::2], strict=False)
    count, inside, section = 0, False, False
    for code, value in pairs:
        if code == "2" and section:
            inside = value == "ENTITIES"
        section = code == "0" and value == "SECTION"
        if code == "0" and value == "ENDSEC":
            inside = False
        elif code == "0" and inside and value not in _FOLLOWERS:
            count += 1
    return count


def read_dxf(path: str | Path) -> LineWork:
    """Lines and labels of a DXF file in its own coordinates."""
    from pyogrio import raw

    path = Path(path)
    check_signature(path)
    records = count_entities(path)
    with native_reader(path):
        meta, _, wkb, columns = raw.read(path, force_2d=True, encoding="ISO-8859-1")
    fields = dict(zip([str(f) for f in meta["fields"]], columns, strict=True))
    shapes = shapely.from_wkb(wkb, on_invalid="fix")
    kinds = shapely.get_type_id(shapes)
    numbers = np.minimum(np.arange(1, len(shapes) + 1), records)
    is_point, is_line = kinds == 0, np.isin(kinds, [1, 2, 3])
    lines = [shapely.LineString(shapely.get_coordinates(s)) for s in shapes[is_line]]
    refused = {
        int(n): {
            "vi": "Đối tượng không phải nét hay nhãn.",
            "en": "The entity is neither a line nor a label.",
        }
        for n in numbers[~is_point & ~is_line]
    } | {
        n: {
            "vi": "Trình đọc không cho đối tượng này.",
            "en": "The reader did not give this entity.",
        }
        for n in range(len(shapes) + 1, records + 1)
    }
    return LineWork(
        records=records,
        lines=np.array(lines, dtype=object),
        line_levels=fields["Layer"][is_line].astype(object),
        line_records=numbers[is_line],
        points=shapes[is_point],
        point_levels=fields["Layer"][is_point].astype(object),
        point_records=numbers[is_point],
        texts=fields["Text"][is_point].astype(object),
        byte_text=True,
        refused=refused,
    )
