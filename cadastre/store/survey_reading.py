"""Everything of one survey: its account and checks, points, observations, corners, parcels.

What was computed stands beside the SHA-256 of the file that it was computed from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from cadastre.errors import NotFound
from cadastre.store.named import query
from cadastre.store.parcel_reading import parcel_label

#: More observations than this are for the adjustment's report, not for a page.
OBSERVATIONS_MOST = 20_000


class SurveyUnknown(NotFound):
    """There is no such survey in your communes."""

    message_vi = "Không có đợt đo này trong các xã bạn phụ trách."


def survey_row(connection: Connection, survey_uid: str, communes: Sequence[str]) -> dict[str, Any]:
    """Return a survey with its report and its file.

    Raises
    ------
    SurveyUnknown
    """
    wanted = {"communes": list(communes), "survey_uid": survey_uid}
    row = connection.execute(query("survey_read"), wanted).mappings().first()
    if row is None:
        raise SurveyUnknown(f"({survey_uid})", survey_uid=survey_uid)
    return dict(row)


def survey_rows(connection: Connection, commune: str) -> list[dict[str, Any]]:
    """Return the surveys of a commune in force, newest first."""
    rows = connection.execute(query("surveys_read"), {"commune": commune}).mappings()
    return [{**row, "verdicts": row["verdicts"] or {}, "open": row["open"] or {}} for row in rows]


def whole_survey(
    connection: Connection, survey_uid: str, communes: Sequence[str], *, srid: int | None = None
) -> dict[str, Any]:
    """Return a survey with everything that was computed from its file.

    ``srid`` is that of the outlines; by default the zone of the survey.

    Raises
    ------
    SurveyUnknown
    """
    row = survey_row(connection, survey_uid, communes)
    key = {"commune": row["commune"], "survey_uid": survey_uid}

    def rows(name: str, **more: Any) -> list[dict[str, Any]]:
        return [dict(one) for one in connection.execute(query(name), {**key, **more}).mappings()]

    line = {"commune": row["commune"], "label": row["label"]}
    versions = connection.execute(query("survey_versions"), line).mappings()
    measured = rows("survey_measured_read", srid=srid or row["srid"])
    return {
        **row,
        "points": rows("survey_points_read"),
        "observations": rows("survey_observations_read", limit=OBSERVATIONS_MOST),
        "corners": rows("survey_corners_read"),
        "versions": [dict(one) for one in versions],
        "measured": {
            "type": "FeatureCollection",
            "features": [_feature(one, row["sha256"]) for one in measured],
        },
    }


def _feature(row: dict[str, Any], sha256: str) -> dict[str, Any]:
    plain = {k: v for k, v in row.items() if k not in ("geometry", "sheet", "parcel")}
    label = parcel_label(row["sheet"], row["parcel"])
    return {
        "type": "Feature",
        "id": row["measured_uid"],
        "geometry": row["geometry"],
        "properties": {**plain, "parcel_label": label, "source_sha256": sha256},
    }
