"""What a survey's network came to, drawn and printed: read from the register, nothing entered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import shapely

from cadastre.crs import zone
from cadastre.drawing.network_plan import NetworkPoint, network_plan
from cadastre.errors import NotFound
from cadastre.office.desk import Desk
from cadastre.store.land_register import CommuneFacts, read_commune
from cadastre.store.named import query
from cadastre.store.transaction import reading
from cadastre.survey.adjustment_paper import AdjustmentPaper, adjustment_report
from cadastre.survey.field_report import with_ellipses

#: Observations that are read for the drawing and the report.
_OBSERVATIONS_MOST = 20_000
_ENGLISH = {"scale": "Scale", "ellipses": "error ellipses enlarged", "north": "N"}


class SurveyNetworkMissing(NotFound):
    """This survey has no adjusted network: its file held points or outlines only."""

    message_vi = "Đợt đo này không có lưới bình sai: tệp chỉ có điểm hoặc hình thửa."


class SurveyUnseen(NotFound):
    """There is no such survey in your communes."""

    message_vi = "Không có đợt đo này trong các xã bạn phụ trách."


@dataclass(frozen=True)
class _Survey:
    row: Mapping[str, Any]
    facts: CommuneFacts
    points: list[dict[str, Any]]
    observations: list[dict[str, Any]]
    outlines: list[Any]


def network_drawing(desk: Desk, *, survey_uid: str, language: str = "vi") -> str:
    """Return the drawing of a survey's points, sights and ellipses as SVG.

    Raises
    ------
    SurveyUnseen, cadastre.drawing.network_plan.NetworkNotDrawn
    """
    found = _read(desk, survey_uid)
    return _drawn(found, _ENGLISH if language == "en" else None)


def adjustment_pdf(desk: Desk, *, survey_uid: str) -> bytes:
    """Return the report of a survey's adjustment as PDF/A.

    Raises
    ------
    SurveyUnseen, SurveyNetworkMissing
    """
    found = _read(desk, survey_uid)
    figures = found.row["report"].get("network")
    if not figures:
        raise SurveyNetworkMissing(f"({found.row['label']})", survey_uid=survey_uid)
    return adjustment_report(
        AdjustmentPaper(
            commune=f"{found.facts.kind} {found.facts.name}",
            survey=found.row["label"],
            version=int(found.row["version"]),
            zone=zone(found.row["srid"]).name,
            file=found.row["file"],
            sha256=found.row["sha256"],
            made_at=desk.moment(),
            figures=figures,
            points=found.points,
            observations=found.observations,
            network_svg=_drawn(found, None),
        )
    )


def _read(desk: Desk, survey_uid: str) -> _Survey:
    wanted = {"communes": list(desk.actor.communes), "survey_uid": survey_uid}
    with reading(desk.engine, desk.actor) as connection:
        row = connection.execute(query("survey_read"), wanted).mappings().first()
        if row is None:
            raise SurveyUnseen(f"({survey_uid})", survey_uid=survey_uid)
        key = {"commune": row["commune"], "survey_uid": survey_uid}
        points = connection.execute(query("survey_points_read"), key).mappings()
        observed = connection.execute(
            query("survey_observations_read"), {**key, "limit": _OBSERVATIONS_MOST}
        ).mappings()
        measured = connection.execute(
            query("survey_measured_read"), {**key, "srid": row["srid"]}
        ).mappings()
        return _Survey(
            row=dict(row),
            facts=read_commune(connection, row["commune"]),
            points=_with_ellipses([dict(point) for point in points]),
            observations=[dict(one) for one in observed],
            outlines=[shapely.from_geojson(json.dumps(one["geometry"])) for one in measured],
        )


def _with_ellipses(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Points with their standard ellipse; a point without a covariance has none."""
    known = [p for p in points if p["var_east"] is not None]
    names = ("var_east", "var_north", "cov_en")
    table = pd.DataFrame([{name: float(p[name]) for name in names} for p in known])
    drawn = with_ellipses(table).to_dict("records") if known else []
    axes = {id(p): ellipse for p, ellipse in zip(known, drawn, strict=True)}
    flat = {"semi_major": 0.0, "semi_minor": 0.0, "azimuth": 0.0}
    return [{**p, **flat, **{n: axes[id(p)][n] for n in flat if id(p) in axes}} for p in points]


def _drawn(found: _Survey, words: Mapping[str, str] | None) -> str:
    points = [
        NetworkPoint(
            str(p["point"]), str(p["role"]), p["east"], p["north"],
            p["semi_major"], p["semi_minor"], p["azimuth"],
        )
        for p in found.points
    ]  # fmt: skip
    sights = [(str(o["station"]), str(o["target"]), bool(o["used"])) for o in found.observations]
    return network_plan(points, sights, found.outlines, words=words)[0]
