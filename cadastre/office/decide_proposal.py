"""Accept or reject a proposal of the merge, and see beforehand what it would move.

A proposal is a join beyond the position limit or a displaced sheet to be set right. The
decision is kept with its event; the next merge applies what is accepted, so that the map
changes in one place only, and does not ask again what is rejected. Until that merge an
acceptance can be taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree
from sqlalchemy import RowMapping

from cadastre.errors import Conflict, InputRefused, NotFound
from cadastre.office.desk import Desk
from cadastre.office.merge_commune import merged_map
from cadastre.store.land_register import current_parcels, read_commune, read_table
from cadastre.store.named import query
from cadastre.store.transaction import Transaction, reading


class ProposalUnknown(NotFound):
    """There is no such proposal."""

    message_vi = "Không có đề xuất này."


class ProposalDecisionUnknown(InputRefused):
    """A proposal is accepted, rejected, or left open."""

    message_vi = "Đề xuất chỉ có thể được chấp nhận, từ chối hoặc để ngỏ."


class ProposalChanged(Conflict):
    """The proposal has changed since you looked at it; look again and decide."""

    message_vi = "Đề xuất đã thay đổi từ khi bạn xem; hãy xem lại rồi quyết định."


class ProposalWithdrawn(Conflict):
    """The last merge no longer makes this proposal; there is nothing to decide."""

    message_vi = "Lần hợp nhất gần nhất không còn đề xuất này, không cần quyết định."


STATUSES = ("accepted", "rejected", "open")


@dataclass(frozen=True)
class ProposalResult:
    """State of a proposal after the decision; an accepted one waits for the next merge."""

    proposal_id: str
    kind: str
    status: str
    parcel_uids: tuple[str, ...]
    row_version: int


def decide_proposal(
    desk: Desk,
    *,
    commune: str,
    proposal_id: str,
    decision: str,
    note: str = "",
    row_version: int | None = None,
) -> ProposalResult:
    """Keep the decision on a proposal: ``accepted``, ``rejected`` or ``open`` again.

    Raises
    ------
    ProposalUnknown, ProposalDecisionUnknown, ProposalChanged, ProposalWithdrawn
        Nothing was decided.
    """
    if decision not in STATUSES:
        raise ProposalDecisionUnknown(f"({decision})", decision=decision)
    with desk.transaction("decide_proposal", commune=commune, subject=proposal_id) as transaction:
        row = _locked(transaction, proposal_id, row_version)
        version = transaction.connection.execute(
            query("proposal_decide"),
            {
                "commune": commune,
                "proposal_id": proposal_id,
                "status": decision,
                "event": transaction.event_id,
            },
        ).scalar_one()
        transaction.note(decision=decision, kind=row["kind"], note=note)
        return ProposalResult(
            proposal_id, row["kind"], decision, tuple(row["parcel_uids"]), int(version)
        )


def _locked(transaction: Transaction, proposal_id: str, row_version: int | None) -> RowMapping:
    asked = {"commune": transaction.commune, "proposal_id": proposal_id}
    row = transaction.connection.execute(query("proposal_lock"), asked).mappings().first()
    if row is None:
        raise ProposalUnknown(f"({proposal_id})", proposal_id=proposal_id)
    if row_version is not None and row["row_version"] != row_version:
        raise ProposalChanged(proposal_id=proposal_id, row_version=row["row_version"])
    if row["status"] == "withdrawn":
        raise ProposalWithdrawn(proposal_id=proposal_id)
    return row


@dataclass(frozen=True)
class Preview:
    """What the map would change if a proposal were accepted; nothing was written.

    ``parcels`` has ``parcel_uid, sheet, parcel, max_move_m, area_before_m2, area_after_m2,
    before`` and, as geometry, the outline afterwards; ``corners`` one row per moved corner:
    ``parcel_uid, from_east, from_north, to_east, to_north, distance_m``, metres of the zone.
    """

    parcels: gpd.GeoDataFrame
    corners: pd.DataFrame
    srid: int


def preview_proposal(desk: Desk, *, commune: str, proposal_id: str) -> Preview:
    """Return what the map would change if the proposal were accepted; write nothing.

    Raises
    ------
    ProposalUnknown
    """
    with reading(desk.engine, desk.actor) as connection:
        facts = read_commune(connection, commune)
        known = read_table(connection, "proposals_known", commune=commune)
        if proposal_id not in set(known["proposal_id"]):
            raise ProposalUnknown(f"({proposal_id})", proposal_id=proposal_id)
        mine = known.loc[known["proposal_id"] == proposal_id, "parcel_uids"].iloc[0]
        then = merged_map(desk, connection, facts, assumed={proposal_id: "accepted"}, around=mine)
        now = current_parcels(connection, commune, facts.srid, sorted(then.examined or ()))
    stands = now[now["origin"] != "survey"]
    stands = stands.set_index("parcel_uid")
    would = then.parcels.set_index("parcel_uid")
    both = stands.index.intersection(would.index)
    stands, would = stands.loc[both], would.loc[both]
    moved = stands.geometry.to_wkb().to_numpy() != would.geometry.to_wkb().to_numpy()
    stands, would = stands[moved], would[moved]
    near = _beside(stands.geometry.to_numpy(), stands.index.isin(list(mine)), desk)
    stands, would = stands[near], would[near]
    before, after = stands.geometry.to_numpy(), would.geometry.to_numpy()
    corners = _moved_corners(stands.index.to_numpy(), before, after)
    furthest = corners.groupby("parcel_uid")["distance_m"].max()
    return Preview(
        gpd.GeoDataFrame(
            {
                "parcel_uid": stands.index,
                "sheet": stands["sheet"].to_numpy(),
                "parcel": stands["parcel"].to_numpy(),
                "max_move_m": furthest.reindex(stands.index).fillna(0.0).to_numpy(),
                "area_before_m2": shapely.area(before),
                "area_after_m2": shapely.area(after),
                "before": before,
            },
            geometry=after,
            crs=facts.srid,
        ),
        corners,
        facts.srid,
    )


def _beside(shapes: Any, mine: Any, desk: Desk) -> Any:
    """Return which of the changed parcels this proposal changes: its own and those beside them.

    What another accepted proposal would change elsewhere is not this one's doing.
    """
    if not mine.any():
        return mine
    reach = float(desk.regulation["merge"]["flag"]["widest_gap_m"])
    tree = shapely.STRtree(shapes[mine])
    hit, _ = tree.query(shapes, predicate="dwithin", distance=reach)
    near = mine.copy()
    near[hit] = True
    return near


def _moved_corners(uids: Any, before: Any, after: Any) -> pd.DataFrame:
    """Corners that the outline afterwards does not have, each with the corner that it becomes."""
    rows = []
    for uid, old, new in zip(uids, before, after, strict=True):
        start, end = shapely.get_coordinates(old), shapely.get_coordinates(new)
        distance, to = cKDTree(end).query(start)
        gone = np.unique(start[distance > 0], axis=0)
        if len(gone):
            distance, to = cKDTree(end).query(gone)
            rows.append(pd.DataFrame(np.column_stack([gone, end[to], distance])).assign(uid=uid))
    names = ["from_east", "from_north", "to_east", "to_north", "distance_m", "parcel_uid"]
    if not rows:
        return pd.DataFrame(columns=names)
    return pd.concat(rows, ignore_index=True).set_axis(names, axis=1)
