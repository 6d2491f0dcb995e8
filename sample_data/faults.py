"""What is planted: one row of ``expected.json`` for each fault, and how it is named."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

BANDS = (0.7, 1.3, 2.0, 5.0)


@dataclass
class Fault:
    """A planted fault. ``measured`` and ``limit`` are in ``unit``; ``band`` is their quotient."""

    code: str
    band: float | None
    former_commune: str | None = None
    scale: int | None = None
    former_sheet: str | None = None
    former_parcel: str | None = None
    other: dict[str, Any] | None = None
    survey_label: str | None = None
    measured: float | None = None
    limit: float | None = None
    unit: str = ""
    boundary: str | None = None  # what the survey's boundary description says, if it has one
    note: str = ""
    where: list[float] | None = None
    id: str = ""


@dataclass
class Ledger:
    """All faults planted so far, and the faces that are taken."""

    faults: list[Fault] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)

    def add(self, fault: Fault) -> None:
        """Number a fault within its code and keep it."""
        count = sum(f.code == fault.code for f in self.faults) + 1
        fault.id = f"{fault.code}-{count:03d}"
        self.faults.append(fault)

    def rows(self) -> list[dict[str, Any]]:
        """Rows of ``expected.json``."""
        return [{"id": f.id, **{k: v for k, v in asdict(f).items() if k != "id"}}
                for f in self.faults]  # fmt: skip
