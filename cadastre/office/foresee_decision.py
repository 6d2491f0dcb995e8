"""What each decision on a mismatch would change, worked out before anybody takes it.

For every decision that a code knows: whether it clears the gate, how the parcels look
afterwards, which dossiers it holds or lets go, what area will be certified, and, where the
measurement is accepted, what each neighbour gains or loses. Nothing is written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, RowMapping

from cadastre.errors import CadastreError
from cadastre.mismatch import Code
from cadastre.office.adoption_plan import AdoptionPlan, ParcelGain, plan_adoption
from cadastre.office.decide_mismatch import MismatchUnknown, decisions_for
from cadastre.office.desk import Desk
from cadastre.office.dossier_case import area_of
from cadastre.office.effect_words import Facts, SheetEffect, words_of
from cadastre.office.permissions import require
from cadastre.store.dossier_parcel import read_parcel
from cadastre.store.named import query
from cadastre.store.parcel_reading import parcel_label
from cadastre.store.transaction import reading

_ACCEPT = "accept_measurement"


@dataclass(frozen=True)
class ParcelEffect:
    """A parcel before and after: its state, blocking mismatches, and the area to certify, m2.

    ``basis`` says whether that area is the map's or the measured one.
    """

    parcel_uid: str
    label: str | None
    state_before: str
    state_after: str
    blocking_before: int
    blocking_after: int
    area_before_m2: float
    area_after_m2: float
    basis: str


@dataclass(frozen=True)
class DossierEffect:
    """An open dossier and how many blocking mismatches hold it before and after."""

    code: str
    parcel_uid: str
    held_before: int
    held_after: int


@dataclass(frozen=True)
class DecisionEffect:
    """What one decision would do.

    ``gains`` are the parcels whose land changes once the measured outline is adopted, which is
    a step of its own; ``hindrance_*`` says why it could not be adopted as things stand.
    """

    decision: str
    clears: bool
    status: str
    parcels: tuple[ParcelEffect, ...]
    dossiers: tuple[DossierEffect, ...]
    gains: tuple[ParcelGain, ...]
    sheet: SheetEffect | None
    message_vi: str
    message_en: str
    hindrance_vi: str = ""
    hindrance_en: str = ""


def foresee_decisions(desk: Desk, *, commune: str, mismatch_id: str) -> list[DecisionEffect]:
    """Return what each decision on a mismatch would change; write nothing.

    Raises
    ------
    MismatchUnknown
    """
    require("decide_mismatch", role=desk.actor.role, communes=desk.actor.communes, commune=commune)
    asked = {"commune": commune, "mismatch_id": mismatch_id}
    with reading(desk.engine, desk.actor) as connection:
        row = connection.execute(query("mismatch_seen"), asked).mappings().first()
        if row is None:
            raise MismatchUnknown(f"({mismatch_id})", mismatch_id=mismatch_id)
        rule = desk.regulation.mismatch_rule(row["code"])
        before = _standing(desk, connection, commune, asked)
        facts = _facts(desk, connection, commune, row)
        plan, hindrance = _adoption(desk, connection, commune, row)
        codes = _dossiers(connection, commune, before)
    return [
        _effect(str(row["code"]), before, codes, facts, decision, rule, plan, hindrance)
        for decision in decisions_for(rule)
    ]


def _standing(
    desk: Desk, connection: Connection, commune: str, asked: dict[str, str]
) -> list[dict[str, Any]]:
    """Return the parcels of the mismatch: states and flags under each outcome, certified area."""
    rows = [dict(r) for r in connection.execute(query("states_foreseen"), asked).mappings()]
    found = [(row, read_parcel(connection, commune, row["parcel_uid"])) for row in rows]
    return [{**row, "area": area_of(desk, parcel)} for row, parcel in found if parcel is not None]


def _effect(
    code: str,
    before: list[dict[str, Any]],
    codes: list[tuple[str, str]],
    facts: Facts,
    decision: str,
    rule: Any,
    plan: AdoptionPlan | None,
    hindrance: CadastreError | None,
) -> DecisionEffect:
    clears, accepting = decision in rule["clears"], decision == _ACCEPT
    plan, hindrance = (plan, hindrance) if accepting else (None, None)
    gains = () if plan is None else (plan.parcel, *plan.neighbours)
    parcels = _parcels(before, clears, gains)
    held = {p.parcel_uid: (p.blocking_before, p.blocking_after) for p in parcels}
    vi, en = words_of(decision, code, replace(facts, adopts=bool(gains)))
    return DecisionEffect(
        decision=decision,
        clears=clears,
        status="decided" if clears else "open",
        parcels=parcels,
        dossiers=tuple(DossierEffect(dossier, uid, *held[uid]) for dossier, uid in codes),
        gains=gains,
        sheet=facts.sheet if accepting else None,
        message_vi=vi,
        message_en=en,
        hindrance_vi="" if hindrance is None else hindrance.message("vi"),
        hindrance_en="" if hindrance is None else hindrance.message("en"),
    )


def _parcels(
    before: list[dict[str, Any]], clears: bool, gains: tuple[ParcelGain, ...]
) -> tuple[ParcelEffect, ...]:
    then = "cleared" if clears else "open"
    adopted = {gain.parcel_uid: gain.area_after_m2 for gain in gains}
    return tuple(
        ParcelEffect(
            parcel_uid=one["parcel_uid"],
            label=parcel_label(one["sheet"], one["parcel"]),
            state_before=one["state_now"],
            state_after=one[f"state_{then}"],
            blocking_before=int(one["blocking_now"]),
            blocking_after=int(one[f"blocking_{then}"]),
            area_before_m2=float(one["area"].area_m2),
            area_after_m2=round(adopted.get(one["parcel_uid"], float(one["area"].area_m2)), 1),
            basis=one["area"].basis,
        )
        for one in before
    )


def _dossiers(
    connection: Connection, commune: str, before: list[dict[str, Any]]
) -> list[tuple[str, str]]:
    asked = {"commune": commune, "uids": [one["parcel_uid"] for one in before]}
    rows = connection.execute(query("dossiers_on_parcels"), asked)
    return [(str(code), str(uid)) for code, uid in rows]


def _adoption(
    desk: Desk, connection: Connection, commune: str, row: RowMapping
) -> tuple[AdoptionPlan | None, CadastreError | None]:
    """Return what adopting the measurement would do, or why it cannot be adopted."""
    if row["measured_uid"] is None or row["parcel_uid"] is None:
        return None, None
    try:
        plan = plan_adoption(
            desk,
            connection,
            commune=commune,
            measured_uid=str(row["measured_uid"]),
            parcel_uid=str(row["parcel_uid"]),
        )
    except CadastreError as refusal:
        return None, refusal
    return (plan if plan.changes_map else None), None


def _facts(desk: Desk, connection: Connection, commune: str, row: RowMapping) -> Facts:
    uid = None if row["parcel_uid"] is None else str(row["parcel_uid"])
    parcel = read_parcel(connection, commune, uid)
    return Facts(
        measured=row["measured_uid"] is not None,
        register_m2=None if parcel is None else parcel.register_area_m2,
        ground_m2=None if parcel is None else parcel.measured_m2 or parcel.area_m2,
        sheet=_sheet(connection, commune, row),
    )


def _sheet(connection: Connection, commune: str, row: RowMapping) -> SheetEffect | None:
    if row["code"] != Code.SHEET_SHIFT:
        return None
    asked = {"commune": commune, "mismatch_id": str(row["mismatch_id"])}
    told = connection.execute(query("sheet_of_flag"), asked)
    one = told.mappings().first()
    if one is None:
        return None
    return SheetEffect(
        one["proposal_id"], int(one["parcels"]), int(one["certified"]), float(one["max_move_m"])
    )
