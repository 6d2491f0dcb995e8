"""Pictures of papers are read by a job and found by their words, under the papers' own guard."""

from __future__ import annotations

import subprocess
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cadastre.drawing.papers import compile_paper
from cadastre.formats import scan_text
from cadastre.jobs import run_job
from cadastre.merge.lookup import plain
from cadastre.office.attach_document import attach_document
from cadastre.office.permissions import CommuneForbidden, VerbForbidden
from cadastre.office.read_scan import ScanUnknown, read_scan
from cadastre.store.actor import Actor
from cadastre.store.dossiers import list_dossiers
from cadastre.store.named import query
from cadastre.store.transaction import reading
from tests.certificate.conftest import COMMUNE, file_of
from tests.serving import serving

pytestmark = pytest.mark.store

LETTER = """
#set text(font: "Libertinus Serif", size: 14pt, lang: "vi")
#set page(paper: "a4", margin: 25mm)
#align(center)[*GIẤY VIẾT TAY CHUYỂN NHƯỢNG ĐẤT VƯỜN*]

Tôi là Nguyễn Thị Bưởi, trú tại thôn Suối Cát, có thửa đất vườn diện tích 1250 mét vuông,
phía đông giáp mương thủy lợi, phía tây giáp đất ông Đinh Văn Khế. Nay tôi chuyển nhượng
thửa đất trên cho ông Trần Quốc Tuấn, hai bên đã giao nhận đủ tiền, có người làm chứng.

Khánh Vĩnh, ngày 12 tháng 8 năm 1996
"""
PICTURE = '#set page(width: 210mm, height: 297mm, margin: 0mm)\n#image("page.jpg", width: 100%)'


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A letter as a picture, lying on its side, and as a PDF of two pages that are pictures."""
    folder = tmp_path_factory.mktemp("scans")

    def drawn(source: str) -> bytes:
        (folder / "page.typ").write_text(source, "utf-8")
        return compile_paper(
            folder / "page.typ", {}, timestamp=datetime(2026, 3, 2, tzinfo=UTC), sample=False
        )

    def picture(pdf: bytes, name: str) -> bytes:
        asked = ["pdftoppm", "-r", "150", "-jpeg", "-singlefile", "-", str(folder / name)]
        subprocess.run(asked, input=pdf, check=True)
        return (folder / f"{name}.jpg").read_bytes()

    upright = picture(drawn(LETTER), "page")
    lying = (
        "#set page(width: 297mm, height: 210mm, margin: 0mm)\n"
        '#rotate(90deg, reflow: true, image("page.jpg", height: 297mm))'
    )
    pages = f"{PICTURE}\n#pagebreak()\n{PICTURE.splitlines()[1]}"
    return {
        "upright": upright,
        "lying": picture(drawn(lying), "lying"),
        "pages": drawn(pages),
    }


@pytest.fixture
def office(staffed_office):
    """The office whose registrar has an account, so that the worker knows who asked."""
    staffed_office.actors["hoa"] = Actor("registrar", "registrar", (COMMUNE,))
    return staffed_office


def attached(office, code, content, kind="land_paper", title="Giấy viết tay"):
    return attach_document(
        office.desk("hoa"), commune=COMMUNE, code=code, kind=kind, content=content, title=title
    )


def run_jobs(office):
    """What the worker does with the jobs that wait."""
    waiting = office.sql("SELECT job_id::text FROM cadastre.job WHERE status = 'queued'")
    for (job_id,) in waiting:
        run_job(office.database.worker_engine, office.database.home, job_id)
    return [row[0] for row in office.sql("SELECT problem FROM cadastre.job")]


def found(office, words):
    with reading(office.database.web_engine, office.actors["lan"]) as connection:
        rows = connection.execute(
            query("documents_found"), {"commune": COMMUNE, "words": plain(words)}
        ).mappings()
        return [(row["kind"], row["reading"]) for row in rows]


@pytest.mark.parametrize("shape", ["upright", "lying", "pages"])
def test_a_scan_without_a_text_layer_is_read_and_found_without_accents(office, scans, shape):
    code = office.lodge().code
    scan = attached(office, code, scans[shape])
    assert (scan.words, scan.reading) == (0, "waiting")
    assert found(office, "Suối Cát") == []
    assert found(office, "viet tay") == [("land_paper", "waiting")]
    assert run_jobs(office) == [None]
    for words in ("nguyễn thị bưởi", "NGUYEN THI BUOI", "muong thuy loi", "giấy viết tay 1996"):
        assert found(office, words) == [("land_paper", "recognised")]
    assert found(office, "nguyen thi khong co") == []
    with reading(office.database.web_engine, office.actors["lan"]) as connection:
        listed = list_dossiers(connection, commune=COMMUNE, words="x", papers=plain("Đinh Văn Khế"))
    assert [row["code"] for row in listed] == [code]
    uid = scan.document_uid
    assert read_scan(office.desk("hoa"), commune=COMMUNE, document_uid=uid).reading == "recognised"


def test_without_the_program_a_scan_says_that_it_was_not_read_and_is_read_later(
    office, scans, commands, monkeypatch, tmp_path
):
    code = office.lodge().code
    attached(office, code, scans["upright"])
    scan_text.recogniser.cache_clear()
    with monkeypatch.context() as without:
        without.setenv("PATH", str(tmp_path))
        assert run_jobs(office) == [None]
    scan_text.recogniser.cache_clear()
    paper = next(
        d for d in file_of(office, code).documents if d["sha256"] and d["kind"] == "land_paper"
    )
    assert paper["reading"] == "unread"
    assert found(office, "giay viet tay") == [("land_paper", "unread")]
    run = commands(office.database)
    again = ("dossier", "read-scans", "-c", COMMUNE, "--as", "registrar", "--json")
    assert [one["reading"] for one in run(*again).told()] == ["recognised"]
    assert found(office, "Trần Quốc Tuấn") == [("land_paper", "recognised")]
    assert run(*again).told() == []
    (tmp_path / "don.jpg").write_bytes(scans["upright"])
    lodged = ("dossier", "attach", code, "application", tmp_path / "don.jpg", "--as", "registrar")
    assert run(*lodged, "--json").told()["reading"] == "waiting"


def test_a_damaged_picture_is_kept_and_found_by_its_title(office):
    code = office.lodge().code
    attached(office, code, b"\xff\xd8\xff\xe0 nothing more", title="Đơn ảnh hỏng")
    assert run_jobs(office) == [None]
    assert found(office, "don anh hong") == [("land_paper", "unread")]


def test_words_of_a_scan_are_guarded_like_the_scan(office, scans):
    code = office.lodge().code
    scan = attached(office, code, scans["upright"])
    run_jobs(office)
    elsewhere = Actor("khac", "officer", ("22612",))
    with reading(office.database.web_engine, elsewhere) as connection:
        assert connection.execute(
            query("documents_found"), {"commune": COMMUNE, "words": "nguyen thi buoi"}
        ).all() == []  # fmt: skip
        assert list_dossiers(connection, papers="nguyen thi buoi") == ()
    office.actors["khac"] = elsewhere
    with pytest.raises(CommuneForbidden):
        read_scan(office.desk("khac"), commune=COMMUNE, document_uid=scan.document_uid)
    with pytest.raises(ScanUnknown):
        read_scan(office.desk("hoa"), commune=COMMUNE, document_uid=str(uuid.uuid4()))
    office.actors["man"] = Actor("manager", "manager", (COMMUNE,))
    with pytest.raises(VerbForbidden):
        read_scan(office.desk("man"), commune=COMMUNE, document_uid=scan.document_uid)
    with serving(office.database.home) as served:
        asked = {"q": "Nguyễn Thị Bưởi"}
        seen = served.signed_in("officer").get("/api/v1/dossiers", params=asked).json()["dossiers"]
        hidden = (
            served.signed_in("manager").get("/api/v1/dossiers", params=asked).json()["dossiers"]
        )
    assert ([one["code"] for one in seen], hidden) == ([code], [])


def test_the_programs_that_setup_installs_are_there():
    assert scan_text.recogniser() is not None
    assert Path(scan_text.recogniser()).name == "tesseract"
