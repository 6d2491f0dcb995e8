"""Known points that a survey stands on: a list handed over with it, or those in its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cadastre.formats.field_book import Coordinate, FieldBook
from cadastre.formats.network import FIXED, NetworkPoint
from cadastre.survey.coordinate_list import read_coordinate_list
from cadastre.survey.found import Task
from cadastre.survey.place import Place, find_place, stated_order

LEAST = 2


@dataclass(frozen=True)
class Control:
    """Known points by name in the zone of ``place``; ``told`` says where they come from."""

    points: dict[str, NetworkPoint]
    place: Place
    told: dict[str, str]


def listed_control(path: Path, task: Task) -> Control:
    """Control of a coordinate list (point, north, east, height in any dialect)."""
    listed = read_coordinate_list(path, **task.placing())
    columns = listed.points[["point", "east", "north", "height"]]
    points = {
        str(name): NetworkPoint(
            str(name), east, north, height if np.isfinite(height) else None, plane=FIXED
        )
        for name, east, north, height in columns.itertuples(index=False)
    }
    told = {
        "vi": f"{len(points)} điểm khống chế từ {path.name}.",
        "en": f"{len(points)} control points from {path.name}.",
    }
    return Control(points, listed.place, told)


def own_control(book: FieldBook, task: Task, file: str) -> Control:
    """Control without a list: the register's, else those keyed in, else all coordinates.

    Raises
    ------
    cadastre.survey.place.PlaceUnclear
        The coordinates lie nowhere near the commune, or there are none.
    """
    seen = {r.target for r in book.readings} | {s.station for s in book.setups}
    known = {name: point for name, point in task.registered.items() if name in seen}
    if len(known) >= LEAST and task.srid is not None:
        return registered_control(known, task.srid)
    keyed = [c for c in book.coordinates if c.control]
    chosen = keyed if len({c.point for c in keyed}) >= LEAST else list(book.coordinates)
    return Control(
        _named(chosen, place := _placed(chosen, task, file)),
        place,
        _origin(len({c.point for c in chosen}), file, trusted=chosen is keyed),
    )


def registered_control(known: Mapping[str, NetworkPoint], srid: int) -> Control:
    """Control that the commune's register holds, in its own zone."""
    names = ", ".join(sorted(known)[:20])
    told = {
        "vi": f"{len(known)} điểm khống chế trong sổ của xã: {names}.",
        "en": f"{len(known)} control points of the commune's register: {names}.",
    }
    place = Place(srid, False, told["vi"], told["en"], 1.0)
    return Control(dict(known), place, told)


def _origin(count: int, file: str, *, trusted: bool) -> dict[str, str]:
    if trusted:
        return {
            "vi": f"{count} điểm khống chế nhập trong máy ({file}).",
            "en": f"{count} control points keyed in the instrument ({file}).",
        }
    return {
        "vi": f"Không có danh sách khống chế: dùng {count} tọa độ ghi trong {file}, chưa kiểm tra.",
        "en": f"No list of control: {count} coordinates found in {file} are used, unchecked.",
    }


def _placed(chosen: list[Coordinate], task: Task, file: str) -> Place:
    return find_place(
        np.array([c.north for c in chosen]),
        np.array([c.east for c in chosen]),
        declared=task.declared,
        commune_srid=task.srid,
        outline=task.outline,
        commune_bounds=task.commune_bounds,
        rules=task.regulation["survey"],
        file=file,
        swapped=stated_order(task.axes),
    )


def _named(chosen: list[Coordinate], place: Place) -> dict[str, NetworkPoint]:
    points: dict[str, NetworkPoint] = {}
    for c in chosen:
        east, north = (c.north, c.east) if place.swapped else (c.east, c.north)
        points.setdefault(c.point, NetworkPoint(c.point, east, north, c.height, plane=FIXED))
    return points
