"""Files that a person sends: read whole, within the limit, with the names they had."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from fastapi import UploadFile

from api.dependencies import House
from cadastre.errors import InputRefused
from cadastre.office.start_job import Upload
from cadastre.sheets.levels import LevelsUnusable


class UploadTooLarge(InputRefused):
    """The files are larger than this service takes at once."""

    message_vi = "Các tệp lớn hơn mức dịch vụ nhận trong một lần."


class ColumnsRefused(InputRefused):
    """columns is a JSON object from standard names to the file's own, or "auto"."""

    message_vi = 'columns là đối tượng JSON từ tên chuẩn đến tên cột trong tệp, hoặc "auto".'


def read_files(house: House, files: Sequence[UploadFile]) -> list[Upload]:
    """Return the uploads of a request.

    Raises
    ------
    UploadTooLarge
        Their sum is above the limit of the settings.
    """
    left = house.web.upload_limit
    uploads = []
    for file in files:
        content = file.file.read(left + 1)
        left -= len(content)
        if left < 0:
            raise UploadTooLarge(file.filename or "", file=file.filename)
        uploads.append(Upload(PurePath(file.filename or "upload").name, content))
    return uploads


def levels_of(text: str) -> dict[str, Any] | None:
    """Return the levels of a drawing that a form holds as TOML; None when it is empty.

    >>> levels_of("boundary = [10, 23]")
    {'boundary': [10, 23]}
    """
    if not text.strip():
        return None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise LevelsUnusable(f"({wrong})", field="levels") from wrong


def columns_of(text: str) -> dict[str, str] | str:
    """Return the mapping of columns that a form holds.

    >>> columns_of('{"parcel": "thua"}')
    {'parcel': 'thua'}
    """
    if text in ("", "auto"):
        return "auto"
    try:
        found = json.loads(text)
    except ValueError as wrong:
        raise ColumnsRefused(field="columns") from wrong
    if not isinstance(found, dict) or not all(
        isinstance(part, str) for pair in found.items() for part in pair
    ):
        raise ColumnsRefused(field="columns")
    return found
