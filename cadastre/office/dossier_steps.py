"""What the verbs of the procedure share: taking a step under lock, and making its papers.

The verbs open the transaction; everything here works inside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import shapely

from cadastre.certificate import papers
from cadastre.certificate.area import CertifiedArea, certified_area
from cadastre.certificate.context import DossierEvent, office_date
from cadastre.certificate.deadlines import ClockReading, working_calendar
from cadastre.certificate.effects import Deed
from cadastre.certificate.paper_case import CertificateNumbers, PaperCase
from cadastre.certificate.paperwork import make_paper
from cadastre.certificate.procedure import Advance, advance
from cadastre.crs import zone
from cadastre.office.desk import Desk
from cadastre.office.stationery import Stationery
from cadastre.regulation.land_use import split_codes
from cadastre.store import states
from cadastre.store.certificates import (
    CertificateUnknown,
    cancel_in_book,
    enter_register,
)
from cadastre.store.counter import lock_delegation
from cadastre.store.dossier_writing import (
    add_document,
    append_event,
    move_dossier,
)
from cadastre.store.dossiers import (
    DossierFile,
    DossierParcel,
    lock_dossier,
    read_dossier,
)
from cadastre.store.named import query
from cadastre.store.transaction import Transaction

ISSUE = "issue_certificate"
#: Neighbours whose outline comes this near are drawn on a plan, metres.
_NEAR_M = 1.0
_EMPTY = "-/-"


@dataclass(frozen=True)
class StepResult:
    """A dossier after a step: where it is, which version, which papers were made."""

    code: str
    action: str
    from_state: str
    to_state: str
    row_version: int
    papers: tuple[str, ...]
    clock: ClockReading


@dataclass(frozen=True)
class StepTaken:
    """A step decided under lock, with its line of the log, before anything is written."""

    found: DossierFile
    step: Advance
    line: DossierEvent
    now: datetime


def decide_step(
    desk: Desk,
    transaction: Transaction,
    *,
    code: str,
    action: str,
    data: Mapping[str, Any],
    row_version: int | None,
) -> StepTaken:
    """Lock the dossier and pass the action through role and gates."""
    found = lock_dossier(transaction.connection, code, row_version, commune=transaction.commune)
    now = desk.moment()
    calendar = working_calendar(desk.regulation)
    context = found.context(desk.actor, now, calendar)
    step = advance(found.profile, context, action, data, calendar=calendar)
    role, acting = _acting(desk, transaction, found, action)
    line = DossierEvent(
        ordinal=len(found.log) + 1,
        action=action,
        from_state=step.from_state,
        to_state=step.to_state,
        actor=desk.actor.username,
        role=role,
        at=now,
        data={**step.data, **acting},
    )
    return StepTaken(found, step, line, now)


def _acting(
    desk: Desk, transaction: Transaction, found: DossierFile, action: str
) -> tuple[str, dict[str, str]]:
    """Return the role in which the step is taken, and for whom when it is delegated."""
    actor, roles = desk.actor, found.profile.actions[action].roles
    if actor.role in roles:
        return actor.role, {}
    role = next(role for role in sorted(actor.delegated) if role in roles)
    given_by = actor.delegated[role]
    title = lock_delegation(
        transaction, taken_by=actor.username, given_by=given_by, role=role,
        day=office_date(desk.moment()),
    )  # fmt: skip
    return role, {"acting_for": given_by, "acting_title": title}


def write_step(desk: Desk, transaction: Transaction, taken: StepTaken) -> tuple[int, ClockReading]:
    """Write the line of the log and the dossier's new state; return its version and clock."""
    calendar = working_calendar(desk.regulation)
    reading = taken.found.clock(calendar, office_date(taken.now), more=[taken.line])
    append_event(transaction, taken.found.uid, taken.line)
    version = move_dossier(transaction, taken.found, taken.step, now=taken.now, reading=reading)
    return version, reading


def carry_out(transaction: Transaction, taken: StepTaken, deed: Deed) -> None:
    """Carry out a deed that needs no paper of its own."""
    one = {"dossier_uid": taken.found.uid}
    match deed.name:
        case "take_objection":
            transaction.connection.execute(
                query("objection_insert"),
                {
                    **one,
                    **deed.data,
                    "commune": transaction.commune,
                    "made_at": taken.now,
                    "event": transaction.event_id,
                },
            )
        case "answer_objection":
            transaction.connection.execute(
                query("objection_answer"), {**one, **deed.data, "answered_at": taken.now}
            )
        case "enter_register":
            enter_outcome(transaction, taken)
        case "correct_certificate" | "cancel_certificate":
            change_certificate(transaction, taken, deed)


def change_certificate(transaction: Transaction, taken: StepTaken, deed: Deed) -> None:
    """Enter a correction of the named certificate, or cancel it; the register says why."""
    named = taken.found.named
    if named is None:
        raise CertificateUnknown(f"({taken.found.code})", dossier=taken.found.code)
    kind = "correction"
    if deed.name == "cancel_certificate":
        kind = "cancellation"
        cancel_in_book(transaction, named["certificate_uid"], named["row_version"])
    enter_register(
        transaction,
        parcel_uid=named["parcel_uid"],
        kind=kind,
        certificate_uid=named["certificate_uid"],
        at=taken.now,
        content={
            "dossier": taken.found.code,
            "number": named["number"],
            "serial": named["serial"],
            **deed.data,
            "entered_by": taken.line.actor,
        },
    )
    states.refresh(transaction.connection, transaction.commune, [named["parcel_uid"]])


def enter_outcome(
    transaction: Transaction, taken: StepTaken, certificate_uid: str | None = None, **more: Any
) -> None:
    """Write the outcome on the register page of the parcel."""
    found = taken.found
    if found.parcel is None:
        return
    enter_register(
        transaction,
        parcel_uid=found.parcel.facts.parcel_uid,
        kind="certificate" if certificate_uid else "registration",
        certificate_uid=certificate_uid,
        at=taken.now,
        content={
            "dossier": found.code,
            "parcel": found.parcel.facts.label,
            "holders": [{"name": p.name, "share": str(p.share)} for p in found.parties],
            "grounds": found.facts.get("eligibility", {}).get("grounds"),
            "entered_by": taken.line.actor,
            **more,
        },
    )


def make_papers(
    desk: Desk, transaction: Transaction, taken: StepTaken, kinds: tuple[str, ...]
) -> tuple[str, ...]:
    """Make the papers of a step from the dossier as it stands after it."""
    if kinds:
        after = read_dossier(transaction.connection, taken.found.code)
        case = paper_case(desk, transaction, after, taken.now)
        for kind in kinds:
            content = make_paper(kind, case, sample=Stationery(desk.home).sample)
            file_paper(desk, transaction, after, kind, content, taken.now)
    return kinds


def file_paper(
    desk: Desk,
    transaction: Transaction,
    found: DossierFile,
    kind: str,
    content: bytes,
    at: datetime,
    *,
    signed_by: str | None = None,
) -> str:
    """Keep a paper that the office made and enter it in the dossier."""
    return add_document(
        transaction,
        found.uid,
        kind=kind,
        title=found.profile.made_papers[kind].title.vi,
        direction="made",
        at=at,
        content=content,
        evidence=desk.evidence,
        name=f"{found.code}-{kind}.pdf",
        signed_by=signed_by,
    )


def refresh_parcel(transaction: Transaction, found: DossierFile) -> None:
    """Have the map show what became of the dossier's parcel."""
    if found.parcel is not None:
        states.refresh(transaction.connection, transaction.commune, [found.parcel.facts.parcel_uid])


# What a paper prints --------------------------------------------------------------------------


def area_of(desk: Desk, parcel: DossierParcel) -> CertifiedArea:
    """Return the area that is certified for a parcel as it stands."""
    return certified_area(
        map_m2=parcel.area_m2,
        measured_m2=parcel.measured_m2,
        verdict=parcel.verdict,
        boundary=parcel.facts.boundary.confirmed if parcel.facts.boundary else None,
        boundary_geometry=parcel.boundary_geometry,
        decimals=int(desk.regulation["office"]["area"]["decimals"]),
    )


def outline_of(parcel: DossierParcel, area: CertifiedArea) -> Any:
    """Return the outline that has the certified area: measured or mapped."""
    return parcel.measured if area.basis == "measured" else parcel.geometry


def paper_case(
    desk: Desk, transaction: Transaction, found: DossierFile, now: datetime
) -> PaperCase:
    """Return the dossier as its papers need it."""
    calendar = working_calendar(desk.regulation)
    case = PaperCase(
        profile=found.profile,
        calendar=calendar,
        commune=found.commune.name,
        commune_kind=found.commune.kind,
        province=found.commune.province,
        zone=zone(found.commune.srid).name,
        mountain=found.commune.mountain,
        code=found.code,
        channel=str(found.row["channel"]),
        made_at=now,
        made_by=desk.actor.display_name or desk.actor.username,
        holders=tuple(_person(party) for party in found.parties),
        log=found.log,
        facts=found.facts,
        lodged_titles=tuple(d["title"] for d in found.documents if d["direction"] == "lodged"),
        objections=tuple(
            papers.Objection(o["made_by"], office_date(o["made_at"]), o["text"], o["answer"])
            for o in found.objections
        ),
        lookup_url=Stationery(desk.home).dossier_url(found.code),
        acting_title=_acting_title(desk, found),
        scanned=found.hand_overs,
        due=found.clock(calendar, office_date(now)).due,
    )
    if found.parcel is None:
        return case
    return _with_land(desk, transaction, case, found, found.parcel)


def _acting_title(desk: Desk, found: DossierFile) -> str:
    last = found.log[-1]
    return str(last.data.get("acting_title", "")) if last.actor == desk.actor.username else ""


def with_certificate(case: PaperCase, number: str, serial: str, verify_url: str) -> PaperCase:
    """Return the case with the numbers of its certificate."""
    return replace(case, certificate=CertificateNumbers(number, serial, verify_url))


def _person(party: Any) -> papers.Person:
    return papers.Person(
        name=party.name,
        id_number=party.id_number,
        birth_date=party.birth_date,
        gender=party.gender,
        address=party.address,
        phone=party.phone,
        share=party.share,
    )


def _with_land(
    desk: Desk,
    transaction: Transaction,
    case: PaperCase,
    found: DossierFile,
    parcel: DossierParcel,
) -> PaperCase:
    area = area_of(desk, parcel)
    where = {"commune": transaction.commune, "parcel_uid": parcel.facts.parcel_uid}
    near = transaction.connection.execute(
        query("dossier_neighbours"), {**where, "within_m": _NEAR_M}
    ).mappings()
    commune = f"{found.commune.kind} {found.commune.name}"
    return replace(
        case,
        parcel=papers.ParcelOnPaper(
            sheet=str(parcel.sheet),
            parcel=parcel.parcel,
            commune=commune,
            province=f"tỉnh {found.commune.province}",
            area_m2=float(area.area_m2),
            purposes=_purposes(desk, transaction, found, parcel, area.area_m2),
            address=f"{commune}, tỉnh {found.commune.province}",
            identifier=parcel.facts.identifier,
            former=parcel.former,
        ),
        geometry=outline_of(parcel, area),
        measured=None if area.basis == "measured" else parcel.measured,
        neighbours=tuple(
            papers.Neighbour(shapely.from_wkb(bytes(n["geometry"])), str(n["parcel"])) for n in near
        ),
        area_reason=area.reason_vi,
    )


def _purposes(
    desk: Desk,
    transaction: Transaction,
    found: DossierFile,
    parcel: DossierParcel,
    area_m2: Decimal,
) -> tuple[papers.Purpose, ...]:
    codes = desk.regulation["land_use"]["codes"]
    where = {"commune": transaction.commune, "parcel_uid": parcel.facts.parcel_uid}
    rows = [
        dict(r) for r in transaction.connection.execute(query("dossier_purposes"), where).mappings()
    ]
    if not rows:
        only = split_codes(parcel.land_use) or [_EMPTY]
        rows = [{"land_use": code, "area_m2": None, "term": None, "origin": None} for code in only]
    decided = found.facts.get("eligibility", {})
    shared = "Sử dụng chung" if len(found.parties) > 1 else "Sử dụng riêng"
    return tuple(
        papers.Purpose(
            row["land_use"],
            codes.get(row["land_use"], {}).get("vi", ""),
            float(area_m2) if len(rows) == 1 else row["area_m2"],
            form=shared,
            term=decided.get("term") or row["term"],
            origin=decided.get("origin") or row["origin"],
        )
        for row in rows
    )
