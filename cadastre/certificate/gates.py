"""The closed registry of gates: what must be so before an action, and what is still unmet.

A profile names its gates; it cannot write new ones. A gate reads a :class:`DossierContext`
and answers with the list of what is unmet, each item named, in Vietnamese and English; an
empty list lets the dossier pass. Sources: Land Law 31/2024/QH15 Art 135; Decree 151/2025
Annex I Part V.C.II.3; the completeness rules of SOLA (application and ba_unit targets).
"""

from __future__ import annotations

from datetime import date

# Imported for the gates that it enters into the registry.
import cadastre.certificate.gates_land  # noqa: F401
from cadastre.certificate.context import DossierContext
from cadastre.certificate.gate_registry import GATES, Unmet, gate, unmet_item

__all__ = ["GATES", "Unmet"]

_OBLIGATION_MET = frozenset({"paid", "exempt", "debt"})


@gate
def documents_complete(context: DossierContext) -> list[Unmet]:
    """Every required paper, and one of each group, has been lodged."""
    unmet = []
    groups: dict[str, list[str]] = {}
    for paper in context.papers_asked:
        if paper.group:
            groups.setdefault(paper.group, []).append(paper.kind)
        elif paper.required and paper.kind not in context.papers_lodged:
            unmet.append(
                unmet_item(
                    "documents_complete",
                    f"Thiếu giấy tờ: {paper.title.vi}.",
                    f"Missing paper: {paper.title.en}.",
                    paper.kind,
                )
            )
    titles = {paper.kind: paper.title for paper in context.papers_asked}
    for kinds in groups.values():
        if not context.papers_lodged.intersection(kinds):
            unmet.append(
                unmet_item(
                    "documents_complete",
                    "Thiếu một trong các giấy tờ: " + "; ".join(titles[k].vi for k in kinds) + ".",
                    "Missing one of: " + "; ".join(titles[k].en for k in kinds) + ".",
                    *kinds,
                )
            )
    return unmet


@gate
def shares_sum_to_one(context: DossierContext) -> list[Unmet]:
    """The shares of the parties are exact fractions whose sum is one."""
    total = sum(context.shares)
    if total == 1 and all(share > 0 for share in context.shares):
        return []
    return [
        unmet_item(
            "shares_sum_to_one",
            f"Tổng phần quyền của những người đứng tên là {total}, phải bằng 1.",
            f"The holders' shares sum to {total}, not to 1.",
            str(total),
        )
    ]


@gate
def certificate_wanted(context: DossierContext) -> list[Unmet]:
    """The applicant asked for a certificate."""
    if context.facts.get("wants_certificate"):
        return []
    return [
        unmet_item(
            "certificate_wanted",
            "Người nộp hồ sơ không đề nghị cấp Giấy chứng nhận.",
            "The applicant did not ask for a certificate.",
        )
    ]


@gate
def obligation_met(context: DossierContext) -> list[Unmet]:
    """Paid, exempt or in recorded debt (Land Law Art 135(3))."""
    obligation = context.facts.get("obligation") or {}
    if obligation.get("outcome") in _OBLIGATION_MET:
        return []
    return [
        unmet_item(
            "obligation_met",
            "Chưa hoàn thành nghĩa vụ tài chính (nộp, miễn hoặc ghi nợ).",
            "The financial obligation is neither paid, exempt nor in recorded debt.",
        )
    ]


@gate
def four_eyes(context: DossierContext) -> list[Unmet]:
    """Who prepared the dossier does not approve it."""
    if context.actor not in context.preparers:
        return []
    return [
        unmet_item(
            "four_eyes",
            f"{context.actor} đã tham gia lập hồ sơ nên không được ký duyệt.",
            f"{context.actor} prepared this dossier and may not approve it.",
            context.actor,
        )
    ]


@gate
def not_reappointed(context: DossierContext) -> list[Unmet]:
    """A late dossier gets exactly one new date."""
    given = context.facts.get("reappointment")
    if not given:
        return []
    day = date.fromisoformat(given["new_on"])
    return [
        unmet_item(
            "not_reappointed",
            f"Hồ sơ đã được hẹn lại một lần, đến ngày {day:%d/%m/%Y}; không được hẹn lại lần nữa.",
            f"The one new date has been given already: {day:%d/%m/%Y}.",
            day.isoformat(),
        )
    ]


@gate
def waiting_on_something(context: DossierContext) -> list[Unmet]:
    """The dossier is waiting on another system."""
    if context.waiting_on:
        return []
    return [
        unmet_item(
            "waiting_on_something",
            "Hồ sơ không chờ hệ thống nào.",
            "The dossier is not waiting on another system.",
        )
    ]


@gate
def certificate_named(context: DossierContext) -> list[Unmet]:
    """The dossier names a certificate that is in force, of its own parcel."""
    name, found = "certificate_named", context.certificate
    if found is None:
        return [
            unmet_item(
                name,
                "Hồ sơ chưa nêu Giấy chứng nhận đã cấp.",
                "The dossier does not name the certificate that it is about.",
            )
        ]
    if found.status != "in_force":
        return [
            unmet_item(
                name,
                f"Giấy chứng nhận {found.serial} không còn hiệu lực.",
                f"Certificate {found.serial} is no longer in force.",
                found.serial,
            )
        ]
    if context.parcel is not None and context.parcel.parcel_uid != found.parcel_uid:
        return [
            unmet_item(
                name,
                f"Giấy chứng nhận {found.serial} là của thửa đất khác.",
                f"Certificate {found.serial} is about another parcel.",
                found.serial,
            )
        ]
    return []


@gate
def parcel_not_certified(context: DossierContext) -> list[Unmet]:
    """No certificate is in force on the parcel: a first certificate is the first."""
    return [
        unmet_item(
            "parcel_not_certified",
            f"Thửa đất đã có Giấy chứng nhận đang có hiệu lực: {serial}.",
            f"A certificate is in force on the parcel already: {serial}.",
            serial,
        )
        for serial in context.in_force
    ]
