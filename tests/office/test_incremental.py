"""A survey of ten parcels reads and touches those and their neighbours, not the commune."""

from __future__ import annotations

import psycopg
import pytest
import shapely
from sqlalchemy import text

from cadastre.office.adopt_measurement import adopt_measurement, preview_adoption, undo_adoption
from cadastre.office.decide_mismatch import decide_mismatch, undo_decision
from cadastre.office.foresee_decision import foresee_decisions
from cadastre.office.reconcile_commune import reconcile_commune
from cadastre.office.record_boundary import record_boundary
from cadastre.office.record_survey import record_survey
from cadastre.store.transaction import reading
from tests.office.conftest import write_survey
from tests.synthetic import COMMUNE, EAST, LOT_M, NORTH, fill_land

pytestmark = pytest.mark.store
SIDE = 99  # 9,801 lots of 10 m
#: Lots within the search reach of 60 m around ten lots in a row, and one more all around.
NEAR = (10 + 2 * 7) * (1 + 2 * 7)


def _surveyed(desk, database, tmp_path) -> str:
    """Ten lots in the middle of the commune, the first with its far side moved by 0.6 m."""
    fill_land(database, side=SIDE)
    with psycopg.connect(database.admin_dsn, autocommit=True) as owner:
        owner.execute("ANALYZE")
        # As on any solid-state disk; with the default for spinning ones the planner finds one
        # pass over so small a commune cheaper than 360 visits of the index.
        name = owner.execute("SELECT current_database()").fetchone()[0]
        owner.execute(f'ALTER DATABASE "{name}" SET random_page_cost = 1.1')
    database.worker_engine.dispose()
    told = {}
    for k in range(10):
        west, south = EAST + (40 + k) * LOT_M, NORTH + 50 * LOT_M
        box = shapely.box(west, south, west + LOT_M, south + LOT_M + (0.6 if k == 0 else 0.0))
        told[f"do-{k}"] = list(box.exterior.coords)[:-1]
    path = write_survey(tmp_path / "muoi-thua.csv", told)
    return record_survey(desk, commune=COMMUNE, path=path, crs=9217).survey_uid


def _rows_read(database) -> int:
    """Rows of the parcel map that all statements so far have read, by index or by scan."""
    database.worker_engine.dispose()  # a session that ends hands its counts over
    with psycopg.connect(database.admin_dsn, autocommit=True) as owner:
        for _ in range(100):
            sessions = owner.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            ).fetchone()[0]
            if sessions == 0:
                break
            owner.execute("SELECT pg_sleep(0.05)")
        row = owner.execute(
            "SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_user_tables "
            "WHERE schemaname = 'cadastre' AND relname LIKE 'parcel\\_%' "
            "AND relname NOT IN ('parcel_state', 'parcel_identifier', 'parcel_move')"
        ).fetchone()
    return int(row[0] or 0)


def test_ten_parcels_are_compared_without_reading_the_commune(desk, commune_database, tmp_path):
    survey = _surveyed(desk, commune_database, tmp_path)
    before = _rows_read(commune_database)
    outcome = reconcile_commune(desk, commune=COMMUNE, surveys=[survey])
    read = _rows_read(commune_database) - before
    print(f"rows of {SIDE * SIDE} parcels read: {read}; parcels near: {NEAR}")
    assert (outcome.measured, outcome.matched) == (10, 10)
    assert outcome.mismatches.opened >= 1
    # Once by the boxes of the ten, which overlap, once to compare, once for the states.
    assert 10 < read <= 10 * 15 * 15 + 2 * NEAR < SIDE * SIDE / 3


def test_a_survey_is_judged_with_those_beside_it(desk, commune_database, tmp_path):
    """Else what two surveys say of one parcel would be closed when one of them is compared."""
    first = _surveyed(desk, commune_database, tmp_path)
    lot = shapely.box(EAST + 41 * LOT_M, NORTH + 50 * LOT_M, EAST + 42 * LOT_M, NORTH + 51 * LOT_M)
    corners = list(lot.exterior.coords)[:-1]
    corners[0] = (corners[0][0] + 1.0, corners[0][1])
    path = write_survey(tmp_path / "lan-2.csv", {"do-1": corners})
    second = record_survey(desk, commune=COMMUNE, path=path, crs=9217).survey_uid
    for surveys, judged in (([second], 1), ([first], 10), ([second], 1)):
        outcome = reconcile_commune(desk, commune=COMMUNE, surveys=surveys)
        assert outcome.measured == judged
        with reading(desk.engine, desk.actor) as connection:
            told = connection.execute(
                text("SELECT status FROM cadastre.mismatch WHERE code = 'SURVEYS_DIFFER'")
            ).scalars()
            assert list(told) == ["open"]
    _choose_the_second(desk, [first, second])


def _choose_the_second(desk, both):
    """What was chosen is held against the map from the next comparison on, and can be undone."""
    with reading(desk.engine, desk.actor) as connection:
        found = connection.execute(
            text("SELECT mismatch_id::text FROM cadastre.mismatch WHERE code = 'SURVEYS_DIFFER'")
        ).scalar_one()
    words = {one.decision: one.message_en for one in foresee_decisions(
        desk, commune=COMMUNE, mismatch_id=found
    )}  # fmt: skip
    assert "named second is chosen" in words["accept_other_measurement"]
    decide_mismatch(desk, commune=COMMUNE, mismatch_id=found, decision="accept_other_measurement")
    outlines = text(
        "SELECT a.measured_uid <> f.measured_uid AS named_second, a.boundary_geometry"
        " FROM cadastre.mismatch AS f JOIN cadastre.match AS a USING (commune, parcel_uid)"
        " WHERE a.current AND f.mismatch_id = :found"
    )
    for held in (1, 2):
        if held == 2:
            undo_decision(desk, commune=COMMUNE, mismatch_id=found)
        reconcile_commune(desk, commune=COMMUNE, surveys=both)
        with reading(desk.engine, desk.actor) as connection:
            told = dict(tuple(row) for row in connection.execute(outlines, {"found": found}))
        assert told[False] == "undetermined"
        assert list(told.values()).count("undetermined") == held


def test_an_adoption_reads_the_parcel_and_two_rings_of_neighbours(desk, commune_database, tmp_path):
    survey = _surveyed(desk, commune_database, tmp_path)
    reconcile_commune(desk, commune=COMMUNE, surveys=[survey])
    with reading(desk.engine, desk.actor) as connection:
        measured, parcel = connection.execute(
            text(
                "SELECT m.measured_uid::text, a.parcel_uid::text FROM cadastre.measured_parcel m "
                "JOIN cadastre.match a USING (commune, measured_uid) WHERE m.label = 'do-0'"
            )
        ).one()
    before = _rows_read(commune_database)
    plan = preview_adoption(desk, commune=COMMUNE, measured_uid=measured)
    assert len(plan.near) == 25
    record_boundary(
        desk,
        commune=COMMUNE,
        parcel_uid=parcel,
        confirmed="changed",
        neighbours=[{"parcel_uid": n.parcel_uid, "answer": "signed"} for n in plan.neighbours],
    )
    done = adopt_measurement(desk, commune=COMMUNE, measured_uid=measured, seen=plan.seen)
    undo_adoption(desk, commune=COMMUNE, event_id=done.event_id)
    changed = 1 + len(done.neighbours)
    with reading(desk.engine, desk.actor) as connection:
        opened = connection.execute(
            text("SELECT count(*) FROM cadastre.parcel WHERE version > 1")
        ).scalar_one()
    assert opened == 2 * changed
    # The areas of the one sheet that was touched are drawn anew: that is its 3,267 parcels.
    assert _rows_read(commune_database) - before < 20 * SIDE * SIDE / 3
