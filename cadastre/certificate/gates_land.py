"""Gates about the land of a dossier: map, identifier, boundary, dispute, posting, objections.

Land Law 31/2024/QH15 Art 135; Decree 151/2025/ND-CP Annex I Part V.C.II.3; TT 26/2024 Art 13.
"""

from __future__ import annotations

from datetime import date

from cadastre.certificate.context import DossierContext
from cadastre.certificate.gate_registry import Unmet, gate, unmet_item

#: Answers of a neighbour after which the boundary description may stand.
_SETTLED_ANSWERS = frozenset({"signed", "absent", "not_needed"})


@gate
def parcel_on_map(context: DossierContext) -> list[Unmet]:
    """The dossier names a parcel of the merged map."""
    if context.parcel is not None:
        return []
    return [
        unmet_item(
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
        unmet_item(
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
        unmet_item(
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
            unmet_item(
                name,
                "Chưa ghi nhận Bản mô tả ranh giới, mốc giới thửa đất.",
                "The boundary description is not recorded.",
            )
        ]
    unmet = []
    if boundary.confirmed == "disputed":
        unmet.append(unmet_item(name, "Ranh giới đang tranh chấp.", "The boundary is disputed."))
    if boundary.signed_on is None:
        unmet.append(
            unmet_item(
                name,
                "Bản mô tả ranh giới chưa được ký.",
                "The boundary description is not signed.",
            )
        )
    for neighbour, answer in boundary.answers:
        if answer not in _SETTLED_ANSWERS:
            unmet.append(
                unmet_item(
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
            unmet_item(
                "no_dispute",
                "Chưa xác nhận tình trạng tranh chấp.",
                "The dispute status is not confirmed.",
            )
        ]
    if confirmed.get("dispute") == "none":
        return []
    return [unmet_item("no_dispute", "Thửa đất đang có tranh chấp.", "A dispute is open.")]


@gate
def only_dossier_of_parcel(context: DossierContext) -> list[Unmet]:
    """No other dossier on the parcel is open."""
    return [
        unmet_item(
            "only_dossier_of_parcel",
            f"Thửa đất còn hồ sơ khác đang giải quyết: {code}.",
            f"Another dossier on the parcel is open: {code}.",
            code,
        )
        for code in context.other_dossiers
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
        unmet_item(
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
        unmet_item(
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
        unmet_item(
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
        unmet_item(
            "objections_answered",
            f"Ý kiến phản ánh của {objection.made_by} chưa được trả lời.",
            f"The objection of {objection.made_by} has no answer.",
            str(objection.objection_id),
        )
        for objection in context.objections
        if objection.answer is None
    ]


def _not_posted(name: str) -> Unmet:
    return unmet_item(
        name, "Chưa niêm yết công khai.", "The contents have not been posted in public."
    )
