"""Survey networks in the XML input format of GNU Gama (gkf).

Lengths are metres, their standard deviations millimetres; angles are gons with standard
deviations in 0.0001 gon, or ``d-m-s`` with seconds. Format after the GNU Gama manual,
chapter "XML input data format for gama-local". Entities are refused and sizes bounded.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

import defusedxml.sax
import numpy as np
from defusedxml import DefusedXmlException
from numpy.typing import NDArray

from cadastre.errors import InputRefused
from cadastre.formats.network import (
    ADJUSTED,
    ANGULAR,
    CONSTRAINED,
    FIXED,
    UNUSED,
    Network,
    NetworkPoint,
    NetworkSettings,
    Observation,
    axes_matrix,
)

LARGEST_BYTES = 50_000_000
LARGEST_OBSERVATIONS = 500_000
LARGEST_COVARIANCE = 3_000

AXES = ("ne", "sw", "es", "wn", "en", "nw", "se", "ws")
_MM = 1e-3
_GON = math.pi / 200
_CC = _GON * 1e-4
_SECOND = math.pi / 648_000
_SEXAGESIMAL = re.compile(r"([+-]?)(\d+)-(\d+)-(\d+(?:\.\d*)?)")
_CLUSTERS = ("obs", "coordinates", "vectors", "height-differences")
_MEASURED = ("direction", "distance", "angle", "azimuth", "s-distance", "z-angle")
_DEFAULT_STDEV = {
    "direction": "direction-stdev",
    "angle": "angle-stdev",
    "azimuth": "azimuth-stdev",
    "z-angle": "zenith-angle-stdev",
}


class NetworkFileRefused(InputRefused):
    """The network file cannot be read."""

    message_vi = "Không đọc được tệp lưới đo."


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
        defusedxml.sax.parse(str(path), reader)
    except DefusedXmlException as forbidden:
        raise reader.refusal(
            "XML", "entities are not allowed", "không cho phép thực thể XML"
        ) from (forbidden)
    except (SAXException, ValueError, LookupError) as broken:
        raise reader.refusal("XML", str(broken), "XML hỏng") from broken
    return reader.network()


def angle_of(text: str) -> tuple[float, float]:
    """Angle in radians and the unit of its standard deviation (0.0001 gon or second).

    >>> round(angle_of("200")[0], 6), round(angle_of("-0-30-0")[0], 6)
    (3.141593, -0.008727)
    """
    found = _SEXAGESIMAL.fullmatch(text.strip())
    if found is None:
        return float(text) * _GON, _CC
    sign = -1.0 if found[1] == "-" else 1.0
    degrees = int(found[2]) + int(found[3]) / 60 + float(found[4]) / 3600
    return sign * math.radians(degrees), _SECOND


class _GkfHandler(ContentHandler):
    """Collects what the elements say; positions in the file come from the parser."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file = file
        self.points: dict[str, dict[str, Any]] = {}
        self.observations: list[Observation] = []
        self.covariances: dict[int, NDArray[np.float64]] = {}
        self.told: dict[str, str] = {}
        self.axes, self.clockwise = "ne", True
        self.defaults: dict[str, str] = {}
        self.open: list[str] = []
        self.cluster = self.group = 0
        self.header: dict[str, str] = {}
        self.rows: list[tuple[str, dict[str, str], int]] = []
        self.text: list[str] = []
        self.shape: tuple[int, int] | None = None
        self.description: list[str] = []

    # ---- errors -------------------------------------------------------------------

    @property
    def line(self) -> int:
        """Line of the file that is being read."""
        place = getattr(self, "_locator", None)
        return int(place.getLineNumber() or 0) if place is not None else 0

    def refusal(self, field: str, why: str, why_vi: str = "", line: int | None = None) -> Any:
        """Return the error that names file, line and field."""
        row = self.line if line is None else line
        return NetworkFileRefused(
            f"{self.file}, line {row}, {field}: {why}.",
            f"{self.file}, dòng {row}, {field}: {why_vi or why}.",
            file=self.file,
            row=row,
            field=field,
        )

    def number(self, attributes: dict[str, str], name: str, default: float | None = None) -> float:
        """Return a finite number of an attribute."""
        text = attributes.get(name)
        if text is None:
            if default is None:
                raise self.refusal(name, "is missing", "bị thiếu")
            return default
        try:
            value = float(text)
        except ValueError:
            raise self.refusal(name, f"'{text}' is no number", f"'{text}' không phải số") from None
        if not math.isfinite(value):
            raise self.refusal(name, f"'{text}' is not finite", f"'{text}' không hữu hạn")
        return value

    # ---- elements -----------------------------------------------------------------

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        """Begin an element."""
        given = {str(key): str(value) for key, value in attrs.items()}
        inside = self.open[-1] if self.open else ""
        if not self.open and name != "gama-local":
            raise self.refusal(name, "the file is no gama-local network", "không phải gama-local")
        self.open.append(name)
        if inside in _CLUSTERS and name != "cov-mat":
            self.rows.append((name, given, self.line))
        elif name in _CLUSTERS:
            self.header, self.rows, self.shape = given, [], None
        else:
            self._declare(name, given)

    def _declare(self, name: str, given: dict[str, str]) -> None:
        if name == "network":
            self._network(given)
        elif name == "parameters":
            self.told.update(given)
        elif name == "points-observations":
            self.defaults = given
        elif name == "cov-mat":
            self._cov_mat(given)
        elif name == "point":
            self._point(given)
        elif name not in ("gama-local", "description"):
            raise self.refusal(name, "unknown element", "phần tử lạ")

    def characters(self, content: str) -> None:
        """Keep the text of descriptions and covariance matrices."""
        if self.open and self.open[-1] == "cov-mat":
            self.text.append(content)
        elif self.open and self.open[-1] == "description":
            self.description.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802
        """End an element; a cluster is complete."""
        self.open.pop()
        if name in _CLUSTERS:
            self._finish_cluster(name)

    def _network(self, given: dict[str, str]) -> None:
        self.axes = given.get("axes-xy", "ne")
        if self.axes not in AXES:
            raise self.refusal("axes-xy", f"'{self.axes}' is unknown", f"'{self.axes}' không rõ")
        sense = given.get("angles", "left-handed")
        if sense not in ("left-handed", "right-handed"):
            raise self.refusal("angles", f"'{sense}' is unknown", f"'{sense}' không rõ")
        self.clockwise = sense == "left-handed"

    def _point(self, given: dict[str, str]) -> None:
        known = self.points.setdefault(self._id(given, "id"), {})
        if ("x" in given) != ("y" in given):
            raise self.refusal("point", "x and y belong together", "x và y phải đi cùng nhau")
        if "x" in given:
            known["xy"] = (self.number(given, "x"), self.number(given, "y"))
        if "z" in given:
            known["z"] = self.number(given, "z")
        for attribute in ("adj", "fix"):
            for letter in given.get(attribute, ""):
                if letter not in "xyzXYZ":
                    raise self.refusal(attribute, f"'{letter}' is unknown")
                free = CONSTRAINED if letter.isupper() else ADJUSTED
                role = FIXED if attribute == "fix" else free
                known["level" if letter in "zZ" else "plane"] = role

    def _id(self, given: dict[str, str], name: str) -> str:
        text = given.get(name, "").strip()
        if not text:
            raise self.refusal(name, "is missing", "bị thiếu")
        return text

    def _cov_mat(self, given: dict[str, str]) -> None:
        dim, band = int(self.number(given, "dim")), int(self.number(given, "band"))
        if not 1 <= dim <= LARGEST_COVARIANCE or not 0 <= band < dim:
            raise self.refusal("cov-mat", f"dim {dim} and band {band} do not fit")
        self.shape, self.text = (dim, band), []

    # ---- clusters -----------------------------------------------------------------

    def _finish_cluster(self, name: str) -> None:
        first = len(self.observations)
        self.cluster += 1
        self.group += 1
        units: list[float] = []
        for element, given, line in self.rows:
            units += self._observe(name, element, given, line)
        if len(self.observations) > LARGEST_OBSERVATIONS:
            raise self.refusal(name, "too many observations", "quá nhiều trị đo")
        made = self.observations[first:]
        if self.shape is not None:
            self._correlate(first, self._covariance(np.array(units), name))
        elif name in ("coordinates", "vectors"):
            raise self.refusal(name, "needs a cov-mat", "cần ma trận cov-mat")
        for observation in made:
            if self.shape is None and not observation.sigma > 0:
                raise self.refusal(
                    "stdev",
                    f"{observation.name} has no standard deviation",
                    f"{observation.name} không có sai số",
                    observation.line,
                )

    def _observe(self, cluster: str, element: str, given: dict[str, str], line: int) -> list[float]:
        if cluster == "coordinates" and element == "point":
            return self._coordinates(given, line)
        if cluster == "vectors" and element == "vec":
            return self._vector(given, line)
        if element == "dh" and cluster in ("obs", "height-differences"):
            return self._height_difference(given, line)
        if cluster == "obs" and element in _MEASURED:
            return self._measured(element, given, line)
        raise self.refusal(element, f"does not belong in {cluster}", f"không thuộc {cluster}", line)

    def _measured(self, kind: str, given: dict[str, str], line: int) -> list[float]:
        station = given.get("from", self.header.get("from", "")).strip()
        if not station:
            raise self.refusal("from", "is missing", "bị thiếu", line)
        value, unit = self._value(kind, given, line)
        angle = kind == "angle"
        target = self._id(given, "fs" if angle else "to")
        self.observations.append(
            Observation(
                kind,
                value,
                self._stdev(kind, given, value) * unit,
                station=station,
                target=target,
                backsight=self._id(given, "bs") if angle else "",
                group=self.group if kind == "direction" else 0,
                station_up=self.number(given, "from_dh", self.number(self.header, "from_dh", 0.0)),
                target_up=self.number(given, "to_dh", 0.0),
                line=line,
            )
        )
        return [unit]

    def _value(self, kind: str, given: dict[str, str], line: int) -> tuple[float, float]:
        if kind not in ANGULAR:
            return self.number(given, "val"), _MM
        text = given.get("val", "")
        try:
            value, unit = angle_of(text)
        except ValueError:
            raise self.refusal(
                "val", f"'{text}' is no angle", f"'{text}' không phải góc", line
            ) from (None)
        if not math.isfinite(value):
            raise self.refusal("val", f"'{text}' is not finite", "", line)
        return (value if self.clockwise or kind == "z-angle" else -value), unit

    def _stdev(self, kind: str, given: dict[str, str], value: float) -> float:
        if "stdev" in given:
            return self.number(given, "stdev")
        if kind in ("distance", "s-distance"):
            parts = [float(p) for p in self.defaults.get("distance-stdev", "0").split()]
            base, per, power = (*parts, *(0.0, 0.0, 1.0)[len(parts) :])
            return base + per * (value / 1000) ** power
        return self.number(self.defaults, _DEFAULT_STDEV[kind], 0.0)

    def _height_difference(self, given: dict[str, str], line: int) -> list[float]:
        reference = float(self.told.get("sigma-apr", 10.0))
        by_length = reference * math.sqrt(max(self.number(given, "dist", 0.0), 0.0))
        self.observations.append(
            Observation(
                "dh",
                self.number(given, "val"),
                self.number(given, "stdev", by_length) * _MM,
                station=self._id(given, "from"),
                target=self._id(given, "to"),
                line=line,
            )
        )
        return [_MM]

    def _coordinates(self, given: dict[str, str], line: int) -> list[float]:
        self._point(given)
        target = self._id(given, "id")
        return [
            self._component(kind, value, sign, line, target=target)
            for kind, value, sign in self._components(given, "x", "y", "z", "")
        ]

    def _vector(self, given: dict[str, str], line: int) -> list[float]:
        ends = {
            "station": self._id(given, "from"),
            "target": self._id(given, "to"),
            "station_up": self.number(given, "from_dh", 0.0),
            "target_up": self.number(given, "to_dh", 0.0),
        }
        for name in ("dx", "dy", "dz"):
            self.number(given, name)
        return [
            self._component(kind, value, sign, line, **ends)
            for kind, value, sign in self._components(given, "dx", "dy", "dz", "d-")
        ]

    def _components(
        self, given: dict[str, str], x: str, y: str, z: str, prefix: str
    ) -> list[tuple[str, float, float]]:
        found = []
        for name, letter in ((x, self.axes[0]), (y, self.axes[1])):
            if name in given:
                kind = prefix + ("east" if letter in "ew" else "north")
                found.append((kind, self.number(given, name), 1.0 if letter in "en" else -1.0))
        if z in given:
            found.append((prefix + "height", self.number(given, z), 1.0))
        return found

    def _component(self, kind: str, value: float, sign: float, line: int, **ends: Any) -> float:
        self.observations.append(Observation(kind, sign * value, 0.0, line=line, **ends))
        return sign * _MM

    def _covariance(self, units: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        """Full covariance of a cluster in metres and radians, from its upper band by rows."""
        dim, band = self.shape or (0, 0)
        if dim != len(units):
            raise self.refusal("cov-mat", f"dim {dim} but {len(units)} observations in {name}")
        try:
            numbers = np.array("".join(self.text).split(), dtype=float)
        except ValueError:
            raise self.refusal("cov-mat", "holds something that is no number") from None
        columns = [np.arange(row, min(row + band, dim - 1) + 1) for row in range(dim)]
        across = np.concatenate(columns)
        down = np.repeat(np.arange(dim), [len(c) for c in columns])
        if len(numbers) != len(across):
            raise self.refusal("cov-mat", f"needs {len(across)} numbers and has {len(numbers)}")
        full = np.zeros((dim, dim))
        full[down, across] = full[across, down] = numbers
        return full * np.outer(units, units)

    def _correlate(self, first: int, covariance: NDArray[np.float64]) -> None:
        try:
            np.linalg.cholesky(covariance / np.outer(*[np.sqrt(np.diag(covariance))] * 2))
        except (np.linalg.LinAlgError, FloatingPointError):
            raise self.refusal("cov-mat", "is not positive definite") from None
        diagonal = bool(np.count_nonzero(covariance - np.diag(np.diag(covariance))) == 0)
        if not diagonal:
            self.covariances[self.cluster] = covariance
        for row, observation in enumerate(self.observations[first:]):
            self.observations[first + row] = replace(
                observation,
                sigma=math.sqrt(covariance[row, row]),
                cluster=None if diagonal else self.cluster,
            )

    # ---- result -------------------------------------------------------------------

    def network(self) -> Network:
        """Return everything that was read."""
        return Network(
            tuple(self._network_point(name, known) for name, known in self.points.items()),
            tuple(self.observations),
            self.covariances,
            self._settings(),
        )

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
