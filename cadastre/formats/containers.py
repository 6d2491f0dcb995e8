"""What a handed-over file really consists of: single files, sets of files, zip archives.

A Shapefile or a MapInfo table is a set that belongs together; an archive is unpacked into
a private folder that goes away again, with limits against archives made to fill a disk.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from cadastre.errors import InputRefused
from cadastre.formats.counting import sibling
from cadastre.formats.vector import POLYGON_FILES

SET_SUFFIXES = {
    ".shp": (".shp", ".dbf", ".shx", ".prj", ".cpg"),
    ".tab": (".tab", ".dat", ".map", ".id"),
    ".mif": (".mif", ".mid"),
}
DRAWINGS = {".dgn", ".dxf"}
MAP_FILES = POLYGON_FILES | DRAWINGS
#: Drawings that no reader here opens; they are refused with what to do.
UNREADABLE_DRAWINGS = {".dwg"}
#: Files beside a map file that are read with it, or that programs write beside it.
SIDE_FILES = {
    ".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".dat", ".map", ".id", ".ind",
    ".mid", ".xsd", ".gfs", ".xml", ".qmd", ".lock", ".toml",
}  # fmt: skip
MOST_BYTES = 4 * 1024**3
MOST_MEMBERS = 5000
#: Map files shrink to a tenth; what shrinks to a two-hundredth was made to fill a disk.
MOST_TIMES, _ALWAYS_ALLOWED = 200, 64 * 1024**2


class ArchiveRefused(InputRefused):
    """The archive cannot be used."""

    message_vi = "Không dùng được tệp nén này."


class FormatUnsupported(InputRefused):
    """This format is not read here; save it as one that is."""

    message_vi = "Định dạng này chưa đọc được; hãy lưu sang định dạng khác."


def parts_of(path: Path) -> list[Path]:
    """Files that belong to a map file, itself included."""
    if path.is_dir():
        return sorted(part for part in path.rglob("*") if part.is_file())
    suffixes = SET_SUFFIXES.get(path.suffix.lower())
    if suffixes is None:
        return [path]
    return [found for suffix in suffixes if (found := sibling(path, suffix)) is not None]


@contextmanager
def map_files(path: str | Path) -> Iterator[list[Path]]:
    """Map files in ``path``: itself, or those in an archive while the block lasts.

    Raises
    ------
    ArchiveRefused
        Damaged, too large, or without a map file in it.
    FormatUnsupported
        A suffix that no reader here knows.
    """
    path = Path(path)
    if not path.exists():
        raise InputRefused(f"{path.name}: not there.", f"{path.name}: không có.", file=path.name)
    if path.suffix.lower() != ".zip":
        yield [_supported(path)]
        return
    folder = Path(tempfile.mkdtemp(prefix="sheets-"))
    try:
        _unpack(path, folder)
        found = [f for f in sorted(folder.rglob("*")) if f.suffix.lower() in MAP_FILES]
        if not found:
            raise _refused(path, "no map file in it", "không có tệp bản đồ")
        yield found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _supported(path: Path) -> Path:
    suffix = path.suffix.lower()
    if suffix in POLYGON_FILES | DRAWINGS:
        return path
    if suffix == ".dwg":
        raise FormatUnsupported(
            f"{path.name}: save it as DGN V7 or DXF.",
            f"{path.name}: hãy lưu thành DGN V7 hoặc DXF.",
            file=path.name,
        )
    known = ", ".join(sorted(POLYGON_FILES | DRAWINGS | {".zip"}))
    raise FormatUnsupported(f"{path.name}: {known}.", file=path.name)


def _unpack(path: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            size = sum(m.file_size for m in members)
            thin = size > _ALWAYS_ALLOWED and size > MOST_TIMES * path.stat().st_size
            if len(members) > MOST_MEMBERS or size > MOST_BYTES or thin:
                raise _refused(path, "too large when unpacked", "quá lớn khi giải nén")
            for member in members:
                name = PurePosixPath(member.filename.replace("\\", "/"))
                if name.is_absolute() or ".." in name.parts:
                    raise _refused(path, f"unsafe name {name}", f"tên không an toàn {name}")
                target = folder.joinpath(*name.parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as source, target.open("wb") as sink:
                    shutil.copyfileobj(source, sink)
    except (
        zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError,
        ValueError,
    ) as broken:  # fmt: skip
        raise _refused(path, str(broken), str(broken)) from broken


def _refused(path: Path, why_en: str, why_vi: str) -> ArchiveRefused:
    return ArchiveRefused(f"{path.name}: {why_en}.", f"{path.name}: {why_vi}.", file=path.name)
