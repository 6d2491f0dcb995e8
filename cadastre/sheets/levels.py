"""Which level of a drawing is for what: by the standard table, by contents, or by hand.

TT 26/2024/TT-BTNMT Annex 21 numbers the levels; empty levels are used locally (Art 16(1)(d)),
so real files differ. Where the table finds nothing, what the levels contain is looked at; a
mapping given by hand, as a small TOML file or a dictionary, goes before both.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cadastre import regulation as law_of
from cadastre.errors import InputRefused
from cadastre.formats.linework import LineWork
from cadastre.regulation.land_use import UNKNOWN, look_up
from cadastre.sheets.columns import fold
from cadastre.sheets.labels import Label, join_labels, parse_label
from cadastre.sheets.linework import level_number, polygonise

LABEL_ROLES = ("number", "area", "land_use", "label")
ROLES = ("boundary", *LABEL_ROLES, "frame", "control")
_LINE_ROLES = ("boundary", "frame")
STANDARD, SUGGESTED, GIVEN = "standard", "suggested", "given"
_MOST_LEVELS = 12


class LevelsUnclear(InputRefused):
    """No level of the drawing is known to carry parcel boundaries; say which one does."""

    message_vi = "Không rõ lớp nào trong bản vẽ là ranh giới thửa; hãy chỉ ra lớp đó."


class LevelsUnusable(InputRefused):
    """The mapping of levels cannot be used."""

    message_vi = "Không dùng được bảng khai báo lớp."


@dataclass(frozen=True)
class LevelMapping:
    """Levels of one drawing by what they are for.

    ``levels`` has a role of :data:`ROLES` -> levels as the drawing writes them; ``basis`` a
    role -> ``standard``, ``suggested`` or ``given``; ``confidence`` 0..1 of what was suggested.
    """

    levels: dict[str, tuple[Any, ...]]
    basis: dict[str, str] = field(default_factory=dict)
    confidence: dict[str, float] = field(default_factory=dict)

    def of(self, role: str) -> tuple[Any, ...]:
        """Return the levels of a role."""
        return self.levels.get(role, ())

    def label_roles(self) -> dict[Any, frozenset[str]]:
        """Return, for each level with labels, what its labels may say."""
        held = {level for role in LABEL_ROLES for level in self.of(role)}
        return {
            level: frozenset(role for role in LABEL_ROLES if level in self.of(role))
            for level in held
        }

    def to_toml(self) -> str:
        r"""Return the mapping as the small TOML file that can be edited and given back.

        >>> LevelMapping({"boundary": (10, "RANH")}).to_toml()
        'boundary = [10, "RANH"]\n'
        """
        return "".join(
            f"{role} = [{', '.join(map(_toml, self.of(role)))}]\n"
            for role in ROLES
            if self.of(role)
        )


def _toml(level: Any) -> str:
    return '"' + level.replace('"', '\\"') + '"' if isinstance(level, str) else str(int(level))


def level_mapping(
    work: LineWork, given: str | Path | Mapping[str, Any] | None, *, snap_m: float,
    law: Mapping[str, Any], name: str,
) -> LevelMapping:  # fmt: skip
    """Return the mapping for a drawing: given by hand, else the table, else its contents.

    Parameters
    ----------
    snap_m : largest opening that is closed when boundaries are tried

    Raises
    ------
    LevelsUnclear
        Nothing tells which levels carry boundaries; ``suggestion`` is a TOML to start from.
    LevelsUnusable
        The given mapping is no TOML, or names roles or levels that do not exist.
    """
    table = _standard(work, law)
    by_hand = _given(given, work, law, name)
    found = {**table, **by_hand}
    basis = {role: GIVEN if role in by_hand else STANDARD for role in found}
    mapping = LevelMapping(found, basis)
    mapping = _with_labels(work, mapping, law)
    if not mapping.of("boundary"):
        mapping = _with_boundary(work, mapping, snap_m, law, name)
    return mapping


def suggest_levels(path: str | Path, *, scale: int = 1000) -> LevelMapping:
    """Return the mapping that a drawing would be read with, to be looked at and edited."""
    from cadastre.sheets.drawing import open_drawing, snap_of

    path = Path(path)
    work = open_drawing(path).work
    law = law_of.load()["levels"]
    snap = snap_of(work, scale, float(law["snap"]["map_mm"]))
    return level_mapping(work, None, snap_m=snap, law=law, name=path.name)


def _standard(work: LineWork, law: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    lines, points = _held(work.line_levels), _held(work.point_levels)
    return {
        role: tuple(
            level
            for level in _candidates(role, lines, points)
            if level_number(level) in law[role] or _worded(level, law["words"][role])
        )
        for role in ROLES
    }


def _candidates(role: str, lines: list[Any], points: list[Any]) -> list[Any]:
    """Levels that a role may have: control points are drawn as symbols or as bare points."""
    if role == "control":
        return sorted(dict.fromkeys([*lines, *points]), key=str)
    return lines if role in _LINE_ROLES else points


def _held(levels: np.ndarray) -> list[Any]:
    return sorted(dict.fromkeys(levels.tolist()), key=str)


def _worded(level: Any, words: list[str]) -> bool:
    return isinstance(level, str) and any(word in fold(level) for word in words)


def _given(
    given: str | Path | Mapping[str, Any] | None, work: LineWork, law: Mapping[str, Any], name: str
) -> dict[str, tuple[Any, ...]]:
    if given is None:
        return {}
    said = _parsed(given, name)
    unknown = sorted(set(said) - {*ROLES, "wall"})
    if unknown:
        raise _unusable(name, f"{', '.join(unknown)}; {', '.join(ROLES)}, wall")
    held = {*_held(work.line_levels), *_held(work.point_levels)}
    found = {}
    for role in ROLES:
        if role in said:
            wanted = {str(level) for level in np.atleast_1d(said[role]).tolist()}
            found[role] = tuple(sorted((x for x in held if str(x) in wanted), key=str))
            absent = sorted(wanted - {str(level) for level in held})
            if len(absent) == len(wanted) and wanted:
                raise _unusable(name, f"{role} = {', '.join(absent)}")
    if said.get("wall"):
        walls = [x for x in _held(work.line_levels) if level_number(x) == law["wall"]]
        boundary = found.get("boundary") or _standard(work, law)["boundary"]
        found["boundary"] = (*boundary, *(x for x in walls if x not in boundary))
    return found


def _parsed(given: str | Path | Mapping[str, Any], name: str) -> dict[str, Any]:
    if isinstance(given, Mapping):
        return dict(given)
    try:
        return tomllib.loads(Path(given).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as broken:
        raise _unusable(name, f"{Path(given).name}: {broken}") from broken


def _unusable(name: str, detail: str) -> LevelsUnusable:
    return LevelsUnusable(f"{name}: {detail}.", f"{name}: {detail}.", file=name)


def _with_labels(work: LineWork, mapping: LevelMapping, law: Mapping[str, Any]) -> LevelMapping:
    """Add local levels whose labels have the form of a role that no level has yet."""
    levels, basis = dict(mapping.levels), dict(mapping.basis)
    sure = dict(mapping.confidence)
    known = {level for role in LABEL_ROLES for level in levels.get(role, ())}
    for level in _held(work.point_levels):
        if level in known or level_number(level) in law["other"]:
            continue
        role, share = _form_of(work.texts[work.point_levels == level])
        needed = not levels["label"] and not levels.get(role, ())
        if share >= law["suggestion"]["least_share"] and needed and basis.get(role) != GIVEN:
            levels[role], basis[role], sure[role] = (level,), SUGGESTED, share
    return LevelMapping(levels, basis, sure)


def _form_of(texts: np.ndarray) -> tuple[str, float]:
    """Return the role that most labels of a level have the form of, and their share."""
    seen = [_role(parse_label(text)) for text in texts if isinstance(text, str) and text.strip()]
    named = [role for role in seen if role]
    if not named:
        return "", 0.0
    most = max(LABEL_ROLES, key=named.count)
    return most, named.count(most) / len(seen)


def _role(label: Label) -> str:
    if label.parcel is not None:
        return "number" if label.area_m2 is None and label.land_use is None else "label"
    if label.area_m2 is not None:
        return "area"
    known = label.land_use is not None and look_up(label.land_use).state != UNKNOWN
    return "land_use" if known else ""


def _with_boundary(
    work: LineWork, mapping: LevelMapping, snap_m: float, law: Mapping[str, Any], name: str
) -> LevelMapping:
    """Take the levels whose lines put each number into a polygon of its own."""
    rated = {
        level: _closed(work, (level,), snap_m, mapping)
        for level in _held(work.line_levels)[:_MOST_LEVELS]
        if level_number(level) not in law["other"]
    }
    chosen: tuple[Any, ...] = ()
    best = 0.0
    for level in sorted(rated, key=lambda x: -rated[x]):
        tried = (*chosen, level)
        share = _closed(work, tried, snap_m, mapping) if chosen else rated[level]
        if share > best:
            chosen, best = tried, share
    found = LevelMapping(
        {**mapping.levels, "boundary": chosen},
        {**mapping.basis, "boundary": SUGGESTED},
        {**mapping.confidence, "boundary": best},
    )
    if best >= law["suggestion"]["least_closed"]:
        return found
    listed = ", ".join(map(str, _held(work.line_levels)))
    raise LevelsUnclear(
        f'{name}: levels with lines: {listed}. Give levels={{"boundary": [...]}}.',
        f"{name}: các lớp có nét: {listed}. Hãy khai levels={{boundary: [...]}}.",
        file=name,
        levels=_held(work.line_levels),
        suggestion=found.to_toml(),
    )


def _closed(work: LineWork, levels: tuple[Any, ...], snap_m: float, mapping: LevelMapping) -> float:
    """Share of the numbers that stand alone in a polygon of these levels' lines."""
    roles = mapping.label_roles()
    numbers = [
        text
        for text, level in zip(work.texts, work.point_levels, strict=True)
        if isinstance(text, str) and level in roles and parse_label(text, roles[level]).parcel
    ]
    if not numbers:
        return 0.0
    joined = join_labels(work, polygonise(work, levels, snap_m).polygons, roles)
    return float(sum(p is not None for p in joined.parcel) / len(numbers))
