"""Displaced sheets that the comparison found, as proposals that an officer decides.

The comparison judges each parcel by what remains after its sheet's shift, but moves nothing.
To move the sheet is a proposal like those of the merge: kept with its parameters, decided by
an officer, applied by the next merge, taken back by leaving it open again. Its correction is
stated on the sheet as delivered, so the latest accepted one of a sheet stands for all before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection

from cadastre.merge.correction import SheetCorrection, movement_between
from cadastre.merge.numbering import SheetId, shift_proposal_id
from cadastre.mismatch import Code, mismatch_id
from cadastre.office.desk import Desk
from cadastre.reconcile import Reconciliation
from cadastre.store.copying import copy_frame
from cadastre.store.land_register import current_parcels, delivered_parcels, read_table
from cadastre.store.named import query
from cadastre.store.transaction import Transaction

_MOMENT = "reconcile"


@dataclass(frozen=True)
class SheetProposal:
    """A sheet to be set right: which, by how much, and what it would move (metres, m2)."""

    proposal_id: str
    parcel_uids: list[str]
    max_move_m: float
    area_change_m2: float
    geometry: Any
    parameters: dict[str, Any]


def propose_sheets(
    desk: Desk,
    transaction: Transaction,
    *,
    srid: int,
    result: Reconciliation,
    whole: bool,
) -> int:
    """Keep a proposal for every sheet that lies off by more than is allowed; return how many.

    A rejected proposal stays rejected until its sheet lies elsewhere by more than the share of
    the allowed at which decisions lapse. Where the merge proposes to move the sheet, or an
    accepted proposal waits for the next merge, there is nothing to add.

    Parameters
    ----------
    whole : whether all surveys were compared; only then is what no longer holds withdrawn
    """
    known = read_table(transaction.connection, "sheet_proposals", commune=transaction.commune)
    flags = result.mismatches[result.mismatches["code"] == Code.SHEET_SHIFT]
    allowed = dict(zip(flags["mismatch_id"], flags["allowed"], strict=True))
    found = result.shifts[result.shifts["mismatch_id"].isin(set(allowed))]
    kept: list[str] = []
    for row in found.to_dict("records"):
        shift: dict[str, Any] = {str(name): value for name, value in row.items()}
        sheet = _sheet_of(shift)
        mine = known[known["sheet_key"] == _key(sheet)]
        if _settled_elsewhere(known, mine, sheet):
            continue
        proposal = _proposal(transaction, srid, shift, sheet, mine)
        proposal.parameters["allowed_m"] = float(allowed[shift["mismatch_id"]])
        share = float(desk.regulation["accuracy"]["judgement"]["lapse_share"])
        _keep(transaction, srid, proposal, mine, share)
        kept.append(proposal.proposal_id)
    if whole:
        transaction.connection.execute(
            query("proposals_withdraw"),
            {
                "commune": transaction.commune,
                "moment": _MOMENT,
                "kept": kept,
                "elsewhere": [],
                "event": transaction.event_id,
            },
        )
    return len(kept)


def _settled_elsewhere(known: pd.DataFrame, mine: pd.DataFrame, sheet: SheetId) -> bool:
    merging = known.loc[known["proposal_id"] == shift_proposal_id(sheet), "status"]
    waits = (mine["status"] == "accepted") & mine["waiting"].astype(bool)
    return bool(merging.isin(["open", "accepted"]).any() or waits.any())


def _proposal(
    transaction: Transaction,
    srid: int,
    shift: Mapping[str, Any],
    sheet: SheetId,
    mine: pd.DataFrame,
) -> SheetProposal:
    asked = {"commune": transaction.commune, **sheet._asdict()}
    uids = read_table(transaction.connection, "parcels_of_sheet", **asked)["parcel_uid"]
    here = current_parcels(transaction.connection, transaction.commune, srid, list(uids))
    found = SheetCorrection(
        (float(shift["centre_e"]), float(shift["centre_n"])),
        (float(shift["de"]), float(shift["dn"])),
        ((1.0 + float(shift["ee"]), float(shift["en"])),
         (float(shift["ne"]), 1.0 + float(shift["nn"]))),
    )  # fmt: skip
    whole = found.after(_moved_already(transaction, srid, sheet, here))
    xy = shapely.get_coordinates(here.geometry.to_numpy())
    ordinal = 1 + int((mine["status"] == "accepted").sum())
    growth = abs(np.linalg.det(np.asarray(found.matrix)) - 1.0)
    return SheetProposal(
        proposal_id=mismatch_id("PROPOSAL_SHIFT_GROUND", [], f"{_key(sheet)}|{ordinal}"),
        parcel_uids=sorted(here["parcel_uid"].astype(str)),
        max_move_m=float(np.hypot(*(found.apply(xy) - xy).T).max()),
        area_change_m2=float(shapely.area(here.geometry.to_numpy()).max() * growth),
        geometry=shapely.convex_hull(shapely.geometrycollections(list(here.geometry))),
        parameters={
            "sheet_key": _key(sheet),
            "ordinal": ordinal,
            "correction": asdict(whole),
            **{
                name: float(shift[name])
                for name in (
                    "de",
                    "dn",
                    "rotation_rad",
                    "scale_ppm",
                    "displacement_m",
                    "precision_m",
                    "residual_rms_m",
                )
            },
            "n": int(shift["n"]),
            "model": str(shift["model"]),
            "mismatch_id": str(shift["mismatch_id"]),
        },
    )


def _moved_already(
    transaction: Transaction, srid: int, sheet: SheetId, standing: gpd.GeoDataFrame
) -> SheetCorrection:
    """Return how the sheet stands on the map against how it was delivered."""
    asked = {"commune": transaction.commune, **sheet._asdict()}
    uid = transaction.connection.execute(query("sheet_of_key"), asked).scalar()
    delivered = delivered_parcels(transaction.connection, transaction.commune, srid, [str(uid)])
    pairs = delivered.merge(standing, on="parcel_uid", suffixes=("", "_now"))
    one, two = (pairs[name].to_numpy() for name in ("geometry", "geometry_now"))
    alike = shapely.get_num_coordinates(one) == shapely.get_num_coordinates(two)
    if not alike.any():
        xy = shapely.get_coordinates(standing.geometry.to_numpy())
        return movement_between(xy, xy)
    return movement_between(*(shapely.get_coordinates(side[alike]) for side in (one, two)))


def _keep(
    transaction: Transaction,
    srid: int,
    proposal: SheetProposal,
    mine: pd.DataFrame,
    lapse_share: float,
) -> None:
    parameters = json.dumps(proposal.parameters)
    held = mine[mine["proposal_id"] == proposal.proposal_id]
    if held.empty:
        frame = gpd.GeoDataFrame(
            {
                "proposal_id": [proposal.proposal_id],
                "kind": ["shift"],
                "parcel_uids": ["{" + ",".join(proposal.parcel_uids) + "}"],
                "max_move_m": [proposal.max_move_m],
                "area_change_m2": [proposal.area_change_m2],
                "moment": [_MOMENT],
                "parameters": [parameters],
            },
            geometry=[proposal.geometry],
            crs=srid,
        )
        extra = {"commune": transaction.commune, "opened_by": transaction.event_id}
        copy_frame(transaction.connection, "cadastre.proposal", frame, srid=srid, extra=extra)
        return
    row = held.iloc[0]
    before = json.loads(row["parameters"])
    moved = abs(before["displacement_m"] - proposal.parameters["displacement_m"])
    lapsed = moved > lapse_share * proposal.parameters["allowed_m"]
    if row["status"] == "rejected" and not lapsed:
        return
    transaction.connection.execute(
        query("sheet_proposal_renew"),
        {
            "commune": transaction.commune,
            "proposal_id": proposal.proposal_id,
            "max_move": proposal.max_move_m,
            "area_change": proposal.area_change_m2,
            "parcel_uids": proposal.parcel_uids,
            "parameters": parameters,
        },
    )


def corrections_in_force(
    connection: Connection, commune: str, assumed: Mapping[str, str] | None = None
) -> dict[SheetId, SheetCorrection]:
    """Return the accepted corrections of a commune: of each sheet the latest.

    Parameters
    ----------
    assumed : decisions to take for granted on top of those in force, by proposal
    """
    rows = read_table(connection, "sheet_proposals", commune=commune)
    rows = rows[rows["parameters"].notna()]
    latest: dict[SheetId, tuple[int, SheetCorrection]] = {}
    for uid, status, parameters in zip(
        rows["proposal_id"], rows["status"], rows["parameters"], strict=True
    ):
        if (assumed or {}).get(uid, status) != "accepted":
            continue
        told = json.loads(parameters)
        former, map_set, scale, number = told["sheet_key"].split("|")
        sheet, correction = SheetId(former, map_set, int(scale), number), told["correction"]
        made = SheetCorrection(
            tuple(correction["centre"]),
            tuple(correction["shift"]),
            tuple(tuple(line) for line in correction["matrix"]),  # type: ignore[arg-type]
        )
        if sheet not in latest or latest[sheet][0] < told["ordinal"]:
            latest[sheet] = (int(told["ordinal"]), made)
    return {sheet: made for sheet, (_, made) in latest.items()}


def _sheet_of(shift: Mapping[str, Any]) -> SheetId:
    return SheetId(
        str(shift["former_commune"]),
        str(shift["map_set"] or ""),
        int(shift["scale"]),
        str(shift["former_sheet"]),
    )


def _key(sheet: SheetId) -> str:
    return "|".join(str(part) for part in sheet)
