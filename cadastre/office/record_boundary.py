"""Record the signed boundary description of a parcel.

"Boundary unchanged" is a legal fact read from the description (TT 26/2024/TT-BTNMT Art 13,
Annex 12): each neighbour signed, was absent and noticed, refused, or was not needed. Once it
is recorded, the mismatches that it settles are graded anew (Land Law Art 135(6)).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cadastre.certificate.context import office_date
from cadastre.errors import InputRefused
from cadastre.office.desk import Desk
from cadastre.store import states
from cadastre.store.dossier_parcel import ParcelNotOnMap, read_parcel
from cadastre.store.dossier_writing import (
    as_json,
)
from cadastre.store.named import query
from cadastre.store.transaction import Transaction

CONFIRMED = ("unchanged", "changed", "disputed", "not recorded")
ANSWERS = ("signed", "absent", "refused", "not_needed")


class BoundaryRefused(InputRefused):
    """The boundary is unchanged, changed, disputed or not recorded, with known answers."""

    message_vi = (
        "Ranh giới: không đổi, có đổi, tranh chấp hoặc chưa ghi nhận; "
        "mỗi hộ liền kề: đã ký, vắng mặt, từ chối hoặc không cần ký."
    )


@dataclass(frozen=True)
class BoundaryResult:
    """A recorded description, and how many mismatches were graded anew."""

    description_id: int
    parcel_uid: str
    confirmed: str
    regraded: int


def record_boundary(
    desk: Desk,
    *,
    commune: str,
    parcel_uid: str,
    confirmed: str,
    neighbours: Sequence[Mapping[str, Any]] = (),
    signed_on: date | None = None,
    note: str = "",
) -> BoundaryResult:
    """Record a boundary description; the one before is closed and kept.

    Parameters
    ----------
    confirmed : unchanged, changed, disputed or not recorded
    neighbours : {parcel_uid or name, answer: signed, absent, refused or not_needed}
    """
    _check(parcel_uid, confirmed, neighbours)
    _check_signed(signed_on, office_date(desk.moment()))
    with desk.transaction("record_boundary", commune=commune, subject=parcel_uid) as transaction:
        if read_parcel(transaction.connection, commune, parcel_uid) is None:
            raise ParcelNotOnMap(f"({parcel_uid})", parcel_uid=parcel_uid)
        where = {"commune": commune, "parcel_uid": parcel_uid, "event": transaction.event_id}
        transaction.connection.execute(query("boundary_close"), where)
        opened = transaction.connection.execute(
            query("boundary_open"),
            {
                **where,
                "confirmed": confirmed,
                "neighbours": as_json([dict(n) for n in neighbours]),
                "signed_on": signed_on,
                "note": note,
            },
        ).scalar_one()
        regraded = _regrade(desk, transaction, parcel_uid, confirmed == "unchanged")
        states.refresh(transaction.connection, commune, [parcel_uid])
        transaction.note(confirmed=confirmed, regraded=regraded)
        return BoundaryResult(int(opened), parcel_uid, confirmed, regraded)


def _check(parcel_uid: str, confirmed: str, neighbours: Sequence[Mapping[str, Any]]) -> None:
    """Refuse words that are not known, naming the neighbour's row, and a parcel beside itself."""
    if confirmed not in CONFIRMED:
        raise BoundaryRefused(f"(confirmed: {confirmed})", field="confirmed")
    for row, neighbour in enumerate(neighbours, start=1):
        told = neighbour.get("answer")
        if told not in ANSWERS:
            raise BoundaryRefused(
                f"Neighbour {row}: {told!r}; write {', '.join(ANSWERS)}.",
                f"Hộ liền kề thứ {row}: “{told}”; hãy ghi {', '.join(ANSWERS)}.",
                field="neighbours.answer",
                row=row,
            )
        if neighbour.get("parcel_uid") == parcel_uid:
            raise BoundaryRefused(
                f"Neighbour {row} is the parcel itself; choose the parcel beside it.",
                f"Hộ liền kề thứ {row} là chính thửa này; hãy chọn thửa bên cạnh.",
                field="neighbours.parcel_uid",
                row=row,
            )


def _check_signed(signed_on: date | None, today: date) -> None:
    """Refuse a signature of a day that has not come."""
    if signed_on is not None and signed_on > today:
        raise BoundaryRefused(
            f"Signed on {signed_on:%d/%m/%Y}, which is after today ({today:%d/%m/%Y}); "
            "write the day on the paper.",
            f"Ngày ký {signed_on:%d/%m/%Y} sau ngày hôm nay ({today:%d/%m/%Y}); "
            "hãy ghi ngày trên bản mô tả.",
            field="signed_on",
        )


def _regrade(desk: Desk, transaction: Transaction, parcel_uid: str, settled: bool) -> int:
    changed = 0
    for code, rule in desk.regulation["mismatch"].items():
        if not isinstance(rule, Mapping) or "confirmed" not in rule:
            continue
        done = transaction.connection.execute(
            query("mismatches_regrade"),
            {
                "commune": transaction.commune,
                "parcel_uid": parcel_uid,
                "code": code,
                "severity": desk.regulation.severity(code, confirmed=settled),
            },
        )
        changed += int(done.rowcount)
    return changed
