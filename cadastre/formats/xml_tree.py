"""An XML file as a tree of plain elements with their lines, read safely.

No entities, no external references, no network; size, depth and number of elements are
bounded, and branches that nobody needs are never kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

import defusedxml.sax
from defusedxml import DefusedXmlException

from cadastre.formats.field_book import FieldBookRefused, checked_size

MOST_ELEMENTS = 2_000_000
DEEPEST = 64
#: Text of one element that is kept; coordinates of one side are far shorter.
LONGEST_TEXT = 100_000


@dataclass
class Element:
    """One element: local name, attributes, own text, children, and its line."""

    name: str
    attributes: dict[str, str]
    line: int
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def child(self, name: str) -> Element | None:
        """Return the first child of that name."""
        return next((c for c in self.children if c.name == name), None)

    def value(self, name: str) -> str:
        """Return the text of the first child of that name, trimmed."""
        found = self.child(name)
        return found.text.strip() if found is not None else ""

    def all(self, *names: str) -> Iterator[Element]:
        """Yield every descendant of these names, in the order of the file."""
        for element in self.children:
            if element.name in names:
                yield element
            yield from element.all(*names)


def read_tree(path: Path, *, root: str, leave_out: frozenset[str] = frozenset()) -> Element:
    """Root element of an XML file.

    Raises
    ------
    FieldBookRefused
        Broken, hostile, too large, or another root; names file and line.
    """
    handler = _Handler(checked_size(path).name, leave_out)
    try:
        defusedxml.sax.parse(str(path), handler)
    except DefusedXmlException as forbidden:
        raise handler.refusal("entities are not allowed", "không cho phép thực thể XML") from (
            forbidden
        )
    except (SAXException, ValueError, LookupError) as broken:
        raise handler.refusal(f"broken XML ({broken})", "XML hỏng") from broken
    found = handler.root
    if found is None or found.name != root:
        raise handler.refusal(f"the root is not {root}", f"phần tử gốc không phải {root}")
    return found


class _Handler(ContentHandler):
    def __init__(self, file: str, leave_out: frozenset[str]) -> None:
        super().__init__()
        self.file, self.leave_out = file, leave_out
        self.root: Element | None = None
        self.open: list[Element] = []
        self.count = self.outside = self.line = 0
        self.texts: list[list[str]] = []

    def refusal(self, why: str, why_vi: str) -> FieldBookRefused:
        """Return the error that names file and line."""
        line = self.line
        return FieldBookRefused(
            f"{self.file}, line {line}, XML: {why}.",
            f"{self.file}, dòng {line}, XML: {why_vi}.",
            file=self.file,
            row=line,
        )

    def _stand(self) -> None:
        """Keep the line: the parser tells it only while it lives."""
        place: Any = getattr(self, "_locator", None)
        self.line = int(place.getLineNumber() or 0) if place is not None else 0

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        """Begin an element."""
        local = name.rpartition(":")[2]
        self._stand()
        if self.outside or local in self.leave_out:
            self.outside += 1
            return
        self.count += 1
        if self.count > MOST_ELEMENTS or len(self.open) >= DEEPEST:
            raise self.refusal("too many or too deep elements", "quá nhiều hoặc quá sâu phần tử")
        given = {str(k).rpartition(":")[2]: str(v) for k, v in attrs.items()}
        made = Element(local, given, self.line)
        if self.open:
            self.open[-1].children.append(made)
        else:
            self.root = made
        self.open.append(made)
        self.texts.append([])

    def characters(self, content: str) -> None:
        """Keep the text of elements that are kept."""
        if not self.outside and self.texts:
            self.texts[-1].append(content)

    def endElement(self, name: str) -> None:  # noqa: N802
        """End an element."""
        self._stand()
        if self.outside:
            self.outside -= 1
            return
        self.open.pop().text = "".join(self.texts.pop())[:LONGEST_TEXT]
