"""Attach a scan to a dossier: PDF or JPEG, checked by its content, kept by its SHA-256.

It is found by the words of its text layer. A picture, and a PDF of pictures, waits for a job
that recognises them (:mod:`cadastre.office.read_scan`); until then its title is searched.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from cadastre.errors import InputRefused
from cadastre.formats.pdf_text import pdf_words
from cadastre.merge.lookup import plain
from cadastre.office.desk import Desk
from cadastre.store.dossier_writing import add_document
from cadastre.store.dossiers import lock_dossier
from cadastre.store.jobs import create_job
from cadastre.store.named import query
from cadastre.store.queue import defer_job
from cadastre.store.transaction import Transaction

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
    reading: str = "text"


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
    words = plain(pdf_words(content)) if media_type == "application/pdf" else ""
    read = "text" if words else "waiting"
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
            read=read,
        )
        if read == "waiting":
            _read_later(transaction, code, kind, document_uid)
        touched = transaction.connection.execute(query("dossier_touch"), {"dossier_uid": found.uid})
        transaction.note(kind=kind, bytes=len(content))
        return AttachResult(
            document_uid,
            kind,
            media_type,
            len(content),
            int(touched.scalar_one()),
            len(words.split()),
            read,
        )


def _read_later(transaction: Transaction, code: str, kind: str, document_uid: str) -> None:
    """Put the reading of a picture on the queue; it holds up no other work on the commune."""
    job_id = str(uuid.uuid4())
    create_job(
        transaction,
        job_id=job_id,
        kind="read_scan",
        subject=f"{code} {kind}",
        arguments={"document_uid": document_uid},
    )
    defer_job(transaction.connection, job_id, lock=f"scan {document_uid}")


def _media_type(content: bytes) -> str:
    found = (kind for start, kind in _SIGNATURES.items() if content.startswith(start))
    return next(found, "application/octet-stream")
