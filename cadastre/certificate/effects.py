"""The closed registry of effects: what an action writes into a dossier, beside its state.

An effect reads the context and the checked input and answers with changes of the dossier's
facts and with deeds for the store to carry out in the same transaction (an objection row, a
certificate, a register entry). It writes nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cadastre.certificate.context import DossierContext
from cadastre.certificate.deadlines import WorkingCalendar
from cadastre.certificate.profile import Profile
from cadastre.errors import InputRefused


class ObjectionUnknown(InputRefused):
    """There is no such open objection in this dossier."""

    message_vi = "Hồ sơ không có ý kiến phản ánh này đang chờ trả lời."


@dataclass(frozen=True)
class Deed:
    """Work for the store, such as issue_certificate; the office knows each by its name."""

    name: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """New values of top-level facts (None removes one) and deeds."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    deeds: tuple[Deed, ...] = ()


@dataclass(frozen=True)
class EffectRequest:
    """What an effect may look at."""

    context: DossierContext
    data: Mapping[str, Any]
    profile: Profile
    calendar: WorkingCalendar

    def signed(self, **values: Any) -> dict[str, Any]:
        """``values`` with who recorded them and on which date."""
        today = self.context.today.isoformat()
        return {**values, "recorded_by": self.context.actor, "recorded_on": today}


Effect = Callable[[EffectRequest], Change]
EFFECTS: dict[str, Effect] = {}


def effect(function: Effect) -> Effect:
    """Enter a function into the registry under its own name."""
    EFFECTS[function.__name__] = function
    return function


@effect
def record_supplement(request: EffectRequest) -> Change:
    """Keep what the applicant has to bring."""
    return Change({"supplement": request.signed(reason=request.data["reason"])})


@effect
def record_reason(request: EffectRequest) -> Change:
    """Keep why the dossier was paused, sent back, refused or withdrawn."""
    return Change({"reason": request.signed(reason=request.data["reason"])})


@effect
def record_confirmations(request: EffectRequest) -> Change:
    """Keep the commune's confirmations (Decree 151/2025 Annex I Part V.C.II.3(b))."""
    return Change({"confirmations": request.signed(**request.data)})


@effect
def open_posting(request: EffectRequest) -> Change:
    """Post the confirmed contents; day 1 is the day after."""
    posting = request.profile.posting
    if posting is None:
        raise InputRefused("This procedure has no posting.", "Thủ tục này không có niêm yết.")
    today = request.context.today
    return Change(
        {
            "posting": {
                "opened_on": today.isoformat(),
                "opened_by": request.context.actor,
                "days": posting.days,
                "outline": request.context.parcel.outline if request.context.parcel else "",
                "ends_on": request.calendar.posting_end(today, posting.days).isoformat(),
                "places_vi": list(posting.places_vi),
                "places_en": list(posting.places_en),
            }
        }
    )


@effect
def withdraw_posting(request: EffectRequest) -> Change:
    """Take back a posting whose land is no longer as posted; the log keeps it."""
    return Change(
        {
            "posting": None,
            "reason": request.signed(reason=request.data["reason"]),
        }
    )


@effect
def close_posting(request: EffectRequest) -> Change:
    """Close the posting with minutes."""
    closed = {
        "closed_on": request.context.today.isoformat(),
        "closed_by": request.context.actor,
        "objections": len(request.context.objections),
    }
    return Change({"posting": {**request.context.facts["posting"], **closed}})


@effect
def take_objection(request: EffectRequest) -> Change:
    """Write an objection against the posted contents."""
    return Change(deeds=(Deed("take_objection", dict(request.data)),))


@effect
def answer_objection(request: EffectRequest) -> Change:
    """Answer one open objection of this dossier."""
    wanted = str(request.data["objection_id"])
    open_ids = {str(o.objection_id) for o in request.context.objections if o.answer is None}
    if wanted not in open_ids:
        raise ObjectionUnknown(f"({wanted})", objection_id=wanted)
    answer = {"objection_id": int(wanted), "answer": request.data["answer"]}
    return Change(deeds=(Deed("answer_objection", answer),))


@effect
def record_eligibility(request: EffectRequest) -> Change:
    """Keep the finding that a certificate may be issued, with its grounds."""
    found = request.signed(eligible=True, **request.data)
    return Change({"eligibility": found})


@effect
def record_ineligibility(request: EffectRequest) -> Change:
    """Keep why no certificate is issued (not wanted or not eligible)."""
    found = request.signed(eligible=False, grounds=request.data["reason"])
    return Change({"eligibility": found})


@effect
def record_tax_notice(request: EffectRequest) -> Change:
    """Keep the amount that the tax authority determined."""
    return Change({"tax_notice": request.signed(**request.data)})


@effect
def record_payment(request: EffectRequest) -> Change:
    """Record that the determined amount is paid in full."""
    due = float(request.context.facts["tax_notice"]["amount"])
    if float(request.data["amount"]) < due:
        raise PaymentShort(
            f"{request.data['amount']} of {due:.0f} VND.",
            f"Đã nộp {request.data['amount']}, phải nộp {due:.0f} đồng.",
            due=due,
        )
    return Change({"obligation": request.signed(outcome="paid", **request.data)})


@effect
def record_exemption(request: EffectRequest) -> Change:
    """Record that nothing is owed."""
    return Change({"obligation": request.signed(outcome="exempt", **request.data)})


@effect
def record_debt(request: EffectRequest) -> Change:
    """Record that the obligation is entered as a debt."""
    return Change({"obligation": request.signed(outcome="debt", **request.data)})


@effect
def issue_certificate(request: EffectRequest) -> Change:
    """Have the certificate written: blank, book number, token, PDF, signature."""
    return Change(deeds=(Deed("issue_certificate"),))


@effect
def enter_register(request: EffectRequest) -> Change:
    """Have the result entered on the register page of the parcel."""
    return Change(deeds=(Deed("enter_register"),))


@effect
def record_hand_over(request: EffectRequest) -> Change:
    """Keep who received the result."""
    return Change({"hand_over": request.signed(**request.data)})


@effect
def record_reappointment(request: EffectRequest) -> Change:
    """Give a late dossier its one new date, a working day after the promised one.

    The apology is owed at the latest one working day before the promised date; one that is
    written later is recorded as late. The legal clock is not changed by it.
    """
    context, calendar = request.context, request.calendar
    promised = max(context.due.values(), default=context.today)
    new_on = date.fromisoformat(request.data["new_on"])
    if new_on <= max(promised, context.today) or not calendar.is_working(new_on):
        least = calendar.add(max(promised, context.today), 1)
        raise NewDateRefused(
            f"({new_on:%d/%m/%Y}) The earliest is {least:%d/%m/%Y}.",
            f"({new_on:%d/%m/%Y}) Sớm nhất là ngày {least:%d/%m/%Y}.",
            field="new_on",
            earliest=least,
        )
    given = request.signed(
        promised_on=promised.isoformat(),
        late=calendar.add(context.today, 1) > promised,
        **request.data,
    )
    return Change({"reappointment": given})


@effect
def begin_waiting(request: EffectRequest) -> Change:
    """Record that the dossier waits on another system; the legal clock goes on."""
    system = " ".join(str(request.data["system"]).split())
    if any(w["system"] == system for w in request.context.waiting_on):
        raise WaitingTwice(f"({system})", field="system")
    begun = {
        "system": system,
        "reason": request.data.get("reason"),
        "started_at": request.context.now.isoformat(),
        "started_by": request.context.actor,
    }
    return Change({"waiting": [*request.context.facts.get("waiting", ()), begun]})


@effect
def end_waiting(request: EffectRequest) -> Change:
    """Record that a system answered."""
    system = str(request.data["system"])
    if all(w["system"] != system for w in request.context.waiting_on):
        raise NotWaitedOn(f"({system})", field="system")
    ended = {"ended_at": request.context.now.isoformat(), "ended_by": request.context.actor}
    return Change(
        {
            "waiting": [
                {**w, **ended} if w["system"] == system and not w.get("ended_at") else w
                for w in request.context.facts["waiting"]
            ]
        }
    )


@effect
def record_finding(request: EffectRequest) -> Change:
    """Keep what an examination found, in the words of the profile's own inputs."""
    return Change({"finding": request.signed(**request.data)})


@effect
def correct_certificate(request: EffectRequest) -> Change:
    """Have a correction entered on the certificate that the dossier names, and in the register."""
    return Change(deeds=(Deed("correct_certificate", dict(request.context.facts["finding"])),))


@effect
def cancel_certificate(request: EffectRequest) -> Change:
    """Have the certificate that the dossier names withdrawn and cancelled."""
    return Change(deeds=(Deed("cancel_certificate", dict(request.context.facts["finding"])),))


class NewDateRefused(InputRefused):
    """The new date must be a working day after the promised date and after today."""

    message_vi = "Ngày hẹn lại phải là ngày làm việc, sau ngày đã hẹn và sau hôm nay."


class WaitingTwice(InputRefused):
    """The dossier is waiting on this system already."""

    message_vi = "Hồ sơ đang chờ hệ thống này rồi."


class NotWaitedOn(InputRefused):
    """The dossier is not waiting on this system."""

    message_vi = "Hồ sơ không chờ hệ thống này."


class PaymentShort(InputRefused):
    """The amount paid is less than the amount due."""

    message_vi = "Số tiền đã nộp ít hơn số phải nộp."
