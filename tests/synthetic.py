"""A synthetic parcel map written straight into the register: a square grid of equal lots.

For tests of reading: how the map came about does not matter to them.
"""

from __future__ import annotations

import uuid
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import text

from cadastre.frames import parcel_key
from cadastre.mismatch import mismatch_frame, mismatch_id
from cadastre.store import states
from cadastre.store.actor import SYSTEM
from cadastre.store.copying import copy_frame, copy_rows
from cadastre.store.evidence import Evidence, register_source
from cadastre.store.mismatch_register import record_run
from cadastre.store.transaction import Transaction, office_transaction

COMMUNE, SRID = "22609", 9217
EAST, NORTH, LOT_M = 570_000.0, 1_348_000.0, 10.0
FORMERS = ("22609", "22630", "22645")
SURVEY = str(uuid.UUID(int=7))
RECONCILIATION = str(uuid.UUID(int=8))


def lots(side: int) -> gpd.GeoDataFrame:
    """``side`` x ``side`` lots of 100 m2 in three former communes that all number from 7/1.

    ``side`` is a multiple of three: each former commune has a third of the columns.
    """
    third = side // len(FORMERS)
    column, row = (np.ravel(a) for a in np.meshgrid(np.arange(side), np.arange(side)))
    east, north = EAST + column * LOT_M, NORTH + row * LOT_M
    former = np.asarray(FORMERS)[column // third]
    sheet = np.asarray([7, 91, 92])[column // third]
    number = (row * third + column % third + 1).astype(str)
    frame = gpd.GeoDataFrame(
        {
            "parcel_uid": [
                parcel_key(f, "", 500, "7", n) for f, n in zip(former, number, strict=True)
            ],
            "former_commune": former,
            "former_sheet": "7",
            "former_parcel": number,
            "sheet": sheet,
            "parcel": number,
            "scale": 500,
            "land_use": "ODT",
            "printed_area_m2": 100.0,
            "register_area_m2": 100.0,
        },
        geometry=shapely.box(east, north, east + LOT_M, north + LOT_M),
        crs=SRID,
    )
    return frame


def fill_land(database: Any, *, side: int = 6) -> gpd.GeoDataFrame:
    """Write the grid with sheets and crosswalk into the open commune; return it."""
    frame = lots(side)
    with office_transaction(
        database.worker_engine, actor=SYSTEM, verb="fill", commune=COMMUNE
    ) as transaction:
        connection, event = transaction.connection, transaction.event_id
        for sheet, former in zip((7, 91, 92), FORMERS, strict=True):
            connection.execute(
                text(
                    "INSERT INTO cadastre.sheet (sheet_uid, commune, former_commune, scale, "
                    "former_sheet, sheet, srid, opened_by) VALUES (gen_random_uuid(), :commune, "
                    ":former, 500, '7', :sheet, 9217, :event)"
                ),
                {"commune": COMMUNE, "former": former, "sheet": sheet, "event": event},
            )
        area = shapely.area(np.asarray(frame.geometry.array))
        copy_frame(
            connection,
            "cadastre.parcel",
            frame.assign(area_m2=area),
            srid=SRID,
            extra={"commune": COMMUNE, "version": 1, "opened_by": event},
        )
        columns = [
            "former_commune", "former_sheet", "former_parcel", "parcel_uid", "sheet", "parcel",
            "scale",
        ]  # fmt: skip
        walk = pd.DataFrame(frame[columns]).assign(commune=COMMUNE, opened_by=event)
        copy_rows(connection, "cadastre.crosswalk", list(walk.columns), walk)
        states.refresh(connection, COMMUNE, None)
    return frame


def fill_measured(database: Any, frame: gpd.GeoDataFrame) -> str:
    """Measure the first lot 1 m too wide and flag it; return the mismatch."""
    first = frame.iloc[0]
    wide = shapely.box(EAST, NORTH, EAST + LOT_M + 1, NORTH + LOT_M)
    measured_uid = str(uuid.UUID(int=9))
    found = mismatch_id("AREA", [first["parcel_uid"]], "K1/7/1")
    with office_transaction(
        database.worker_engine, actor=SYSTEM, verb="measure", commune=COMMUNE
    ) as transaction:
        _survey(transaction, database.home)
        copy_frame(
            transaction.connection,
            "cadastre.measured_parcel",
            gpd.GeoDataFrame(
                {"measured_uid": [measured_uid], "label": ["7/1"], "sigma_m": [0.02]},
                geometry=[wide],
                crs=SRID,
            ),
            srid=SRID,
            extra={
                "commune": COMMUNE, "survey_uid": SURVEY, "area_m2": 110.0,
                "opened_by": transaction.event_id,
            },
        )  # fmt: skip
        _match(transaction, measured_uid, first["parcel_uid"])
        rows = [
            {
                "mismatch_id": found, "code": "AREA", "severity": "blocking", "subject": "7/1",
                "parcel_uid": first["parcel_uid"], "other_parcel_uid": None,
                "measured_uid": measured_uid, "sheet": "7", "measured": 10.0, "allowed": 0.81,
                "unit": "m2", "rule": "accuracy.area", "geometry": wide,
                "message_vi": "Diện tích đo được khác sổ 10,0 m².",
                "message_en": "The measured area differs by 10.0 m2.",
            }
        ]  # fmt: skip
        record_run(
            transaction,
            moment="reconcile",
            found=mismatch_frame(rows, SRID),
            srid=SRID,
            lapse_share=0.1,
            survey_of={measured_uid: SURVEY},
        )
        states.refresh(transaction.connection, COMMUNE, None)
    return found


def _survey(transaction: Transaction, home: Any) -> None:
    source = register_source(transaction, Evidence(home), b"diem;X;Y", kind="survey", name="K1.csv")
    one = {
        "commune": COMMUNE, "survey": SURVEY, "source": source, "event": transaction.event_id,
        "reconciliation": RECONCILIATION,
    }  # fmt: skip
    for statement in (
        "INSERT INTO cadastre.survey (survey_uid, commune, label, source_id, srid, uploaded_by, "
        "opened_by) VALUES (:survey, :commune, 'K1', :source, 9217, 'do-dac', :event)",
        "INSERT INTO cadastre.survey_point (commune, survey_uid, point, east, north, sigma_m, "
        "row_number) VALUES (:commune, :survey, 'P1', 570000, 1348000, 0.02, 1)",
        "INSERT INTO cadastre.reconciliation (reconciliation_id, commune, event_id) "
        "VALUES (:reconciliation, :commune, :event)",
    ):
        transaction.connection.execute(text(statement), one)


def _match(transaction: Transaction, measured_uid: str, parcel_uid: str) -> None:
    one = {
        "commune": COMMUNE, "measured": measured_uid, "parcel": parcel_uid,
        "reconciliation": RECONCILIATION,
    }  # fmt: skip
    for statement in (
        "INSERT INTO cadastre.match (commune, reconciliation_id, measured_uid, parcel_uid, "
        "relation, score, iou, area_map_m2, area_measured_m2, max_corner_m, boundary_geometry, "
        "verdict) VALUES (:commune, :reconciliation, :measured, :parcel, 'same', 0.9, 0.909, 100, "
        "110, 1.0, 'beyond', 'changed')",
        "INSERT INTO cadastre.corner (commune, reconciliation_id, measured_uid, parcel_uid, "
        "corner, map_e, map_n, measured_e, measured_n, de, dn, distance_m, allowed_m, significant) "
        "VALUES (:commune, :reconciliation, :measured, :parcel, 1, 570010, 1348000, 570011, "
        "1348000, 1, 0, 1, 0.07, true)",
    ):
        transaction.connection.execute(text(statement), one)
