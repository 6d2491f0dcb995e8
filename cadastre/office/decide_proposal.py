"""Accept or reject a proposal of the merge, and see beforehand what it would move.

A proposal is a join beyond the position limit or a displaced sheet to be set right. The
decision is kept with its event; the next merge applies what is accepted, so that the map
changes in one place only, and does not ask again what is rejected. Until that merge an
acceptance can be taken back.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import shapely
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


def preview_proposal(desk: Desk, *, commune: str, proposal_id: str) -> pd.DataFrame:
    """Return per parcel what the map would change if the proposal were accepted; write nothing.

    Columns ``parcel_uid, max_move_m, area_before_m2, area_after_m2``: against the map as it
    stands, in metres and square metres.
    """
    with reading(desk.engine, desk.actor) as connection:
        facts = read_commune(connection, commune)
        known = read_table(connection, "proposals_known", commune=commune)
        if proposal_id not in set(known["proposal_id"]):
            raise ProposalUnknown(f"({proposal_id})", proposal_id=proposal_id)
        then = merged_map(desk, connection, facts, assumed={proposal_id: "accepted"})
        now = current_parcels(connection, commune, facts.srid)
    stands = now.set_index("parcel_uid").geometry
    would = then.parcels.set_index("parcel_uid").geometry
    both = stands.index.intersection(would.index)
    before, after = stands.loc[both].to_numpy(), would.loc[both].to_numpy()
    moved = shapely.to_wkb(before) != shapely.to_wkb(after)
    before, after = before[moved], after[moved]
    return pd.DataFrame(
        {
            "parcel_uid": both[moved],
            "max_move_m": shapely.hausdorff_distance(before, after),
            "area_before_m2": shapely.area(before),
            "area_after_m2": shapely.area(after),
        }
    )
