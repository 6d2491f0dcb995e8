"""Where measured coordinates lie: their axis order and their VN-2000 zone.

Order and zone are found from where the commune is. What cannot be decided is refused with
the reason; nothing is guessed silently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from cadastre import crs as zones
from cadastre.errors import InputRefused


class PlaceUnclear(InputRefused):
    """It cannot be decided where these coordinates lie."""

    message_vi = "Không xác định được các tọa độ này nằm ở đâu."


@dataclass(frozen=True, slots=True)
class Place:
    """Zone and axis order of a list: ``swapped`` when the first coordinate was east.

    ``evidence`` says in both languages why; ``declared`` is what the file or caller claimed.
    """

    srid: int
    swapped: bool
    evidence_vi: str
    evidence_en: str
    share: float
    zone_differs: bool = False


def find_place(
    first: np.ndarray,
    second: np.ndarray,
    *,
    declared: int | None,
    commune_srid: int | None,
    outline: Any,
    commune_bounds: Sequence[float] | None,
    rules: Mapping[str, Any],
    file: str,
) -> Place:
    """Zone and order of two coordinate columns, ``first`` the one headed X or north.

    Parameters
    ----------
    declared : EPSG code stated by the caller or the file; wins unless it is impossible
    commune_srid : zone of the commune
    outline : the commune in EPSG:4326
    commune_bounds : (east, north, east, north) in the commune's zone, metres
    """
    _refuse_degrees(first, second, file)
    candidates = _candidates(declared, commune_srid, outline)
    if not candidates:
        raise PlaceUnclear(
            f"{file}: neither the zone nor the commune is known.",
            f"{file}: chưa biết múi chiếu và cũng chưa biết ranh giới xã.",
            file=file,
        )
    scored = [
        (_share(e, n, srid, commune_srid, outline, commune_bounds, rules), srid, swapped)
        for srid in candidates
        for swapped, n, e in ((False, first, second), (True, second, first))
    ]
    expected = declared or commune_srid
    scored.sort(key=lambda s: (-s[0], s[1] != expected, s[1], s[2]))
    own = [s for s in scored if s[1] == expected]
    if own and own[0][0] >= rules["place"]["inside_share"]:
        scored = own  # zones of one meridian lie close: another is asked only when this one fails
    return _chosen(scored, expected, rules, file)


def _refuse_degrees(first: np.ndarray, second: np.ndarray, file: str) -> None:
    if len(first) and max(np.abs(first).max(), np.abs(second).max()) <= 360.0:
        raise PlaceUnclear(
            f"{file} holds degrees; WGS 84 lists need control points to become measurements.",
            f"{file} chứa độ; danh sách WGS 84 cần điểm khống chế mới dùng được.",
            file=file,
        )


def _candidates(declared: int | None, commune_srid: int | None, outline: Any) -> list[int]:
    if declared is not None:
        return [zones.zone(declared).srid]
    if outline is not None:
        return sorted(zones.ZONES, key=lambda s: (s != commune_srid, s))
    return [commune_srid] if commune_srid is not None else []


def _share(
    east: np.ndarray,
    north: np.ndarray,
    srid: int,
    commune_srid: int | None,
    outline: Any,
    bounds: Sequence[float] | None,
    rules: Mapping[str, Any],
) -> float:
    """Share of the points that this zone and order place in the commune."""
    if not len(east):
        return 0.0
    margin = float(rules["place"]["outside_margin_m"])
    if outline is not None:
        area = shapely.buffer(zones.from_wgs84([outline], srid)[0], margin)
        shapely.prepare(area)
        return float(np.mean(shapely.contains_xy(area, east, north)))
    if bounds is not None and srid == commune_srid:
        west, south, right, top = bounds
        inside = (east >= west - margin) & (east <= right + margin)
        inside &= (north >= south - margin) & (north <= top + margin)
        return float(np.mean(inside))
    plausible = rules["plausible"]
    low_n, high_n = plausible["north_m"]
    low_e, high_e = plausible["east_m"]
    inside = (north >= low_n) & (north <= high_n) & (east >= low_e) & (east <= high_e)
    return float(np.mean(inside))


def _chosen(
    scored: list[tuple[float, int, bool]],
    expected: int | None,
    rules: Mapping[str, Any],
    file: str,
) -> Place:
    share, srid, swapped = scored[0]
    runner = scored[1][0] if len(scored) > 1 else 0.0
    place = rules["place"]
    if share < place["inside_share"] or runner * place["clear_factor"] > share:
        raise PlaceUnclear(
            f"{file}: at best {share:.0%} of the points lie in the commune "
            f"(next possibility {runner:.0%}); state the zone and the axis order.",
            f"{file}: tốt nhất chỉ {share:.0%} số điểm nằm trong xã "
            f"(khả năng kế tiếp {runner:.0%}); hãy nêu rõ múi chiếu và thứ tự trục.",
            file=file,
            share=share,
        )
    name = zones.zone(srid).name
    order_vi = "cột thứ nhất là Y (đông)" if swapped else "cột thứ nhất là X (bắc)"
    order_en = "the first column is east" if swapped else "the first column is north"
    return Place(
        srid,
        swapped,
        f"{share:.0%} số điểm nằm trong xã với {name}, {order_vi}.",
        f"{share:.0%} of the points lie in the commune in {name}, {order_en}.",
        share,
        zone_differs=expected is not None and srid != expected,
    )
