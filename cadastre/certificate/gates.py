"""The closed registry of gates: what must be so before an action, and what is still unmet.

A profile names its gates; it cannot write new ones. A gate reads a :class:`DossierContext`
and answers with the list of what is unmet, each item named, in Vietnamese and English; an
empty list lets the dossier pass. Sources: Land Law 31/2024/QH15 Art 135; Decree 151/2025
Annex I Part V.C.II.3; the completeness rules of SOLA (application and ba_unit targets).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from cadastre.certificate.context import DossierContext

#: Answers of a neighbour after which the boundary description may stand.
_SETTLED_ANSWERS = frozenset({"signed", "absent", "not_needed"})
_OBLIGATION_MET = frozenset({"paid", "exempt", "debt"})


@dataclass(frozen=True, slots=True)
class Unmet:
    """One thing that holds the dossier; ``items`` are the ids or names that it is about."""

    gate: str
    message_vi: str
    message_en: str
    items: tuple[str, ...] = ()


Gate = Callable[[DossierContext], list[Unmet]]
GATES: dict[str, Gate] = {}


def gate(function: Gate) -> Gate:
    """Enter a function into the registry under its own name."""
    GATES[function.__name__] = function
    return function


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
                _unmet(
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
                _unmet(
                    "documents_complete",
                    "Thiếu một trong các giấy tờ: " + "; ".join(titles[k].vi for k in kinds) + ".",
                    "Missing one of: " + "; ".join(titles[k].en for k in kinds) + ".",
                    *kinds,
                )
            )
    return unmet


@gate
def parcel_on_map(context: DossierContext) -> list[Unmet]:
    """The dossier names a parcel of the merged map."""
    if context.parcel is not None:
        return []
    return [
        _unmet(
            "parcel_on_map",
            "Hồ sơ chưa gắn với thửa đất nào trên bản đồ.",
            "The dossier has no parcel on the map.",
        )
    ]


@gate
def parcel_identified(context: DossierContext) -> list[Unmet]:
    """The parcel has its stored 12-character identifier (TT 19/2026/TT-BNNMT Art 11)."""
    if context.parcel is None:
        return parcel_on_map(context)
    if context.parcel.identifier:
        return []
    return [
        _unmet(
            "parcel_identified",
            f"{context.parcel.label}: chưa có mã định danh thửa đất.",
            f"{context.parcel.label}: no parcel identifier is stored.",
            context.parcel.parcel_uid,
        )
    ]


@gate
def mismatches_decided(context: DossierContext) -> list[Unmet]:
    """No blocking mismatch is open on the parcel or on a boundary that it shares."""
    return [
        _unmet(
            "mismatches_decided",
            f"Sai lệch chưa xử lý ({found.code}): {found.message_vi}",
            f"Open mismatch ({found.code}): {found.message_en}",
            found.mismatch_id,
        )
        for found in context.mismatches
        if found.severity == "blocking"
    ]


@gate
def boundary_signed(context: DossierContext) -> list[Unmet]:
    """The boundary description is there, signed, undisputed (TT 26/2024 Art 13, Annex 12)."""
    if context.parcel is None:
        return parcel_on_map(context)
    name, boundary = "boundary_signed", context.parcel.boundary
    if boundary is None or boundary.confirmed == "not recorded":
        return [
            _unmet(
                name,
                "Chưa ghi nhận Bản mô tả ranh giới, mốc giới thửa đất.",
                "The boundary description is not recorded.",
            )
        ]
    unmet = []
    if boundary.confirmed == "disputed":
        unmet.append(_unmet(name, "Ranh giới đang tranh chấp.", "The boundary is disputed."))
    if boundary.signed_on is None:
        unmet.append(
            _unmet(
                name,
                "Bản mô tả ranh giới chưa được ký.",
                "The boundary description is not signed.",
            )
        )
    for neighbour, answer in boundary.answers:
        if answer not in _SETTLED_ANSWERS:
            unmet.append(
                _unmet(
                    name,
                    f"Người sử dụng đất liền kề chưa ký: {neighbour}.",
                    f"A neighbour has not signed: {neighbour}.",
                    neighbour,
                )
            )
    return unmet


@gate
def no_dispute(context: DossierContext) -> list[Unmet]:
    """The confirmations are made and say that no dispute is open."""
    confirmed = context.facts.get("confirmations")
    if not confirmed:
        return [
            _unmet(
                "no_dispute",
                "Chưa xác nhận tình trạng tranh chấp.",
                "The dispute status is not confirmed.",
            )
        ]
    if confirmed.get("dispute") == "none":
        return []
    return [_unmet("no_dispute", "Thửa đất đang có tranh chấp.", "A dispute is open.")]


@gate
def shares_sum_to_one(context: DossierContext) -> list[Unmet]:
    """The shares of the parties are exact fractions whose sum is one."""
    total = sum(context.shares)
    if total == 1 and all(share > 0 for share in context.shares):
        return []
    return [
        _unmet(
            "shares_sum_to_one",
            f"Tổng phần quyền của những người đứng tên là {total}, phải bằng 1.",
            f"The holders' shares sum to {total}, not to 1.",
            str(total),
        )
    ]


@gate
def only_dossier_of_parcel(context: DossierContext) -> list[Unmet]:
    """No other dossier on the parcel is open."""
    return [
        _unmet(
            "only_dossier_of_parcel",
            f"Thửa đất còn hồ sơ khác đang giải quyết: {code}.",
            f"Another dossier on the parcel is open: {code}.",
            code,
        )
        for code in context.other_dossiers
    ]


@gate
def certificate_wanted(context: DossierContext) -> list[Unmet]:
    """The applicant asked for a certificate."""
    if context.facts.get("wants_certificate"):
        return []
    return [
        _unmet(
            "certificate_wanted",
            "Người nộp hồ sơ không đề nghị cấp Giấy chứng nhận.",
            "The applicant did not ask for a certificate.",
        )
    ]


@gate
def posting_complete(context: DossierContext) -> list[Unmet]:
    """The last day of the posting has passed (it ends at midnight of that day)."""
    posting = context.facts.get("posting")
    if not posting:
        return [_not_posted("posting_complete")]
    last = date.fromisoformat(posting["ends_on"])
    if context.today > last:
        return []
    return [
        _unmet(
            "posting_complete",
            f"Niêm yết công khai đến hết ngày {last:%d/%m/%Y}.",
            f"The posting lasts until the end of {last:%d/%m/%Y}.",
            last.isoformat(),
        )
    ]


@gate
def posting_closed(context: DossierContext) -> list[Unmet]:
    """The posting ran to its end and was closed with minutes."""
    posting = context.facts.get("posting")
    if not posting:
        return [_not_posted("posting_closed")]
    if posting.get("closed_on"):
        return []
    return [
        _unmet(
            "posting_closed",
            "Chưa lập biên bản kết thúc công khai.",
            "The posting has not been closed with minutes.",
        )
    ]


@gate
def posted_as_it_stands(context: DossierContext) -> list[Unmet]:
    """The land is as it was posted: no new version of the parcel, no new measurement since."""
    posting = context.facts.get("posting")
    if not posting or context.parcel is None:
        return []
    if posting.get("outline", context.parcel.outline) == context.parcel.outline:
        return []
    return [
        _unmet(
            "posted_as_it_stands",
            f"{context.parcel.label}: ranh giới đã thay đổi sau khi niêm yết; phải dừng niêm yết "
            "cũ, lập lại trích lục và niêm yết lại.",
            f"{context.parcel.label}: the outline changed after it was posted; take the posting "
            "back, make the extract again and post again.",
            context.parcel.parcel_uid,
        )
    ]


@gate
def objections_answered(context: DossierContext) -> list[Unmet]:
    """Every objection against the posted contents has its answer."""
    return [
        _unmet(
            "objections_answered",
            f"Ý kiến phản ánh của {objection.made_by} chưa được trả lời.",
            f"The objection of {objection.made_by} has no answer.",
            str(objection.objection_id),
        )
        for objection in context.objections
        if objection.answer is None
    ]


@gate
def obligation_met(context: DossierContext) -> list[Unmet]:
    """Paid, exempt or in recorded debt (Land Law Art 135(3))."""
    obligation = context.facts.get("obligation") or {}
    if obligation.get("outcome") in _OBLIGATION_MET:
        return []
    return [
        _unmet(
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
        _unmet(
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
        _unmet(
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
        _unmet(
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
            _unmet(
                name,
                "Hồ sơ chưa nêu Giấy chứng nhận đã cấp.",
                "The dossier does not name the certificate that it is about.",
            )
        ]
    if found.status != "in_force":
        return [
            _unmet(
                name,
                f"Giấy chứng nhận {found.serial} không còn hiệu lực.",
                f"Certificate {found.serial} is no longer in force.",
                found.serial,
            )
        ]
    if context.parcel is not None and context.parcel.parcel_uid != found.parcel_uid:
        return [
            _unmet(
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
        _unmet(
            "parcel_not_certified",
            f"Thửa đất đã có Giấy chứng nhận đang có hiệu lực: {serial}.",
            f"A certificate is in force on the parcel already: {serial}.",
            serial,
        )
        for serial in context.in_force
    ]


def _not_posted(name: str) -> Unmet:
    return _unmet(name, "Chưa niêm yết công khai.", "The contents have not been posted in public.")


def _unmet(name: str, message_vi: str, message_en: str, *items: str) -> Unmet:
    return Unmet(gate=name, message_vi=message_vi, message_en=message_en, items=items)
