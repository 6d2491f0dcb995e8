"""Survey networks in the XML input format of GNU Gama (gkf).

Lengths are metres, their standard deviations millimetres; angles are gons with standard
deviations in 0.0001 gon, or ``d-m-s`` with seconds. Format after the GNU Gama manual,
chapter "XML input data format for gama-local". Entities are refused and sizes bounded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.sax import SAXException

import defusedxml.sax
import numpy as np
from defusedxml import DefusedXmlException

from cadastre.formats.gkf_clusters import CLUSTERS, GkfClusters
from cadastre.formats.gkf_values import NetworkFileRefused, angle_of
from cadastre.formats.gkf_words import MOST_TOLD, told_unknown, unknown
from cadastre.formats.network import (
    FIXED,
    UNUSED,
    Network,
    NetworkPoint,
    NetworkSettings,
    Observation,
    axes_matrix,
)

__all__ = ["AXES", "NetworkFileRefused", "angle_of", "read_gkf"]

LARGEST_BYTES = 50_000_000
AXES = ("ne", "sw", "es", "wn", "en", "nw", "se", "ws")
#: The root element, and its name before version 1.0.
ROOTS = ("gama-local", "gama-xml")


def read_gkf(path: str | Path) -> Network:
    """Network of a gkf file: points, observations and settings, in metres and radians.

    Raises
    ------
    NetworkFileRefused
        Not gkf, too large, an entity or a bad value; names file, line and field.
    """
    path = Path(path)
    if path.stat().st_size > LARGEST_BYTES:
        raise NetworkFileRefused(f"{path.name} is too large.", f"{path.name} quá lớn.")
    reader = _GkfHandler(path.name)
    try:
        # The files of the collection name their DTD; it is neither fetched nor read.
        defusedxml.sax.parse(str(path), reader, forbid_external=False)
    except DefusedXmlException as forbidden:
        raise reader.refusal(
            "XML", "entities are not allowed", "không cho phép thực thể XML"
        ) from (forbidden)
    except (SAXException, ValueError, LookupError) as broken:
        raise reader.refusal("XML", str(broken), "XML hỏng") from broken
    return reader.network()


class _GkfHandler(GkfClusters):
    """Collects what the elements say; positions in the file come from the parser."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.open: list[str] = []
        self.description: list[str] = []
        self.notes: list[dict[str, str]] = []
        self.told_words: set[tuple[str, str]] = set()

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        """Begin an element."""
        self.stand()
        given = {str(key): str(value) for key, value in attrs.items()}
        inside = self.open[-1] if self.open else ""
        if not self.open and name not in ROOTS:
            raise self.refusal(name, "the file is no gama-local network", "không phải gama-local")
        self.open.append(name)
        self._tell_unknown(name, given)
        if inside in CLUSTERS and name != "cov-mat":
            self.rows.append((name, given, self.line))
        elif name in CLUSTERS:
            self.header, self.rows, self.shape = given, [], None
        else:
            self._declare(name, given)

    def _tell_unknown(self, element: str, given: dict[str, str]) -> None:
        for name in unknown(element, given):
            if len(self.notes) < MOST_TOLD and (element, name) not in self.told_words:
                self.told_words.add((element, name))
                self.notes.append(told_unknown(self.file, self.line, element, name))

    def _declare(self, name: str, given: dict[str, str]) -> None:
        if name == "network":
            self._network(given)
        elif name == "parameters":
            self.told.update(given)
        elif name == "points-observations":
            self.defaults = given
        elif name == "cov-mat":
            self.declare_covariance(given)
        elif name == "point":
            self.declare_point(given)
        elif name not in (*ROOTS, "description"):
            raise self.refusal(name, "unknown element", "phần tử lạ")

    def characters(self, content: str) -> None:
        """Keep the text of descriptions and covariance matrices."""
        if self.open and self.open[-1] == "cov-mat":
            self.text.append(content)
        elif self.open and self.open[-1] == "description":
            self.description.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802
        """End an element; a cluster is complete."""
        self.stand()
        self.open.pop()
        if name in CLUSTERS:
            self.finish_cluster(name)

    def _network(self, given: dict[str, str]) -> None:
        self.axes = given.get("axes-xy", "ne")
        if self.axes not in AXES:
            raise self.refusal("axes-xy", f"'{self.axes}' is unknown", f"'{self.axes}' không rõ")
        sense = given.get("angles", "left-handed")
        if sense not in ("left-handed", "right-handed"):
            raise self.refusal("angles", f"'{sense}' is unknown", f"'{sense}' không rõ")
        self.clockwise = sense == "left-handed"

    def network(self) -> Network:
        """Return everything that was read."""
        # A point that the file does not declare takes no part, nor do its observations.
        observations = self.weighted(self._settings().sigma_apriori)
        ends = {p for o in observations for p in (o.station, o.target, o.backsight) if p}
        undeclared = ends - set(self.points)
        return Network(
            (
                *(self._network_point(name, known) for name, known in self.points.items()),
                *(NetworkPoint(name, plane=UNUSED) for name in sorted(undeclared)),
            ),
            observations,
            self.covariances,
            self._settings(),
            (*self.notes, *self._not_reduced(observations)),
        )

    def _not_reduced(self, observations: tuple[Observation, ...]) -> list[dict[str, str]]:
        """Angles of a spatial network that the file wants reduced to an ellipsoid."""
        asked = [name for name in ("ellipsoid", "latitude") if name in self.told]
        if not asked or not any(o.kind == "z-angle" for o in observations):
            return []
        names = ", ".join(asked)
        return [
            {
                "vi": f"{self.file}, {names}: các góc không được quy về ellipsoid.",
                "en": f"{self.file}, {names}: angles are not reduced to the ellipsoid.",
            }
        ]

    def _network_point(self, name: str, known: dict[str, Any]) -> NetworkPoint:
        east = north = None
        if "xy" in known:
            east, north = (float(v) for v in axes_matrix(self.axes) @ np.array(known["xy"]))
        plane, level = known.get("plane", UNUSED), known.get("level", UNUSED)
        if (plane == FIXED and east is None) or (level == FIXED and "z" not in known):
            raise self.refusal(name, "is fixed but has no coordinates", "cố định mà thiếu tọa độ")
        return NetworkPoint(name, east, north, known.get("z"), plane, level)

    def _settings(self) -> NetworkSettings:
        act = self.told.get("sigma-act", "aposteriori").strip()
        if act not in ("apriori", "aposteriori"):
            raise self.refusal("sigma-act", f"'{act}' is unknown", f"'{act}' không rõ")
        apriori = self.number(self.told, "sigma-apr", 10.0)
        confidence = self.number(self.told, "conf-pr", 0.95)
        if not apriori > 0 or not 0 < confidence < 1:
            raise self.refusal("parameters", "sigma-apr or conf-pr is out of range")
        return NetworkSettings(
            axes=self.axes,
            clockwise=self.clockwise,
            sigma_apriori=apriori,
            confidence=confidence,
            use_aposteriori=act == "aposteriori",
            tolerance_mm=self.number(self.told, "tol-abs", 1000.0),
            description="".join(self.description).strip(),
        )
