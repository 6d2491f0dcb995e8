"""What every part of a gkf reader needs: errors with their place, numbers, angles."""

from __future__ import annotations

import math
import re
from typing import Any
from xml.sax.handler import ContentHandler

from cadastre.errors import InputRefused

MM = 1e-3
GON = math.pi / 200
CC = GON * 1e-4
SECOND = math.pi / 648_000
_SEXAGESIMAL = re.compile(r"([+-]?)(\d+)-(\d+)-(\d+(?:\.\d*)?)")


class NetworkFileRefused(InputRefused):
    """The network file cannot be read."""

    message_vi = "Không đọc được tệp lưới đo."


def angle_of(text: str) -> tuple[float, float]:
    """Angle in radians and the unit of its standard deviation (0.0001 gon or second).

    >>> round(angle_of("200")[0], 6), round(angle_of("-0-30-0")[0], 6)
    (3.141593, -0.008727)
    """
    found = _SEXAGESIMAL.fullmatch(text.strip())
    if found is None:
        return float(text) * GON, CC
    sign = -1.0 if found[1] == "-" else 1.0
    degrees = int(found[2]) + int(found[3]) / 60 + float(found[4]) / 3600
    return sign * math.radians(degrees), SECOND


class GkfPlace(ContentHandler):
    """A handler that knows where it stands in the file."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file = file
        self.line = 0

    def stand(self) -> None:
        """Keep the line: the parser tells it only while it lives."""
        place: Any = getattr(self, "_locator", None)
        self.line = int(place.getLineNumber() or 0) if place is not None else 0

    def refusal(self, field: str, why: str, why_vi: str = "", line: int | None = None) -> Any:
        """Return the error that names file, line and field."""
        row = self.line if line is None else line
        return NetworkFileRefused(
            f"{self.file}, line {row}, {field}: {why}.",
            f"{self.file}, dòng {row}, {field}: {why_vi or why}.",
            file=self.file,
            row=row,
            field=field,
        )

    def number(self, attributes: dict[str, str], name: str, default: float | None = None) -> float:
        """Return a finite number of an attribute."""
        text = attributes.get(name)
        if text is None:
            if default is None:
                raise self.refusal(name, "is missing", "bị thiếu")
            return default
        try:
            value = float(text)
        except ValueError:
            raise self.refusal(name, f"'{text}' is no number", f"'{text}' không phải số") from None
        if not math.isfinite(value):
            raise self.refusal(name, f"'{text}' is not finite", f"'{text}' không hữu hạn")
        return value
