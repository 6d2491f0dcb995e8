"""From a dossier to its papers: which paper is made of which facts.

A profile says which papers an action makes and under which form number; this module fills
each from one :class:`~cadastre.certificate.paper_case.PaperCase`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from cadastre.certificate import papers
from cadastre.certificate.context import OFFICE_ZONE, DossierEvent, office_date
from cadastre.certificate.deadlines import phases_of, punctuality, read_clock
from cadastre.certificate.paper_case import CLOSING_TIME, PaperCase, PaperImpossible
from cadastre.certificate.papers import Person, Signatory
from cadastre.certificate.profile import Profile
from cadastre.drawing.wording import date_vi

_DAY = timedelta(days=1)
_CHANNELS = {
    "counter": "Trực tiếp",
    "post": "Qua dịch vụ bưu chính",
    "online": "Trực tuyến",
}
_DISPUTE = {"none": "Không tranh chấp", "open": "Đang có tranh chấp"}
_USE = {"house": "Có nhà ở, công trình", "no_house": "Không có nhà ở, công trình"}


def make_paper(kind: str, case: PaperCase, *, sample: bool) -> bytes:
    """Return one paper of the dossier as PDF/A.

    Raises
    ------
    PaperImpossible
        No paper of this kind is known, or the dossier lacks what it prints.
    """
    maker = _MAKERS.get(kind)
    if maker is None:
        raise PaperImpossible(f"({kind})", kind=kind)
    return maker(case, sample)


def _officer(case: PaperCase, title: str = "Người lập") -> Signatory:
    return Signatory(title, case.made_by)


def _chair(case: PaperCase, *, signed: bool = False) -> Signatory:
    return Signatory(
        title="CHỦ TỊCH",
        name=case.made_by if signed else "",
        on_behalf="TM. ỦY BAN NHÂN DÂN",
        organisation=case.authority.name,
        signed_at=case.made_at if signed else None,
    )


def _receipt(case: PaperCase, sample: bool) -> bytes:
    limits = case.profile.limits(
        mountain=case.mountain, wants_certificate=bool(case.facts.get("wants_certificate"))
    )
    return papers.receipt(
        papers.ReceiptPaper(
            form=case.form("receipt"),
            authority=case.authority,
            code=case.code,
            made_at=case.made_at,
            applicants=case.holders,
            procedure_title=case.profile.title.vi,
            documents=tuple(papers.LodgedPaper(title) for title in case.lodged_titles),
            received_at=case.made_at,
            appointments=case.appointments(),
            time_limit=f"{max(limits.values())} ngày làm việc",
            channel=_CHANNELS[case.channel],
            collect_at=f"Bộ phận Một cửa {case.authority.name}",
            received_by=_officer(case, "Người tiếp nhận hồ sơ"),
            parcel=case.parcel.label if case.parcel else "",
            lookup_url=case.lookup_url,
            note=_stops_note(case.profile),
        ),
        sample=sample,
    )


def _stops_note(profile: Profile) -> str:
    if not profile.stops:
        return ""
    stops = "; ".join(title.vi[:1].lower() + title.vi[1:] for title in profile.stops.values())
    return f"Thời gian sau đây không tính vào thời hạn giải quyết: {stops}."


def _supplement(case: PaperCase, sample: bool) -> bytes:
    reason = str(case.facts["supplement"]["reason"])
    return papers.supplement_request(
        papers.SupplementPaper(
            form=case.form("supplement_request"),
            authority=case.authority,
            made_at=case.made_at,
            applicants=case.holders,
            procedure_title=case.profile.title.vi,
            items=tuple(line.strip() for line in reason.split(";") if line.strip()),
            reason="Hồ sơ chưa đủ thành phần theo quy định.",
            signed_by=_officer(case, "Người tiếp nhận hồ sơ"),
            code=case.code,
        ),
        sample=sample,
    )


def _refusal(case: PaperCase, sample: bool) -> bytes:
    return papers.refusal(
        papers.RefusalPaper(
            form=case.form("refusal"),
            authority=case.authority,
            made_at=case.made_at,
            applicants=case.holders,
            procedure_title=case.profile.title.vi,
            reason=str(case.facts["reason"]["reason"]),
            guidance="Đề nghị liên hệ cơ quan có thẩm quyền giải quyết.",
            signed_by=_officer(case, "Người tiếp nhận hồ sơ"),
            reference=case.code,
        ),
        sample=sample,
    )


def _stop_notice(case: PaperCase, sample: bool) -> bytes:
    return papers.stop_notice(
        papers.StopPaper(
            form=case.form("stop_notice"),
            authority=case.authority,
            made_at=case.made_at,
            code=case.code,
            applicants=case.holders,
            procedure_title=case.profile.title.vi,
            received_at=case.log[0].at,
            reason=str(case.facts["reason"]["reason"]),
            signed_by=_officer(case, "Người tiếp nhận hồ sơ"),
            returned=case.lodged_titles,
        ),
        sample=sample,
    )


def _control_slip(case: PaperCase, sample: bool) -> bytes:
    return papers.control_slip(
        papers.ControlSlipPaper(
            form=case.form("control_slip"),
            authority=case.authority,
            made_at=case.made_at,
            code=case.code,
            applicants=case.holders,
            procedure_title=case.profile.title.vi,
            hand_overs=hand_overs(case),
            appointments=case.appointments(),
        ),
        sample=sample,
    )


def hand_overs(case: PaperCase) -> tuple[papers.HandOver, ...]:
    """Each change of step: from whom, to whom, when, and early, on time or overdue."""
    found = []
    arrived = case.log[0]
    for line, previous in zip(case.log[1:], case.log, strict=False):
        before = case.profile.states[previous.to_state]
        after = case.profile.states[line.to_state]
        closing = after.final
        if (after.step == before.step and not closing) or before.step is None:
            continue
        due = step_due(case, before.step, arrived)
        target = case.profile.steps[after.step].title.vi if after.step else "Kết thúc"
        found.append(
            papers.HandOver(
                from_unit=case.profile.steps[before.step].title.vi,
                to_unit=target,
                handed_over_at=line.at,
                due_at=datetime.combine(due, CLOSING_TIME, OFFICE_ZONE),
                outcome=punctuality(office_date(line.at), due),
                from_person=line.actor,
                note=case.profile.actions[line.action].title.vi,
            )
        )
        arrived = line
    return tuple(found)


def step_due(case: PaperCase, step: str, arrived: DossierEvent) -> date:
    """Last working day of a step that began with ``arrived``, stops left out."""
    limits = case.profile.steps[step]
    wanted = bool(case.facts.get("wants_certificate"))
    days = limits.days if wanted else limits.days_notice
    extra = limits.mountain_extra if case.mountain else 0
    whole = max(1, -int(-(days + extra) // 1))
    here = [line for line in case.log if line.ordinal >= arrived.ordinal]
    phases = phases_of(case.profile, here, case.calendar)
    if phases[0].clock == "before":
        return case.calendar.add(office_date(arrived.at), whole)
    until = office_date(case.made_at)
    reading = read_clock(case.calendar, phases, today=until, limits={step: whole})
    return reading.due[step]


def _extract(case: PaperCase, sample: bool) -> bytes:
    return papers.extract(
        papers.ExtractPaper(
            form=case.form("extract"),
            authority=case.authority,
            made_at=case.made_at,
            parcel=case.land(),
            geometry=case.geometry,
            zone=case.zone,
            holders=case.holders,
            signed_by=_chair(case),
            made_by=_officer(case),
            neighbours=case.neighbours,
            measured=case.measured,
            changes=case.area_reason,
            reference=case.code,
        ),
        sample=sample,
    )


def _posted_entry(case: PaperCase) -> papers.PostedEntry:
    confirmed = case.facts.get("confirmations", {})
    planning = {True: "Phù hợp", False: "Không phù hợp"}.get(confirmed.get("planning", None))
    return papers.PostedEntry(
        code=case.code,
        holders=tuple(Person(holder.name, share=holder.share) for holder in case.holders),
        parcel=case.land(),
        origin=confirmed.get("origin"),
        dispute=_DISPUTE.get(confirmed.get("dispute", "")),
        planning=planning,
    )


def _posted_days(case: PaperCase) -> tuple[date, date]:
    posting = case.facts["posting"]
    opened = date.fromisoformat(posting["opened_on"])
    return opened + _DAY, date.fromisoformat(posting["ends_on"])


def _posting_list(case: PaperCase, sample: bool) -> bytes:
    first, last = _posted_days(case)
    return papers.posting_list(
        papers.PostingPaper(
            form=case.form("posting_list"),
            authority=case.authority,
            made_at=case.made_at,
            entries=(_posted_entry(case),),
            first_day=first,
            last_day=last,
            places="; ".join(case.facts["posting"]["places_vi"]),
            contact=case.authority.name,
            signed_by=_chair(case),
            made_by=_officer(case),
        ),
        sample=sample,
    )


def _minutes(case: PaperCase, sample: bool) -> bytes:
    first, last = _posted_days(case)
    heard = len(case.objections)
    conclusion = (
        f"Đã tiếp nhận và trả lời {heard} ý kiến phản ánh."
        if heard
        else "Trong thời gian niêm yết không có ý kiến phản ánh."
    )
    return papers.minutes(
        papers.MinutesPaper(
            form=case.form("minutes"),
            authority=case.authority,
            made_at=case.made_at,
            entries=(_posted_entry(case),),
            first_day=first,
            last_day=last,
            places="; ".join(case.facts["posting"]["places_vi"]),
            held_at=f"Trụ sở {case.authority.name}",
            present=(("", "Đại diện Ủy ban nhân dân"), (case.made_by, "Công chức địa chính")),
            conclusion=conclusion,
            objections=case.objections,
        ),
        sample=sample,
    )


def _tax_sheet(case: PaperCase, sample: bool) -> bytes:
    confirmed = case.facts.get("confirmations", {})
    return papers.tax_sheet(
        papers.TaxPaper(
            form=case.form("tax_sheet"),
            authority=case.authority,
            made_at=case.made_at,
            tax_office=f"Cơ quan thuế quản lý địa bàn {case.commune_kind} {case.commune}",
            holders=case.holders,
            parcel=case.land(),
            signed_by=_chair(case),
            papers_of_right=case.facts.get("eligibility", {}).get("grounds"),
            used_since=_day(confirmed.get("used_since")),
            assets=_USE.get(confirmed.get("present_use", "")),
            attachments=case.lodged_titles,
            reference=case.code,
        ),
        sample=sample,
    )


def _day(iso: str | None) -> str | None:
    return date_vi(date.fromisoformat(iso)) if iso else None


def _registration_notice(case: PaperCase, sample: bool) -> bytes:
    confirmed = case.facts.get("confirmations", {})
    return papers.registration_notice(
        papers.NoticePaper(
            form=case.form("registration_notice"),
            authority=case.authority,
            made_at=case.made_at,
            code=case.code,
            received_on=office_date(case.log[0].at),
            holders=case.holders,
            parcel=case.land(),
            findings=str(confirmed.get("origin", "")),
            conclusion=str(case.facts["eligibility"]["grounds"]),
            signed_by=_chair(case, signed=True),
            assets=_USE.get(confirmed.get("present_use", "")),
            recipients=tuple(holder.name for holder in case.holders),
        ),
        sample=sample,
    )


def _certificate(case: PaperCase, sample: bool) -> bytes:
    return papers.certificate(_certificate_paper(case), sample=sample)


def _certificate_overprint(case: PaperCase, sample: bool) -> bytes:
    return papers.certificate(_certificate_paper(case), sample=sample, output="overprint")


def _certificate_paper(case: PaperCase) -> papers.CertificatePaper:
    numbers = case.certificate
    if numbers is None:
        raise PaperImpossible(f"({case.code})", dossier=case.code)
    return papers.CertificatePaper(
        form=case.form("certificate"),
        authority=case.authority,
        made_at=case.made_at,
        holders=case.holders,
        parcel=case.land(),
        geometry=case.geometry,
        zone=case.zone,
        number=numbers.number,
        serial=numbers.serial,
        verify_url=numbers.verify_url,
        signed_by=_chair(case, signed=True),
        code=case.code,
        assets=_USE.get(case.facts.get("confirmations", {}).get("present_use", "")),
        notes=(case.area_reason,) if case.area_reason else (),
        neighbours=case.neighbours,
    )


_MAKERS: dict[str, Callable[[PaperCase, bool], bytes]] = {
    "receipt": _receipt,
    "supplement_request": _supplement,
    "refusal": _refusal,
    "stop_notice": _stop_notice,
    "control_slip": _control_slip,
    "extract": _extract,
    "posting_list": _posting_list,
    "minutes": _minutes,
    "tax_sheet": _tax_sheet,
    "registration_notice": _registration_notice,
    "certificate": _certificate,
    "certificate_overprint": _certificate_overprint,
}
