"""The mismatches that a sheet shows by itself, as rows of the mismatch table.

Each message names the file, the record, the field and what to do; Vietnamese and English.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from cadastre.mismatch import Code, mismatch_id
from cadastre.regulation import Regulation
from cadastre.regulation.land_use import EMPTY, KNOWN, OUTDATED, LandUse, look_up
from cadastre.sheets.enclaves import Enclave
from cadastre.sheets.evidence import OUTLINE_SLACK_M
from cadastre.sheets.repair import Change
from cadastre.sheets.wording import vi
from cadastre.sheets.zone import ZoneFinding

Row = dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """The sheet under reading: its file, its parcels and the regulation in force."""

    file: str
    parcels: gpd.GeoDataFrame
    regulation: Regulation

    def row(self, code: Code, at: int | None, vi: str, en: str, **rest: Any) -> Row:
        """Return a mismatch about the parcel in place ``at``, or about the file."""
        row = self.parcels.iloc[at] if at is not None else None
        uid = None if row is None else row["parcel_uid"]
        sheet = None if row is None else _sheet_of(row)
        other = rest.get("other_parcel_uid")
        discriminator = rest.pop("discriminator", "")
        return {
            "mismatch_id": mismatch_id(code, [u for u in (uid, other) if u], discriminator),
            "code": str(code),
            "severity": rest.pop("severity", self.regulation.severity(code)),
            "subject": self.file if row is None else _name(row),
            "parcel_uid": uid,
            "other_parcel_uid": None,
            "measured_uid": None,
            "sheet": sheet,
            "measured": None,
            "allowed": None,
            "unit": "",
            "rule": "",
            "geometry": None if row is None else row["geometry"],
            "message_vi": vi,
            "message_en": en,
            **rest,
        }


def _sheet_of(row: Any) -> str:
    return f"{row['former_commune']}/{row['former_sheet']}"


def _name(row: Any) -> str:
    parcel = row["former_parcel"]
    number = parcel if isinstance(parcel, str) else "?"
    return f"{row['former_commune']} tờ {row['former_sheet']} thửa {number}"


def zone_rows(subject: Subject, zone: ZoneFinding, records: int) -> list[Row]:
    """``CRS_ZONE`` when the declared zone is not the true one, ``AXIS_ORDER`` when swapped."""
    rows: list[Row] = []
    extent = shapely.box(*subject.parcels.total_bounds) if len(subject.parcels) else None
    communes = subject.parcels["former_commune"].unique() if len(subject.parcels) else []
    place = {"discriminator": "|".join([subject.file, *communes]), "geometry": extent}
    if zone.wrong_zone:
        away = zone.displaced_m
        far = f"{away:,.0f} m" if away is not None else "-"
        far_vi = f"{vi(away, ',.0f')} m" if away is not None else "-"
        rows.append(
            subject.row(
                Code.CRS_ZONE,
                None,
                f"{subject.file} khai {zone.declared} nhưng tọa độ thuộc "
                f"EPSG:{zone.found_srid} (lệch {far_vi}). {zone.evidence_vi} "
                "Đã dùng múi tìm được; hãy sửa khai báo trong tệp gốc.",
                f"{subject.file} declares {zone.declared} but the coordinates are in "
                f"EPSG:{zone.found_srid} ({far} away). {zone.evidence_en} "
                "The zone found is used; correct the declaration in the source file.",
                measured=away,
                unit="m",
                rule="zone.evidence",
                **place,
            )
        )
    if zone.contradicted_m is not None:
        far, far_vi = f"{zone.contradicted_m:,.0f} m", f"{vi(zone.contradicted_m, ',.0f')} m"
        given = f"EPSG:{zone.found_srid}"
        rows.append(
            subject.row(
                Code.CRS_ZONE,
                None,
                f"{subject.file}: múi {given} do người dùng chỉ định đặt đất cách ranh giới xã "
                f"tới {far_vi}. Đã làm theo; hãy kiểm tra lại múi chiếu hoặc ranh giới.",
                f"{subject.file}: the zone {given} given by the user puts land up to {far} "
                "outside the commune's outline. It is obeyed; check the zone or the outline.",
                severity="warning",
                measured=zone.contradicted_m,
                allowed=OUTLINE_SLACK_M,
                unit="m",
                rule="zone.evidence",
                **{**place, "discriminator": f"given|{place['discriminator']}"},
            )
        )
    if zone.swapped:
        rows.append(
            subject.row(
                Code.AXIS_ORDER,
                None,
                f"{subject.file}: {records} bản ghi ghi tọa độ theo thứ tự (X bắc, Y đông); "
                "đã đổi thành (đông, bắc).",
                f"{subject.file}: {records} records write coordinates as (north, east); "
                "turned to (east, north).",
                rule="zone.evidence",
                **place,
            )
        )
    return rows


def label_rows(subject: Subject, many: dict[int, list[str]]) -> list[Row]:
    """``LABEL_MISSING`` for a parcel without a number, ``LABEL_MANY`` for one with several."""
    rows = []
    for at in np.flatnonzero(subject.parcels["former_parcel"].isna()).tolist():
        place_vi, place_en = _places(subject, at)
        numbers = many.get(_record(subject, at))
        if numbers:
            listed = ", ".join(numbers)
            rows.append(
                subject.row(
                    Code.LABEL_MANY,
                    at,
                    f"{place_vi}một vùng có nhiều số thửa ({listed}); thiếu ranh giới ở giữa?",
                    f"{place_en}one area holds several numbers ({listed}); is a line missing?",
                    measured=float(len(numbers)),
                    allowed=1.0,
                    rule="sheet.parcel_number",
                )
            )
            continue
        rows.append(
            subject.row(
                Code.LABEL_MISSING,
                at,
                f"{place_vi}thửa không có số thứ tự; hãy bổ sung số thửa.",
                f"{place_en}the parcel has no number; add it.",
                rule="sheet.parcel_number",
            )
        )
    return rows


def area_rows(subject: Subject) -> list[Row]:
    """``PRINTED_AREA`` where the drawn and the printed area differ beyond Annex 04."""
    parcels = subject.parcels
    printed = parcels["printed_area_m2"].to_numpy(float)
    drawn = parcels.geometry.area.to_numpy()
    stated = np.nan_to_num(printed, nan=0.0)
    limit = subject.regulation.accuracy.area_limit(parcels["scale"].to_numpy(), stated)
    beyond = np.flatnonzero((stated > 0) & (np.abs(drawn - stated) > limit)).tolist()
    return [
        subject.row(
            Code.PRINTED_AREA,
            at,
            f"{subject.file}, bản ghi {_record(subject, at)}: diện tích ghi "
            f"{vi(stated[at], '.1f')} m2, tính từ hình {vi(drawn[at], '.1f')} m2, vượt hạn sai "
            f"{vi(limit[at], '.2f')} m2; "
            "hãy kiểm tra số ghi hoặc hình.",
            f"{subject.file}, record {_record(subject, at)}: {stated[at]:.1f} m2 printed, "
            f"{drawn[at]:.1f} m2 drawn, beyond the limit of {limit[at]:.2f} m2; "
            "check the figure or the outline.",
            measured=float(abs(drawn[at] - stated[at])),
            allowed=float(limit[at]),
            unit="m2",
            rule="accuracy.area",
        )
        for at in beyond
    ]


def land_use_rows(subject: Subject) -> list[Row]:
    """``LAND_USE`` for codes that are outdated or not known."""
    tables = subject.regulation["land_use"]
    labels = subject.parcels["land_use"].astype(object)
    known = {label: look_up(label, tables) for label in labels.dropna().unique()}
    doubtful = {label: use for label, use in known.items() if use.state not in (KNOWN, EMPTY)}
    rows = []
    for at in np.flatnonzero(labels.isin(list(doubtful))).tolist():
        vi, en = _land_use_text(doubtful[labels.iloc[at]])
        place_vi, place_en = _places(subject, at)
        rows.append(
            subject.row(Code.LAND_USE, at, place_vi + vi, place_en + en, rule="land_use.codes")
        )
    return rows


def _land_use_text(use: LandUse) -> tuple[str, str]:
    if use.state == OUTDATED and use.current:
        now = "+".join(use.current)
        return (
            f"mã loại đất {use.code} là mã cũ, nay là {now}; hãy sửa trong sổ.",
            f"land-use code {use.code} is outdated, now {now}; correct the register.",
        )
    if use.state == OUTDATED:
        return (
            f"mã loại đất {use.code} là mã cũ, có nhiều mã mới; hãy chọn mã đúng.",
            f"land-use code {use.code} is outdated and may be several now; choose one.",
        )
    return (
        f"không biết mã loại đất {use.code}; hãy kiểm tra.",
        f"land-use code {use.code} is not known; check it.",
    )


def geometry_rows(subject: Subject, changes: list[Change], positions: dict[int, int]) -> list[Row]:
    """``GEOMETRY`` for outlines that were repaired by some area, or need a look."""
    rows = []
    for change in changes:
        at = positions.get(change.at)
        if at is None:
            continue
        place_vi, place_en = _places(subject, at)
        rows.append(
            subject.row(
                Code.GEOMETRY,
                at,
                place_vi + change.reason["vi"],
                place_en + change.reason["en"],
                measured=abs(change.change_m2),
                unit="m2",
                rule="accuracy.area",
            )
        )
    return rows


def refused_rows(
    subject: Subject, refused: list[tuple[int, Change]], former_commune: str
) -> list[Row]:
    """``GEOMETRY`` for records whose outline could not be repaired; they are no parcels."""
    return [
        subject.row(
            Code.GEOMETRY,
            None,
            f"{subject.file}, bản ghi {record}: {change.reason['vi']}",
            f"{subject.file}, record {record}: {change.reason['en']}",
            discriminator=f"{former_commune}|{subject.file}|{record}",
            measured=abs(change.change_m2),
            unit="m2",
            rule="accuracy.area",
            geometry=change.before,
        )
        for record, change in refused
    ]


def enclave_rows(subject: Subject, enclaves: list[Enclave]) -> list[Row]:
    """``ENCLAVE`` for each parcel inside another, cut out or not."""
    rows = []
    for found in enclaves:
        inner = subject.parcels.iloc[found.inner]
        host = subject.parcels.iloc[found.host]
        done_vi = "đã cắt khỏi thửa bao" if found.cut else "chưa cắt; hãy quyết định có cắt không"
        done_en = "cut out of it" if found.cut else "not cut out; decide whether to cut"
        rows.append(
            subject.row(
                Code.ENCLAVE,
                found.host,
                f"{_name(inner)} ({vi(found.area_m2, '.1f')} m2) nằm trọn trong {_name(host)}: "
                f"{done_vi}.",
                f"{_name(inner)} ({found.area_m2:.1f} m2) lies inside {_name(host)}: {done_en}.",
                other_parcel_uid=inner["parcel_uid"],
                geometry=inner["geometry"],
                severity="info" if found.cut else subject.regulation.severity(Code.ENCLAVE),
                measured=found.area_m2,
                unit="m2",
                rule="accuracy.area",
            )
        )
    return rows


def _places(subject: Subject, at: int) -> tuple[str, str]:
    record = _record(subject, at)
    return f"{subject.file}, bản ghi {record}: ", f"{subject.file}, record {record}: "


def _record(subject: Subject, at: int) -> int:
    return int(subject.parcels["record"].iloc[at])
