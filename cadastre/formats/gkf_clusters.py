"""Clusters of a gkf file: observations, coordinates, vectors, height differences, covariances."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cadastre.formats.gkf_points import GkfPoints
from cadastre.formats.gkf_values import MM, angle_of
from cadastre.formats.network import ANGULAR, Observation

LARGEST_OBSERVATIONS = 500_000
LARGEST_COVARIANCE = 3_000
CLUSTERS = ("obs", "coordinates", "vectors", "height-differences")
_MEASURED = ("direction", "distance", "angle", "azimuth", "s-distance", "z-angle")
_DEFAULT_STDEV = {
    "direction": "direction-stdev",
    "angle": "angle-stdev",
    "azimuth": "azimuth-stdev",
    "z-angle": "zenith-angle-stdev",
}


class GkfClusters(GkfPoints):
    """Collects observations cluster by cluster, with their covariances."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.observations: list[Observation] = []
        self.covariances: dict[int, NDArray[np.float64]] = {}
        self.told: dict[str, str] = {}
        self.axes, self.clockwise = "ne", True
        self.defaults: dict[str, str] = {}
        self.cluster = self.group = 0
        self.header: dict[str, str] = {}
        self.rows: list[tuple[str, dict[str, str], int]] = []
        self.text: list[str] = []
        self.shape: tuple[int, int] | None = None
        #: Height differences whose standard deviation is the reference one by their length.
        self.by_length: set[int] = set()

    def declare_covariance(self, given: dict[str, str]) -> None:
        """Begin the covariance matrix of a cluster."""
        dim, band = int(self.number(given, "dim")), int(self.number(given, "band"))
        if not 1 <= dim <= LARGEST_COVARIANCE or not 0 <= band < dim:
            raise self.refusal("cov-mat", f"dim {dim} and band {band} do not fit")
        self.shape, self.text = (dim, band), []

    def finish_cluster(self, name: str) -> None:
        """Take all rows of a cluster, and its covariance."""
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
            self.by_length -= set(range(first, len(self.observations)))
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
        # ``to`` and ``rs`` of an angle are the older names of its targets.
        old = "rs" in given and "fs" not in given
        target = self._id(given, ("rs" if old else "fs") if angle else "to")
        self.observations.append(
            Observation(
                kind,
                value,
                self._stdev(kind, given, value) * unit,
                station=station,
                target=target,
                backsight=self._id(given, "bs" if "bs" in given else "to") if angle else "",
                group=self.group if kind == "direction" else 0,
                station_up=self.number(given, "from_dh", self.number(self.header, "from_dh", 0.0)),
                target_up=self.number(given, "to_dh", 0.0),
                line=line,
            )
        )
        return [unit]

    def _value(self, kind: str, given: dict[str, str], line: int) -> tuple[float, float]:
        if kind not in ANGULAR:
            return self.number(given, "val"), MM
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
            base, per, power = self._distance_model()
            return base + per * (abs(value) / 1000) ** power
        return self.number(self.defaults, _DEFAULT_STDEV[kind], 0.0)

    def _distance_model(self) -> tuple[float, float, float]:
        """Constants a, b, c of the standard deviation a + b D^c of a distance D in km."""
        text = self.defaults.get("distance-stdev", "0")
        parts = text.split()
        if not 1 <= len(parts) <= 3:
            raise self.refusal("distance-stdev", f"'{text}' is not a, a b or a b c",
                               f"'{text}' không phải a, a b hoặc a b c")  # fmt: skip
        told = [self.number({"distance-stdev": part}, "distance-stdev") for part in parts]
        base, per, power = (*told, *(0.0, 0.0, 1.0)[len(told) :])
        return base, per, power

    def weighted(self, reference: float) -> tuple[Observation, ...]:
        """Observations, those weighted by their length with the file's reference deviation."""
        return tuple(
            replace(o, sigma=o.sigma * reference) if n in self.by_length else o
            for n, o in enumerate(self.observations)
        )

    def _height_difference(self, given: dict[str, str], line: int) -> list[float]:
        length = self.number(given, "dist", 0.0)
        if length < 0:
            raise self.refusal("dist", "is negative", "bị âm", line)
        if "stdev" not in given:
            self.by_length.add(len(self.observations))
        self.observations.append(
            Observation(
                "dh",
                self.number(given, "val"),
                self.number(given, "stdev", math.sqrt(length)) * MM,
                station=self._id(given, "from"),
                target=self._id(given, "to"),
                line=line,
            )
        )
        return [MM]

    def _coordinates(self, given: dict[str, str], line: int) -> list[float]:
        target = self._id(given, "id")
        # What is observed here does not move a point that is fixed or placed already.
        declared = self.points.get(target, {}).copy()
        self.declare_point(given)
        self.points[target] |= {k: v for k, v in declared.items() if k in ("xy", "z")}
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
        return sign * MM

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
