"""Papers on the land from the facts of a dossier: extract, posting, notice, certificate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from cadastre.certificate import papers
from cadastre.certificate.paper_case import PaperCase, PaperImpossible, chair, officer
from cadastre.certificate.papers import Person
from cadastre.drawing.wording import date_vi

_DAY = timedelta(days=1)
_DISPUTE = {"none": "Không tranh chấp", "open": "Đang có tranh chấp"}


def _extract(case: PaperCase, sample: bool) -> bytes:
    return papers.extract(
        papers.ExtractPaper(
            head=case.head("extract"),
            parcel=case.land(),
            geometry=case.geometry,
            zone=case.zone,
            holders=case.holders,
            signed_by=chair(case),
            made_by=officer(case),
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


def _posting(case: PaperCase) -> papers.Posting:
    posting = case.facts["posting"]
    return papers.Posting(
        entries=(_posted_entry(case),),
        first_day=date.fromisoformat(posting["opened_on"]) + _DAY,
        last_day=date.fromisoformat(posting["ends_on"]),
        places="; ".join(posting["places_vi"]),
    )


def _posting_list(case: PaperCase, sample: bool) -> bytes:
    return papers.posting_list(
        papers.PostingPaper(
            head=case.head("posting_list"),
            posting=_posting(case),
            contact=case.authority.name,
            signed_by=chair(case),
            made_by=officer(case),
        ),
        sample=sample,
    )


def _minutes(case: PaperCase, sample: bool) -> bytes:
    heard = len(case.objections)
    conclusion = (
        f"Đã tiếp nhận và trả lời {heard} ý kiến phản ánh."
        if heard
        else "Trong thời gian niêm yết không có ý kiến phản ánh."
    )
    return papers.minutes(
        papers.MinutesPaper(
            head=case.head("minutes"),
            posting=_posting(case),
            held_at=f"Trụ sở {case.authority.name}",
            present=(
                ("", "Đại diện Ủy ban nhân dân"),
                (case.made_by, "Công chức địa chính"),
                ("", "Đại diện khu dân cư nơi có đất"),
            ),
            conclusion=conclusion,
            objections=case.objections,
        ),
        sample=sample,
    )


def _tax_sheet(case: PaperCase, sample: bool) -> bytes:
    confirmed = case.facts.get("confirmations", {})
    return papers.tax_sheet(
        papers.TaxPaper(
            head=case.head("tax_sheet"),
            dossier=case.dossier,
            tax_office=f"Cơ quan thuế quản lý địa bàn {case.commune_kind} {case.commune}",
            parcel=case.land(),
            signed_by=chair(case),
            papers_of_right="; ".join(case.lodged_titles("origin")),
            used_since=_day(confirmed.get("used_since")),
            assets=case.present_use,
            attachments=case.lodged_titles(),
        ),
        sample=sample,
    )


def _day(iso: str | None) -> str | None:
    return date_vi(date.fromisoformat(iso)) if iso else None


def _registration_notice(case: PaperCase, sample: bool) -> bytes:
    confirmed = case.facts.get("confirmations", {})
    return papers.registration_notice(
        papers.NoticePaper(
            head=case.head("registration_notice"),
            dossier=case.dossier,
            parcel=case.land(),
            findings=str(confirmed.get("origin", "")),
            conclusion=str(case.facts["eligibility"]["grounds"]),
            signed_by=chair(case, signed=True),
            assets=case.present_use,
            recipients=(
                *(holder.name for holder in case.holders),
                "Văn phòng đăng ký đất đai (cập nhật hồ sơ địa chính)",
                "Lưu: VT, hồ sơ",
            ),
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
        head=case.head("certificate"),
        holders=case.holders,
        parcel=case.land(),
        geometry=case.geometry,
        zone=case.zone,
        book_number=numbers.number,
        serial=numbers.serial,
        verify_url=numbers.verify_url,
        signed_by=chair(case, signed=True),
        code=case.code,
        assets=case.present_use,
        notes=(case.area_reason,) if case.area_reason else (),
        changes=case.changes,
        neighbours=case.neighbours,
    )


def _decision(kind: str, effect: str) -> Callable[[PaperCase, bool], bytes]:
    def make(case: PaperCase, sample: bool) -> bytes:
        about = case.facts.get("certificate")
        finding = case.facts.get("finding")
        if not about or not finding:
            raise PaperImpossible(f"({case.code})", dossier=case.code)
        return papers.certificate_decision(
            papers.DecisionPaper(
                head=case.head(kind),
                dossier=case.dossier,
                holders=case.certified_holders or case.holders,
                parcel=case.parcel.label if case.parcel else "",
                serial=about["serial"],
                book_number=about["number"],
                lines=_asked_lines(case, finding),
                signed_by=chair(case, signed=True),
                effect=effect,
            ),
            sample=sample,
        )

    return make


def _asked_lines(case: PaperCase, finding: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What the examination recorded, under the titles that the profile gives its inputs."""
    titles = {
        asked.name: asked.title_vi
        for action in case.profile.actions.values()
        if "record_finding" in action.effects
        for asked in action.inputs
    }
    return tuple((titles[name], str(finding[name])) for name in titles if finding.get(name))


MAKERS = {
    "extract": _extract,
    "posting_list": _posting_list,
    "minutes": _minutes,
    "tax_sheet": _tax_sheet,
    "registration_notice": _registration_notice,
    "certificate": _certificate,
    "certificate_overprint": _certificate_overprint,
    # The certificate with what was changed since; its case is that of the dossier it came from.
    "certificate_changed": _certificate,
    "correction_decision": _decision(
        "correction_decision",
        "Nội dung đính chính được ghi vào sổ địa chính và xác nhận trên Giấy chứng nhận.",
    ),
    "withdrawal_decision": _decision(
        "withdrawal_decision",
        "Giấy chứng nhận nêu trên bị thu hồi, hủy và không còn giá trị pháp lý.",
    ),
}
