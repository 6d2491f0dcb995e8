"""Draw a remark on the map, or settle it: a red line with a sentence for a colleague.

A remark changes no parcel. It is kept with who drew it and when; settling closes it, the
register never deletes. Coordinates are those of the commune's VN-2000 zone.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from cadastre.crs import to_web_mercator
from cadastre.errors import InputRefused, NotFound
from cadastre.office.desk import Desk
from cadastre.store.land_register import read_commune
from cadastre.store.named import query

#: kind -> fewest points
KINDS = {"point": 1, "line": 2, "area": 3}
MOST_POINTS, MOST_LETTERS = 500, 2000
#: A drawing larger than a commune is a slip of the hand, metres.
_WIDEST_M = 100_000.0


class RemarkRefused(InputRefused):
    """A remark is a point, a line or an area inside the commune, with a sentence."""

    message_vi = "Ghi chú gồm một điểm, một đường hoặc một vùng trong xã, kèm nội dung."


class RemarkUnknown(NotFound):
    """There is no such remark, or it is settled already."""

    message_vi = "Không có ghi chú này, hoặc ghi chú đã được giải quyết."


@dataclass(frozen=True)
class RemarkResult:
    """A remark as it was kept; ``parcel_uid`` is the parcel on which it lies."""

    remark_id: str
    parcel_uid: str | None


def draw_remark(
    desk: Desk,
    *,
    commune: str,
    kind: str,
    points: Sequence[tuple[float, float]],
    text: str,
) -> RemarkResult:
    """Keep a remark.

    Parameters
    ----------
    kind : point, line or area
    points : (east, north) in metres of the commune's zone

    Raises
    ------
    RemarkRefused
        With ``field``: kind, points or text.
    """
    sentence = text.strip()
    if not 1 <= len(sentence) <= MOST_LETTERS:
        raise RemarkRefused(field="text")
    drawn = remark_shape(kind, points)
    with desk.transaction("draw_remark", commune=commune) as transaction:
        srid = read_commune(transaction.connection, commune).srid
        remark_id = str(uuid.uuid4())
        parcel_uid = transaction.connection.execute(
            query("remark_open"),
            {
                "commune": commune,
                "remark_id": remark_id,
                "text": sentence,
                "shape": shapely.to_wkb(drawn),
                "display": shapely.to_wkb(to_web_mercator(np.array([drawn]), srid)[0]),
                "srid": srid,
                "author": transaction.actor.username,
                "event": transaction.event_id,
            },
        ).scalar_one()
        transaction.note(remark=remark_id, kind=kind)
        return RemarkResult(remark_id, parcel_uid)


def remark_shape(kind: str, points: Sequence[tuple[float, float]]) -> shapely.Geometry:
    """Return the drawn shape.

    >>> remark_shape("line", [(0, 0), (3, 4)]).length
    5.0

    Raises
    ------
    RemarkRefused
        With ``field``.
    """
    if kind not in KINDS:
        raise RemarkRefused(f"({kind})", field="kind")
    places = np.asarray(points, dtype=float).reshape(-1, 2)
    fits = KINDS[kind] <= len(places) <= MOST_POINTS and bool(np.isfinite(places).all())
    if not fits or np.ptp(places, axis=0).max() > _WIDEST_M:
        raise RemarkRefused(field="points")
    if kind == "point":
        return shapely.Point(places[0])
    drawn = shapely.LineString(places) if kind == "line" else shapely.Polygon(places)
    if not drawn.is_valid:
        raise RemarkRefused("The drawn outline crosses itself.", "Đường vẽ tự cắt.", field="points")
    return drawn


def settle_remark(desk: Desk, *, commune: str, remark_id: str) -> RemarkResult:
    """Settle a remark: it leaves the map and stays in the register.

    Raises
    ------
    RemarkUnknown
        With ``remark_id``.
    """
    with desk.transaction("settle_remark", commune=commune, subject=remark_id) as transaction:
        closed = transaction.connection.execute(
            query("remark_close"),
            {"commune": commune, "remark_id": remark_id, "event": transaction.event_id},
        )
        if not closed.rowcount:
            raise RemarkUnknown(f"({remark_id})", remark_id=remark_id)
        return RemarkResult(remark_id, None)
