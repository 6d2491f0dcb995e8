"""Whatever a running sample hands out to be printed says that it is a sample."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import openpyxl
import pytest
from pypdf import PdfReader
from sqlalchemy import text

from cadastre.drawing.papers import SAMPLE_STAMP
from cadastre.store.accounts import actor_by_username, open_session
from sample_data.loading import ACCOUNTS
from tests.conftest import Database
from tests.serving import COMMUNE, serving

API = "/api/v1"


@pytest.fixture
def office(sample_database: Database) -> Iterator[httpx.Client]:
    with serving(sample_database.home) as served:
        client = served.client()
        who = actor_by_username(sample_database.engine, ACCOUNTS["officer"][0])
        token = open_session(sample_database.engine, who, hours=1).token
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def stamped(answer: httpx.Response) -> bool:
    assert answer.status_code == 200, answer.text
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return all(SAMPLE_STAMP in unicodedata.normalize("NFC", p.extract_text()) for p in pages)


def papers_of(database: Database) -> dict[str, str]:
    """One address of each kind of paper that the sample has made, or makes when asked."""
    with database.engine.connect() as register:

        def rows(sql: str) -> Sequence[Any]:
            return register.execute(text(sql)).all()

        made = rows("""
            SELECT DISTINCT ON (d.kind) d.kind, o.code FROM cadastre.dossier_document d
            JOIN cadastre.dossier o USING (dossier_uid) WHERE d.direction = 'made' ORDER BY 1, 2""")
        ((code, uid),) = rows("""
            SELECT o.code, o.parcel_uid FROM cadastre.certificate c
            JOIN cadastre.dossier o USING (dossier_uid) ORDER BY 1 LIMIT 1""")
        ((lot,),) = rows("""
            SELECT measured_uid FROM cadastre.match WHERE relation = 'same'
            ORDER BY 1 LIMIT 1""")
        ((east, north),) = rows("""
            SELECT st_x(p), st_y(p) FROM (SELECT st_pointonsurface(geometry) p
            FROM cadastre.parcel LIMIT 1) one""")
    return {
        **{kind: f"/dossiers/{code}/documents/{kind}.pdf" for kind, code in made},
        "overprint": f"/dossiers/{code}/overprint.pdf",
        "register page": f"/parcels/{uid}/register.pdf",
        "calibration": f"/communes/{COMMUNE}/calibration.pdf?printer=P2",
        "conversion": f"/communes/{COMMUNE}/conversion.pdf",
        "map view": f"/communes/{COMMUNE}/view.pdf?east={east}&north={north}&scale=1000",
        **{
            kind: f"/measured/{lot}/documents/{kind}.pdf"
            for kind in ("measured_state", "boundary_description", "survey_plan")
        },
    }


def test_every_paper_of_the_sample_is_stamped(sample_database: Database, office: httpx.Client):
    added = office.post(
        f"{API}/communes/{COMMUNE}/printers", json={"name": "P2", "right_mm": 0, "down_mm": 0}
    )
    assert added.status_code == 201, added.text
    addresses = papers_of(sample_database)
    assert {"receipt", "extract", "posting_list", "tax_sheet", "certificate"} <= set(addresses)
    unmarked = [kind for kind, path in addresses.items() if not stamped(office.get(API + path))]
    assert unmarked == []
    book = openpyxl.load_workbook(
        io.BytesIO(office.get(f"{API}/communes/{COMMUNE}/conversion.xlsx").content)
    )
    assert {page.oddHeader.center.text for page in book} == {SAMPLE_STAMP}
    uid = addresses["register page"].split("/")[2]
    assert SAMPLE_STAMP in office.get(f"{API}/parcels/{uid}/inspection.html").text
