"""One mismatch for a sheet that is displaced as a whole: SHEET_SHIFT."""

from __future__ import annotations

import shapely

from cadastre.mismatch import Code, Mismatch
from cadastre.reconcile.findings import Findings
from cadastre.reconcile.shift import shift_id
from cadastre.reconcile.sides import MapSide
from cadastre.regulation import Regulation


def displaced_sheets(
    map_side: MapSide, findings: Findings, regulation: Regulation
) -> list[Mismatch]:
    """Sheets that lie off by more than the position limit."""
    result = []
    for number, model in enumerate(findings.placed.models):
        if not model.significant:
            continue
        here = map_side.sheet == number
        limit = float(map_side.limit_m[here].min())
        if model.displacement_m <= limit:
            continue
        sheet = map_side.sheets.iloc[number]
        extent = shapely.box(*shapely.total_bounds(map_side.shapes.geometry[here]))
        de, dn = model.translation
        title_vi = f"Tờ {sheet.former_sheet} (1:{sheet.scale}, {sheet.former_commune})"
        title_en = f"Sheet {sheet.former_sheet} (1:{sheet.scale}, {sheet.former_commune})"
        result.append(
            Mismatch(
                mismatch_id=shift_id(sheet),
                code=Code.SHEET_SHIFT,
                severity=regulation.severity(Code.SHEET_SHIFT),
                subject=title_vi,
                parcel_uid=None,
                other_parcel_uid=None,
                measured_uid=None,
                sheet=str(sheet.former_sheet),
                measured=model.displacement_m,
                allowed=limit,
                unit="m",
                rule="accuracy.position",
                geometry=extent,
                message_vi=f"{title_vi} lệch chung {model.displacement_m:.2f} m (đông {de:+.2f} m, "
                f"bắc {dn:+.2f} m, ±{model.precision_m:.3f} m) theo {model.parcels} thửa đo, "
                f"cho phép {limit:.2f} m. Các thửa được xét phần lệch còn lại.",
                message_en=f"{title_en} is displaced by {model.displacement_m:.2f} m (east "
                f"{de:+.2f} m, north {dn:+.2f} m, ±{model.precision_m:.3f} m) by {model.parcels} "
                f"measured parcels, allowed {limit:.2f} m. Parcels are judged on what remains.",
            )
        )
    return result
