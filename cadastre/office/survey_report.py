"""What a survey's network came to, drawn and printed: read from the register, nothing entered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import shapely

from cadastre.crs import zone
from cadastre.office.desk import Desk
from cadastre.office.stationery import Stationery
from cadastre.store.land_register import name_commune
from cadastre.store.survey_reading import whole_survey
from cadastre.store.transaction import reading
from cadastre.survey.adjustment_paper import AdjustmentPaper, adjustment_report
from cadastre.survey.network_drawing import (
    SurveyNetworkMissing,
    network_svg,
    standard_ellipses,
)


def network_drawing(desk: Desk, *, survey_uid: str, language: str = "vi") -> str:
    """Return the drawing of a survey's points, sights and ellipses as SVG.

    Raises
    ------
    cadastre.store.survey_reading.SurveyUnknown, cadastre.drawing.network_plan.NetworkNotDrawn
    """
    with reading(desk.engine, desk.actor) as connection:
        found = whole_survey(connection, survey_uid, desk.actor.communes)
    return _drawn(found, language)


def adjustment_pdf(desk: Desk, *, survey_uid: str) -> bytes:
    """Return the report of a survey's adjustment as PDF/A.

    Raises
    ------
    cadastre.store.survey_reading.SurveyUnknown, SurveyNetworkMissing
    """
    with reading(desk.engine, desk.actor) as connection:
        found = whole_survey(connection, survey_uid, desk.actor.communes)
        facts = name_commune(connection, found["commune"])
    figures = found["report"].get("network")
    if not figures:
        raise SurveyNetworkMissing(f"({found['label']})", survey_uid=survey_uid)
    return adjustment_report(
        AdjustmentPaper(
            commune=f"{facts.kind} {facts.name}",
            survey=found["label"],
            version=int(found["version"]),
            zone=zone(found["srid"]).name,
            file=found["file"],
            sha256=found["sha256"],
            made_at=desk.moment(),
            figures=figures,
            points=standard_ellipses(found["points"]),
            observations=found["observations"],
            network_svg=_drawn(found, "vi"),
        ),
        sample=Stationery(desk.home).sample,
    )


def _drawn(found: Mapping[str, Any], language: str) -> str:
    features = found["measured"]["features"]
    outlines = [shapely.from_geojson(json.dumps(one["geometry"])) for one in features]
    points = standard_ellipses(found["points"])
    return network_svg(points, found["observations"], outlines, language=language)
