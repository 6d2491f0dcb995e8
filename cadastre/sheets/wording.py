"""Numbers in Vietnamese sentences: decimals take a comma, thousands a full stop."""

from __future__ import annotations

_SWAPPED = str.maketrans(".,", ",.")


def vi(value: float, form: str) -> str:
    """Return a number as Vietnamese write it, by a format of Python.

    >>> vi(0.9971, ".1%"), vi(12345.6, ",.0f"), vi(-2.5, "+.2f")
    ('99,7%', '12.346', '-2,50')
    """
    return format(value, form).translate(_SWAPPED)
