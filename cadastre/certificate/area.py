"""Which area is certified: measured ground or the map (Land Law 31/2024/QH15 Art 135(6)).

When the boundary has not changed since the papers and no neighbour disputes it, the measured
area holds, whatever the difference. When it has changed, the extra land is considered apart
and the area of the map is certified meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

#: Verdicts of the reconciliation under which ground and map are the same parcel.
#: (``not_confirmed``: the description was not yet recorded when they were compared).
_SAME_LAND = frozenset({"confirmed_unchanged", "unchanged_area_differs", "within", "not_confirmed"})


@dataclass(frozen=True, slots=True)
class CertifiedArea:
    """The area on the certificate, where it comes from, and why; ``extra_m2`` is set apart."""

    area_m2: Decimal
    basis: str
    reason_vi: str
    reason_en: str
    extra_m2: Decimal | None = None


def certified_area(
    *,
    map_m2: float,
    measured_m2: float | None,
    verdict: str | None,
    boundary: str | None,
    boundary_geometry: str | None = None,
    decimals: int = 1,
) -> CertifiedArea:
    """Return the area to certify.

    Parameters
    ----------
    map_m2, measured_m2 : planar areas in the commune's zone, m2, unrounded
    verdict : of the current match between map and measurement; None when not measured
    boundary_geometry : within, beyond or undetermined; a corner that has clearly moved
        contradicts an unchanged boundary, so the map's area stands until somebody adopts
    boundary : ``confirmed`` of the boundary description (unchanged, changed, disputed)

    >>> found = certified_area(map_m2=250.0, measured_m2=256.74, verdict="unchanged_area_differs",
    ...                        boundary="unchanged")
    >>> found.basis, str(found.area_m2)
    ('measured', '256.7')
    """
    if measured_m2 is None:
        return CertifiedArea(
            _rounded(map_m2, decimals),
            "map",
            "Diện tích theo bản đồ địa chính; không có kết quả đo đạc mới.",
            "Area of the cadastral map; no new measurement.",
        )
    settled = boundary == "unchanged" and boundary_geometry != "beyond"
    if settled and verdict in _SAME_LAND:
        return CertifiedArea(
            _rounded(measured_m2, decimals),
            "measured",
            "Ranh giới không thay đổi, không tranh chấp: lấy diện tích đo đạc thực tế.",
            "Boundary unchanged and undisputed: the measured area holds.",
        )
    extra = measured_m2 - map_m2
    return CertifiedArea(
        _rounded(map_m2, decimals),
        "map",
        "Ranh giới có thay đổi hoặc chưa xác nhận: lấy diện tích bản đồ, phần tăng xét riêng.",
        "Boundary changed or not confirmed: the map's area; extra land is considered apart.",
        _rounded(extra, decimals) if boundary == "changed" and extra > 0 else None,
    )


def divided_area(
    area_m2: Decimal, purposes: Sequence[tuple[str, float | None]], residential: Collection[str]
) -> list[Decimal | None]:
    """Return the areas of a parcel's purposes so that they make up the area that is certified.

    Residential land keeps the area that was recognised for it; the largest other purpose takes
    what map or measurement found more or less. Where only residential land is there, or the
    others have not that much, nothing is divided: an area of each is then not certain.

    Parameters
    ----------
    purposes : (code, area in the land book in m2) of each
    residential : codes of residential land

    >>> divided_area(Decimal("961.5"), [("ONT", 300.0), ("CLN", 663.2)], {"ONT"})
    [Decimal('300.0'), Decimal('661.5')]
    """
    if len(purposes) == 1:
        return [area_m2]
    decimals = -int(area_m2.as_tuple().exponent)
    booked = [None if booked is None else _rounded(booked, decimals) for _, booked in purposes]
    known = [booked_m2 for booked_m2 in booked if booked_m2 is not None]
    if len(known) < len(booked):
        return booked
    off = area_m2 - sum(known)
    others = [n for n, (code, _) in enumerate(purposes) if code not in residential]
    taker = max(others, key=lambda n: known[n], default=None)
    if off == 0:
        return booked
    if taker is None or known[taker] + off <= 0:
        return [None] * len(booked)
    booked[taker] = known[taker] + off
    return booked


def _rounded(area_m2: float, decimals: int) -> Decimal:
    return Decimal(repr(float(area_m2))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
