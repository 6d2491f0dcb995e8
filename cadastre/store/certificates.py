"""Certificates in the store: controlled blanks, the book, the register page, verification.

A serial belongs to one blank of a controlled range and is used once or spoiled, never
reused; the book number counts the certificates of the commune without a gap.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import shapely
from sqlalchemy import Connection

from cadastre.certificate.numbers import serial_range
from cadastre.crs import to_wgs84
from cadastre.errors import Conflict, NotFound
from cadastre.store.dossier_file import DossierFile
from cadastre.store.dossier_writing import (
    as_json,
)
from cadastre.store.land_register import lock_subject
from cadastre.store.named import query
from cadastre.store.transaction import Transaction


class BlanksExhausted(Conflict):
    """No free blank of the certificate form is left; load a new range."""

    message_vi = "Đã hết phôi Giấy chứng nhận; cần nhập dải phôi mới."


class BlankNotFree(Conflict):
    """This blank is not a free one of this office."""

    message_vi = "Phôi này không phải phôi chưa dùng của xã."


class CertificateUnknown(NotFound):
    """No certificate has this number or code."""

    message_vi = "Không có Giấy chứng nhận mang số hoặc mã này."


class CertificateNotInForce(Conflict):
    """This certificate is no longer in force, or somebody changed it in the meantime."""

    message_vi = "Giấy chứng nhận này không còn hiệu lực hoặc vừa được người khác thay đổi."


class CertificateAmbiguous(Conflict):
    """Several communes have a certificate of this number; name the commune."""

    message_vi = "Nhiều xã có Giấy chứng nhận mang số này; hãy nêu xã."


@dataclass(frozen=True)
class NewCertificate:
    """What is entered in the book when the chairman signs."""

    certificate_uid: str
    number: str
    serial: str
    token: str
    area_m2: Decimal
    land_use: str
    issued_on: date
    signed_by: str
    authority: str
    outline: Any
    holders: Sequence[Mapping[str, Any]]
    supersedes: str | None = None


def load_serials(transaction: Transaction, serials: Sequence[str]) -> int:
    """Enter blanks; return how many were new."""
    loaded = transaction.connection.execute(
        query("blanks_load"),
        {
            "commune": transaction.commune,
            "serials": list(serials),
            "event": transaction.event_id,
        },
    )
    return int(loaded.rowcount)


def spoil_serial(transaction: Transaction, serial: str, reason: str) -> None:
    """Account for a damaged blank."""
    one = {"commune": transaction.commune, "serial": serial, "reason": reason}
    if not transaction.connection.execute(query("blank_spoil"), one).rowcount:
        raise BlankNotFree(f"({serial})", serial=serial)


def blanks_counted(connection: Connection, commune: str) -> dict[str, int]:
    """Blanks of a commune by status: free, used, spoiled."""
    found = connection.execute(query("blanks_counted"), {"commune": commune})
    return {"free": 0, "used": 0, "spoiled": 0} | {row.status: row.blanks for row in found}


def take_blank(transaction: Transaction) -> str:
    """Take the next free blank for a certificate of this transaction."""
    one = {"commune": transaction.commune}
    serial = transaction.connection.execute(query("blank_take"), one).scalar()
    if serial is None:
        raise BlanksExhausted(commune=transaction.commune)
    return str(serial)


def take_named_blank(transaction: Transaction, serial: str, *, printed_elsewhere: bool) -> str:
    """Take the blank that the chairman names.

    Parameters
    ----------
    printed_elsewhere : the national software printed on a blank that this office never had

    Raises
    ------
    BlankNotFree
        It is not a free one of the office, or it has been used before.
    """
    (known,) = serial_range(serial, serial)
    one = {"commune": transaction.commune, "serial": known}
    taken = transaction.connection.execute(query("blank_take_named"), one).scalar()
    if taken is None and printed_elsewhere:
        event = {"event": transaction.event_id}
        taken = transaction.connection.execute(query("blank_record"), {**one, **event}).scalar()
    if taken is None:
        raise BlankNotFree(f"({known})", serial=known)
    return str(taken)


def next_book_number(transaction: Transaction, pattern: str) -> str:
    """Return the next number of the commune's book; one certificate at a time."""
    lock_subject(transaction.connection, "certificate book", transaction.commune)
    one = {"commune": transaction.commune}
    entered = transaction.connection.execute(query("certificates_counted"), one).scalar_one()
    return pattern.format(number=int(entered) + 1)


def enter_certificate(
    transaction: Transaction, found: DossierFile, certificate: NewCertificate
) -> None:
    """Write the certificate into the book."""
    assert found.parcel is not None  # noqa: S101 - the gates let no dossier pass without one
    transaction.connection.execute(
        query("certificate_insert"),
        {
            "certificate_uid": certificate.certificate_uid,
            "commune": transaction.commune,
            "number": certificate.number,
            "serial": certificate.serial,
            "token": certificate.token,
            "dossier_uid": found.uid,
            "parcel_uid": found.parcel.facts.parcel_uid,
            "parcel_version": found.parcel.version,
            "area_m2": certificate.area_m2,
            "land_use": certificate.land_use,
            "issued_on": certificate.issued_on,
            "signed_by": certificate.signed_by,
            "authority": certificate.authority,
            "outline": shapely.to_wkb(certificate.outline),
            "srid": found.commune.srid,
            "holders": as_json(list(certificate.holders)),
            "supersedes": certificate.supersedes,
            "event": transaction.event_id,
        },
    )


def cancel_in_book(transaction: Transaction, certificate_uid: str, row_version: int) -> int:
    """End a certificate in force; return its new version.

    Raises
    ------
    CertificateNotInForce
    """
    wanted = {"certificate_uid": certificate_uid, "row_version": row_version}
    ended = transaction.connection.execute(query("certificate_cancel"), wanted).scalar()
    if ended is None:
        raise CertificateNotInForce(f"({certificate_uid})", certificate_uid=certificate_uid)
    return int(ended)


def supersede(transaction: Transaction, certificate_uid: str) -> None:
    """End a certificate because another one takes its place.

    Raises
    ------
    CertificateNotInForce
    """
    one = {"certificate_uid": certificate_uid}
    if transaction.connection.execute(query("certificate_supersede"), one).first() is None:
        raise CertificateNotInForce(f"({certificate_uid})", certificate_uid=certificate_uid)


def attach_paper(transaction: Transaction, certificate_uid: str, document_uid: str) -> None:
    """Name the signed paper of a certificate."""
    transaction.connection.execute(
        query("certificate_document"),
        {"certificate_uid": certificate_uid, "document_uid": document_uid},
    )


def enter_register(
    transaction: Transaction,
    *,
    parcel_uid: str,
    kind: str,
    content: Mapping[str, Any],
    at: datetime,
    certificate_uid: str | None = None,
) -> int:
    """Write a line on the register page of a parcel; return its number."""
    entered = transaction.connection.execute(
        query("register_insert"),
        {
            "commune": transaction.commune,
            "parcel_uid": parcel_uid,
            "certificate_uid": certificate_uid,
            "kind": kind,
            "content": as_json(content),
            "entered_at": at,
            "event": transaction.event_id,
        },
    )
    return int(entered.scalar_one())


def new_uid() -> str:
    """Return a fresh identifier of a certificate."""
    return str(uuid.uuid4())


def read_certificate(
    connection: Connection, number: str, *, commune: str | None = None
) -> dict[str, Any]:
    """Return a certificate by its number in the book or its serial.

    Raises
    ------
    CertificateUnknown
    CertificateAmbiguous
        The number is one of the books of several communes and none was named.
    """
    wanted = {"number": number, "commune": commune}
    rows = connection.execute(query("certificate_by_number"), wanted).mappings().all()
    if not rows:
        raise CertificateUnknown(f"({number})", number=number)
    communes = sorted({str(row["commune"]) for row in rows})
    if len(communes) > 1:
        raise CertificateAmbiguous(f"({number}: {', '.join(communes)})", communes=communes)
    return dict(rows[0])


def verify_certificate(connection: Connection, token: str) -> dict[str, Any]:
    """Return what anyone with the QR may know: in force or not, and the outline; no person."""
    found = connection.execute(query("certificate_verify"), {"token": token})
    row = found.mappings().first()
    if row is None:
        raise CertificateUnknown(token=token)
    return {**row, "outline": shapely.from_wkb(bytes(row["outline"]))}


def posting_communes(connection: Connection) -> list[dict[str, Any]]:
    """Return the communes of the service with how many parcels each posts now."""
    return [dict(r) for r in connection.execute(query("posting_communes_public")).mappings()]


def posted_land(connection: Connection, commune: str) -> list[dict[str, Any]]:
    """Return the parcels posted now and those around them, outlines in WGS 84 (lon, lat)."""
    rows = connection.execute(query("posting_land_public"), {"commune": commune}).mappings().all()
    if not rows:
        return []
    # A commune has one zone: one operation for all its outlines.
    shown = to_wgs84(shapely.from_wkb([bytes(row["outline"]) for row in rows]), rows[0]["srid"])
    kept = ("code", "sheet", "parcel", "land_use")
    return [
        {**{name: row[name] for name in kept}, "outline": outline}
        for row, outline in zip(rows, shown, strict=True)
    ]


def certificate_changes(connection: Connection, token: str) -> list[dict[str, Any]]:
    """Return what was done to a certificate since it was issued, and when; no person."""
    found = connection.execute(query("certificate_changes"), {"token": token})
    return [dict(row) for row in found.mappings()]


def corrections_of(connection: Connection, certificate_uid: str) -> list[dict[str, Any]]:
    """Return the corrections of a certificate as the register has them, the first in front."""
    found = connection.execute(query("corrections"), {"certificate_uid": certificate_uid})
    return [dict(row) for row in found.mappings()]


def posted_now(connection: Connection, commune: str) -> list[dict[str, Any]]:
    """Return what a commune posts to the public now."""
    found = connection.execute(query("posting_list_public"), {"commune": commune})
    return [dict(row) for row in found.mappings()]
