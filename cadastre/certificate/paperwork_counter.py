"""Papers of the counter from the facts of a dossier: receipt, letters, control slip."""

from __future__ import annotations

from datetime import date, datetime

from cadastre.certificate import papers
from cadastre.certificate.context import office_date
from cadastre.certificate.hand_overs import passages, receivers
from cadastre.certificate.paper_case import CLOSING_TIME, PaperCase, officer
from cadastre.certificate.profile import Profile
from cadastre.drawing.wording import LEGAL_TIME

_CHANNELS = {
    "counter": "Trực tiếp",
    "post": "Qua dịch vụ bưu chính",
    "online": "Trực tuyến",
}


def _receipt(case: PaperCase, sample: bool) -> bytes:
    limits = case.profile.limits(
        mountain=case.mountain, wants_certificate=bool(case.facts.get("wants_certificate"))
    )
    return papers.receipt(
        papers.ReceiptPaper(
            head=case.head("receipt"),
            dossier=case.dossier,
            documents=case.lodged,
            appointments=case.appointments(),
            time_limit=f"{max(limits.values())} ngày làm việc",
            channel=_CHANNELS[case.channel],
            collect_at=f"Bộ phận Một cửa {case.authority.name}",
            received_by=officer(case, "Người tiếp nhận hồ sơ"),
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
            head=case.head("supplement_request"),
            dossier=case.dossier,
            items=tuple(line.strip() for line in reason.split(";") if line.strip()),
            reason="Hồ sơ chưa đủ thành phần theo quy định.",
            contact=f"Bộ phận Một cửa {case.authority.name}",
            signed_by=officer(case, "Người tiếp nhận hồ sơ"),
        ),
        sample=sample,
    )


def _refusal(case: PaperCase, sample: bool) -> bytes:
    return papers.refusal(
        papers.RefusalPaper(
            head=case.head("refusal"),
            dossier=case.dossier,
            reason=str(case.facts["reason"]["reason"]),
            guidance="Đề nghị liên hệ cơ quan có thẩm quyền giải quyết.",
            signed_by=officer(case, "Người tiếp nhận hồ sơ"),
        ),
        sample=sample,
    )


def _stop_notice(case: PaperCase, sample: bool) -> bytes:
    return papers.stop_notice(
        papers.StopPaper(
            head=case.head("stop_notice"),
            dossier=case.dossier,
            reason=str(case.facts["reason"]["reason"]),
            signed_by=officer(case, "Người tiếp nhận hồ sơ"),
            returned=case.lodged_titles(),
        ),
        sample=sample,
    )


def _apology(case: PaperCase, sample: bool) -> bytes:
    given = case.facts["reappointment"]
    return papers.apology(
        papers.ApologyPaper(
            head=case.head("apology"),
            dossier=case.dossier,
            promised_at=_closing(given["promised_on"]),
            new_date=_closing(given["new_on"]),
            reason=str(given["reason"]),
            signed_by=officer(case, "Người xin lỗi, hẹn lại"),
        ),
        sample=sample,
    )


def _closing(iso: str) -> datetime:
    return datetime.combine(date.fromisoformat(iso), CLOSING_TIME, LEGAL_TIME)


def _control_slip(case: PaperCase, sample: bool) -> bytes:
    return papers.control_slip(
        papers.ControlSlipPaper(
            head=case.head("control_slip"),
            dossier=case.dossier,
            hand_overs=hand_overs(case),
            appointments=case.appointments(),
        ),
        sample=sample,
    )


def hand_overs(case: PaperCase) -> tuple[papers.HandOver, ...]:
    """Each change of step: from whom, to whom, when, and early, on time or overdue."""
    steps = case.profile.steps
    found = passages(case.journey, today=office_date(case.made_at))
    taken = receivers(found, case.scanned)
    return tuple(
        papers.HandOver(
            from_unit=steps[passage.from_step].title.vi,
            to_unit=steps[passage.to_step].title.vi if passage.to_step else "Kết thúc",
            handed_over_at=passage.at,
            due_at=datetime.combine(passage.due_on, CLOSING_TIME, LEGAL_TIME),
            outcome=passage.outcome,
            from_person=case.name_of(passage.actor),
            to_person=case.name_of(scan["taken_by"]) if scan else "",
            note=case.profile.actions[passage.action].title.vi,
        )
        for passage, scan in zip(found, taken, strict=True)
    )


MAKERS = {
    "receipt": _receipt,
    "supplement_request": _supplement,
    "refusal": _refusal,
    "stop_notice": _stop_notice,
    "control_slip": _control_slip,
    "apology": _apology,
}
