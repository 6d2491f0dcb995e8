"""The main job in the browser: a survey comes in, a dossier becomes a certificate, anyone checks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.serving import Served, serving

from .conftest import PHONE, Watched

pytestmark = [pytest.mark.browser, pytest.mark.store]
Visit = Callable[..., Any]


class Clock:
    """The time of the server, moved on by the test: a posting lasts fifteen days."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def live_server(sample_database: Any, clock: Clock) -> Iterator[Served]:
    with serving(sample_database.home, clock=clock) as running:
        yield running


def _survey_of(w: Watched, path: Path) -> None:
    """Write a survey of a mapped parcel with one corner a metre off, as points X (north), Y (east)."""
    corners = w.page.evaluate(
        """async () => {
            const all = await (await fetch('/api/v1/communes/22609/parcels?limit=100&state=clear')).json();
            for (const feature of all.features) {
                const one = (await (await fetch('/api/v1/parcels/' + feature.id)).json()).properties;
                if (one.former_commune === '22609' && one.land_use === 'ODT' && one.corners.length >= 4)
                    return one.corners.map((c) => [c.north, c.east]);
            }
        }"""
    )
    corners[1][0] += 1.0
    lines = ["diem;X;Y;H;thua;ma;sai_so"]
    for number, (north, east) in enumerate(corners, start=1):
        lines.append(f"{number};{north:.3f};{east:.3f};10.0;moi-1;RG;0.02")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_a_survey_file_is_read_compared_and_shown(
    visit: Visit, worker: None, tmp_path: Path
) -> None:
    file = tmp_path / "do_moi.csv"
    with visit("officer") as w:
        _survey_of(w, file)
    with visit("surveyor") as w:
        w.open("/surveys", "surveys")
        w.page.set_input_files("#upload input[type=file]", str(file))
        w.page.fill("#upload [name=label]", "Đợt thử")
        w.page.click("#upload button[type=submit]")
        w.until("document.querySelector('#list').innerText.includes('Đợt thử')", timeout_s=90)
        w.shot("survey-read")
    with visit("officer") as w:
        flagged = w.page.evaluate(
            """async () => (await (await fetch(
                '/api/v1/communes/22609/mismatches?code=CORNER&limit=500')).json())
                .features.filter((f) => f.properties.message_vi.includes('moi-1')).length"""
        )
        assert flagged == 1


def test_a_row_that_cannot_be_read_is_told_by_number_and_field(
    visit: Visit, worker: None, tmp_path: Path
) -> None:
    file = tmp_path / "hong.csv"
    with visit("officer") as w:
        _survey_of(w, file)
    lines = file.read_text("utf-8").splitlines()
    lines.insert(3, "99;khong phai so;568000.0;1;moi-1;RG;0.02")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with visit("surveyor") as w:
        w.open("/surveys", "surveys")
        w.page.set_input_files("#upload input[type=file]", str(file))
        w.page.click("#upload button[type=submit]")
        w.until("document.querySelector('#result').innerText.includes('hong.csv')", timeout_s=90)
        w.shot("survey-refused")
        told = w.page.evaluate("document.querySelector('#result').textContent")
        assert "X" in told
        assert "4" in told


_STEPS: list[tuple[str, str, dict[str, str]]] = [
    ("registrar", "accept", {}),
    (
        "officer",
        "confirm",
        {"present_use": "house", "dispute": "none", "origin": "Sử dụng từ trước 15/10/1993"},
    ),
    ("officer", "make_extract", {}),
    ("officer", "open_posting", {}),
    ("officer", "close_posting", {}),
    ("officer", "find_eligible", {"grounds": "Điều 138 Luật Đất đai 2024"}),
    ("officer", "send_obligation", {}),
    ("officer", "record_notice", {"amount": "1200000", "reference": "TB-01"}),
    ("registrar", "record_payment", {"amount": "1200000", "reference": "CT-01"}),
    ("officer", "submit", {}),
    ("chair", "sign", {}),
]


def test_a_dossier_becomes_a_certificate_that_anyone_can_check(visit: Visit, clock: Clock) -> None:
    with visit("registrar") as registrar, visit("officer") as officer, visit("chair") as chair:
        pages = {"registrar": registrar, "officer": officer, "chair": chair}
        uid = _free_parcel(officer)
        code = _lodge(registrar, uid)
        _confirm_boundary(officer, uid)
        for role, action, values in _STEPS:
            if action == "close_posting":
                clock.moment += timedelta(days=20)
            _act(pages[role], code, action, values)
        chair.page.wait_for_selector("#certificate")
        chair.shot("dossier-signed")
        link = chair.page.get_attribute("#certificate", "href")
    with visit(size=PHONE) as citizen:
        citizen.open(link, "verify")
        assert citizen.page.get_attribute("#verdict", "data-status") == "in_force"
        assert "Người Nộp" not in citizen.page.inner_text("body")
        citizen.shot("verify")


def _free_parcel(w: Watched) -> str:
    return w.page.evaluate(
        """async () => {
            const all = await (await fetch('/api/v1/communes/22609/parcels?limit=200&state=measured')).json();
            for (const feature of all.features) {
                const one = (await (await fetch('/api/v1/parcels/' + feature.id)).json()).properties;
                if (one.identifier && !one.dossiers.length && ['ONT', 'ODT'].includes(one.land_use))
                    return one.parcel_uid;
            }
        }"""
    )


def _lodge(w: Watched, uid: str) -> str:
    w.open(f"/dossiers/new?parcel={uid}", "new_dossier")
    w.page.fill("[data-field=name]", "Người Nộp Mẫu")
    for kind in ("application", "land_paper"):
        w.page.check(f"#documents input[value={kind}]")
    w.page.click("#lodge button[type=submit]")
    w.ready("dossier")
    return w.page.inner_text("h1")


def _confirm_boundary(w: Watched, uid: str) -> None:
    answer = w.page.evaluate(
        """async (uid) => (await fetch(`/api/v1/parcels/${uid}/boundary`, {method: 'POST',
            headers: {'Content-Type': 'application/json'},
            body: JSON.stringify({confirmed: 'unchanged', signed_on: '2026-01-05', note: '',
                neighbours: [{name: 'Hộ liền kề', answer: 'signed'}]})})).status""",
        uid,
    )
    assert answer == 201


def _act(w: Watched, code: str, action: str, values: dict[str, str]) -> None:
    w.open(f"/dossiers/{code}", "dossier")
    form = f"[data-form={action}]"
    if w.page.locator(f"details[data-of={action}]").count():
        w.page.click(f"details[data-of={action}] > summary")
    for name, value in values.items():
        field = w.page.locator(f"{form} [name={name}]")
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    for box in w.page.locator(f"{form} input[type=checkbox]").all():
        box.check()
    before = w.page.get_attribute("#state", "data-state")
    w.page.click(f"{form} [data-action={action}]")
    w.until(f"document.querySelector('#state')?.dataset.state !== '{before}'")
