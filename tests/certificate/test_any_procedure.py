"""Procedures of the catalogue without a profile, and land that changed after it was posted."""

from __future__ import annotations

from datetime import timedelta

import pytest
import shapely

from cadastre.certificate.procedure import GateRefused
from cadastre.certificate.profile import ProcedureUnknown
from cadastre.office.load_catalogue import load_catalogue
from cadastre.office.lodge_dossier import LodgedDocument, NewParty
from cadastre.store.dossiers import read_dossier
from cadastre.store.transaction import reading
from tests.certificate.conftest import COMMUNE, HOUSE

pytestmark = pytest.mark.store

TABLE = (
    "code,title,online,days,documents,profile\n"
    '1.004772,Đăng ký khai sinh,Có,0.5,"Tờ khai; Giấy chứng sinh",\n'
    "2.000815,Chứng thực bản sao,Không,,,\n"
    "1.013978,Cấp Giấy chứng nhận lần đầu,Có,20,,first_certificate\n"
).encode()


def lodged(office, code, **changes):
    given = {"procedure": code, "parcel_uid": None, "parties": [NewParty("Cao Thị Mẫu")]}
    return office.lodge(**{**given, "documents": [LodgedDocument("paper_1")], **changes})


def file_of(office, code):
    with reading(office.database.web_engine, office.actors["lan"]) as connection:
        return read_dossier(connection, code)


def test_every_procedure_of_the_catalogue_is_handled_from_receipt_to_result(office):
    load_catalogue(office.desk("hoa"), commune=COMMUNE, content=TABLE, name="t.csv")
    code = lodged(office, "1.004772").code
    found = file_of(office, code)
    assert (found.profile.name, found.profile.title.vi) == ("1.004772", "Đăng ký khai sinh")
    assert [d["title"] for d in found.documents if d["direction"] == "lodged"] == ["Tờ khai"]
    assert "receipt" in {d["kind"] for d in found.documents}
    office.take(code, "accept", who="hoa")
    office.take(code, "ask_payment", who="hoa")
    office.now += timedelta(days=7)
    office.take(code, "resume_payment", who="hoa")
    office.take(code, "record_result", {"result": "Giấy khai sinh 12/2026"})
    done = office.take(code, "hand_over", {"received_by": "Cao Thị Mẫu"}, who="hoa")
    assert done.to_state == "closed"
    # A week without a fee paid did not use up the one day that is promised.
    assert file_of(office, code).row["clock"]["outcome"] in {"early", "on_time"}
    # A later catalogue does not change what was lodged; a row without days promises the next day.
    load_catalogue(
        office.desk("hoa"), commune=COMMUNE, name="t.csv",
        content=TABLE.replace("Đăng ký khai sinh".encode(), "Khai sinh mới".encode()),
    )  # fmt: skip
    assert file_of(office, code).profile.title.vi == "Đăng ký khai sinh"
    assert file_of(office, lodged(office, "2.000815").code).limits() == {"result": 1}


def test_a_row_that_names_a_profile_runs_under_it_and_an_unknown_code_is_refused(office):
    load_catalogue(office.desk("hoa"), commune=COMMUNE, content=TABLE, name="t.csv")
    code = office.lodge(procedure="1.013978").code
    assert file_of(office, code).profile.name == "first_certificate"
    with pytest.raises(ProcedureUnknown):
        lodged(office, "9.999999")


def test_land_that_changed_after_it_was_posted_is_posted_again(office):
    office.sign_boundary()
    office.blanks()
    code = office.lodge().code
    office.walk(code, until="open_posting")
    office.sql("UPDATE cadastre.parcel SET valid_to = now() WHERE parcel_uid = :u", u=HOUSE)
    shape = shapely.box(570000, 1345000, 570012.5, 1345021)
    office.sql(
        "INSERT INTO cadastre.parcel (commune, parcel_uid, version, sheet, parcel, former_commune,"
        " former_sheet, former_parcel, scale, land_use, area_m2, geometry, display, opened_by)"
        " SELECT commune, parcel_uid, 2, sheet, parcel, former_commune, former_sheet,"
        " former_parcel, scale, land_use, :area, ST_GeomFromWKB(:shape, 9217), display, :event"
        " FROM cadastre.parcel WHERE parcel_uid = :u AND version = 1",
        u=HOUSE, area=shape.area, shape=shapely.to_wkb(shape),
    )  # fmt: skip
    office.now += timedelta(days=20)
    with pytest.raises(GateRefused) as refused:
        office.take(code, "close_posting")
    (item,) = refused.value.items
    assert (item.gate, item.items) == ("posted_as_it_stands", (HOUSE,))
    assert "niêm yết lại" in item.message_vi
    back = office.take(code, "withdraw_posting", {"reason": "Thửa đất được đo lại"})
    assert back.to_state == "confirmed"
    office.take(code, "make_extract")
    office.take(code, "open_posting")
    office.now += timedelta(days=20)
    assert office.take(code, "close_posting").to_state == "posting_closed"
