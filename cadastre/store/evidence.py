"""Evidence: uploaded and generated files, kept by their SHA-256 and never changed."""

from __future__ import annotations

import hashlib
import io
import os
import uuid
import zipfile
from dataclasses import dataclass
from pathlib import Path

from cadastre.errors import NotFound
from cadastre.formats.containers import parts_of
from cadastre.store.named import query
from cadastre.store.transaction import Transaction

_SOME_DATE = (1980, 1, 1, 0, 0, 0)


class EvidenceMissing(NotFound):
    """A kept file is no longer where it was put; restore it from the backup."""

    message_vi = "Tệp đã lưu không còn ở chỗ cũ; hãy phục hồi từ bản sao lưu."


@dataclass(frozen=True)
class Evidence:
    """The folder of kept files below the data folder.

    A file is complete before it gets its name, so that a crash leaves no half file.
    """

    home: Path

    def keep(self, content: Path | bytes) -> tuple[str, Path]:
        """Keep a file or bytes; return its SHA-256 and where it is kept."""
        data = content if isinstance(content, bytes) else Path(content).read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        target = self._place(digest)
        if not target.exists():
            for folder in (target.parent.parent, target.parent):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = target.with_name(f".{uuid.uuid4().hex}")
            with draft.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.chmod(0o400)
            draft.replace(target)
        return digest, target

    def path(self, sha256: str) -> Path:
        """Return where a kept file is."""
        target = self._place(sha256)
        if not target.exists():
            raise EvidenceMissing(f"({sha256[:12]}…)", sha256=sha256)
        return target

    def _place(self, sha256: str) -> Path:
        return self.home.resolve() / "evidence" / sha256[:2] / sha256


def register_source(
    transaction: Transaction,
    evidence: Evidence,
    content: Path | bytes,
    *,
    kind: str,
    name: str,
    media_type: str = "application/octet-stream",
) -> str:
    """Keep a file as evidence and enter it in the register of sources; return its identifier.

    The parts of a Shapefile or MapInfo table are kept beside each other; the identifier is
    that of the main file. A folder (File Geodatabase) is kept as one archive.
    """
    if isinstance(content, Path) and content.is_dir():
        return register_source(
            transaction, evidence, _packed(content), kind=kind, name=name,
            media_type="application/zip",
        )  # fmt: skip
    digest, path = evidence.keep(content)
    for part in parts_of(content) if isinstance(content, Path) else ():
        if part != content:
            _enter(transaction, *evidence.keep(part), kind, part.name, media_type)
    return _enter(transaction, digest, path, kind, name, media_type)


def _packed(folder: Path) -> bytes:
    """Return a folder as an archive that is the same whenever it is made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts_of(folder):
            entry = zipfile.ZipInfo(str(part.relative_to(folder.parent)), _SOME_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, part.read_bytes())
    return buffer.getvalue()


def _enter(
    transaction: Transaction, digest: str, path: Path, kind: str, name: str, media_type: str
) -> str:
    entered = transaction.connection.execute(
        query("source_enter"),
        {
            "source_id": str(uuid.uuid4()),
            "commune": transaction.commune,
            "kind": kind,
            "name": name,
            "sha256": digest,
            "bytes": path.stat().st_size,
            "media_type": media_type,
            "event": transaction.event_id,
        },
    )
    return str(entered.scalar_one())
