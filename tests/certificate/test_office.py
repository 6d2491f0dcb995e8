"""The procedure on a real PostGIS: from the counter to the register, and what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from cadastre.certificate.procedure import ActionImpossible, GateRefused, RoleRefused
from cadastre.errors import CadastreError, Conflict
from cadastre.office.advance_dossier import advance_dossier
from cadastre.office.attach_document import ScanRefused, attach_document
from cadastre.office.load_blanks import spoil_blank
from cadastre.office.lodge_dossier import (
    LodgedDocument,
    NewParty,
    ParcelNeeded,
    PartyRefused,
)
from cadastre.office.permissions import VerbForbidden
from cadastre.regulation import load
from cadastre.store.certificates import BlanksExhausted, read_certificate, verify_certificate
from cadastre.store.dossier_parcel import ParcelNotOnMap
from cadastre.store.dossiers import DossierChanged, list_dossiers, read_dossier
from cadastre.store.transaction import reading

from .conftest import COMMUNE, HOUSE, NEXT_DOOR, ROAD

pytestmark = pytest.mark.store


def file_of(office, code, who="lan"):
    with reading(office.database.web_engine, office.actors[who]) as connection:
        return read_dossier(connection, code)


def test_a_dossier_walks_from_the_counter_to_the_register(office):
    office.sign_boundary()
    office.blanks()
    lodged = office.lodge()
    assert lodged.code == "H32.22609-260302-0001"
    # 27 working days from Mon 2/3: 3-6 (4), 9-13 (9), 16-20 (14), 23-27 (19), 30/3-3/4 (24),
    # 6, 7, 8/4 (27); three more: 9, 10, 13/4.
    assert lodged.due == {"registration": date(2026, 4, 8), "certificate": date(2026, 4, 13)}
    issued = office.walk(lodged.code, until="sign")
    assert (issued.number, issued.serial) == ("CN 00001", "AA 00000001")
    assert (issued.area_m2, issued.area_basis) == (250.0, "map")
    for who, action, data in ROAD[-2:]:
        office.take(lodged.code, action, data, who=who)
    found = file_of(office, lodged.code)
    assert found.row["state"] == "registered"
    assert found.row["closed_at"] is not None
    made = {d["kind"] for d in found.documents if d["direction"] == "made"}
    assert made == {
        "receipt", "control_slip", "extract", "posting_list", "minutes", "tax_sheet", "certificate",
            "certificate_overprint",
    }  # fmt: skip
    assert [line.action for line in found.log] == ["lodge", *(action for _, action, _ in ROAD)]
    assert office.sql("SELECT state FROM cadastre.parcel_state WHERE parcel_uid = :u", u=HOUSE) == [
        ("certified",)
    ]
    (entry,) = office.sql("SELECT kind, content FROM cadastre.register_entry")
    assert entry.kind == "certificate"
    assert entry.content["number"] == issued.number


def test_anyone_with_the_token_sees_the_certificate_but_no_person(office):
    office.sign_boundary()
    office.blanks()
    code = office.lodge().code
    issued = office.walk(code, until="sign")
    with reading(office.database.web_engine, None) as connection:
        seen = verify_certificate(connection, issued.token)
    assert (seen["status"], seen["number"], seen["sheet"]) == ("in_force", issued.number, 98)
    assert seen["outline"].area == pytest.approx(250)
    assert not any("holder" in key or "name" in key for key in seen)
    with reading(office.database.web_engine, office.actors["lan"]) as connection:
        whole = read_certificate(connection, issued.serial)
    assert {holder["share"] for holder in whole["holders"]} == {"1/3", "2/3"}
    assert whole["dossier"] == code


def test_the_signed_paper_is_genuine_and_stamped_as_a_sample(office):
    from io import BytesIO

    from pypdf import PdfReader

    from cadastre.certificate.sample_signer import make_sample_signer
    from cadastre.certificate.signing import verify_pdf

    office.sign_boundary()
    office.blanks()
    code = office.lodge().code
    office.walk(code, until="sign")
    document = next(d for d in file_of(office, code).documents if d["kind"] == "certificate")
    pdf = office.desk("chi").evidence.path(document["sha256"]).read_bytes()
    root = make_sample_signer(office.database.home / "signing").root_path.read_bytes()
    assert verify_pdf(pdf, roots=[root]).valid
    pages = [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
    assert len(pages) == 2
    assert all("KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" in page for page in pages)


@pytest.mark.parametrize("shared", [False, True])
def test_the_refusal_names_every_open_blocking_mismatch(office, shared):
    office.sign_boundary()
    code = office.lodge().code
    office.walk(code, until="close_posting")
    own = office.flag()
    found = {own}
    if shared:
        found.add(office.flag(NEXT_DOOR, code="OVERLAP_MAP", other=HOUSE))
    with pytest.raises(GateRefused) as refused:
        office.take(code, "find_eligible", {"grounds": "Điều 138"})
    assert {item.items[0] for item in refused.value.items} == found
    assert "Lệch diện tích 5,2 m²" in refused.value.message("vi")
    assert file_of(office, code).row["state"] == "posting_closed"


def test_a_mismatch_found_after_submission_still_stops_the_signature(office):
    office.sign_boundary()
    office.blanks()
    code = office.lodge().code
    office.walk(code, until="submit")
    office.flag()
    with pytest.raises(GateRefused):
        office.take(code, "sign", who="chi")
    office.sql("UPDATE cadastre.mismatch SET status = 'decided'")
    assert office.take(code, "sign", who="chi").to_state == "signed"
    assert office.sql("SELECT count(*) FROM cadastre.certificate_blank WHERE status = 'used'") == [
        (1,)
    ]


def test_recording_an_unchanged_boundary_turns_area_into_information(office):
    office.flag()
    result = office.sign_boundary()
    assert result.regraded == 1
    assert office.sql("SELECT severity FROM cadastre.mismatch") == [("info",)]
    office.sign_boundary(confirmed="changed")
    assert office.sql("SELECT severity FROM cadastre.mismatch") == [("blocking",)]
    open_rows = office.sql(
        "SELECT confirmed FROM cadastre.boundary_description WHERE valid_to IS NULL"
    )
    assert open_rows == [("changed",)]


def test_a_posting_cannot_be_closed_before_its_last_day_has_passed(office):
    office.sign_boundary()
    code = office.lodge().code
    office.walk(code, until="open_posting")
    posting = file_of(office, code).facts["posting"]
    # Opened Fri 6/3: 15 days to Sat 21/3, which is off: Mon 23/3.
    assert posting["ends_on"] == "2026-03-23"
    office.now += timedelta(days=17)
    with pytest.raises(GateRefused, match="23/03/2026"):
        office.take(code, "close_posting")
    office.now += timedelta(days=1)
    assert office.take(code, "close_posting").to_state == "posting_closed"


def test_an_objection_is_taken_answered_and_holds_the_posting_meanwhile(office):
    office.sign_boundary()
    code = office.lodge().code
    office.walk(code, until="open_posting")
    office.take(code, "take_objection", {"made_by": "Ông Ba", "text": "Lấn 1 m"}, who="hoa")
    office.now += timedelta(days=20)
    with pytest.raises(GateRefused) as refused:
        office.take(code, "close_posting")
    (unmet,) = refused.value.items
    answer = {"objection_id": unmet.items[0], "answer": "Đã đo lại, không lấn"}
    office.take(code, "answer_objection", answer)
    office.take(code, "close_posting")
    (objection,) = file_of(office, code).objections
    assert objection["answer"] == "Đã đo lại, không lấn"


def test_who_prepared_may_not_sign(office):
    office.sign_boundary()
    office.blanks()
    code = office.lodge().code
    office.walk(code, until="submit")
    both = replace(office.actors["lan"], role="chair")
    office.actors["lan_as_chair"] = both
    with pytest.raises(GateRefused) as refused:
        office.take(code, "sign", who="lan_as_chair")
    assert {item.gate for item in refused.value.items} == {"four_eyes"}


def test_roles_are_kept_by_the_verb_and_by_the_profile(office):
    code = office.lodge().code
    with pytest.raises(VerbForbidden):
        office.take(code, "sign", who="lan")
    office.take(code, "accept", who="hoa")
    with pytest.raises(RoleRefused):
        office.take(code, "confirm", who="hoa")
    with pytest.raises(ActionImpossible):
        advance_dossier(office.desk("chi"), commune=COMMUNE, code=code, action="sign")


def test_an_old_view_of_the_dossier_is_refused(office):
    lodged = office.lodge()
    office.take(lodged.code, "accept", who="hoa", row_version=lodged.row_version)
    with pytest.raises(DossierChanged):
        office.take(lodged.code, "withdraw", {"reason": "x"}, row_version=lodged.row_version)


def test_what_a_lodging_lacks_is_named(office):
    with pytest.raises(PartyRefused):
        office.lodge(parties=[])
    with pytest.raises(ParcelNeeded):
        office.lodge(parcel_uid=None)
    with pytest.raises(ParcelNotOnMap):
        office.lodge(parcel_uid="99999999-9999-5999-8999-999999999999")
    # No number was lost on the refused ones.
    assert office.lodge().code.endswith("-0001")
    code = office.lodge(NEXT_DOOR, documents=[LodgedDocument("land_paper")]).code
    with pytest.raises(GateRefused) as refused:
        office.take(code, "accept", who="hoa")
    assert refused.value.items[0].items == ("application",)


def test_the_same_people_and_parcel_are_recognised(office):
    first = office.lodge()
    second = office.lodge()
    assert second.same_parcel == (first.code,)
    assert second.same_people == (first.code,)
    assert office.sql("SELECT count(*) FROM cadastre.party") == [(2,)]


def test_shares_that_do_not_sum_to_one_stop_the_finding(office):
    office.sign_boundary()
    code = office.lodge(parties=[NewParty("Cao Thị Mẫu", Fraction(2, 3))]).code
    office.walk(code, until="close_posting")
    with pytest.raises(GateRefused) as refused:
        office.take(code, "find_eligible", {"grounds": "Điều 138"})
    assert [item.gate for item in refused.value.items] == ["shares_sum_to_one"]


def test_the_whole_refused_step_leaves_no_trace(office):
    office.sign_boundary()
    code = office.lodge().code
    office.walk(code, until="submit")
    before = file_of(office, code)
    with pytest.raises(BlanksExhausted):
        office.take(code, "sign", who="chi")
    after = file_of(office, code)
    assert (after.row["state"], after.row["row_version"]) == (
        "submitted",
        before.row["row_version"],
    )
    assert office.sql("SELECT count(*) FROM cadastre.certificate") == [(0,)]


def test_a_spoiled_blank_is_accounted_for_and_skipped(office):
    office.sign_boundary()
    office.blanks(3)
    counted = spoil_blank(office.desk("hoa"), commune=COMMUNE, serial="AA 00000001", reason="rách")
    assert (counted.free, counted.spoiled) == (2, 1)
    code = office.lodge().code
    assert office.walk(code, until="sign").serial == "AA 00000002"


def test_registration_without_a_certificate_ends_with_the_notice(office):
    office.sign_boundary()
    code = office.lodge(wants_certificate=False).code
    office.walk(code, until="close_posting")
    with pytest.raises(GateRefused):
        office.take(code, "find_eligible", {"grounds": "x"})
    office.take(code, "prepare_notice", {"reason": "Không có nhu cầu cấp Giấy chứng nhận"})
    office.take(code, "sign_notice", who="chi")
    last = office.take(code, "hand_over_notice", {"received_by": "Cao Thị Mẫu"}, who="hoa")
    assert last.to_state == "registered_without_certificate"
    found = file_of(office, code)
    assert "registration_notice" in {d["kind"] for d in found.documents}
    assert office.sql("SELECT kind FROM cadastre.register_entry") == [("registration",)]


def test_supplement_refusal_and_withdrawal_make_their_papers(office):
    first, second = office.lodge().code, office.lodge(NEXT_DOOR).code
    office.take(first, "request_supplement", {"reason": "Đơn; bản sao giấy tờ"}, who="hoa")
    office.take(first, "refuse", {"reason": "Không thuộc thẩm quyền"}, who="hoa")
    office.take(second, "withdraw", {"reason": "Theo đề nghị"}, who="hoa")
    kinds = {d["kind"] for code in (first, second) for d in file_of(office, code).documents}
    assert {"supplement_request", "refusal", "stop_notice"} <= kinds
    assert office.sql("SELECT DISTINCT state FROM cadastre.parcel_state") == [("clear",)]


def test_a_scan_is_checked_by_its_content(office):
    code = office.lodge().code
    with pytest.raises(ScanRefused):
        attach_document(
            office.desk("hoa"), commune=COMMUNE, code=code, kind="land_paper", content=b"MZ\x90"
        )
    attached = attach_document(
        office.desk("hoa"),
        commune=COMMUNE,
        code=code,
        kind="land_paper",
        content=b"%PDF-1.7 scan",
        name="giay_to.pdf",
    )
    papers = [d for d in file_of(office, code).documents if d["kind"] == "land_paper"]
    assert sorted((d["version"], d["superseded"]) for d in papers) == [(1, True), (2, False)]
    assert attached.media_type == "application/pdf"


def test_a_procedure_without_a_parcel_runs_on_the_same_verbs(office):
    code = office.lodge(
        None, procedure="civil_status_extract", documents=[LodgedDocument("application")]
    ).code
    office.take(code, "make_copy", who="hoa")
    done = office.take(code, "hand_over", {"received_by": "Cao Thị Mẫu"}, who="hoa")
    assert done.to_state == "handed_over"


def test_a_dossier_keeps_the_profile_under_which_it_was_lodged(office, tmp_path):
    code = office.lodge().code
    folder = tmp_path / "overlay" / "procedures"
    folder.mkdir(parents=True)
    (folder / "first_certificate.toml").write_text(
        'title_vi = "Mới"\ntitle_en = "New"\nsource = "province"\nneeds_parcel = true\n'
        '[[appointments]]\nname = "whole"\ntitle_vi = "KQ"\ntitle_en = "Result"\ndays = 4\n'
        '[states.in]\ntitle_vi = "Vào"\ntitle_en = "In"\ninitial = true\nclock = "run"\n'
        '[states.out]\ntitle_vi = "Ra"\ntitle_en = "Out"\nfinal = true\nclock = "done"\n'
        '[actions.end]\ntitle_vi = "Xong"\ntitle_en = "End"\nfrom = ["in"]\nto = "out"\n'
        'roles = ["officer"]\ngates = ["mismatches_decided"]\n',
        encoding="utf-8",
    )
    overlaid = load(tmp_path / "overlay")
    from cadastre.office.lodge_dossier import lodge_dossier

    new = lodge_dossier(
        office.desk("hoa", regulation=overlaid),
        commune=COMMUNE,
        procedure="first_certificate",
        parcel_uid=NEXT_DOOR,
        parties=[NewParty("Cao Thị Mẫu")],
    )
    assert new.due == {"whole": date(2026, 3, 6)}
    assert (
        advance_dossier(
            office.desk("lan", regulation=overlaid), commune=COMMUNE, code=new.code, action="end"
        ).to_state
        == "out"
    )
    # The older dossier goes on under its own profile, whatever is in force now.
    old = advance_dossier(
        office.desk("hoa", regulation=overlaid), commune=COMMUNE, code=code, action="accept"
    )
    assert old.to_state == "accepted"


@pytest.mark.parametrize("count", [40, pytest.param(200, marks=pytest.mark.slow)])
def test_concurrent_lodgings_get_consecutive_codes(office, count):
    def one(_):
        return office.lodge(
            None, procedure="civil_status_extract", parties=[NewParty("Người Thử")], documents=[]
        ).code

    with ThreadPoolExecutor(12) as pool:
        codes = sorted(pool.map(one, range(count)))
    assert codes == [f"H32.22609-260302-{n:04d}" for n in range(1, count + 1)]


def test_two_chairmen_sign_at_once_and_one_certificate_exists(office):
    office.sign_boundary()
    office.blanks()
    code = office.lodge().code
    office.walk(code, until="submit")

    def sign(who):
        try:
            return office.take(code, "sign", who=who)
        except CadastreError as refused:
            return refused

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(sign, ["chi", "chau"]))
    assert sum(isinstance(result, Conflict) for result in results) == 1
    assert office.sql("SELECT count(*), max(serial) FROM cadastre.certificate") == [
        (1, "AA 00000001")
    ]
    assert office.sql("SELECT count(*) FROM cadastre.certificate_blank WHERE status = 'free'") == [
        (2,)
    ]


def test_dossiers_are_found_by_person_without_accents(office):
    code = office.lodge().code

    def found(**asked):
        with reading(office.database.web_engine, office.actors["lan"]) as connection:
            return [row["code"] for row in list_dossiers(connection, **asked)]

    assert found(words="cao thi", plain="cao thi") == [code]
    assert found(words=code[-4:], plain=code[-4:]) == [code]
    assert found(state="posted") == []
    assert found(actor="hoa") == [code]
    assert found(actor="chi") == []
