"""Attributes that the elements of a gkf file have, so that a word typed wrong is told.

After the GNU Gama manual, chapter "XML input data format", and the words of older files. An
attribute that nobody knows changes nothing; read in silence it would seem to.
"""

from __future__ import annotations

from collections.abc import Iterable

_SIGHT = frozenset({"from", "to", "val", "stdev", "from_dh", "to_dh", "extern"})
ATTRIBUTES = {
    "network": frozenset({"axes-xy", "angles", "epoch"}),
    "parameters": frozenset({
        "sigma-apr", "conf-pr", "tol-abs", "sigma-act", "update-constrained-coordinates",
        "algorithm", "language", "encoding", "angular", "angles", "latitude", "ellipsoid",
        "cov-band", "iterations", "txt", "stx", "opr",
    }),
    "points-observations": frozenset({
        "distance-stdev", "direction-stdev", "angle-stdev", "azimuth-stdev", "zenith-angle-stdev",
    }),
    "point": frozenset({"id", "x", "y", "z", "fix", "adj", "xy", "height", "extern"}),
    "obs": frozenset({"from", "orientation", "from_dh"}),
    "direction": _SIGHT, "distance": _SIGHT, "s-distance": _SIGHT, "z-angle": _SIGHT,
    "azimuth": _SIGHT,
    "angle": frozenset({
        "from", "bs", "fs", "to", "rs", "val", "stdev", "from_dh", "bs_dh", "fs_dh", "extern",
    }),
    "dh": frozenset({"from", "to", "val", "stdev", "dist", "extern"}),
    "vec": frozenset({"from", "to", "dx", "dy", "dz", "from_dh", "to_dh", "extern"}),
    "cov-mat": frozenset({"dim", "band"}),
}  # fmt: skip
#: Unknown attributes told one by one; more are the same mistake again.
MOST_TOLD = 10


def unknown(element: str, given: Iterable[str]) -> list[str]:
    """Attributes of an element that the format does not have.

    >>> unknown("parameters", ["sigma-apr", "sigma-apriori"]), unknown("gama-local", ["xmlns"])
    (['sigma-apriori'], [])
    """
    known = ATTRIBUTES.get(element)
    if known is None:
        return []
    return [name for name in given if name not in known and not name.startswith("xml")]


def told_unknown(file: str, line: int, element: str, name: str) -> dict[str, str]:
    """Sentence on an attribute that is not used, in both languages."""
    return {
        "vi": f"{file}, dòng {line}, {element}: không rõ thuộc tính “{name}”, không dùng.",
        "en": f"{file}, line {line}, {element}: the attribute '{name}' is unknown and not used.",
    }
