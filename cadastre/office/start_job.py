"""Start long work: keep the uploaded files, write the job, put it on the queue, all or nothing."""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from cadastre.errors import InputRefused
from cadastre.office.desk import Desk
from cadastre.office.permissions import require
from cadastre.store.jobs import create_job
from cadastre.store.queue import defer_job

KINDS = (
    "import_sheets", "load_landbook", "load_control", "merge_commune", "record_survey",
    "reconcile_commune",
)  # fmt: skip
#: Files that belong together, by the one that is the map.
_SETS = {
    ".shp": {".shp", ".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix"},
    ".tab": {".tab", ".dat", ".map", ".id", ".ind"},
    ".mif": {".mif", ".mid"},
}


class UploadEmpty(InputRefused):
    """No file arrived, or it is empty; choose the file and send it again."""

    message_vi = "Chưa nhận được tệp, hoặc tệp rỗng; hãy chọn tệp và gửi lại."


class JobKindUnknown(InputRefused):
    """There is no such work."""

    message_vi = "Không có loại công việc này."


@dataclass(frozen=True)
class Upload:
    """A file as a person sent it; ``role`` names what it is to the files beside it."""

    name: str
    content: bytes
    role: str = ""


def start_job(
    desk: Desk,
    *,
    commune: str,
    kind: str,
    subject: str | None = None,
    arguments: Mapping[str, Any] | None = None,
    files: Sequence[Upload] | None = None,
) -> str:
    """Return the identifier of a new job of this kind, queued.

    Parameters
    ----------
    kind : the verb that the job calls, once per file where there are files
    files : uploads; the parts of a Shapefile are kept together as one zip

    Raises
    ------
    VerbForbidden
        The account may not carry out ``kind``.
    UploadEmpty
        ``files`` is given but holds nothing.
    """
    if kind not in KINDS:
        raise JobKindUnknown(f"({kind})", kind=kind)
    require(kind, role=desk.actor.role, communes=desk.actor.communes, commune=commune)
    kept = []
    for upload in bundled(files or []):
        if not upload.content:
            raise UploadEmpty(upload.name, file=upload.name)
        digest, _path = desk.evidence.keep(upload.content)
        role = {"role": upload.role} if upload.role else {}
        kept.append({"name": upload.name, "sha256": digest, **role})
    if files is not None and not kept:
        raise UploadEmpty()
    job_id = str(uuid.uuid4())
    with desk.transaction("start_job", commune=commune, subject=kind, job=job_id) as transaction:
        create_job(
            transaction,
            job_id=job_id,
            kind=kind,
            subject=subject or ", ".join(file["name"] for file in kept) or None,
            arguments={**(arguments or {}), "files": kept},
        )
        defer_job(transaction.connection, job_id, lock=commune)
    return job_id


def bundled(files: Sequence[Upload]) -> list[Upload]:
    """Uploads with the parts of each Shapefile or MapInfo table zipped together.

    >>> parts = [Upload("to_7.shp", b"1"), Upload("To_7.DBF", b"2"), Upload("a.gpkg", b"3")]
    >>> [upload.name for upload in bundled(parts)]
    ['a.gpkg', 'to_7.zip']
    """
    by_stem: dict[str, list[Upload]] = {}
    for upload in (one for one in files if not one.role):
        by_stem.setdefault(PurePath(upload.name).stem.lower(), []).append(upload)
    whole, zipped = [one for one in files if one.role], []
    for stem in sorted(by_stem):
        left = by_stem[stem]
        for main, suffixes in _SETS.items():
            if main in {_suffix(upload) for upload in left}:
                parts = [upload for upload in left if _suffix(upload) in suffixes]
                left = [upload for upload in left if upload not in parts]
                zipped.append(_zipped(PurePath(parts[0].name).stem, parts))
        whole += left
    return whole + zipped


def _suffix(upload: Upload) -> str:
    return PurePath(upload.name).suffix.lower()


def _zipped(stem: str, parts: Sequence[Upload]) -> Upload:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(parts, key=lambda upload: upload.name):
            # A fixed date keeps the same upload the same content.
            entry = zipfile.ZipInfo(PurePath(part.name).name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, part.content)
    return Upload(f"{stem}.zip", buffer.getvalue())
