"""The account of a file that was read: what became of every record in it.

``loaded + repaired + refused == records`` always holds; ``records`` is counted in the
file itself. A record that was changed or refused has one line that says why, where, and
by how many square metres.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cadastre.errors import CadastreError

REPAIRED = "repaired"
REFUSED = "refused"


class AccountBroken(CadastreError):
    """The account of the file does not add up; nothing is loaded."""

    message_vi = "Số bản ghi không khớp; không nạp gì cả."


@dataclass(frozen=True, slots=True)
class RecordLine:
    """What happened to one record: ``record`` counts from 1 in the file.

    ``east`` and ``north`` in metres say where, ``change_m2`` by how much the area changed;
    ``original`` keeps the bytes of a text that was decoded (as latin-1).
    """

    record: int
    outcome: str
    field: str | None
    reason_vi: str
    reason_en: str
    east: float | None = None
    north: float | None = None
    change_m2: float | None = None
    original: str | None = None


@dataclass(frozen=True, slots=True)
class ReadReport:
    """Account of one file (or one set of files handed over together).

    Raises
    ------
    AccountBroken
        The three outcomes do not sum to the records in the file.

    >>> ReadReport("a.shp", "00", 3, 2, 0, 1, (), ()).refused
    1
    """

    file: str
    sha256: str
    records: int
    loaded: int
    repaired: int
    refused: int
    lines: tuple[RecordLine, ...]
    notes: tuple[dict[str, Any], ...]

    def __post_init__(self) -> None:
        total = self.loaded + self.repaired + self.refused
        if total != self.records or min(self.loaded, self.repaired, self.refused) < 0:
            raise AccountBroken(
                f"{self.file}: {self.records} records, {total} accounted for.",
                f"{self.file}: {self.records} bản ghi, đã tính {total}.",
                file=self.file,
                records=self.records,
                accounted=total,
            )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold."""
        return {
            "file": self.file,
            "sha256": self.sha256,
            "records": self.records,
            "loaded": self.loaded,
            "repaired": self.repaired,
            "refused": self.refused,
            "lines": [asdict(line) for line in self.lines],
            "notes": [dict(note) for note in self.notes],
        }


@dataclass
class Ledger:
    """The account while a file is being read; :meth:`close` makes the report.

    A record that is refused stays refused, whatever was repaired in it before.
    """

    file: str
    sha256: str
    records: int
    _lines: list[RecordLine] = field(default_factory=list)
    _notes: list[dict[str, Any]] = field(default_factory=list)
    _refused: set[int] = field(default_factory=set)
    _repaired: set[int] = field(default_factory=set)

    def refuse(self, record: int, reason: Mapping[str, str], **where: Any) -> None:
        """Book a record as not usable; ``reason`` has ``vi`` and ``en``."""
        self._refused.add(record)
        self._lines.append(_line(record, REFUSED, reason, where))

    def repair(self, record: int, reason: Mapping[str, str], **where: Any) -> None:
        """Book a record as loaded with a change."""
        self._repaired.add(record)
        self._lines.append(_line(record, REPAIRED, reason, where))

    def note(self, code: str, reason: Mapping[str, str], **facts: Any) -> None:
        """Remember something about the whole file."""
        self._notes.append({"code": code, "vi": reason["vi"], "en": reason["en"], **facts})

    @property
    def refused_records(self) -> frozenset[int]:
        """Records booked as refused so far."""
        return frozenset(self._refused)

    @property
    def lines(self) -> tuple[RecordLine, ...]:
        """Lines written so far."""
        return tuple(self._lines)

    def close(self) -> ReadReport:
        """Return the finished account."""
        repaired = self._repaired - self._refused
        loaded = self.records - len(repaired) - len(self._refused)
        lines = tuple(sorted(self._lines, key=lambda line: (line.record, line.outcome)))
        return ReadReport(
            self.file,
            self.sha256,
            self.records,
            loaded,
            len(repaired),
            len(self._refused),
            lines,
            tuple(self._notes),
        )


def _line(
    record: int, outcome: str, reason: Mapping[str, str], where: Mapping[str, Any]
) -> RecordLine:
    return RecordLine(
        record=int(record),
        outcome=outcome,
        reason_vi=reason["vi"],
        reason_en=reason["en"],
        **{"field": None, **where},
    )


def content_hash(path: str | Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def set_hash(paths: list[Path]) -> str:
    """SHA-256 over several files that belong together, whatever their order.

    One file's hash is its own, so that a plain file and its entry in the register agree.
    """
    ordered = sorted(paths, key=lambda path: path.name.lower())
    if len(ordered) == 1:
        return content_hash(ordered[0])
    total = hashlib.sha256()
    for path in ordered:
        total.update(f"{path.suffix.lower()}:{content_hash(path)};".encode())
    return total.hexdigest()
