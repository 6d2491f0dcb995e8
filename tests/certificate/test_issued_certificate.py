"""Certificates that were issued: issued again, corrected, withdrawn; what was signed stays."""

from __future__ import annotations

import json
import subprocess
from collections import Counter

import pytest
import shapely
from sqlalchemy import text
from typer.testing import CliRunner

from cadastre.certificate.procedure import GateRefused, RoleRefused
from cadastre.cli import app
from cadastre.office.certificate_data import certificate_data
from cadastre.office.lodge_dossier import CertificateNeeded, LodgedDocument
from cadastre.office.register_page import register_page
from cadastre.store.certificates import (
    certificate_changes,
    read_certificate,
    verify_certificate,
)
from cadastre.store.dossiers import DossierUnknown
from cadastre.store.transaction import reading
from tests.papers.test_papers import text_of

from .conftest import COMMUNE, HOUSE, NEXT_DOOR, file_of, paper_of

pytestmark = pytest.mark.store


@pytest.fixture
def certified(office):
    """A first certificate, in force: its dossier is closed."""
    office.sign_boundary()
    office.blanks(5)
    code = office.lodge().code
    office.first = code
    office.issued = office.walk(code, until="register") and read_of(office, code)
    return office


def read_of(office, code):
    return file_of(office, code).certificate


def about(office, procedure, documents=("application", "certificate_held")):
    return office.lodge(
        None,
        procedure=procedure,
        certificate=office.issued["serial"],
        documents=[LodgedDocument(kind) for kind in documents],
    ).code


def test_a_parcel_with_a_certificate_in_force_gets_no_second_first_one(certified):
    office = certified
    code = office.lodge().code
    office.walk(code, until="close_posting")
    with pytest.raises(GateRefused) as refused:
        office.take(code, "find_eligible", {"grounds": "Điều 138"})
    (item,) = [i for i in refused.value.items if i.gate == "parcel_not_certified"]
    assert item.items == ("AA 00000001",)


def test_a_certificate_issued_again_supersedes_the_earlier_one(certified):
    office = certified
    code = about(office, "certificate_reissue")
    office.take(code, "accept", who="hoa")
    office.take(code, "examine", {"grounds": "Giấy chứng nhận bị hỏng", "term": "Lâu dài"})
    office.take(code, "submit")
    new = office.take(code, "sign", who="chi")
    assert (new.number, new.serial) == ("CN 00002", "AA 00000002")
    with reading(office.database.web_engine, None) as connection:
        assert verify_certificate(connection, office.issued["token"])["status"] == "superseded"
        (line,) = certificate_changes(connection, office.issued["token"])
        assert line["kind"] == "superseded"
        assert verify_certificate(connection, new.token)["status"] == "in_force"
    office.take(code, "hand_over", {"received_by": "Cao Thị Mẫu"}, who="hoa")
    # The old one can be the subject of nothing more.
    late = about(office, "certificate_withdrawal")
    with pytest.raises(GateRefused) as refused:
        office.take(late, "accept", who="hoa")
    assert {i.gate for i in refused.value.items} == {"certificate_named"}


def test_a_correction_is_decided_by_two_people_and_stands_in_the_register(certified):
    office = certified
    code, made = corrected(office)
    assert made == ("correction_decision", "certificate_changed")
    changed = paper_of(office, code, "certificate_changed")
    assert "nay là: Tên: Mấu Văn Thử" in changed
    (kept,) = office.sql(
        "SELECT d.kind, d.superseded FROM cadastre.certificate AS c"
        " JOIN cadastre.dossier_document AS d USING (document_uid)"
    )
    assert tuple(kept) == ("certificate_changed", False)
    first = file_of(office, office.first).documents
    assert [d["kind"] for d in first if d["kind"] == "certificate" and d["sha256"]]
    with reading(office.database.web_engine, None) as connection:
        seen = certificate_changes(connection, office.issued["token"])
    assert [line["kind"] for line in seen] == ["correction"]
    words = paper_of(office, code, "correction_decision")
    assert "Nội dung đính chính: Tên: Mấu Văn Thử" in words
    assert "AA 00000001" in words
    entry = office.sql("SELECT kind, content FROM cadastre.register_entry ORDER BY entry_id")[-1]
    assert (entry.kind, entry.content["right"]) == ("correction", "Tên: Mấu Văn Thử")
    with reading(office.database.web_engine, office.actors["lan"]) as connection:
        assert read_certificate(connection, "AA 00000001")["status"] == "in_force"


def test_a_wrong_certificate_is_withdrawn_and_its_serial_never_comes_back(certified):
    office = certified
    code = about(office, "certificate_withdrawal")
    office.take(code, "accept", who="hoa")
    office.take(code, "examine", {"wrong": "Cấp sai đối tượng", "grounds": "Kết luận 12/KL"})
    office.take(code, "submit")
    with pytest.raises(RoleRefused):
        office.take(code, "send_back", {"reason": "x"})
    assert office.take(code, "sign_decision", who="chau").to_state == "signed"
    with reading(office.database.web_engine, None) as connection:
        assert verify_certificate(connection, office.issued["token"])["status"] == "cancelled"
    office.take(code, "hand_over", {"received_by": "Cao Thị Mẫu"}, who="hoa")
    # Now a first certificate is possible again, under a new number and serial.
    again = office.lodge().code
    new = office.walk(again, until="sign")
    assert (new.number, new.serial) == ("CN 00002", "AA 00000002")


def test_a_procedure_about_a_certificate_asks_for_one(office):
    with pytest.raises(CertificateNeeded):
        office.lodge(None, procedure="certificate_correction")


# As signed ------------------------------------------------------------------------------------


def everything_changes(office):
    """Persons, purposes, the parcel's number and outline, and a neighbour, after the signature."""
    office.sql(
        "UPDATE cadastre.party SET name = 'Ai Đó', id_number = '999', address = 'Nơi khác'"
        " WHERE name = 'Cao Thị Mẫu'"
    )
    office.sql(
        "INSERT INTO cadastre.parcel_purpose (commune, parcel_uid, ordinal, land_use, term, opened_by)"
        " VALUES (:commune, :uid, 1, 'CLN', '50 năm', :event)",
        commune=COMMUNE, uid=HOUSE,
    )  # fmt: skip
    for uid, number, shape in (
        (HOUSE, "500", shapely.box(570000, 1345000, 570010, 1345020)),
        (NEXT_DOOR, "501", shapely.box(570010, 1345000, 570025, 1345020)),
    ):
        one = {"commune": COMMUNE, "uid": uid}
        office.sql(
            "UPDATE cadastre.parcel SET valid_to = now(), closed_by = :event"
            " WHERE commune = :commune AND parcel_uid = :uid AND valid_to IS NULL",
            **one,
        )
        office.sql(
            "INSERT INTO cadastre.parcel (commune, parcel_uid, version, sheet, parcel,"
            " former_commune, former_sheet, former_parcel, scale, land_use, area_m2, geometry,"
            " display, opened_by) SELECT commune, parcel_uid, 2, sheet, :number, former_commune,"
            " former_sheet, former_parcel, scale, 'CLN', :area, ST_GeomFromWKB(:shape, 9217),"
            " display, :event FROM cadastre.parcel WHERE commune = :commune AND parcel_uid = :uid"
            " AND version = 1",
            **one, number=number, area=shape.area, shape=shapely.to_wkb(shape),
        )  # fmt: skip


def corrected(office):
    """Code of a dossier that corrects the certificate, and the papers that its signature made."""
    code = about(office, "certificate_correction")
    office.take(code, "accept", who="hoa")
    told = {"wrong": "Tên: Mấu Văn Thư", "right": "Tên: Mấu Văn Thử", "grounds": "Căn cước"}
    office.take(code, "examine", told)
    office.take(code, "submit")
    return code, office.take(code, "sign_decision", who="chi").papers


def as_corrected(office):
    """What the certificate reads after a correction."""
    return paper_of(office, corrected(office)[0], "certificate_changed")


def test_a_corrected_certificate_is_the_one_that_was_signed(certified):
    office = certified
    first = paper_of(office, office.first, "certificate")
    everything_changes(office)
    changed = as_corrected(office)
    entry = "Đính chính: Tên: Mấu Văn Thư; nay là: Tên: Mấu Văn Thử"
    assert entry in changed
    # Every word of the certificate stands there still; what is new stands in section 6.
    said, says = Counter(first.split()), Counter(changed.split())
    assert said - says == Counter()
    new = says - said
    assert {"Đính", "chính:", "Căn", "cước."} <= new.keys()
    assert new.keys().isdisjoint({"Ai", "999", "Nơi", "CLN", "500", "501", "200,0"})


def test_the_record_is_that_of_the_signature_by_command_too(certified, monkeypatch, tmp_path):
    office = certified
    signed = certificate_data(office.desk("lan"), code=office.first)
    everything_changes(office)
    monkeypatch.setattr("cadastre.cli.counter.open_desk", lambda account=None: office.desk(account))
    out = tmp_path / "certificate.json"
    arguments = ["dossier", "certificate", office.first, "--as", "lan"]
    done = CliRunner().invoke(app, [*arguments, "--out", str(out)])
    assert done.exit_code == 0, done.output
    told = json.loads(out.read_text(encoding="utf-8"))
    assert told == signed
    assert told["format"] == "certificate-record/1"
    assert told["certificate"]["serial"] == "AA 00000001"
    assert [(h["name"], h["id_number"], h["share"]) for h in told["holders"]] == [
        ("Cao Thị Mẫu", "056190000001", "1/3"),
        ("Mấu Văn Thử", "056190000002", "2/3"),
    ]
    assert [p["land_use"] for p in told["parcel"]["purposes"]] == ["ONT"]
    assert len(told["outline"]["vertices"]) == 4
    printed = CliRunner().invoke(app, arguments)
    assert json.loads(printed.stdout) == told
    nobody = CliRunner().invoke(app, ["dossier", "certificate", "22609-260302-9999", "--as", "lan"])
    assert isinstance(nobody.exception, DossierUnknown)


def test_the_register_page_says_what_was_registered(certified):
    office = certified
    everything_changes(office)
    page = text_of(register_page(office.desk("lan"), commune=COMMUNE, parcel_uid=HOUSE))
    for said in ("Thửa đất số: 1;", "250,0", "Đất ở tại", "(ONT)", "056190000001", "1/3"):
        assert said in page, said
    assert "Ai Đó" not in page


def test_a_certificate_signed_before_whole_records_were_kept_says_what_its_row_has(certified):
    office = certified
    with office.database.engine.begin() as owner:
        owner.execute(text("ALTER TABLE cadastre.register_entry DISABLE TRIGGER log_stays"))
        owner.execute(text("UPDATE cadastre.register_entry SET content = content - 'record'"))
    everything_changes(office)
    changed = as_corrected(office)
    for same in ("CN 00001", "AA 00000001", "250,0", "Cao Thị Mẫu", "Chi", "Thửa đất số: 1"):
        assert same in changed, same
    page = text_of(register_page(office.desk("lan"), commune=COMMUNE, parcel_uid=HOUSE))
    for same in ("250,0", "Cao Thị Mẫu", "1/3", "CN 00001"):
        assert same in page, same


def signatures_in(office, code, kind):
    """What an outside checker says of the signatures in a paper."""
    made = next(d for d in reversed(file_of(office, code).documents) if d["kind"] == kind)
    path = office.desk("lan").evidence.path(made["sha256"])
    seen = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, check=False)
    return made["signed_by"], seen.stdout.decode("utf-8")


def test_every_paper_that_shows_a_signature_bears_one(certified):
    office = certified
    correction, _made = corrected(office)
    told = office.lodge(NEXT_DOOR, wants_certificate=False).code
    office.sign_boundary(NEXT_DOOR)
    office.walk(told, until="close_posting")
    office.take(told, "prepare_notice", {"reason": "Chưa có nhu cầu"})
    office.take(told, "sign_notice", who="chi")
    for code, kind in (
        (office.first, "certificate"),
        (correction, "correction_decision"),
        (correction, "certificate_changed"),
        (told, "registration_notice"),
    ):
        assert "Ký bởi" in paper_of(office, code, kind), kind
        signed_by, seen = signatures_in(office, code, kind)
        assert (signed_by, seen.count("Signature is Valid")) == ("chi", 1), (kind, seen)
        assert "Total document signed" in seen
    assert signatures_in(office, office.first, "extract")[0] is None
