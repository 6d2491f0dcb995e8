"""The reader for an instrument's file, found by its name and by how it begins."""

from __future__ import annotations

from pathlib import Path

from cadastre.formats.field_book import FieldBook, text_head
from cadastre.formats.field_book_csv import looks_like_field_book, read_field_book_csv
from cadastre.formats.gsi import looks_like_gsi, read_gsi
from cadastre.formats.jobxml import read_jobxml
from cadastre.formats.landxml import read_landxml
from cadastre.formats.sdr33 import looks_like_sdr, read_sdr33

#: Suffixes of instrument files; text files are asked what they are.
_XML_FILES = {".jxl", ".jobxml", ".xml"}
FIELD_BOOK_FILES = {".gsi", ".sdr", *_XML_FILES}


def open_field_book(path: str | Path) -> FieldBook | None:
    """Field book of a file, or None when it is not one.

    Raises
    ------
    cadastre.formats.field_book.FieldBookRefused
        It is one, and cannot be read.
    """
    path = Path(path)
    head = text_head(path).lstrip()
    if head.startswith("<"):
        return _xml(path, head)
    if looks_like_sdr(head) or path.suffix.lower() == ".sdr":
        return read_sdr33(path)
    if looks_like_gsi(head) or path.suffix.lower() == ".gsi":
        return read_gsi(path)
    return read_field_book_csv(path) if looks_like_field_book(head) else None


def _xml(path: Path, head: str) -> FieldBook | None:
    if "<LandXML" in head or ":LandXML" in head:
        return read_landxml(path)
    named = path.suffix.lower() in _XML_FILES
    return read_jobxml(path) if "<JOBFile" in head or named else None
