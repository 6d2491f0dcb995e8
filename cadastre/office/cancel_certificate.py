"""Cancel a wrong certificate: it stays in the book, and its QR says that it no longer holds.

Land Law 31/2024/QH15 Art 152: a certificate issued against the law is withdrawn by a decision
that names the reason; the number and the serial are never used again.
"""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.office.desk import Desk
from cadastre.store import states
from cadastre.store.certificates import (
    CertificateNotInForce,
    cancel_in_book,
    enter_register,
    read_certificate,
)

__all__ = ["CancelResult", "CertificateNotInForce", "cancel_certificate"]


@dataclass(frozen=True)
class CancelResult:
    """A cancelled certificate."""

    number: str
    serial: str
    status: str
    row_version: int


def cancel_certificate(
    desk: Desk, *, commune: str, number: str, reason: str, row_version: int | None = None
) -> CancelResult:
    """Cancel a certificate by its number in the book or its serial.

    Raises
    ------
    CertificateUnknown, CertificateNotInForce
    """
    with desk.transaction("cancel_certificate", commune=commune, subject=number) as transaction:
        found = read_certificate(transaction.connection, number, commune=commune)
        seen = found["row_version"] if row_version is None else row_version
        ended = cancel_in_book(transaction, found["certificate_uid"], seen)
        enter_register(
            transaction,
            parcel_uid=found["parcel_uid"],
            kind="cancellation",
            certificate_uid=found["certificate_uid"],
            at=desk.moment(),
            content={
                "number": found["number"],
                "serial": found["serial"],
                "reason": reason,
                "entered_by": desk.actor.username,
            },
        )
        states.refresh(transaction.connection, commune, [found["parcel_uid"]])
        transaction.note(number=found["number"], reason=reason)
        return CancelResult(found["number"], found["serial"], "cancelled", int(ended))
