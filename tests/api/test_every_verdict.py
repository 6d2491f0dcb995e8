"""Every verdict that the procedure can act on is reached by survey, boundary record and HTTP."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import shapely

from cadastre.office.desk import Desk
from cadastre.office.import_sheets import import_sheets
from cadastre.office.merge_commune import merge_commune
from cadastre.office.reconcile_commune import reconcile_commune
from cadastre.office.record_survey import record_survey
from cadastre.store.actor import SYSTEM
from tests.office.conftest import EAST, NORTH, write_sheet, write_survey

pytestmark = pytest.mark.store
COMMUNE = "22609"
#: Lots of 20 m apart from each other, but for 7 beside 8 and 9 beside the road 10.
WEST = {1: 0, 2: 30, 3: 60, 4: 90, 5: 120, 6: 150, 7: 180, 8: 200, 9: 230, 10: 250, 11: 300}


def _lot(number: int) -> Any:
    return shapely.box(EAST + WEST[number], NORTH, EAST + WEST[number] + 20, NORTH + 20)


def _ring(number: int, *, wider: float = 0.0, moved: tuple[float, float] = (0.0, 0.0)) -> Any:
    west, south, east, north = _lot(number).bounds
    box = shapely.box(west + moved[0], south + moved[1], east + wider + moved[0], north + moved[1])
    return list(box.exterior.coords)[:-1]


MEASURED = {
    "1/1": _ring(1),  # as mapped, signed
    "1/2": _ring(2),  # as mapped and signed; the book says 25 m2 less
    "1/3": _ring(3, wider=0.6),  # a line moved, signed as changed
    "1/4": _ring(4, moved=(0.5, 0.4)),  # the whole lot stands elsewhere
    "1/5": _ring(5),  # as mapped, nothing signed
    "1/6": _ring(6),  # as mapped, nothing signed, the book says 25 m2 less
    "1/7": _ring(7, wider=0.6),  # into lot 8
    "1/9": _ring(9, wider=0.6),  # into the road
    "1/99": _ring(1, moved=(0.0, 200.0)),  # no map there
    "1/11": _ring(11, wider=0.6),  # a line moved, nothing signed
}


@pytest.fixture
def verdicts(office: Any, served: Any, tmp_path: Any) -> dict[str, Any]:
    """Verdict by label, as the survey's page and the parcels' answers tell it."""
    desk = Desk(office.worker_engine, SYSTEM, office.home)
    sheet = tmp_path / "to.gpkg"
    write_sheet(sheet, [_lot(n) for n in WEST], scale=500, land_use="ODT")
    import geopandas as gpd

    frame = gpd.read_file(sheet)
    frame.loc[frame["so_thua"].isin(["2", "6"]), "dien_tich"] = 375.0
    frame.loc[frame["so_thua"] == "10", "loai_dat"] = "DGT"
    frame.to_file(sheet)
    import_sheets(desk, commune=COMMUNE, path=sheet, former_commune="22609", crs=9217)
    merge_commune(desk, commune=COMMUNE)
    survey = record_survey(
        desk, commune=COMMUNE, path=write_survey(tmp_path / "do.csv", MEASURED), crs=9217
    )
    officer = served.signed_in("officer")
    features = officer.get(f"/api/v1/communes/{COMMUNE}/parcels", params={"limit": 100}).json()
    uid = {f["properties"]["parcel"]: f["id"] for f in features["features"]}
    for number, confirmed in (("1", "unchanged"), ("2", "unchanged"), ("3", "changed")):
        told = {
            "confirmed": confirmed,
            "neighbours": [{"name": "Hộ bên cạnh", "answer": "signed"}],
            "signed_on": date(2026, 11, 2).isoformat(),
        }
        answer = officer.post(f"/api/v1/parcels/{uid[number]}/boundary", json=told)
        assert answer.status_code == 201, answer.text
    outcome = reconcile_commune(desk, commune=COMMUNE)
    found: dict[str, Any] = {"counted": outcome.verdicts, "survey": survey, "uid": uid}
    for number, one in uid.items():
        (measured,) = officer.get(f"/api/v1/parcels/{one}").json()["properties"]["measured"] or [{}]
        found[f"1/{number}"] = measured.get("verdict")
    return found


def test_every_verdict_is_reached_through_the_public_door(verdicts):
    assert {label: verdicts.get(label) for label in MEASURED if label != "1/99"} == {
        "1/1": "confirmed_unchanged",
        "1/2": "unchanged_area_differs",
        "1/3": "changed",
        "1/4": "position_wrong",
        "1/5": "within",
        "1/6": "not_confirmed",
        "1/7": "conflict",
        "1/9": "encroachment",
        "1/11": "changed",
    }
    assert verdicts["counted"] == {
        "changed": 2, "confirmed_unchanged": 1, "unchanged_area_differs": 1, "position_wrong": 1,
        "within": 1, "not_confirmed": 1, "conflict": 1, "encroachment": 1, "unmapped": 1,
    }  # fmt: skip


def test_a_disputed_boundary_is_a_conflict_whatever_was_measured(office, served, verdicts):
    officer = served.signed_in("officer")
    uid = verdicts["uid"]["1"]
    answer = officer.post(
        f"/api/v1/parcels/{uid}/boundary", json={"confirmed": "disputed", "neighbours": []}
    )
    assert answer.status_code == 201, answer.text
    reconcile_commune(Desk(office.worker_engine, SYSTEM, office.home), commune=COMMUNE)
    (measured,) = officer.get(f"/api/v1/parcels/{uid}").json()["properties"]["measured"]
    assert measured["verdict"] == "conflict"


def test_what_each_decision_would_do_is_answered_and_only_to_who_decides(served, verdicts):
    officer = served.signed_in("officer")
    flags = officer.get(
        f"/api/v1/communes/{COMMUNE}/mismatches", params={"code": "OVERLAP_MAP", "limit": 50}
    ).json()["features"]
    (flag,) = [f["id"] for f in flags if f["properties"]["parcel_label"] == "Tờ 1 thửa 7"]
    told = officer.get(f"/api/v1/mismatches/{flag}/effects").json()["decisions"]
    one = {d["decision"]: d for d in told}
    assert [d["decision"] for d in told] == flags[0]["properties"]["allowed_decisions"]
    labels = [p["label"] for p in one["keep_map"]["parcels"]]
    assert labels == ["Tờ 1 thửa 7", "Tờ 1 thửa 8"]
    assert one["keep_map"]["parcels"][1]["state_before"] == "blocking"
    gains = {g["label"]: g["gain_m2"] for g in one["accept_measurement"]["gains"]}
    assert gains == {
        "Tờ 1 thửa 7": pytest.approx(12.0, abs=0.1),
        "Tờ 1 thửa 8": pytest.approx(-12.0, abs=0.1),
    }
    assert one["measure_again"]["status"] == "open"
    surveyor = served.signed_in("surveyor").get(f"/api/v1/mismatches/{flag}/effects")
    assert (surveyor.status_code, surveyor.json()["code"]) == (403, "verb_forbidden")
