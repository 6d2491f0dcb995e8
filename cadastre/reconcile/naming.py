"""How mismatches name parcels, sheets and surveys, and how their rows are made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from cadastre.mismatch import Code, Mismatch, mismatch_id
from cadastre.reconcile.findings import Findings
from cadastre.reconcile.sides import GroundSide, MapSide
from cadastre.reconcile.verdicts import Verdicts
from cadastre.regulation import Regulation


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
        table = map_side.table
        self._new = table["sheet"].notna().to_numpy() & table["parcel"].notna().to_numpy()
        self._numbers = {
            name: table[name].astype("object").to_numpy()
            for name in ("sheet", "parcel", "former_sheet", "former_parcel", "former_commune")
        }

    def parcel(self, p: int) -> tuple[str, str]:
        """Name of a mapped parcel, Vietnamese and English: the new number, else the old."""
        if self._new[p]:
            sheet, parcel = self._numbers["sheet"][p], self._numbers["parcel"][p]
            return f"tờ {sheet} thửa {parcel}", f"sheet {sheet} parcel {parcel}"
        sheet, parcel = self._numbers["former_sheet"][p], self._numbers["former_parcel"][p]
        commune = self._numbers["former_commune"][p]
        number = parcel if parcel is not None and not pd.isna(parcel) else "?"
        return (
            f"tờ {sheet} thửa {number} ({commune})",
            f"sheet {sheet} parcel {number} ({commune})",
        )

    def sheet(self, p: int) -> str:
        """Return the sheet number to show for a parcel."""
        return str(self._numbers["sheet" if self._new[p] else "former_sheet"][p])

    def measured(self, m: int) -> str:
        """Label of a measured parcel."""
        return self.ground.label(m)

    def survey_label(self, m: int) -> str:
        """Survey and label: what tells measured parcels apart whatever the file's content."""
        return self.ground.survey_label(m)

    def _confirmed(self, code: str, measured: Sequence[int]) -> bool:
        """Whether the milder severity holds: the boundary is confirmed unchanged.

        An area blocks all the same while its corners lie beyond their limit.
        """
        m = measured[0] if len(measured) else -1
        if m < 0 or self.verdicts.confirmed[m] != "unchanged":
            return False
        return code != Code.AREA or self.verdicts.geometry[m] != "beyond"

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
        uids = [str(self.map_side.shapes.uid[p]) for p in parcels]
        confirmed = self._confirmed(code, measured)
        labels = sorted(self.survey_label(m) for m in measured)
        vi = self.parcel(parcels[0])[0] if len(parcels) else self.measured(measured[0])
        return Mismatch(
            mismatch_id=mismatch_id(code, uids, "|".join(labels)),
            code=str(code),
            severity=self.regulation.severity(code, confirmed=confirmed, agreed=agreed),
            subject=vi[:1].upper() + vi[1:],
            parcel_uid=uids[0] if uids else None,
            other_parcel_uid=uids[1] if len(uids) > 1 else None,
            measured_uid=str(self.ground.shapes.uid[measured[0]]) if len(measured) else None,
            sheet=self.sheet(parcels[0]) if len(parcels) else None,
            measured=float(values[0]),
            allowed=float(values[1]),
            unit=values[2],
            rule=rule,
            geometry=geometry,
            message_vi=words[0],
            message_en=words[1],
        )
