"""Map and ground of one piece of land: every boundary point's true, mapped and measured place.

The map is cut into sheets, each drawn for itself (RMS of a point limit/3) and some laid off by
decimetres or metres and slightly turned. Surveys measure with a precision that suits the scale:
a fifth of the position limit in each coordinate, 3 cm at most.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
import shapely

from cadastre.regulation import Regulation, load
from sample_data.benchmarks.land_fabric import Fabric

_ZONE = 9217
_SHEET_PARCELS = 170
_BEST_SIGMA_M = 0.03
#: Displacement of sheets in turn: metres, and turn in radians.
_LAID_OFF = ((0.0, 0.0), (0.9, 2.0e-4), (0.0, 0.0), (3.4, 0.0))


@dataclass
class Outline:
    """A measured outline: rings, numbers of their points (-1: not on the map), what it measures."""

    label: str
    survey: str
    sigma: float
    parcels: tuple[int, ...]
    rings: list[np.ndarray]
    ids: list[np.ndarray]

    def polygon(self) -> shapely.Polygon:
        """Return the outline as a shape."""
        return shapely.Polygon(self.rings[0], self.rings[1:])

    def land(self) -> shapely.Polygon:
        """Return the outline as land that can be cut, also where noise made it cross itself."""
        return sound(self.polygon())

    def with_ring(self, ring: np.ndarray, ids: np.ndarray) -> Outline:
        """Return the same with another outer ring."""
        return replace(self, rings=[ring, *self.rings[1:]], ids=[ids, *self.ids[1:]])


@dataclass
class Scene:
    """A fabric on the map and on the ground.

    ``drawn[s]`` are the points as sheet ``s`` shows them but for its displacement, ``shown[s]``
    with it; ``ground[survey]`` as measured.
    """

    fabric: Fabric
    scale: int
    sigma: float
    sheet: np.ndarray
    drawn: np.ndarray
    shown: np.ndarray
    laid_off: np.ndarray
    ground: dict[str, np.ndarray]
    land_use: np.ndarray
    number: list[str]
    outlines: dict[str, Outline] = field(default_factory=dict)
    register: dict[int, float] = field(default_factory=dict)
    unmapped: set[int] = field(default_factory=set)
    regulation: Regulation = field(default_factory=load)

    def limit(self, i: int) -> float:
        """Position limit of a parcel, metres."""
        farm = self.land_use[i] == "LUC"
        return float(self.regulation.accuracy.position_limit(self.scale, farm))

    def allowed(self, i: int, sigma: float | None = None) -> float:
        """Allowed distance of a corner of a parcel, metres."""
        own = self.sigma if sigma is None else sigma
        return float(self.regulation.accuracy.allowed(self.limit(i), own))

    def area_allowed(self, outline: Outline, area: float) -> float:
        """Allowed difference from a paper's area, m2."""
        chords = sum(
            float(((np.roll(r, -1, axis=0) - np.roll(r, 1, axis=0)) ** 2).sum())
            for r in outline.rings
        )
        accuracy = self.regulation.accuracy
        limit = accuracy.area_limit(self.scale, area)
        return float(accuracy.allowed(limit, outline.sigma / 2.0 * np.sqrt(chords)))

    def drawn_polygon(self, i: int) -> shapely.Polygon:
        """Outline of a mapped parcel without its sheet's displacement."""
        return sound(self.fabric.polygon(i, self.drawn[self.sheet[i]]))

    def measure(self, i: int, survey: str, label: str | None = None) -> Outline:
        """Outline of a parcel as a survey measured its points."""
        place = self.ground[survey]
        rings = [place[ring] for ring in self.fabric.rings[i]]
        ids = [ring.copy() for ring in self.fabric.rings[i]]
        return Outline(label or self.number[i], survey, self.sigma, (i,), rings, ids)


def sound(shape: shapely.Polygon) -> shapely.Polygon:
    """A shape itself, or its land where it crosses itself."""
    if shape.is_valid:
        return shape
    return shapely.make_valid(shape, method="structure", keep_collapsed=False)


def survey_sigma(scale: int, regulation: Regulation) -> float:
    """Sigma of a measured coordinate in metres for a survey fit for a scale."""
    return min(float(regulation.accuracy.position_limit(scale)) / 5.0, _BEST_SIGMA_M)


def make_scene(
    fabric: Fabric, rng: np.random.Generator, scale: int, sigma: float | None = None
) -> Scene:
    """Draw the sheets and measure every point twice."""
    regulation = load()
    count = len(fabric)
    centre = np.array([fabric.xy[fabric.points(i)].mean(axis=0) for i in range(count)])
    sheet = _sheets(centre, np.arange(count))
    limit = float(regulation.accuracy.position_limit(scale))
    own = survey_sigma(scale, regulation) if sigma is None else sigma
    size = (int(sheet.max()) + 1, *fabric.xy.shape)
    drawn = fabric.xy + rng.normal(0.0, limit / 3.0 / np.sqrt(2.0), size)
    shown, laid_off = _laid_off(rng, drawn, centre, sheet)
    order = np.argsort(sheet, kind="stable")
    inside = np.empty(count, dtype=int)
    inside[order] = np.arange(count) - np.searchsorted(sheet[order], sheet[order])
    ground = {name: fabric.xy + rng.normal(0.0, own, fabric.xy.shape) for name in ("K1", "K2")}
    scene = Scene(
        fabric, scale, own, sheet, drawn, shown, laid_off, ground,
        np.where(rng.random(count) < 0.2, "LUC", "ONT"),
        [f"KV-{s + 1}/{n + 1}" for s, n in zip(sheet, inside, strict=True)],
    )  # fmt: skip
    for i in range(count):
        scene.outlines[scene.number[i]] = scene.measure(i, "K1")
    return scene


def _sheets(centre: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Sheet of each parcel: land is halved across its longer side until sheets are small."""
    result = np.zeros(len(which), dtype=int)
    if len(which) <= _SHEET_PARCELS:
        return result
    here = centre[which]
    axis = int(np.argmax(np.ptp(here, axis=0)))
    low = here[:, axis] <= np.median(here[:, axis])
    result[low] = _sheets(centre, which[low])
    result[~low] = _sheets(centre, which[~low]) + result[low].max() + 1
    return result


def _laid_off(
    rng: np.random.Generator, drawn: np.ndarray, centre: np.ndarray, sheet: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Points as shown, and the displacement (de, dn) of each sheet at its centre."""
    shown, moves = drawn.copy(), np.zeros((len(drawn), 2))
    for s in range(len(drawn)):
        distance, turn = _LAID_OFF[s % len(_LAID_OFF)]
        way = rng.uniform(0.0, 2.0 * np.pi)
        moves[s] = distance * np.array([np.cos(way), np.sin(way)])
        about = drawn[s] - centre[sheet == s].mean(axis=0)
        shown[s] += moves[s] + turn * np.column_stack([-about[:, 1], about[:, 0]])
    return shown, moves


def frames_of(scene: Scene) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """ParcelFrame and MeasuredFrame of a scene."""
    number = [i for i in range(len(scene.fabric)) if i not in scene.unmapped]
    shapes = [scene.fabric.polygon(i, scene.shown[scene.sheet[i]]) for i in number]
    names = [scene.number[i].removeprefix("KV-").split("/") for i in number]
    areas = [scene.register.get(i, float(g.area)) for i, g in zip(number, shapes, strict=True)]
    parcels = gpd.GeoDataFrame(
        {
            "parcel_uid": [f"p{i:06d}" for i in number],
            "former_commune": "22609",
            "former_sheet": [name[0] for name in names],
            "former_parcel": [name[1] for name in names],
            "scale": scene.scale,
            "land_use": scene.land_use[number],
            "register_area_m2": np.round(areas, 1),
        },
        geometry=shapes,
        crs=_ZONE,
    )
    outlines = list(scene.outlines.items())
    measured = gpd.GeoDataFrame(
        {
            "measured_uid": [f"m-{key}" for key, _ in outlines],
            "survey": [o.survey for _, o in outlines],
            "label": [o.label for _, o in outlines],
            "sigma_m": [o.sigma for _, o in outlines],
        },
        geometry=[o.polygon() for _, o in outlines],
        crs=_ZONE,
    )
    return parcels, measured
