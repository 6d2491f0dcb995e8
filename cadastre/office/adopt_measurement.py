"""Adopt a measured outline into the parcel map, or take an adoption back.

Every neighbour whose land changes must have signed the boundary description, or an officer
must have decided to accept the measurement (TT 26/2024/TT-BTNMT Art 13; Land Law
31/2024/QH15 Art 135). The register gets new versions (origin ``survey``); an undo copies the
earlier versions (origin ``undo``), nothing is reopened or deleted. Either way the survey is
compared with the map anew, so that what no longer holds is closed.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd

from cadastre.errors import Conflict
from cadastre.office.adoption_plan import (
    AdoptionPlan,
    AdoptionUnknown,
    ParcelGain,
    plan_adoption,
)
from cadastre.office.desk import Desk
from cadastre.office.follow_up import compare_anew
from cadastre.office.permissions import require
from cadastre.store import states
from cadastre.store.copying import read_frame
from cadastre.store.land_register import (
    lock_subject,
    open_parcel_versions,
    read_commune,
    read_table,
)
from cadastre.store.named import query
from cadastre.store.parcel_reading import parcel_label
from cadastre.store.transaction import Transaction, reading


class NeighbourNotAgreed(Conflict):
    """A neighbour whose land changes has not signed, and nobody decided to accept."""

    message_vi = "Hộ liền kề có ranh thay đổi chưa ký và chưa có quyết định nhận kết quả đo."


class AdoptionOvertaken(Conflict):
    """The parcels have changed since you looked at them; look again and decide."""

    message_vi = "Thửa đất đã thay đổi từ khi bạn xem; hãy xem lại rồi quyết định."


class AdoptionInUse(Conflict):
    """A certificate was issued on this outline; it can no longer be taken back."""

    message_vi = "Đã cấp giấy chứng nhận theo ranh này; không thể hoàn tác."


class NothingToAdopt(Conflict):
    """The map shows this outline already."""

    message_vi = "Bản đồ đã thể hiện đúng ranh đo này, không có gì để thay đổi."


@dataclass(frozen=True)
class AdoptionOutcome:
    """What an adoption changed; ``event_id`` names it for an undo, the job compares anew."""

    event_id: int
    measured_uid: str
    parcel: ParcelGain
    neighbours: tuple[ParcelGain, ...]
    job_id: str


@dataclass(frozen=True)
class AdoptionUndone:
    """Parcels that stand again as they did before an adoption; the job compares anew."""

    event_id: int
    restored: tuple[str, ...]
    job_id: str | None


def preview_adoption(
    desk: Desk, *, commune: str, measured_uid: str, parcel_uid: str | None = None
) -> AdoptionPlan:
    """Say what each parcel would gain or lose, and who has agreed; write nothing."""
    require(
        "adopt_measurement", role=desk.actor.role, communes=desk.actor.communes, commune=commune
    )
    with reading(desk.engine, desk.actor) as connection:
        return plan_adoption(
            desk, connection, commune=commune, measured_uid=measured_uid, parcel_uid=parcel_uid
        )


def adopt_measurement(
    desk: Desk,
    *,
    commune: str,
    measured_uid: str,
    parcel_uid: str | None = None,
    seen: int | None = None,
) -> AdoptionOutcome:
    """Move the boundary of a parcel, and of its neighbours with it, to where it was measured.

    Parameters
    ----------
    parcel_uid : parcel of the map; None where the measurement was compared with one only
    seen : ``seen`` of the plan that the person looked at; refused when the map has moved on

    Raises
    ------
    NeighbourNotAgreed, AdoptionOvertaken, NothingToAdopt
    cadastre.errors.Conflict
        The map cannot take this outline (see :mod:`cadastre.reconcile.adoption`).
    """
    with desk.transaction(
        "adopt_measurement", commune=commune, subject=parcel_uid, measured_uid=measured_uid
    ) as transaction:
        connection = transaction.connection
        lock_subject(connection, "reconcile", commune)
        plan = plan_adoption(
            desk, connection, commune=commune, measured_uid=measured_uid, parcel_uid=parcel_uid
        )
        _check(plan, seen)
        _write(transaction, plan)
        transaction.note(
            parcel_uid=plan.parcel.parcel_uid,
            decided=plan.decided,
            gains={g.parcel_uid: round(g.gain_m2, 3) for g in (plan.parcel, *plan.neighbours)},
        )
        job = compare_anew(transaction, [plan.survey_uid])
        return AdoptionOutcome(
            transaction.event_id, measured_uid, plan.parcel, plan.neighbours, job
        )


def undo_adoption(desk: Desk, *, commune: str, event_id: int) -> AdoptionUndone:
    """Take an adoption back: the versions that it replaced are copied into new ones.

    Raises
    ------
    AdoptionUnknown, AdoptionOvertaken, AdoptionInUse
    """
    with desk.transaction("undo_adoption", commune=commune, subject=str(event_id)) as transaction:
        connection = transaction.connection
        lock_subject(connection, "reconcile", commune)
        facts = read_commune(connection, commune)
        asked = {"commune": commune, "event": event_id}
        _check_undo(transaction, event_id)
        before = read_frame(connection, query("adoption_replaced"), asked, srid=facts.srid)
        open_parcel_versions(transaction, before, srid=facts.srid, origin="undo")
        restored = tuple(sorted(before["parcel_uid"]))
        states.refresh(connection, commune, list(restored))
        survey = connection.execute(query("adoption_survey"), asked).scalar()
        job = None if survey is None else compare_anew(transaction, [str(survey)])
        return AdoptionUndone(transaction.event_id, restored, job)


def _check(plan: AdoptionPlan, seen: int | None) -> None:
    if seen is not None and seen != plan.seen:
        raise AdoptionOvertaken(f"({plan.parcel.label})", seen=plan.seen)
    if plan.standing is not None or not plan.changes_map:
        raise NothingToAdopt(f"({plan.parcel.label})", event_id=plan.standing)
    if plan.missing:
        labels = {n.parcel_uid: n.label or n.parcel_uid for n in plan.neighbours}
        named = ", ".join(labels[uid] for uid in plan.missing)
        raise NeighbourNotAgreed(f"({named})", items=list(plan.missing))


def _check_undo(transaction: Transaction, event_id: int) -> None:
    asked = {"commune": transaction.commune, "event": event_id}
    opened = read_table(transaction.connection, "adoption_versions", **asked)
    if opened.empty:
        raise AdoptionUnknown(f"({event_id})", event_id=event_id)
    later = opened[~opened["stands"].astype(bool)]
    if len(later):
        uids = list(later["parcel_uid"])
        labels = map(parcel_label, later["sheet"], later["parcel"])
        named = ", ".join(label or uid for label, uid in zip(labels, uids, strict=True))
        raise AdoptionOvertaken(f"({named})", items=uids)
    rests = read_table(transaction.connection, "undo_hindrances", **asked)
    issued = rests[rests["kind"] == "certificate"]
    if len(issued):
        raise AdoptionInUse(f"({', '.join(issued['name'])})", items=list(issued["name"]))


def _write(transaction: Transaction, plan: AdoptionPlan) -> None:
    changes = plan.changes
    rows = plan.near[plan.near["parcel_uid"].isin(changes)].copy()
    rows["geometry"] = gpd.GeoSeries(
        [changes[uid].geometry for uid in rows["parcel_uid"]], index=rows.index, crs=plan.srid
    )
    open_parcel_versions(transaction, rows, srid=plan.srid, origin="survey")
    states.refresh(transaction.connection, transaction.commune, sorted(changes))
