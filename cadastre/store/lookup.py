"""The one search box: any number old or new, dossier, certificate, identifier, holder, point.

A number that fits several parcels is ambiguous and answered with all of them, never with a
guess: after a merger the same sheet and parcel exist two or three times in one commune.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection

from cadastre.crs import grid_coordinates
from cadastre.merge.lookup import ParcelQuery, parse_query, plain
from cadastre.store.named import query
from cadastre.store.parcel_reading import parcel_label

_IDENTIFIER = re.compile(r"^[0-9a-z]{12}$")
_CODE = re.compile(r"^[\w.-]*\d{6}-\d{4}$")
_SERIAL = re.compile(r"^[A-Z]{1,2} ?\d{6,8}$|^[A-Z]{1,4}[ .-]?\d{3,}$", re.IGNORECASE)
_POINT = re.compile(r"^\s*(-?\d+(?:\.\d+)?)\s*[,; ]\s*(-?\d+(?:\.\d+)?)\s*$")
_LATITUDES, _LONGITUDES = (8.0, 24.0), (102.0, 110.0)
_NORTHINGS = (800_000.0, 2_700_000.0)
_FEWEST_LETTERS = 2


@dataclass(frozen=True)
class Place:
    """Where to search: a commune, its zone and its former communes (code -> name)."""

    code: str
    name: str
    srid: int
    former: dict[str, str]


@dataclass(frozen=True)
class Found:
    """Answer of a search; ``status`` is resolved, ambiguous, not_found or paper."""

    query: str
    status: str
    results: list[dict[str, Any]]


def find(
    connection: Connection, text: str, *, communes: Sequence[str], persons: bool = False
) -> Found:
    """Return what a typed text may mean in some communes.

    Parameters
    ----------
    persons : whether holders may be searched by name (personal data)
    """
    text = text.strip()
    places = _places(connection, communes)
    if not text or not places:
        return Found(text, "not_found", [])
    coded = _coded(connection, text, communes) or _at_point(connection, text, places)
    if coded:
        return _answer(text, coded)
    names = {code: name for place in places for code, name in place.former.items()}
    asked = parse_query(text, names, communes={place.code: place.name for place in places})
    numbered = _numbered(connection, asked, communes)
    on_paper = _on_paper(connection, asked, communes)
    if numbered:
        # The same number on paper and on the map: both are told, none is guessed.
        return _answer(text, numbered + on_paper if asked.parcel else numbered)
    if on_paper:
        return Found(text, "paper", on_paper)
    held = _held(connection, text, communes) if persons and asked.parcel is None else []
    return _answer(text, held)


def find_parcels(connection: Connection, text: str, *, commune: str) -> list[dict[str, Any]]:
    """Return the parcels that a text may mean, for the command line."""
    return find(connection, text, communes=[commune]).results


def _answer(text: str, results: list[dict[str, Any]]) -> Found:
    distinct = {(row["kind"], row["parcel_uid"], row["code"]) for row in results}
    status = ("not_found", "resolved")[len(distinct)] if len(distinct) < 2 else "ambiguous"
    return Found(text, status, results)


def _places(connection: Connection, communes: Sequence[str]) -> list[Place]:
    rows = connection.execute(query("communes_search"), {"communes": list(communes)})
    return [Place(row.code, row.name, row.srid, row.former or {}) for row in rows]


def _numbered(
    connection: Connection, asked: ParcelQuery, communes: Sequence[str]
) -> list[dict[str, Any]]:
    if asked.sheet is None or asked.parcel is None:
        return []
    formers = [asked.former_commune] if asked.former_commune else list(asked.candidates)
    rows = connection.execute(
        query("lookup_numbers"),
        {
            "communes": list(communes),
            "sheet": asked.sheet,
            "parcel": asked.parcel,
            "sheet_number": int(asked.sheet) if asked.sheet.isdecimal() else None,
            "scale": asked.scale,
            "formers": formers or None,
            "current": list(asked.current) or None,
        },
    )
    return [_parcel(row, "parcel") for row in rows.mappings()]


def _on_paper(
    connection: Connection, asked: ParcelQuery, communes: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the sheets kept on paper only that list the parcel (or list no parcel at all)."""
    if asked.sheet is None:
        return []
    formers = [asked.former_commune] if asked.former_commune else list(asked.candidates)
    rows = connection.execute(
        query("lookup_paper_sheet"),
        {
            "communes": list(communes),
            "sheet": asked.sheet,
            "parcel": asked.parcel,
            "scale": asked.scale,
            "formers": formers or None,
        },
    ).mappings()
    return [_paper(row, asked) for row in rows]


def _paper(row: Any, asked: ParcelQuery) -> dict[str, Any]:
    year = f", {row['year']}" if row["year"] else ""
    name = row["former_commune_name"] or row["former_commune"]
    parcel = f" thửa {asked.parcel}" if asked.parcel else ""
    number = f"tờ {row['former_sheet']}{parcel}"
    return {
        **_bare("paper", str(row["sheet_uid"])),
        "label": number.capitalize(),
        "detail": f"{name}: {number}, 1:{row['scale']}{year} (bản đồ giấy)",
        "commune": row["commune"],
    }


def _coded(connection: Connection, text: str, communes: Sequence[str]) -> list[dict[str, Any]]:
    if _IDENTIFIER.match(text.lower()):
        uids = connection.execute(
            query("lookup_identifier"), {"identifier": text.lower(), "communes": list(communes)}
        ).scalars()
        found = _parcels(connection, [(uid, "parcel", text) for uid in uids], communes)
        if found:
            return found
    if _CODE.match(text):
        return _dossiers(connection, text, communes)
    if _SERIAL.match(text):
        rows = connection.execute(
            query("lookup_certificates"), {"communes": list(communes), "number": text}
        )
        named = [(row.parcel_uid, "certificate", row.number or row.serial) for row in rows]
        return _parcels(connection, named, communes)
    return []


def _dossiers(connection: Connection, text: str, communes: Sequence[str]) -> list[dict[str, Any]]:
    rows = connection.execute(
        query("lookup_dossiers"), {"communes": list(communes), "code": text}
    ).all()
    named = [(row.parcel_uid, "dossier", row.code) for row in rows]
    return _parcels(connection, named, communes)


def _held(connection: Connection, text: str, communes: Sequence[str]) -> list[dict[str, Any]]:
    name = plain(text)
    if sum(letter.isalpha() for letter in name) < _FEWEST_LETTERS:
        return []
    pattern = name.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    rows = connection.execute(
        query("lookup_holders"), {"communes": list(communes), "name": pattern}
    )
    return _parcels(connection, [(row.parcel_uid, "holder", row.name) for row in rows], communes)


def _at_point(connection: Connection, text: str, places: list[Place]) -> list[dict[str, Any]]:
    numbers = _POINT.match(text)
    if not numbers:
        return []
    first, second = float(numbers.group(1)), float(numbers.group(2))
    found: list[dict[str, Any]] = []
    for place in places:
        point = _grid(first, second, place.srid)
        if point is None:
            continue
        uids = connection.execute(
            query("lookup_at_point"),
            {"commune": place.code, "east": point[0], "north": point[1], "srid": place.srid},
        ).scalars()
        found += _parcels(connection, [(uid, "coordinate", text) for uid in uids], [place.code])
    return found


def _grid(first: float, second: float, srid: int) -> tuple[float, float] | None:
    """Return (east, north) of two typed numbers in either order, None when they are no place."""
    for lat, lon in ((first, second), (second, first)):
        if _LATITUDES[0] <= lat <= _LATITUDES[1] and _LONGITUDES[0] <= lon <= _LONGITUDES[1]:
            east, north = grid_coordinates(np.array([[lon, lat]]), srid)[0]
            return float(east), float(north)
    for north, east in ((first, second), (second, first)):
        if _NORTHINGS[0] <= north <= _NORTHINGS[1] and 0 < east < _NORTHINGS[0]:
            return east, north
    return None


def _parcels(
    connection: Connection,
    named: Sequence[tuple[str | None, str, str]],
    communes: Sequence[str],
) -> list[dict[str, Any]]:
    """Return the results of parcels found by something else, in the order in which they came."""
    uids = [uid for uid, _, _ in named if uid]
    rows = connection.execute(
        query("lookup_parcels"), {"uids": uids, "communes": list(communes)}
    ).mappings()
    known = {row["parcel_uid"]: row for row in rows}
    results = []
    for uid, kind, name in named:
        if uid in known:
            results.append({**_parcel(known[uid], kind), "code": name})
        elif kind == "dossier":
            results.append(_bare(kind, name))
    return results


def _bare(kind: str, name: str) -> dict[str, Any]:
    return {
        "kind": kind, "parcel_uid": None, "code": name, "label": name, "detail": "",
        "point": None, "bbox": None, "state": None, "commune": None,
    }  # fmt: skip


def _parcel(row: Any, kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "parcel_uid": row["parcel_uid"],
        "code": None,
        "label": parcel_label(row["sheet"], row["parcel"]),
        "detail": _old_number(row),
        "point": [row["lon"], row["lat"]],
        "bbox": [row["west"], row["south"], row["east"], row["north"]],
        "state": row["state"],
        "commune": row["commune"],
    }


def _old_number(row: Any) -> str:
    return (
        f"{row['former_commune_name'] or row['former_commune']}: tờ {row['former_sheet']} "
        f"thửa {row['former_parcel']}, 1:{row['scale']}"
    )
