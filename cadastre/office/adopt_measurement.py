"""Adopt a measured outline into the parcel map, or take an adoption back.

Every neighbour whose land changes must have signed the boundary description, or an officer
must have decided to accept the measurement (TT 26/2024/TT-BTNMT Art 13; Land Law
31/2024/QH15 Art 135). The register gets new versions (origin ``survey``); an undo copies the
earlier versions (origin ``undo``), nothing is reopened or deleted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np

from cadastre.errors import Conflict, NotFound
from cadastre.office.desk import Desk
from cadastre.reconcile.adoption import AdoptionProposal, propose_adoption
from cadastre.store import states
from cadastre.store.copying import read_frame
from cadastre.store.land_register import (
    lock_subject,
    measured_parcels,
    open_parcel_versions,
    read_commune,
    read_table,
)
from cadastre.store.named import query
from cadastre.store.transaction import Transaction


class AdoptionUnknown(NotFound):
    """There is no such parcel, measured parcel or adoption."""

    message_vi = "Không có thửa đất, thửa đo hoặc lần nhận kết quả đo này."


class NeighbourNotAgreed(Conflict):
    """A neighbour whose land changes has not signed, and nobody decided to accept."""

    message_vi = "Hộ liền kề có ranh thay đổi chưa ký và chưa có quyết định nhận kết quả đo."


class AdoptionOvertaken(Conflict):
    """The parcels have changed since; take the later changes back first."""

    message_vi = "Thửa đất đã thay đổi sau đó; hãy hoàn tác các thay đổi sau trước."


@dataclass(frozen=True)
class ParcelGain:
    """What one parcel gains (+) or loses (-), m2, and the largest move of a corner, m."""

    parcel_uid: str
    area_before_m2: float
    area_after_m2: float
    gain_m2: float
    max_move_m: float


@dataclass(frozen=True)
class AdoptionOutcome:
    """What an adoption changes; ``event_id`` names it for an undo, None on a trial."""

    event_id: int | None
    parcel: ParcelGain
    neighbours: tuple[ParcelGain, ...]
    agreed: bool


@dataclass(frozen=True)
class AdoptionUndone:
    """Parcels that stand again as they did before an adoption."""

    event_id: int
    restored: tuple[str, ...]


def adopt_measurement(
    desk: Desk, *, commune: str, parcel_uid: str, measured_uid: str, trial: bool = False
) -> AdoptionOutcome:
    """Move the boundary of a parcel, and of its neighbours with it, to where it was measured.

    Parameters
    ----------
    trial : only say what each parcel would gain or lose, and whether all have agreed

    Raises
    ------
    AdoptionUnknown, NeighbourNotAgreed, cadastre.errors.Conflict
    """
    with desk.transaction(
        "adopt_measurement", commune=commune, subject=parcel_uid, measured_uid=measured_uid
    ) as transaction:
        connection = transaction.connection
        lock_subject(connection, "reconcile", commune)
        facts = read_commune(connection, commune)
        asked = {"commune": commune, "uid": parcel_uid}
        near = read_frame(connection, query("parcels_around"), asked, srid=facts.srid)
        measured = measured_parcels(connection, commune, facts.srid)
        measured = measured[measured["measured_uid"] == measured_uid]
        if near.empty or measured.empty:
            raise AdoptionUnknown(f"({parcel_uid}, {measured_uid})", parcel_uid=parcel_uid)
        proposal = _proposal(desk, transaction, near, parcel_uid, measured)
        missing = _not_agreed(transaction, proposal, measured_uid)
        if not trial:
            if missing:
                raise NeighbourNotAgreed(f"({', '.join(missing)})", items=missing)
            _write(transaction, near, proposal, facts.srid)
        outcome = AdoptionOutcome(
            event_id=None if trial else transaction.event_id,
            parcel=_gain(proposal.parcel),
            neighbours=tuple(_gain(change) for change in proposal.neighbours),
            agreed=not missing,
        )
        transaction.note(trial=trial, gains={g.parcel_uid: g.gain_m2 for g in outcome.neighbours})
        return outcome


def undo_adoption(desk: Desk, *, commune: str, event_id: int) -> AdoptionUndone:
    """Take an adoption back: the versions that it replaced are copied into new ones."""
    with desk.transaction("undo_adoption", commune=commune, subject=str(event_id)) as transaction:
        connection = transaction.connection
        lock_subject(connection, "reconcile", commune)
        facts = read_commune(connection, commune)
        asked = {"commune": commune, "event": event_id}
        opened = read_table(connection, "adoption_versions", **asked)
        if opened.empty:
            raise AdoptionUnknown(f"({event_id})", event_id=event_id)
        later = opened.loc[~opened["stands"].astype(bool), "parcel_uid"]
        if len(later):
            raise AdoptionOvertaken(f"({', '.join(later)})", items=list(later))
        before = read_frame(connection, query("adoption_replaced"), asked, srid=facts.srid)
        open_parcel_versions(transaction, before, srid=facts.srid, origin="undo")
        restored = tuple(sorted(before["parcel_uid"]))
        states.refresh(connection, commune, list(restored))
        return AdoptionUndone(transaction.event_id, restored)


def _proposal(
    desk: Desk,
    transaction: Transaction,
    near: gpd.GeoDataFrame,
    parcel_uid: str,
    measured: gpd.GeoDataFrame,
) -> AdoptionProposal:
    uids = list(near["parcel_uid"])
    certified = read_table(
        transaction.connection, "areas_certified", commune=transaction.commune, uids=uids
    )
    scales = {uid: int(scale) for uid, scale in zip(uids, near["scale"], strict=True)}
    accuracy = desk.regulation.accuracy
    close = accuracy.allowed(
        accuracy.position_limit(np.array([scales[parcel_uid]])),
        np.array([float(measured["sigma_m"].iloc[0])]),
    )
    return propose_adoption(
        dict(zip(uids, near.geometry, strict=True)),
        parcel_uid,
        measured.geometry.iloc[0],
        close_m=float(close[0]),
        scales=scales,
        certified_m2=dict(
            zip(certified["parcel_uid"], certified["area_m2"].astype(float), strict=True)
        ),
        regulation=desk.regulation,
    )


def _not_agreed(
    transaction: Transaction, proposal: AdoptionProposal, measured_uid: str
) -> list[str]:
    """Neighbours that change without having signed; none once an officer has decided."""
    subject = {"commune": transaction.commune, "uid": proposal.parcel.parcel_uid}
    decided = transaction.connection.execute(
        query("measurement_accepted"), {**subject, "measured": measured_uid}
    ).scalar_one()
    if decided:
        return []
    row = transaction.connection.execute(query("parcel_boundary"), subject).mappings().first()
    told: Any = [] if row is None or row["confirmed"] == "disputed" else row["neighbours"]
    answers: list[Mapping[str, Any]] = json.loads(told) if isinstance(told, str) else told
    signed = {
        str(one.get("parcel_uid")) for one in answers if one.get("answer") in _AGREEING
    }  # fmt: skip
    return sorted({c.parcel_uid for c in proposal.neighbours} - signed)


_AGREEING = ("signed", "not_needed")


def _gain(change: Any) -> ParcelGain:
    return ParcelGain(
        change.parcel_uid,
        change.area_before_m2,
        change.area_after_m2,
        change.gain_m2,
        change.max_move_m,
    )


def _write(
    transaction: Transaction, near: gpd.GeoDataFrame, proposal: AdoptionProposal, srid: int
) -> None:
    changes = {c.parcel_uid: c.geometry for c in (proposal.parcel, *proposal.neighbours)}
    rows = near[near["parcel_uid"].isin(changes)].copy()
    rows["geometry"] = gpd.GeoSeries(
        [changes[uid] for uid in rows["parcel_uid"]], index=rows.index, crs=srid
    )
    open_parcel_versions(transaction, rows, srid=srid, origin="survey")
    states.refresh(transaction.connection, transaction.commune, sorted(changes))
