"""Procedures of the catalogue without a profile, and land that changed after it was posted."""

from __future__ import annotations

from datetime import timedelta

import pytest
import shapely

from cadastre.certificate.deadlines import working_calendar
from cadastre.certificate.procedure import GateRefused, load_all
from cadastre.certificate.profile import ProcedureUnknown
from cadastre.office.load_catalogue import load_catalogue
from cadastre.office.lodge_dossier import LodgedDocument, NewParty
from cadastre.regulation import load
from cadastre.store.dossiers import read_dossier
from cadastre.store.transaction import reading
from tests.certificate.conftest import COMMUNE, HOUSE, paper_of

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


@pytest.mark.parametrize("name", sorted(load_all(load())))
def test_the_counter_can_ask_for_a_supplement_and_refuse_in_every_procedure(name):
    profile = load_all(load())[name]
    made = {action: profile.actions[action].makes for action in ("request_supplement", "refuse")}
    assert made == {"request_supplement": ("supplement_request",), "refuse": ("refusal",)}
    assert {"withdraw", "apologise", "wait_on_system"} <= set(profile.actions)


@pytest.mark.parametrize(
    ("procedure", "parcel"), [("civil_status_extract", None), ("land_use_change", HOUSE)]
)
def test_what_is_missing_is_asked_for_before_the_clock_starts_or_the_dossier_refused(
    office, procedure, parcel
):
    def taken():
        return office.lodge(parcel, procedure=procedure, documents=[]).code

    code = taken()
    assert office.take(code, "request_supplement", {"reason": "Thiếu tờ khai"}, who="hoa").papers
    assert "Thiếu tờ khai" in paper_of(office, code, "supplement_request")
    office.now += timedelta(days=14)
    office.take(code, "resume_supplement", who="hoa")
    found = file_of(office, code)
    clock = found.clock(working_calendar(office.desk("lan").regulation), office.now.date())
    assert (found.row["state"], clock.days_used) == ("lodged", 0)
    assert office.take(
        code, "refuse", {"reason": "Không thuộc thẩm quyền"}, who="hoa"
    ).to_state == ("refused")
    assert "Không thuộc thẩm quyền" in paper_of(office, code, "refusal")


def test_a_change_of_use_that_cannot_be_granted_is_returned_with_the_reason(office):
    kinds = ("application", "certificate_copy")
    code = office.lodge(
        HOUSE, procedure="land_use_change", documents=[LodgedDocument(kind) for kind in kinds]
    ).code
    office.take(code, "accept", who="hoa")
    done = office.take(code, "return_dossier", {"reason": "Không phù hợp quy hoạch"})
    assert (done.to_state, done.papers) == ("sent_home", ("stop_notice",))
    assert "Không phù hợp quy hoạch" in paper_of(office, code, "stop_notice")
