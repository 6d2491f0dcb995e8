"""Whether a file begins as its name says, before a native reader is let at it.

GDAL chooses its driver by content: a virtual data set (VRT) or a service description under
an innocent name would make it open other files of this machine or addresses of the net.
So a format is taken from the name and held against the first bytes; XML against its root
element; a coordinate system that a GeoJSON only links to is not fetched.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from cadastre.errors import InputRefused

_HEAD_BYTES = 4096
#: Formats whose first bytes are fixed.
_BINARY = {
    ".shp": b"\x00\x00\x27\x0a",
    ".gpkg": b"SQLite format 3\x00",
    ".fgb": b"fgb",
}
#: Formats that are text: how the first words go, after a byte-order mark and blanks.
_TEXT = {
    ".tab": re.compile(rb"!table", re.IGNORECASE),
    ".mif": re.compile(rb"version\b", re.IGNORECASE),
    ".dxf": re.compile(rb"(?:999\s*\n.*\n\s*)*0\s*\n\s*SECTION", re.IGNORECASE),
    ".gml": re.compile(rb"<"),
    ".kml": re.compile(rb"<"),
}
_ROOTS = {".gml": "FeatureCollection", ".kml": "kml"}


class FileMislabelled(InputRefused):
    """The content is not of the kind that the file's name says; save it again in that format."""

    message_vi = "Nội dung không đúng loại mà tên tệp cho biết; hãy lưu lại đúng định dạng."


class LinkRefused(InputRefused):
    """The file links to something outside itself, which is not fetched; export it complete."""

    message_vi = "Tệp dẫn tới địa chỉ bên ngoài nên không được tải; hãy xuất lại cho đầy đủ."


def check_signature(path: Path) -> None:
    """Refuse a file that does not begin as a file of its name does.

    Raises
    ------
    FileMislabelled
        The first bytes are those of something else.
    """
    suffix = path.suffix.lower()
    if path.is_dir():
        return
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if suffix in _BINARY and not head.startswith(_BINARY[suffix]):
        raise _mislabelled(path, suffix)
    if suffix == ".dxf" and head.startswith(b"AutoCAD Binary"):
        raise FileMislabelled(
            f"{path.name} is a binary DXF; save it as a text (ASCII) DXF.",
            f"{path.name} là DXF nhị phân; hãy lưu thành DXF dạng văn bản (ASCII).",
            file=path.name,
        )
    form = _TEXT.get(suffix)
    if form is not None and not form.match(head.removeprefix(b"\xef\xbb\xbf").lstrip()):
        raise _mislabelled(path, suffix)


def check_root(path: Path, name: str) -> None:
    """Refuse an XML file whose root element is not that of its format."""
    wanted = _ROOTS.get(path.suffix.lower())
    if wanted is not None and name != wanted:
        raise FileMislabelled(
            f"{path.name}: <{name}> where <{wanted}> is expected.",
            f"{path.name}: có <{name}>, cần <{wanted}>.",
            file=path.name,
        )


def check_links(path: Path, content: Any) -> None:
    """Refuse parsed GeoJSON whose coordinate system is a link, anywhere in it."""
    features = content.get("features") if isinstance(content, dict) else None
    for part in (content, *(features if isinstance(features, list) else ())):
        geometry = part.get("geometry") if isinstance(part, dict) else None
        for holder in (part, geometry):
            system = holder.get("crs") if isinstance(holder, dict) else None
            if isinstance(system, dict) and system.get("type") != "name":
                said = str(system.get("type"))[:40]
                raise LinkRefused(f"{path.name}: crs {said}.", file=path.name, field="crs")


def _mislabelled(path: Path, suffix: str) -> FileMislabelled:
    return FileMislabelled(f"{path.name} ({suffix}).", file=path.name)
