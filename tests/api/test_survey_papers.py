"""Papers of a measured parcel over HTTP, on the sample commune."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import text

from cadastre.drawing.wording import area_vi
from tests.serving import Served, make_accounts, serving

pytestmark = pytest.mark.store
API = "/api/v1"
KINDS = {
    "measured_state": "PHIẾU XÁC NHẬN KẾT QUẢ ĐO ĐẠC HIỆN TRẠNG THỬA ĐẤT",
    "boundary_description": "BẢN MÔ TẢ RANH GIỚI, MỐC GIỚI THỬA ĐẤT",
    "survey_plan": "MẢNH TRÍCH ĐO BẢN ĐỒ ĐỊA CHÍNH",
}


@pytest.fixture
def served(sample_database: Any) -> Any:
    make_accounts(sample_database.worker_engine, sample_database.home)
    with serving(sample_database.home) as running:
        yield running


def words(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def a_measured_parcel(database: Any) -> Any:
    """A measured house lot that is one parcel of the map, with its neighbours on the map."""
    with database.engine.begin() as connection:
        return connection.execute(
            text(
                "SELECT m.measured_uid::text, a.parcel_uid::text, m.area_m2, p.sheet, p.parcel"
                " FROM cadastre.measured_parcel AS m JOIN cadastre.match AS a USING (measured_uid)"
                " JOIN cadastre.parcel AS p ON p.parcel_uid = a.parcel_uid AND p.valid_to IS NULL"
                " WHERE a.current AND a.relation = 'same' AND m.valid_to IS NULL"
                " ORDER BY m.measured_uid LIMIT 1"
            )
        ).one()


def test_each_paper_names_the_parcel_its_area_and_its_form(
    served: Served, sample_database: Any
) -> None:
    lot = a_measured_parcel(sample_database)
    surveyor = served.signed_in("surveyor")
    for kind, title in KINDS.items():
        answer = surveyor.get(f"{API}/measured/{lot.measured_uid}/documents/{kind}.pdf")
        assert answer.status_code == 200, answer.text
        said = words(answer.content)
        area = area_vi(lot.area_m2)
        for expected in (title, area, "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ", str(lot.parcel)):
            assert expected in said, (kind, expected)


def test_answers_of_neighbours_are_printed_along_their_stretch(
    served: Served, sample_database: Any
) -> None:
    lot = a_measured_parcel(sample_database)
    officer = served.signed_in("officer")
    beside = officer.get(f"{API}/parcels/{lot.parcel_uid}").json()["properties"]["neighbours"]
    # Every one of them answers: along a side, along a part of one, or at a corner alone.
    answers = [
        {"parcel_uid": one["parcel_uid"], "answer": "refused", "reason": f"Sai mốc số {place}"}
        for place, one in enumerate(beside, start=1)
    ]
    answers.append({"name": "Bà Cao Thị Bên Suối", "answer": "refused", "reason": "Lấn suối"})
    # And one whose land lies elsewhere: the paper says so, and is not silent about him.
    known = {lot.parcel_uid, *(one["parcel_uid"] for one in beside)}
    far = next(
        p
        for uid in (one["parcel_uid"] for one in beside)
        for p in officer.get(f"{API}/parcels/{uid}").json()["properties"]["neighbours"]
        if p["parcel_uid"] not in known
    )
    answers.append({"parcel_uid": far["parcel_uid"], "answer": "refused", "reason": "Nhà xa"})
    recorded = officer.post(
        f"{API}/parcels/{lot.parcel_uid}/boundary",
        json={"confirmed": "disputed", "neighbours": answers},
    )
    assert recorded.status_code < 300, recorded.text
    paper = officer.get(f"{API}/measured/{lot.measured_uid}/documents/boundary_description.pdf")
    said = words(paper.content)
    assert "Đang có tranh chấp ranh giới" in said
    assert "Bà Cao Thị Bên Suối" in said
    assert "Lấn suối" in said
    assert "Nhà xa" in said
    assert f"Không giáp ranh đo được: thửa {far['label'].split()[-1]}," in said
    for answer, one in zip(answers, beside, strict=False):
        assert answer["reason"] in said, (answer, said)
        assert f"Giáp thửa {one['label'].split()[-1].replace('?', 'chưa có số')}," in said


def test_refusals_say_what_is_there(served: Served, sample_database: Any) -> None:
    lot = a_measured_parcel(sample_database)
    surveyor = served.signed_in("surveyor")
    unknown = surveyor.get(f"{API}/measured/{lot.measured_uid}/documents/diary.pdf")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "survey_paper_unknown")
    nobody = surveyor.get(f"{API}/measured/{lot.parcel_uid}/documents/survey_plan.pdf")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "measured_parcel_unknown")
    manager = served.signed_in("manager")
    private = manager.get(f"{API}/measured/{lot.measured_uid}/documents/survey_plan.pdf")
    assert private.status_code == 403
