"""Records of GML, KML, MapInfo interchange and File Geodatabase, counted in the files.

GML 3.2: each ``featureMember`` or ``member`` holds one feature, ``featureMembers`` several.
KML: each Placemark. MIF: each line of the .mid table. File Geodatabase: the number of valid
rows in the header of a table file (its bytes 4 to 7); tables of users begin at number 9.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from cadastre.errors import InputRefused
from cadastre.formats.signatures import LinkRefused, check_root

_SINGLE, _SEVERAL = {"featureMember", "member", "Placemark"}, "featureMembers"
_FIRST_USER_TABLE = 9


class TextTruncated(InputRefused):
    """The file is not well-formed to its end: it was not copied or written completely."""

    message_vi = "Tệp không hoàn chỉnh đến cuối: sao chép hoặc ghi chưa xong."


def count_xml_features(path: Path) -> int:
    """Return the features of a GML or KML file.

    Raises
    ------
    TextTruncated
        The text ends inside an element or is not well-formed; ``row`` is the line.
    cadastre.formats.signatures.LinkRefused
        It declares entities, which could name other files or grow without end.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    count, inside, root = 0, 0, True
    try:
        for event, element in iterparse(str(path), events=("start", "end")):
            name = str(element.tag).rsplit("}", 1)[-1]
            if root:
                check_root(path, name)
                root = False
            inside, count = _counted(event, name, inside, count)
            if event == "end":
                element.clear()
    except DefusedXmlException as forbidden:
        raise LinkRefused(f"{path.name}: {forbidden}.", file=path.name) from forbidden
    except ParseError as broken:
        line, column = broken.position
        raise TextTruncated(
            f"{path.name}, line {line}, column {column}: {broken}.",
            f"{path.name}, dòng {line}, cột {column}: {broken}.",
            file=path.name,
            row=line,
        ) from broken
    return count


def _counted(event: str, name: str, inside: int, count: int) -> tuple[int, int]:
    """Return the depth within ``featureMembers`` (0 = outside) and the count so far."""
    step = 1 if event == "start" else -1
    if name == _SEVERAL or inside:
        inside += step
        # The members themselves begin one level below their list.
        return inside, count + (event == "start" and inside == 2)
    return inside, count + (event == "start" and name in _SINGLE)


def count_mid_lines(table: Path) -> int:
    """Return the rows of the .mid table of a MapInfo interchange file."""
    return sum(1 for line in table.read_bytes().splitlines() if line.strip())


def count_geodatabase(folder: Path) -> int | None:
    """Return the rows of a File Geodatabase's only user table, None where it has several."""
    tables = [t for t in sorted(folder.glob("a*.gdbtable")) if _number(t) >= _FIRST_USER_TABLE]
    if len(tables) != 1:
        return None
    with tables[0].open("rb") as stream:
        header: Any = stream.read(8)
    return int(struct.unpack("<II", header)[1]) if len(header) == 8 else None


def _number(table: Path) -> int:
    return int(table.stem[1:], 16)
