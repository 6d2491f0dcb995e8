"""An adoption on which a certificate rests is not taken back; without it, it is."""

from __future__ import annotations

import pytest
import shapely

from cadastre.office.adopt_measurement import (
    AdoptionInUse,
    adopt_measurement,
    preview_adoption,
    undo_adoption,
)
from cadastre.office.reconcile_commune import reconcile_commune
from cadastre.office.record_boundary import record_boundary
from cadastre.office.record_survey import record_survey
from tests.office.conftest import write_survey

from .conftest import COMMUNE, HOUSE, NEXT_DOOR

pytestmark = pytest.mark.store


def _areas(office):
    return {
        str(uid): round(area, 2)
        for uid, area in office.sql(
            "SELECT parcel_uid, area_m2 FROM cadastre.parcel WHERE valid_to IS NULL"
        )
    }


def test_a_certificate_issued_on_an_adopted_outline_holds_it(office, tmp_path):
    desk = office.desk("lan")
    wider = list(shapely.box(570000, 1345000, 570013.0, 1345020).exterior.coords)[:-1]
    path = write_survey(tmp_path / "do.csv", {"98/1": wider})
    record_survey(desk, commune=COMMUNE, path=path, crs=9217)
    reconcile_commune(desk, commune=COMMUNE)
    record_boundary(
        desk,
        commune=COMMUNE,
        parcel_uid=HOUSE,
        confirmed="changed",
        neighbours=[{"parcel_uid": NEXT_DOOR, "answer": "signed"}],
        signed_on=office.now.date(),
    )
    (uid,) = office.sql("SELECT measured_uid::text FROM cadastre.measured_parcel")[0]
    done = adopt_measurement(desk, commune=COMMUNE, measured_uid=uid)
    assert _areas(office) == {HOUSE: 260.0, NEXT_DOOR: 240.0}
    reconcile_commune(desk, commune=COMMUNE)  # the flags that the adoption settled close
    office.blanks()
    code = office.lodge().code
    issued = office.walk(code, until="sign")
    assert issued.area_m2 == 260.0
    with pytest.raises(AdoptionInUse) as refused:
        undo_adoption(desk, commune=COMMUNE, event_id=done.event_id)
    assert refused.value.facts["items"] == [issued.number]
    assert issued.number in refused.value.message("vi")
    assert "giấy chứng nhận" in refused.value.message("vi")
    assert _areas(office) == {HOUSE: 260.0, NEXT_DOOR: 240.0}
    plan = preview_adoption(desk, commune=COMMUNE, measured_uid=uid)
    assert plan.standing == done.event_id
    office.withdraw_certificate(issued.serial, wrong="Cấp sai thửa")
    undo_adoption(desk, commune=COMMUNE, event_id=done.event_id)
    assert _areas(office) == {HOUSE: 250.0, NEXT_DOOR: 250.0}
