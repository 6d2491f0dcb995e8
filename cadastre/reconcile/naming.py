"""How mismatches name parcels, sheets and surveys, and how their rows are made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cadastre.mismatch import Code, Mismatch, mismatch_id
from cadastre.reconcile.findings import Findings
from cadastre.reconcile.sides import GroundSide, MapSide, label_or_uid
from cadastre.reconcile.verdicts import Verdicts
from cadastre.regulation import Regulation

_NUMBERS = ("sheet", "parcel", "former_sheet", "former_parcel", "former_commune")


class _Texts:
    """Values of a column, those of some rows taken out at once; None where there is none."""

    def __init__(self, column: pd.api.extensions.ExtensionArray, rows: np.ndarray) -> None:
        self._column = column
        some = column.take(rows)
        values = np.array(some, dtype=object)
        values[np.asarray(some.isna())] = None
        self._known = dict(zip(rows.tolist(), values.tolist(), strict=True))

    def __getitem__(self, row: int) -> Any:
        try:
            return self._known[row]
        except KeyError:
            value = self._column[row]
            self._known[row] = None if pd.isna(value) else value
            return self._known[row]


def _concerned(findings: Findings) -> tuple[np.ndarray, np.ndarray]:
    """Measured and mapped parcels that most mismatches will name."""
    pairs, links = findings.pairs, findings.relations.links
    told = pairs.beyond | findings.area.flagged
    told[findings.edges.pair[findings.edges.flagged]] = True
    several = ~findings.relations.single
    m = pairs.m[told], links.m[several], findings.into.first, findings.between.first
    p = pairs.p[told], links.p[several], findings.into.second, findings.repeats.p
    return np.unique(np.concatenate(m)), np.unique(np.concatenate(p))


class Register:
    """Names and severities for the rows of one comparison."""

    def __init__(
        self,
        map_side: MapSide,
        ground: GroundSide,
        findings: Findings,
        verdicts: Verdicts,
        regulation: Regulation,
    ) -> None:
        self.map_side, self.ground = map_side, ground
        self.findings, self.verdicts, self.regulation = findings, verdicts, regulation
        measured, parcels = _concerned(findings)
        columns = map_side.columns
        self._parcels: dict[int, tuple[str, str]] = {}
        self._severities: dict[tuple[str, bool, bool], str] = {}
        self._surveys = [str(name) for name in ground.surveys]
        self._numbers = {name: _Texts(columns[name].array, parcels) for name in _NUMBERS}
        self._uid = _Texts(map_side.shapes.uid, parcels)
        self._label = _Texts(ground.labels, measured)
        self._measured_uid = _Texts(ground.shapes.uid, measured)

    def parcel(self, p: int) -> tuple[str, str]:
        """Name of a mapped parcel, Vietnamese and English: the new number, else the old."""
        if p not in self._parcels:
            self._parcels[p] = self._named(p)
        return self._parcels[p]

    def _named(self, p: int) -> tuple[str, str]:
        sheet, parcel = self._numbers["sheet"][p], self._numbers["parcel"][p]
        if sheet is not None and parcel is not None:
            return f"tờ {sheet} thửa {parcel}", f"sheet {sheet} parcel {parcel}"
        sheet, parcel = self._numbers["former_sheet"][p], self._numbers["former_parcel"][p]
        commune = self._numbers["former_commune"][p]
        number = "?" if parcel is None else parcel
        return (
            f"tờ {sheet} thửa {number} ({commune})",
            f"sheet {sheet} parcel {number} ({commune})",
        )

    def sheet(self, p: int) -> str:
        """Return the sheet number to show for a parcel."""
        sheet, parcel = self._numbers["sheet"][p], self._numbers["parcel"][p]
        old = sheet is None or parcel is None
        return str(self._numbers["former_sheet"][p] if old else sheet)

    def measured(self, m: int) -> str:
        """Label of a measured parcel."""
        return label_or_uid(self._label[m], self._measured_uid[m])

    def survey_label(self, m: int) -> str:
        """Survey and label: what tells measured parcels apart whatever the file's content."""
        return f"{self._surveys[self.ground.survey[m]]}/{self.measured(m)}"

    def _confirmed(self, code: str, measured: Sequence[int]) -> bool:
        """Whether the milder severity holds: the boundary is confirmed unchanged.

        An area blocks all the same while its corners lie beyond their limit.
        """
        m = measured[0] if len(measured) else -1
        if m < 0 or self.verdicts.confirmed[m] != "unchanged":
            return False
        return code != Code.AREA or self.verdicts.geometry[m] != "beyond"

    def _severity(self, code: str, measured: Sequence[int], agreed: bool) -> str:
        confirmed = self._confirmed(code, measured)
        asked = code, confirmed, agreed
        if asked not in self._severities:
            self._severities[asked] = self.regulation.severity(
                code, confirmed=confirmed, agreed=agreed
            )
        return self._severities[asked]

    def row(
        self,
        code: str,
        *,
        parcels: Sequence[int],
        measured: Sequence[int],
        values: tuple[float, float, str],
        rule: str,
        geometry: Any,
        words: tuple[str, str],
        agreed: bool = False,
    ) -> Mismatch:
        """One mismatch; ``values`` are measured, allowed and unit; words Vietnamese, English.

        ``agreed`` takes the severity for what the other side's own measurement bears out.
        """
        uids = [str(self._uid[p]) for p in parcels]
        labels = sorted(map(self.survey_label, measured))
        vi = self.parcel(parcels[0])[0] if len(parcels) else self.measured(measured[0])
        return Mismatch(
            mismatch_id=mismatch_id(code, uids, "|".join(labels)),
            code=str(code),
            severity=self._severity(code, measured, agreed),
            subject=vi[:1].upper() + vi[1:],
            parcel_uid=uids[0] if uids else None,
            other_parcel_uid=uids[1] if len(uids) > 1 else None,
            measured_uid=str(self._measured_uid[measured[0]]) if len(measured) else None,
            sheet=self.sheet(parcels[0]) if len(parcels) else None,
            measured=float(values[0]),
            allowed=float(values[1]),
            unit=values[2],
            rule=rule,
            geometry=geometry,
            message_vi=words[0],
            message_en=words[1],
        )
