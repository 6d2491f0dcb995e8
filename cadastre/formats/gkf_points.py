"""Points of a gkf file: their coordinates and the role that each part of them plays."""

from __future__ import annotations

from typing import Any

from cadastre.formats.gkf_values import GkfPlace
from cadastre.formats.network import ADJUSTED, CONSTRAINED, FIXED, UNUSED

#: Words for the role of a point in files before version 1.0.
_OLD_ROLES = {"fixed": FIXED, "free": ADJUSTED, "constrained": CONSTRAINED, "unused": UNUSED}


class GkfPoints(GkfPlace):
    """Collects points; one may be told in several elements."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.points: dict[str, dict[str, Any]] = {}

    def declare_point(self, given: dict[str, str]) -> None:
        """Take the coordinates and the role of a point."""
        known = self.points.setdefault(self._id(given, "id"), {})
        if ("x" in given) != ("y" in given):
            raise self.refusal("point", "x and y belong together", "x và y phải đi cùng nhau")
        if "x" in given:
            known["xy"] = (self.number(given, "x"), self.number(given, "y"))
        if "z" in given:
            known["z"] = self.number(given, "z")
        self._roles(known, given)

    def _roles(self, known: dict[str, Any], given: dict[str, str]) -> None:
        for attribute in ("adj", "fix"):
            for letter in given.get(attribute, ""):
                if letter not in "xyzXYZ":
                    raise self.refusal(attribute, f"'{letter}' is unknown", f"'{letter}' không rõ")
                free = CONSTRAINED if letter.isupper() else ADJUSTED
                role = FIXED if attribute == "fix" else free
                known["level" if letter in "zZ" else "plane"] = role
        for attribute, part in (("xy", "plane"), ("height", "level")):
            if attribute in given:
                told = given[attribute].strip()
                if told not in _OLD_ROLES:
                    raise self.refusal(attribute, f"'{told}' is unknown", f"'{told}' không rõ")
                known[part] = _OLD_ROLES[told]

    def _id(self, given: dict[str, str], name: str) -> str:
        text = given.get(name, "").strip()
        if not text:
            raise self.refusal(name, "is missing", "bị thiếu")
        return text
