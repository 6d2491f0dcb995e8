"""Where measured coordinates lie: their axis order and their VN-2000 zone.

Order and zone are found from where the commune is. What cannot be decided is refused with
the reason; nothing is guessed silently. A person may state either: a control list can lie
mostly outside the commune. A stated zone wins unless the points lie in the commune in
another one; a stated order wins unless it makes no VN-2000 coordinates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cadastre import crs as zones
from cadastre.errors import InputRefused
from cadastre.survey.place_votes import Question

#: Orders that a person may state: the left of two coordinates is north, or east.
AXES = ("ne", "en")


class PlaceUnclear(InputRefused):
    """It cannot be decided where these coordinates lie."""

    message_vi = "Không xác định được các tọa độ này nằm ở đâu."


@dataclass(frozen=True, slots=True)
class Place:
    """Zone and axis order of a list: ``swapped`` when the first coordinate was east.

    ``evidence`` says in both languages why; ``share`` of the points lies in the commune.
    """

    srid: int
    swapped: bool
    evidence_vi: str
    evidence_en: str
    share: float
    zone_differs: bool = False


def stated_order(axes: str, *, left_is_first: bool = True) -> bool | None:
    """Whether ``first`` of :func:`find_place` is east by what a person stated, or none.

    Parameters
    ----------
    axes : ``"auto"``, ``"ne"`` (the left of two coordinates is north) or ``"en"``
    left_is_first : whether ``first`` is the left of the two in the file

    Raises
    ------
    PlaceUnclear

    Examples
    --------
    >>> stated_order("en"), stated_order("en", left_is_first=False), stated_order("auto")
    (True, False, None)
    """
    told = axes.strip().lower()
    if told in ("", "auto"):
        return None
    if told not in AXES:
        raise PlaceUnclear(
            f"The order of the axes (axes) is auto, ne (north first) or en (east first), "
            f"not {axes!r}.",
            "Thứ tự trục (axes) là auto, ne (bắc trước) hoặc en (đông trước), không phải "
            f"“{axes}”.",
            field="axes",
        )
    return (told == "en") == left_is_first


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
    in_file: int | None = None,
    swapped: bool | None = None,
) -> Place:
    """Zone and order of two coordinate columns, ``first`` the one headed X or north.

    Parameters
    ----------
    declared : EPSG code stated by a person
    commune_srid : zone of the commune
    outline : the commune in EPSG:4326
    commune_bounds : (east, north, east, north) in the commune's zone, metres
    in_file : EPSG code that the file itself declares
    swapped : whether ``first`` is east, where a person stated it
    """
    _refuse_degrees(first, second, file)
    question = Question(
        first, second, declared, in_file, swapped, commune_srid, outline, commune_bounds, rules,
        file,
    )  # fmt: skip
    candidates = question.candidates()
    if not candidates:
        raise PlaceUnclear(
            f"{file}: neither the zone nor the commune is known. {_TO_DO_EN}",
            f"{file}: chưa biết múi chiếu và cũng chưa biết ranh giới xã. {_TO_DO_VI}",
            file=file,
            field="crs",
        )
    scored = question.votes(candidates)
    if _clear(scored, rules["place"]):
        return _found(question, scored[0])
    if declared is not None:
        return _stated(question, scored)
    raise _unclear(question, scored)


_TO_DO_VI = (
    "Hãy chọn múi chiếu của tệp (crs, ví dụ 9217), và nếu cần thứ tự cột (axes: ne là cột trái "
    "là X bắc, en là cột trái là Y đông)."
)
_TO_DO_EN = (
    "State the zone of the file (crs, e.g. 9217) and, where needed, the order of its columns "
    "(axes: ne is north in the left column, en is east in the left column)."
)


def _refuse_degrees(first: np.ndarray, second: np.ndarray, file: str) -> None:
    if len(first) and max(np.abs(first).max(), np.abs(second).max()) <= 360.0:
        raise PlaceUnclear(
            f"{file} holds degrees; WGS 84 lists need control points to become measurements.",
            f"{file} chứa độ; danh sách WGS 84 cần điểm khống chế mới dùng được.",
            file=file,
        )


def _clear(scored: list[tuple[float, int, bool]], place: Mapping[str, Any]) -> bool:
    share = scored[0][0]
    runner = scored[1][0] if len(scored) > 1 else 0.0
    return bool(share >= place["inside_share"] and runner * place["clear_factor"] <= share)


def _found(question: Question, best: tuple[float, int, bool]) -> Place:
    share, srid, swapped = best
    expected = question.declared or question.in_file or question.commune_srid
    name = zones.zone(srid).name
    vi, en = _order_told(swapped)
    where_vi, where_en = ("nằm trong xã", "lie in the commune")
    if not question.knows_commune:
        where_vi, where_en = ("có tọa độ hợp lý", "have plausible coordinates")
    return Place(
        srid,
        swapped,
        f"{share:.0%} số điểm {where_vi} với {name}, {vi}.",
        f"{share:.0%} of the points {where_en} in {name}, {en}.",
        share,
        zone_differs=expected is not None and srid != expected,
    )


def _order_told(swapped: bool) -> tuple[str, str]:
    if swapped:
        return "cột thứ nhất là Y (đông)", "the first column is east"
    return "cột thứ nhất là X (bắc)", "the first column is north"


def _stated(question: Question, scored: list[tuple[float, int, bool]]) -> Place:
    """Place of points that lie mostly outside the commune, in the zone that was stated.

    Order: what was stated, else the one that makes VN-2000 coordinates: northings and
    eastings of the country do not overlap.
    """
    if not len(question.first):
        raise _unclear(question, scored)
    srid = scored[0][1]
    name, need = zones.zone(srid).name, question.rules["place"]["inside_share"]
    if question.swapped is None:
        _refuse_other_zone(question, srid)
    orders = [o for _, _, o in scored if question.plausible(o) >= need]
    if len(orders) != 1:
        first, second = float(np.median(question.first)), float(np.median(question.second))
        told = f"{first:.0f} / {second:.0f}"
        raise PlaceUnclear(
            f"{question.file}: {told} is no VN-2000 coordinate pair in this order; exchange the "
            f"order (axes) or check the file. {_TO_DO_EN}",
            f"{question.file}: {told} không phải cặp tọa độ VN-2000 theo thứ tự này; hãy đổi thứ "
            f"tự cột (axes) hoặc kiểm tra tệp. {_TO_DO_VI}",
            file=question.file,
            field="axes",
        )
    swapped = orders[0]
    share = next(s for s, _, o in scored if o == swapped)
    vi, en = _order_told(swapped)
    why_vi = "đã nêu" if question.swapped is not None else "theo độ lớn của tọa độ"
    why_en = "as stated" if question.swapped is not None else "by the size of the values"
    return Place(
        srid,
        swapped,
        f"Múi {name} do người gửi nêu; {vi} ({why_vi}); {share:.0%} số điểm nằm trong xã.",
        f"Zone {name} as stated by the sender; {en} ({why_en}); {share:.0%} of the points lie in "
        "the commune.",
        share,
    )


def _refuse_other_zone(question: Question, srid: int) -> None:
    """Refuse a stated zone when the points lie in the commune in another one."""
    if question.outline is None:
        return
    scored = question.votes([s for s in sorted(zones.ZONES) if s != srid])
    share, better, _ = scored[0]
    if share >= question.rules["place"]["inside_share"]:
        other = zones.zone(better).name
        raise PlaceUnclear(
            f"{question.file}: in the stated zone ({srid}) the points lie outside the commune, "
            f"but {share:.0%} lie inside in {other} ({better}). State crs {better}; or keep "
            f"{srid} and state the order of the columns too (axes: ne or en).",
            f"{question.file}: theo múi đã nêu ({srid}) các điểm nằm ngoài xã, còn theo {other} "
            f"({better}) thì {share:.0%} nằm trong xã. Hãy chọn crs {better}; nếu vẫn giữ {srid} "
            "thì nêu cả thứ tự cột (axes: ne hoặc en).",
            file=question.file,
            field="crs",
            srid=better,
        )


def _unclear(question: Question, scored: list[tuple[float, int, bool]]) -> PlaceUnclear:
    share = scored[0][0]
    runner = scored[1][0] if len(scored) > 1 else 0.0
    return PlaceUnclear(
        f"{question.file}: at best {share:.0%} of the points lie in the commune "
        f"(next possibility {runner:.0%}). {_TO_DO_EN}",
        f"{question.file}: tốt nhất chỉ {share:.0%} số điểm nằm trong xã "
        f"(khả năng kế tiếp {runner:.0%}). {_TO_DO_VI}",
        file=question.file,
        field="crs",
        share=share,
    )
