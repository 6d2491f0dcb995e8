"""The words of the pages: one gettext catalogue per language, read once.

Messages have keys (``map.search``), so that Vietnamese and English are equal catalogues and
neither stands in code. The same catalogue goes to the browser as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from babel.messages.pofile import read_po

_FOLDER = Path(__file__).parent / "locale"


@lru_cache(maxsize=8)
def catalogue(language: str) -> Mapping[str, str]:
    """Return key -> text in a language (``vi`` or ``en``).

    >>> catalogue("en")["nav.map"]
    'Map'
    """
    path = _FOLDER / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file) if m.id}


def text(language: str, key: str, **values: object) -> str:
    """Return one text with its values filled in; a missing key shows itself.

    >>> text("vi", "nav.map")
    'Bản đồ'
    """
    found = catalogue(language).get(key, key)
    for name, value in values.items():
        found = found.replace("{" + name + "}", str(value))
    return found


def beginning_with(language: str, *prefixes: str) -> dict[str, str]:
    """Return the texts whose keys begin with one of the prefixes, for a page's modules."""
    return {k: v for k, v in catalogue(language).items() if k.startswith(prefixes)}
