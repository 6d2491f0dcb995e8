"""The counter's work on a real PostGIS: late dossiers, hand-overs, delegations, certificates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from cadastre.certificate.context import office_date
from cadastre.certificate.effects import NewDateRefused, NotWaitedOn, WaitingTwice
from cadastre.certificate.external_codes import ExternalCodeRefused
from cadastre.certificate.paperwork_counter import hand_overs
from cadastre.certificate.procedure import GateRefused
from cadastre.merge.lookup import plain
from cadastre.office.attach_document import attach_document
from cadastre.office.delegate_role import DelegationRefused, delegate_role, end_delegation
from cadastre.office.dossier_steps import paper_case
from cadastre.office.hand_over_dossier import FolderAlreadyThere, hand_over_dossier
from cadastre.office.issue_certificate import issue_certificate
from cadastre.office.load_catalogue import load_catalogue
from cadastre.office.lodge_dossier import NewParty
from cadastre.office.permissions import VerbForbidden
from cadastre.office.record_external_code import record_external_code
from cadastre.store.actor import Actor
from cadastre.store.constraints import ExternalCodeTaken
from cadastre.store.counter import (
    ColleagueUnknown,
    DelegationEnded,
    count_catalogue,
    search_catalogue,
    with_delegations,
)
from cadastre.store.dossiers import DossierUnknown, read_dossier
from cadastre.store.named import query
from cadastre.store.transaction import reading

from .conftest import COMMUNE, NEXT_DOOR, ROAD, file_of, paper_of

pytestmark = pytest.mark.store


# Late dossiers ---------------------------------------------------------------------------------


def test_a_late_dossier_gets_an_apology_and_exactly_one_new_date(office):
    code = office.lodge().code
    office.take(code, "accept", who="hoa")
    promised = file_of(office, code).row["due_on"]["certificate"]
    assert promised == "2026-04-13"
    for wrong in ("2026-04-13", "2026-04-18", "2026-03-20"):  # same day, a Saturday, earlier
        with pytest.raises(NewDateRefused) as refused:
            office.take(code, "apologise", {"new_on": wrong, "reason": "Chờ đo đạc"})
        assert refused.value.facts["earliest"] == date(2026, 4, 14)
    before = file_of(office, code).row["due_on"]
    result = office.take(code, "apologise", {"new_on": "2026-04-20", "reason": "Chờ đo đạc"})
    assert (result.from_state, result.to_state, result.papers) == (
        "accepted", "accepted", ("apology",),
    )  # fmt: skip
    found = file_of(office, code)
    assert found.row["due_on"] == before, "the legal clock is not changed by a new date"
    assert found.facts["reappointment"]["late"] is False
    words = paper_of(office, code, "apology")
    assert "17 giờ 00 phút, ngày 13/04/2026" in words
    assert "20/04/2026" in words
    with pytest.raises(GateRefused) as again:
        office.take(code, "apologise", {"new_on": "2026-04-27", "reason": "Lại chậm"})
    assert "20/04/2026" in again.value.message("vi")


def test_an_apology_on_the_last_day_is_recorded_as_late(office):
    code = office.lodge(None, procedure="civil_status_extract", documents=[]).code
    office.now += timedelta(days=1)
    office.take(code, "apologise", {"new_on": "2026-03-05", "reason": "Mất điện"}, who="hoa")
    assert file_of(office, code).facts["reappointment"]["late"] is True


def test_waiting_on_another_system_does_not_stop_the_clock(office):
    code = office.lodge().code
    office.take(code, "accept", who="hoa")
    office.take(code, "wait_on_system", {"system": "Thuế điện tử", "reason": "Lỗi kết nối"})
    with pytest.raises(WaitingTwice):
        office.take(code, "wait_on_system", {"system": " Thuế  điện tử "})
    with pytest.raises(NotWaitedOn):
        office.take(code, "end_waiting", {"system": "VBDLIS"})
    office.now += timedelta(days=3)
    office.take(code, "end_waiting", {"system": "Thuế điện tử"})
    with pytest.raises(GateRefused):
        office.take(code, "end_waiting", {"system": "Thuế điện tử"})
    found = file_of(office, code)
    assert found.row["clock"]["days_used"] == 3
    (wait,) = found.facts["waiting"]
    assert wait["ended_by"] == "lan"
    assert [e.action for e in found.log[-2:]] == ["wait_on_system", "end_waiting"]


# Hand-overs ------------------------------------------------------------------------------------


def test_a_folder_is_handed_over_by_its_bar_code_and_the_slip_says_how_in_time(staffed_office):
    office = staffed_office
    code = office.lodge().code
    office.take(code, "accept", who="hoa")
    done = hand_over_dossier(office.desk("lan"), commune=COMMUNE, code=f" {code} ")
    assert (done.given_by, done.taken_by, done.outcome) == ("hoa", "lan", "early")
    assert (done.from_step, done.to_step) == ("one_stop", "land_unit")
    with pytest.raises(FolderAlreadyThere):
        hand_over_dossier(office.desk("lan"), commune=COMMUNE, code=code)
    with pytest.raises(ColleagueUnknown):
        hand_over_dossier(office.desk("lan"), commune=COMMUNE, code=code, taken_by="khong_co")
    with pytest.raises(DossierUnknown):
        hand_over_dossier(office.desk("lan"), commune=COMMUNE, code="H32.22609-260302-9999")
    # 24 working days for the land unit: from Mon 2/3 until Fri 3/4.
    office.now += timedelta(days=33)
    late = hand_over_dossier(office.desk("lan"), commune=COMMUNE, code=code, taken_by="officer")
    assert (late.due_on, late.outcome) == (date(2026, 4, 3), "overdue")
    assert [h["taken_by"] for h in file_of(office, code).hand_overs] == ["lan", "officer"]
    office.take(code, "withdraw", {"reason": "Theo đề nghị"}, who="hoa")


def test_the_control_slip_names_giver_and_taker(office):
    code = office.lodge().code
    office.take(code, "accept", who="hoa")
    hand_over_dossier(office.desk("lan"), commune=COMMUNE, code=code)
    office.sign_boundary()
    for who, action, data in ROAD[1:8]:
        office.now += timedelta(days=20 if action == "close_posting" else 1)
        office.take(code, action, data, who=who)
    office.take(code, "record_payment", {"amount": 12_500_000, "reference": "1"}, who="hoa")
    case = paper_case_of(office, code)
    lines = [(h.from_person, h.to_person, h.outcome) for h in hand_overs(case)]
    assert lines[0] == ("hoa", "lan", "early")
    assert all(outcome in {"early", "on_time", "overdue"} for _, _, outcome in lines)


def paper_case_of(office, code):
    desk = office.desk("lan")
    with desk.transaction("advance_dossier", commune=COMMUNE) as transaction:
        found = read_dossier(transaction.connection, code)
        return paper_case(desk, transaction.connection, found, office.now)


# Codes of other systems ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "scanned"),
    [
        ("portal", "tự đặt"),
        ("portal", "G22.99-260230-0001"),  # 30 February
        ("portal", "G22.99-260303-0001"),  # tomorrow
        ("portal", "G22.99-260302-0000"),
        ("portal", "G22.99-260302-0001; DROP TABLE"),
        ("một cổng khác", "G22.99-260302-0001"),
    ],
)
def test_a_code_that_no_system_gave_is_refused(office, system, scanned):
    with pytest.raises(ExternalCodeRefused):
        office.lodge(external_codes={system: scanned})
    assert office.sql("SELECT count(*) FROM cadastre.dossier") == [(0,)]


def test_a_scanned_code_belongs_to_one_dossier(office):
    first = office.lodge(external_codes={"portal": " g22.99-260302-0001 "}).code
    second = office.lodge(NEXT_DOOR).code
    assert file_of(office, first).row["external_codes"] == {"portal": "G22.99-260302-0001"}
    with pytest.raises(ExternalCodeTaken):
        record_external_code(
            office.desk("hoa"), commune=COMMUNE, code=second, system="portal",
            scanned="G22.99-260302-0001",
        )  # fmt: skip
    record_external_code(
        office.desk("hoa"), commune=COMMUNE, code=second, system="portal",
        scanned="G22.99-260302-0002",
    )  # fmt: skip
    with pytest.raises(ExternalCodeTaken):
        record_external_code(
            office.desk("hoa"), commune=COMMUNE, code=second, system="portal",
            scanned="G22.99-260302-0003",
        )  # fmt: skip


# Delegation ------------------------------------------------------------------------------------


def delegated(office, who):
    desk = office.desk(who)
    return replace(
        desk, actor=with_delegations(desk.engine, desk.actor, office_date(desk.moment()))
    )


@pytest.fixture
def deputy(staffed_office):
    office = staffed_office
    office.actors["manager"] = Actor("manager", "manager", (COMMUNE,), display_name="Phó Chủ tịch")
    return office


def delegate(office, to="manager", first=None, last=None, **changes):
    start = first or office.now.date()
    given = {"taken_by": to, "starts_on": start, "ends_on": last or start + timedelta(days=60)}
    return delegate_role(
        office.desk("chi"), commune=COMMUNE, reference="15/QĐ-UBND", **{**given, **changes}
    )


def test_a_deputy_signs_within_the_days_of_the_delegation(deputy):
    office = deputy
    office.sign_boundary()
    office.blanks()
    code = office.lodge().code
    office.walk(code, until="submit")
    with pytest.raises(VerbForbidden):
        issue_certificate(delegated(office, "manager"), commune=COMMUNE, code=code)
    delegate(office)
    issued = issue_certificate(delegated(office, "manager"), commune=COMMUNE, code=code)
    assert issued.serial == "AA 00000001"
    line = file_of(office, code).log[-1]
    assert (line.actor, line.role, line.data["acting_for"]) == ("manager", "chair", "chi")
    assert "KT. CHỦ TỊCH" in paper_of(office, code, "certificate")
    assert "PHÓ CHỦ TỊCH" in paper_of(office, code, "certificate")


def test_a_delegation_that_ended_while_the_page_was_open_signs_nothing(deputy):
    office = deputy
    office.sign_boundary()
    office.blanks()
    code = office.lodge().code
    office.walk(code, until="submit")
    given = delegate(office)
    at_desk = delegated(office, "manager")
    end_delegation(office.desk("chi"), commune=COMMUNE, delegation_id=given.delegation_id)
    with pytest.raises(DelegationEnded):
        issue_certificate(at_desk, commune=COMMUNE, code=code)
    assert office.sql("SELECT count(*) FROM cadastre.certificate") == [(0,)]


def test_who_prepared_may_not_sign_as_a_deputy_and_nothing_is_handed_on(deputy):
    office = deputy
    office.actors["officer"] = Actor("officer", "officer", (COMMUNE,))
    office.sign_boundary()
    office.blanks()
    code = office.lodge().code
    office.walk(code, until="record_payment")
    office.take(code, "submit", who="officer")
    delegate(office, "officer")
    with pytest.raises(GateRefused) as refused:
        issue_certificate(delegated(office, "officer"), commune=COMMUNE, code=code)
    assert {item.gate for item in refused.value.items} == {"four_eyes"}
    with pytest.raises(VerbForbidden):
        delegate_role(
            delegated(office, "officer"), commune=COMMUNE, taken_by="manager",
            starts_on=office.now.date(), ends_on=office.now.date(), reference="x",
        )  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"first": date(2026, 3, 1)},  # yesterday
        {"first": date(2026, 3, 5), "last": date(2026, 3, 4)},
        {"to": "chi"},
        {"title": "  "},
    ],
)
def test_a_delegation_must_make_sense(deputy, changes):
    with pytest.raises(DelegationRefused):
        delegate(deputy, **changes)


def test_an_examined_dossier_is_returned_with_the_reason(office):
    code = office.lodge().code
    office.take(code, "accept", who="hoa")
    done = office.take(code, "return_dossier", {"reason": "Đất thuộc hành lang đường"})
    assert (done.to_state, done.papers) == ("sent_home", ("stop_notice",))
    assert "hành lang đường" in paper_of(office, code, "stop_notice")


# Papers and catalogue --------------------------------------------------------------------------


def test_the_text_layer_of_a_scan_is_found_without_accents(office):
    code = office.lodge().code
    receipt = next(d for d in file_of(office, code).documents if d["kind"] == "receipt")
    pdf = office.desk("hoa").evidence.path(receipt["sha256"]).read_bytes()
    scan = attach_document(
        office.desk("hoa"), commune=COMMUNE, code=code, kind="land_paper", content=pdf,
        title="Giấy viết tay năm 1992",
    )  # fmt: skip
    assert scan.words > 50
    picture = attach_document(
        office.desk("hoa"), commune=COMMUNE, code=code, kind="application",
        content=b"\xff\xd8\xff\xe0 picture", title="Đơn có ảnh chụp",
    )  # fmt: skip
    assert picture.words == 0
    with reading(office.database.web_engine, office.actors["lan"]) as connection:

        def found(words):
            rows = connection.execute(
                query("documents_found"), {"commune": COMMUNE, "words": plain(words)}
            ).mappings()
            return [(row["code"], row["kind"]) for row in rows]

        assert found("giấy viết tay 1992") == [(code, "land_paper")]
        # Words of the text layer, not of the title.
        assert found("hen tra ket qua cao thi mau") == [(code, "land_paper")]
        assert found("anh chup") == [(code, "application")]
        assert found("khong co tu nay") == []


def catalogue_table(count=489, online=180):
    head = "Mã thủ tục;Tên thủ tục;Lĩnh vực;Trực tuyến;Số ngày;Lệ phí;Thành phần hồ sơ;Quy trình"
    rows = [
        f"1.{900000 + n};Thủ tục thử số {n}, cấp xã;{'Hộ tịch' if n % 2 else 'Đất đai'};"
        f"{'Có' if n < online else 'Không'};{n % 20 + 1};{n * 1000} đồng;Tờ khai;"
        for n in range(count - 1)
    ]
    rows.append(
        "1.013978;Đăng ký đất đai lần đầu, cấp Giấy chứng nhận;Đất đai;Không;30;Theo nghị quyết;"
        "Đơn đăng ký;first_certificate"
    )
    return "\n".join([head, *rows]).encode()


def test_489_procedures_of_which_180_online_are_loaded_and_found_without_accents(office):
    done = load_catalogue(
        office.desk("hoa"), commune=COMMUNE, content=catalogue_table(), name="t.csv"
    )
    assert (done.records, done.loaded, done.refused, done.posted, done.online) == (
        489, 489, 0, 489, 180,
    )  # fmt: skip
    with reading(office.database.web_engine, None) as connection:
        fields = count_catalogue(connection)
        (found,) = search_catalogue(connection, words="cap giay chung nhan")
        assert len(search_catalogue(connection, online=True, limit=1000)) == 180
        assert search_catalogue(connection, words="100%") == []
    assert sum(row["procedures"] for row in fields) == 489
    assert (found["code"], found["profile"], found["days"]) == (
        "1.013978",
        "first_certificate",
        30.0,
    )
    same = load_catalogue(
        office.desk("hoa"), commune=COMMUNE, content=catalogue_table(), name="t.csv"
    )
    assert (same.new, same.changed, same.ended) == (0, 0, 0)
    fewer = load_catalogue(
        office.desk("hoa"), commune=COMMUNE, name="t.csv",
        content=catalogue_table().replace(b"30;Theo", b"20;Theo").replace(b"1.900000;", b"1.800000;"),
    )  # fmt: skip
    assert (fewer.new, fewer.changed, fewer.ended, fewer.posted) == (1, 1, 1, 489)
    assert office.sql("SELECT count(*) FROM cadastre.catalogue_entry") == [(491,)]


def test_each_bad_row_of_the_catalogue_is_named(office):
    table = (
        "code,title,online,days,profile\n1.000001,Tốt,Có,5,\n!!,Mã sai,Có,5,\n1.000002,,Có,5,\n"
        "1.000003,Thế nào,có lẽ,5,\n1.000004,Ngày sai,Có,mười,\n1.000001,Lặp,Có,5,\n"
        "1.000005,Quy trình lạ,Có,5,magic\n"
    ).encode()
    done = load_catalogue(office.desk("hoa"), commune=COMMUNE, content=table, name="bang.csv")
    assert (done.records, done.loaded, done.refused) == (7, 1, 6)
    assert [(line["row"], line["field"]) for line in done.lines] == [
        (3, "code"), (4, "title"), (5, "online"), (6, "days"), (7, "code"), (8, "profile"),
    ]  # fmt: skip
    assert all("nạp lại" in line["reason_vi"] for line in done.lines)


def test_the_same_person_and_parcel_are_told(office):
    first = office.lodge()
    second = office.lodge(parties=[NewParty("Cao Thị Mẫu", id_number="056190000001")])
    assert (second.same_parcel, second.same_people) == ((first.code,), (first.code,))


def test_attaching_to_a_dossier_of_another_commune_is_refused(office):
    code = office.lodge().code
    elsewhere = replace(office.actors["hoa"], communes=(COMMUNE, "22612"))
    with pytest.raises(DossierUnknown):
        attach_document(
            office.desk("hoa", actor=elsewhere), commune="22612", code=code, kind="x",
            content=b"%PDF-1.4",
        )  # fmt: skip
