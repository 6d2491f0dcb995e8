"""Mismatches of how parcels relate: SPLIT, MERGED and UNMAPPED."""

from __future__ import annotations

import numpy as np
import shapely

from cadastre.mismatch import Code, Mismatch
from cadastre.reconcile.findings import Findings
from cadastre.reconcile.naming import Register


def splits(register: Register, findings: Findings) -> list[Mismatch]:
    """Mapped parcels that were measured as several."""
    relations = findings.relations
    links = relations.links
    survey = register.ground.survey
    key = links.p * (int(survey.max(initial=0)) + 1) + survey[links.m]
    mask = relations.relation.among("part", "many")
    result = []
    for _, rows in _degrees(key, mask):
        p = int(links.p[rows[0]])
        members = sorted((int(m) for m in links.m[rows]), key=register.survey_label)
        vi, en = register.parcel(p)
        names = ", ".join(register.measured(m) for m in members)
        result.append(
            register.row(
                Code.SPLIT,
                parcels=[p],
                measured=members,
                values=(len(members), 1, ""),
                rule="reconcile.match",
                geometry=shapely.geometrycollections(
                    list(register.ground.shapes.geometry[members])
                ),
                words=(
                    f"Thửa {vi} trên bản đồ được đo thành {len(members)} thửa ({names}). "
                    "Cần hồ sơ tách thửa hoặc giữ nguyên thửa.",
                    f"{en[:1].upper()}{en[1:]} on the map was measured as {len(members)} "
                    f"parcels ({names}). A subdivision needs papers, else keep the parcel.",
                ),
            )
        )
    return result


def merges(register: Register, findings: Findings) -> list[Mismatch]:
    """Several mapped parcels that were measured as one."""
    relations = findings.relations
    links = relations.links
    mask = relations.relation.among("whole", "many")
    result = []
    for m, rows in _degrees(links.m, mask):
        uid = register.map_side.shapes.uid
        members = sorted((int(p) for p in links.p[rows]), key=lambda p: str(uid[p]))
        names = "; ".join(register.parcel(p)[0] for p in members)
        names_en = "; ".join(register.parcel(p)[1] for p in members)
        name = register.measured(m)
        result.append(
            register.row(
                Code.MERGED,
                parcels=members,
                measured=[m],
                values=(len(members), 1, ""),
                rule="reconcile.match",
                geometry=register.ground.shapes.geometry[m],
                words=(
                    f"{len(members)} thửa trên bản đồ ({names}) được đo thành một thửa ({name}). "
                    "Cần hồ sơ hợp thửa hoặc đo lại ranh giữa các thửa.",
                    f"{len(members)} parcels on the map ({names_en}) were measured as one "
                    f"({name}). A merger needs papers, else measure the lines between them.",
                ),
            )
        )
    return result


def unmapped(register: Register, findings: Findings) -> list[Mismatch]:
    """Measured land that lies on no parcel of the map."""
    covered = findings.relations.covered
    count = len(covered)
    alone = np.ones(count, dtype=bool)
    alone[findings.relations.links.m] = False
    need = float(register.regulation["reconcile"]["match"]["unmapped_cover"])
    result = []
    for m in np.flatnonzero(alone & (covered < need)):
        area = register.ground.shapes.area[m]
        free = area * (1.0 - covered[m])
        name = register.measured(int(m))
        result.append(
            register.row(
                Code.UNMAPPED,
                parcels=[],
                measured=[int(m)],
                values=(free, 0.0, "m2"),
                rule="reconcile.match",
                geometry=register.ground.shapes.geometry[m],
                words=(
                    f"Thửa đo {name}: {free:.1f} m² trong {area:.1f} m² không thuộc thửa nào trên "
                    "bản đồ. Kiểm tra vị trí đo hoặc lập thửa mới.",
                    f"Measured parcel {name}: {free:.1f} of {area:.1f} m2 lie on no parcel of the "
                    "map. Check the position or open a new parcel.",
                ),
            )
        )
    return result


def _degrees(owner: np.ndarray, mask: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Groups of at least two links that share an owner."""
    rows = np.flatnonzero(mask)
    rows = rows[np.argsort(owner[rows], kind="stable")]
    ids, start = np.unique(owner[rows], return_index=True)
    parts = np.split(rows, start[1:]) if len(rows) else []
    return [(int(i), part) for i, part in zip(ids, parts, strict=True) if len(part) > 1]
