"""The land book against the sheets: records without a parcel, parcels without a record, sums.

Purposes of a parcel must sum to its registered area within the slack that rounding to
0.1 m2 leaves (TT 10/2024 Art 8): ``accuracy.rounding.purpose_slack_m2`` per purpose.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from cadastre import regulation as law
from cadastre.frames import srid_of
from cadastre.mismatch import Code, mismatch_frame, mismatch_id
from cadastre.regulation import Regulation
from cadastre.sheets.wording import vi

_NUMBER = ["former_commune", "former_sheet", "former_parcel"]


def judge_landbook(
    records: pd.DataFrame,
    purposes: pd.DataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    regulation: Regulation | None = None,
) -> gpd.GeoDataFrame:
    """Return the mismatch table of a land book (see :class:`LandbookReading` for columns).

    Records and parcels meet by their old number; scale and map set decide only where the
    book states them. Books come in volumes: parcels of sheets that no record names are left out.
    """
    judge = regulation or law.load()
    pairs = _pairs(records, parcels)
    rows = _without_parcel(records, pairs, judge)
    rows += _without_record(records, parcels, pairs, judge)
    rows += _sums(records, purposes, parcels, pairs, judge)
    return mismatch_frame(rows, srid_of(parcels))


def _pairs(records: pd.DataFrame, parcels: gpd.GeoDataFrame) -> pd.DataFrame:
    """Places (record, parcel) that have the same old number."""
    left = records.assign(record_at=np.arange(len(records)))
    right = pd.DataFrame(parcels[[*_NUMBER, "map_set", "scale"]]).assign(
        parcel_at=np.arange(len(parcels))
    )
    for name in _NUMBER:
        left[name] = left[name].astype(object)
        right[name] = right[name].astype(object)
    joined = left[[*_NUMBER, "map_set", "scale", "record_at"]].merge(
        right[right["former_parcel"].notna()], on=_NUMBER, suffixes=("", "_map")
    )
    stated = pd.to_numeric(joined["scale"]).astype("Float64")
    same_scale = stated.isna() | (stated == joined["scale_map"]).fillna(False)
    said = joined["map_set"].fillna("").astype(object)
    same_set = (said == "") | (said == joined["map_set_map"].fillna("").astype(object))
    fits: pd.DataFrame = joined[(same_scale & same_set).to_numpy(bool)]
    return fits


def _without_parcel(
    records: pd.DataFrame, pairs: pd.DataFrame, judge: Regulation
) -> list[dict[str, Any]]:
    alone = np.setdiff1d(np.arange(len(records)), pairs["record_at"].to_numpy())
    rows = []
    for record in records.iloc[alone].itertuples(index=False):
        name = f"{record.former_commune} tờ {record.former_sheet} thửa {record.former_parcel}"
        rows.append(
            _row(
                judge,
                Code.RECORD_WITHOUT_PARCEL,
                name,
                f"Sổ mục kê, dòng {record.row_number}: {name} không có trên bản đồ; "
                "hãy sửa số tờ, số thửa hoặc tìm bản đồ giấy.",
                f"Land book, row {record.row_number}: {name} is not on any sheet; "
                "correct the numbers or look for a paper map.",
                discriminator=_discriminator(record),
                sheet=f"{record.former_commune}/{record.former_sheet}",
            )
        )
    return rows


def _discriminator(record: Any) -> str:
    scale = "" if pd.isna(record.scale) else str(int(record.scale))
    known = (record.former_commune, record.map_set or "", scale)
    return "|".join([*map(str, known), record.former_sheet, record.former_parcel])


def _without_record(
    records: pd.DataFrame, parcels: gpd.GeoDataFrame, pairs: pd.DataFrame, judge: Regulation
) -> list[dict[str, Any]]:
    sheet = ["former_commune", "former_sheet"]
    named = pd.MultiIndex.from_frame(records[sheet])
    covered = pd.MultiIndex.from_frame(parcels[sheet]).isin(named)
    alone = np.flatnonzero(covered & parcels["former_parcel"].notna().to_numpy())
    alone = np.setdiff1d(alone, pairs["parcel_at"].to_numpy())
    rows = []
    for parcel in parcels.iloc[alone].itertuples(index=False):
        name = f"{parcel.former_commune} tờ {parcel.former_sheet} thửa {parcel.former_parcel}"
        rows.append(
            _row(
                judge,
                Code.PARCEL_WITHOUT_RECORD,
                name,
                f"{name} có trên bản đồ nhưng không có trong sổ mục kê; hãy bổ sung sổ.",
                f"{name} is on the map but not in the land book; add it to the book.",
                parcel_uid=parcel.parcel_uid,
                sheet=f"{parcel.former_commune}/{parcel.former_sheet}",
                geometry=parcel.geometry,
            )
        )
    return rows


def _sums(
    records: pd.DataFrame,
    purposes: pd.DataFrame,
    parcels: gpd.GeoDataFrame,
    pairs: pd.DataFrame,
    judge: Regulation,
) -> list[dict[str, Any]]:
    key = [n for n in ("row_number", *_NUMBER) if n in purposes and n in records]
    whole = purposes.groupby(key, sort=False)["area_m2"].agg(["sum", "count", "size"])
    told = records.merge(whole.reset_index(), on=key, how="inner")
    slack = float(judge["accuracy"]["rounding"]["purpose_slack_m2"])
    told = told.assign(
        off=(told["sum"] - told["register_area_m2"]).abs(), allowed=slack * told["size"]
    )
    # A purpose without a figure makes the sum meaningless, not wrong.
    wrong = (told["count"] == told["size"]) & (told["off"] > told["allowed"] + 1e-9)
    rows_of = records["row_number"].iloc[pairs["record_at"]]
    found = dict(zip(rows_of, pairs["parcel_at"], strict=True))
    return [
        _sum_row(record, parcels, found.get(record["row_number"]), judge)
        for record in told[wrong.fillna(False).to_numpy(bool)].to_dict("records")
    ]


def _sum_row(
    record: dict[Any, Any], parcels: gpd.GeoDataFrame, at: int | None, judge: Regulation
) -> dict[str, Any]:
    name = f"{record['former_commune']} tờ {record['former_sheet']} thửa {record['former_parcel']}"
    row, total, area = record["row_number"], record["sum"], record["register_area_m2"]
    scale = None if pd.isna(record["scale"]) else int(record["scale"])
    numbers = (record["former_commune"], record["map_set"] or "", scale or "")
    alone = "|".join(map(str, (*numbers, record["former_sheet"], record["former_parcel"])))
    return _row(
        judge,
        Code.PURPOSE_SUM,
        name,
        f"Sổ mục kê, dòng {row}: {name} có tổng các mục đích {vi(total, '.1f')} m2, "
        f"diện tích thửa {vi(area, '.1f')} m2; hãy sửa sổ.",
        f"Land book, row {row}: the purposes of {name} sum to {total:.1f} m2, "
        f"the parcel has {area:.1f} m2; correct the book.",
        parcel_uid=None if at is None else parcels["parcel_uid"].iloc[at],
        discriminator=alone if at is None else "",
        sheet=f"{record['former_commune']}/{record['former_sheet']}",
        geometry=None if at is None else parcels.geometry.iloc[at],
        measured=float(record["off"]),
        allowed=float(record["allowed"]),
        unit="m2",
        rule="accuracy.rounding.purpose_slack_m2",
    )


def _row(
    judge: Regulation, code: Code, subject: str, vi: str, en: str, **rest: Any
) -> dict[str, Any]:
    uid = rest.get("parcel_uid")
    return {
        "mismatch_id": mismatch_id(code, [uid] if uid else [], rest.pop("discriminator", "")),
        "code": str(code),
        "severity": judge.severity(code),
        "subject": subject,
        "parcel_uid": uid,
        "other_parcel_uid": None,
        "measured_uid": None,
        "measured": None,
        "allowed": None,
        "unit": "",
        "rule": "landbook.numbers",
        "geometry": None,
        "message_vi": vi,
        "message_en": en,
        **rest,
    }
