"""Attach a scan to a dossier: PDF or JPEG, checked by its content, kept by its SHA-256."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.errors import InputRefused
from cadastre.formats.pdf_text import pdf_words
from cadastre.merge.lookup import plain
from cadastre.office.desk import Desk
from cadastre.store.dossier_writing import (
    add_document,
)
from cadastre.store.dossiers import (
    lock_dossier,
)
from cadastre.store.named import query

#: First bytes of the files that the counter takes.
_SIGNATURES = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg"}


class ScanRefused(InputRefused):
    """A scan is a PDF or a JPEG file."""

    message_vi = "Bản chụp phải là tệp PDF hoặc JPEG."


class ScanTooLarge(InputRefused):
    """The scan is larger than the office takes."""

    message_vi = "Bản chụp vượt quá dung lượng cho phép."


@dataclass(frozen=True)
class AttachResult:
    """A scan that was attached."""

    document_uid: str
    kind: str
    media_type: str
    bytes: int
    row_version: int
    words: int = 0


def attach_document(
    desk: Desk,
    *,
    commune: str,
    code: str,
    kind: str,
    content: bytes,
    title: str = "",
    name: str = "",
    row_version: int | None = None,
) -> AttachResult:
    """Attach the scan of a lodged paper; an earlier one of its kind stays readable.

    Raises
    ------
    ScanRefused, ScanTooLarge, DossierUnknown, DossierChanged
    """
    rules = desk.regulation["office"]["papers"]
    if len(content) > rules["max_bytes"]:
        raise ScanTooLarge(
            f"{len(content)} > {rules['max_bytes']} bytes.", bytes=len(content), file=name
        )
    media_type = _media_type(content)
    if media_type not in rules["media_types"]:
        raise ScanRefused(f"({name})", file=name)
    # Nothing is recognised optically: a picture is found by its title only.
    words = plain(pdf_words(content)) if media_type == "application/pdf" else ""
    with desk.transaction("attach_document", commune=commune, subject=code) as transaction:
        found = lock_dossier(transaction.connection, code, row_version, commune=commune)
        titles = {paper.kind: paper.title.vi for paper in found.profile.lodged_papers}
        document_uid = add_document(
            transaction,
            found.uid,
            kind=kind,
            title=title or titles.get(kind, kind),
            direction="lodged",
            at=desk.moment(),
            content=content,
            evidence=desk.evidence,
            name=name or kind,
            media_type=media_type,
            words=words,
        )
        touched = transaction.connection.execute(query("dossier_touch"), {"dossier_uid": found.uid})
        transaction.note(kind=kind, bytes=len(content))
        return AttachResult(
            document_uid,
            kind,
            media_type,
            len(content),
            int(touched.scalar_one()),
            len(words.split()),
        )


def _media_type(content: bytes) -> str:
    found = (kind for start, kind in _SIGNATURES.items() if content.startswith(start))
    return next(found, "application/octet-stream")
