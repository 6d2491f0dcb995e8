"""The sample's catalogue of procedures, as the table that an office would load.

Made from ``catalogue.toml`` beside this file and from the procedures that the service runs;
the size is that of a commune's published catalogue: 489 procedures, 180 of them online.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cadastre.certificate.profile import Profile

_TABLE = Path(__file__).with_name("catalogue.toml")
COLUMNS = (
    "Mã thủ tục", "Tên thủ tục", "Lĩnh vực", "Trực tuyến", "Số ngày", "Lệ phí",
    "Thành phần hồ sơ", "Hướng dẫn", "Căn cứ pháp lý", "Quy trình",
)  # fmt: skip


def catalogue_table(profiles: Mapping[str, Profile]) -> bytes:
    """Return the catalogue as CSV in UTF-8.

    Parameters
    ----------
    profiles : procedures that the service runs, by name; each has its own row

    >>> catalogue_table({}).decode().splitlines()[1].split(",")[:3]
    ['MAU.HT.001', 'Đăng ký khai sinh', 'Hộ tịch']
    """
    told = tomllib.loads(_TABLE.read_text("utf-8"))
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(COLUMNS)
    for field in told["field"]:
        rows.writerows(_posted(field, told))
    for number, profile in enumerate(profiles.values(), start=1):
        code = profile.procedure_code or f"MAU.QT.{number:03d}"
        rows.writerow(_run(code, profile, told))
    return written.getvalue().encode()


def _posted(field: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    titles = (action.format(about) for action in field["actions"] for about in field["subjects"])
    for number, title in enumerate(titles, start=1):
        yield (
            f"MAU.{field['code']}.{number:03d}",
            title,
            field["name"],
            "Có" if number <= field["online"] else "Không",
            field["days"],
            field["fee"],
            field["papers"],
            told["instructions"],
            told["basis"],
            "",
        )


def _run(code: str, profile: Profile, told: Mapping[str, Any]) -> tuple[object, ...]:
    """One of the procedures that the service runs step by step."""
    return (
        code,
        profile.title.vi,
        "Đất đai" if profile.needs_parcel else "Hộ tịch",
        "Có" if profile.online else "Không",
        sum(appointment.days for appointment in profile.appointments),
        "-/-",
        "; ".join(paper.title.vi for paper in profile.lodged_papers if paper.required),
        told["instructions"],
        profile.source,
        profile.name,
    )
