"""Read the words of a scan that has no text layer, so that its dossier is found by them.

The work of a job that :mod:`cadastre.office.attach_document` puts on the queue. Where the
recognising program is not installed, or nothing could be made of the file, the scan says that
it was not read and is found by its title; it is read when the verb is asked again.
"""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.errors import NotFound
from cadastre.formats.scan_text import ScanNotRead, scan_words
from cadastre.merge.lookup import plain
from cadastre.office.desk import Desk
from cadastre.office.permissions import require
from cadastre.store.counter import enter_words, scan_to_read


class ScanUnknown(NotFound):
    """There is no such scan in your communes."""

    message_vi = "Không có bản chụp này trong các xã bạn phụ trách."


@dataclass(frozen=True)
class ReadResult:
    """How a scan was read, and how many words were found in it."""

    document_uid: str
    reading: str
    words: int


def read_scan(desk: Desk, *, commune: str, document_uid: str) -> ReadResult:
    """Recognise the words of a scan and keep them for search, without accents.

    Raises
    ------
    VerbForbidden, CommuneForbidden, ScanUnknown, cadastre.store.evidence.EvidenceMissing
    """
    # Asked before the work, which is long, and again with the transaction that keeps it.
    require("read_scan", role=desk.actor.role, communes=desk.actor.communes, commune=commune)
    scan = scan_to_read(desk.engine, desk.actor, commune, document_uid)
    if scan is None:
        raise ScanUnknown(f"({document_uid})", document_uid=document_uid)
    if scan["reading"] in ("text", "recognised"):
        return ReadResult(document_uid, str(scan["reading"]), 0)
    content = desk.evidence.path(str(scan["sha256"])).read_bytes()
    try:
        words = plain(scan_words(content, str(scan["media_type"]), progress=desk.progress))
    except ScanNotRead:
        words = ""
    reading = "recognised" if words else "unread"
    with desk.transaction("read_scan", commune=commune, subject=scan["code"]) as transaction:
        said = f"{plain(scan['title'])} {words}".strip()
        enter_words(transaction, document_uid, words=said, reading=reading)
        transaction.note(document_uid=document_uid, reading=reading, words=len(words.split()))
    return ReadResult(document_uid, reading, len(words.split()))
