"""A survey's network drawn, and its adjustment as a paper, from rows of points and observations.

The rows are those of the register or of a reading that nothing has stored yet; metres and
radians, X north and Y east.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from cadastre.crs import zone
from cadastre.drawing.network_plan import NetworkPoint, network_plan
from cadastre.errors import NotFound
from cadastre.formats.accounting import content_hash
from cadastre.formats.gkf import read_gkf
from cadastre.regulation import Regulation, load
from cadastre.survey.adjustment_paper import AdjustmentPaper
from cadastre.survey.field_network import FieldNetwork
from cadastre.survey.field_report import network_figures, with_ellipses
from cadastre.survey.network_survey import adjusted_network
from cadastre.survey.observations import observation_table
from cadastre.survey.reading import SurveyReading

Rows = Sequence[Mapping[str, Any]]

_ENGLISH = {"scale": "Scale", "ellipses": "error ellipses enlarged", "north": "N"}


class SurveyNetworkMissing(NotFound):
    """This survey has no adjusted network: its file held points or outlines only."""

    message_vi = "Đợt đo này không có lưới bình sai: tệp chỉ có điểm hoặc hình thửa."


def standard_ellipses(points: Rows) -> list[dict[str, Any]]:
    """Points with their standard ellipse; a point without a covariance has none.

    >>> point = {"var_east": 4e-6, "var_north": 1e-6, "cov_en": 0.0}
    >>> made, none = standard_ellipses([point, {"var_east": None}])
    >>> made["semi_major"], none["semi_major"]
    (0.002, 0.0)
    """
    known = [p for p in points if p["var_east"] is not None]
    names = ("var_east", "var_north", "cov_en")
    table = pd.DataFrame([{name: float(p[name]) for name in names} for p in known])
    drawn = with_ellipses(table).to_dict("records") if known else []
    axes = {id(p): ellipse for p, ellipse in zip(known, drawn, strict=True)}
    flat = {"semi_major": 0.0, "semi_minor": 0.0, "azimuth": 0.0}
    return [{**p, **flat, **{n: axes[id(p)][n] for n in flat if id(p) in axes}} for p in points]


def network_svg(
    points: Rows, observations: Rows, outlines: Sequence[Any], *, language: str = "vi"
) -> str:
    """Return the drawing of points with ellipses, sights and measured parcels as SVG.

    Raises
    ------
    cadastre.drawing.network_plan.NetworkNotDrawn
    """
    drawn = [
        NetworkPoint(
            str(p["point"]), str(p["role"]), p["east"], p["north"],
            p["semi_major"], p["semi_minor"], p["azimuth"],
        )
        for p in points
    ]  # fmt: skip
    sights = [(str(o["station"]), str(o["target"]), bool(o["used"])) for o in observations]
    words = _ENGLISH if language == "en" else None
    return network_plan(drawn, sights, outlines, words=words)[0]


@dataclass(frozen=True)
class Printed:
    """What a reading or a network file brings to its drawing and its report."""

    file: str
    sha256: str
    zone: str
    network: FieldNetwork | None
    points: Rows
    observations: Rows
    outlines: Sequence[Any] = ()

    @classmethod
    def of_reading(cls, found: SurveyReading) -> Printed:
        """Return what a reading in the commune's zone brings."""
        return cls(
            found.report.file, found.report.sha256, zone(found.srid).name, found.network,
            standard_ellipses(_rows(found.points)), _rows(found.observations),
            list(found.measured.geometry),
        )  # fmt: skip

    @classmethod
    def of_network_file(cls, path: Path, regulation: Regulation | None = None) -> Printed:
        """Return what a network file brings in its own system, wherever that is."""
        network = adjusted_network(read_gkf(path), regulation or load())
        return cls(
            path.name, content_hash(path), "theo tệp", network,
            standard_ellipses(_rows(network.points)), _rows(observation_table(network)),
        )  # fmt: skip

    def svg(self, *, language: str = "vi") -> str:
        """Return the drawing as SVG."""
        return network_svg(self.points, self.observations, self.outlines, language=language)

    def paper(self, *, commune: str, made_at: datetime) -> AdjustmentPaper:
        """Return the report of the adjustment, ready to be printed.

        Raises
        ------
        SurveyNetworkMissing
        """
        figures = network_figures(self.network)
        if figures is None:
            raise SurveyNetworkMissing(f"({self.file})", file=self.file)
        return AdjustmentPaper(
            commune=commune,
            survey=self.file,
            version=1,
            zone=self.zone,
            file=self.file,
            sha256=self.sha256,
            made_at=made_at,
            figures=figures,
            points=self.points,
            observations=self.observations,
            network_svg=self.svg(),
        )


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=15))
    return rows
