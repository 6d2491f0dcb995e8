"""Everything that a certificate says, as data for the software that prints it elsewhere.

Where the national software prints the certificate (TT 10/2024/TT-BTNMT Art 31), it is given
this record instead of being typed in again; the serial of its blank comes back when the
chairman signs. The names follow the five sections of the certificate and its QR (Art 29);
docs/certificate-record.md describes each. The register keeps the record of what was signed, so
that the certificate made anew says the same, whatever became of persons and parcel since.
Coordinates are X (north) and Y (east) in metres of the VN-2000 zone, to the millimetre; areas in
square metres to 0.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from cadastre.certificate.paper_case import PaperCase
from cadastre.certificate.papers import ParcelOnPaper, Person, Purpose
from cadastre.drawing.corners import number_corners

FORMAT = "certificate-record/1"


def certificate_record(case: PaperCase) -> dict[str, Any]:
    """Return the record of a dossier's certificate, signed already or still to be signed.

    Raises
    ------
    PaperImpossible
        The dossier has no parcel.
    """
    numbers = case.certificate
    return {
        "format": FORMAT,
        "dossier": case.code,
        "procedure": {"code": case.profile.procedure_code, "title": case.profile.title.vi},
        "authority": case.authority.name,
        "made_at": case.made_at.isoformat(timespec="seconds"),
        "certificate": None
        if numbers is None
        else {
            "book_number": numbers.number,
            "serial": numbers.serial,
            "verify_url": numbers.verify_url,
            "signed_by": case.made_by,
        },
        "holders": [_holder(person) for person in case.holders],
        "parcel": _parcel(case, case.land()),
        "assets": _assets(case),
        "outline": _outline(case),
        "notes": [case.area_reason] if case.area_reason else [],
        "changes": [
            {"content": change.content, "confirmed_by": change.confirmed_by}
            for change in case.changes
        ],
        "obligation": _obligation(case),
    }


def _holder(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "id_number": person.id_number,
        "birth_date": person.birth_date.isoformat() if person.birth_date else None,
        "gender": person.gender,
        "address": person.address,
        "phone": person.phone,
        "share": str(person.share) if person.share is not None else None,
    }


def _parcel(case: PaperCase, parcel: ParcelOnPaper) -> dict[str, Any]:
    return {
        "identifier": parcel.identifier,
        "sheet": parcel.sheet,
        "parcel": parcel.parcel,
        "former": parcel.former,
        "commune": parcel.commune,
        "province": parcel.province,
        "address": parcel.address,
        "area_m2": round(parcel.area_m2, 1),
        "purposes": [_purpose(purpose) for purpose in parcel.purposes],
        "used_since": case.facts.get("confirmations", {}).get("used_since"),
    }


def _purpose(purpose: Purpose) -> dict[str, Any]:
    return {
        "land_use": purpose.land_use,
        "name": purpose.name,
        "area_m2": None if purpose.area_m2 is None else round(purpose.area_m2, 1),
        "form": purpose.form,
        "term": purpose.term,
        "origin": purpose.origin,
    }


def _assets(case: PaperCase) -> str | None:
    """Return what the commune confirmed to stand on the land; None where nothing was said."""
    use = case.facts.get("confirmations", {}).get("present_use")
    return None if use is None else str(use)


def _outline(case: PaperCase) -> dict[str, Any]:
    return {
        "zone": case.zone,
        "vertices": [
            {
                "number": corner.number,
                "ring": corner.ring,
                "hole": corner.hole,
                "x_north_m": round(corner.north, 3),
                "y_east_m": round(corner.east, 3),
                "next": corner.next_number,
                "edge_m": round(corner.edge_m, 3),
            }
            for corner in number_corners(case.geometry)
        ],
    }


def _obligation(case: PaperCase) -> dict[str, Any] | None:
    found = case.facts.get("obligation")
    return None if not found else {k: found.get(k) for k in ("outcome", "amount", "reference")}


def as_recorded(case: PaperCase, record: Mapping[str, Any]) -> PaperCase:
    """Return the case with persons, parcel, notes and signatory as a signed record has them."""
    notes = record["notes"]
    return replace(
        case,
        holders=recorded_holders(record),
        parcel=recorded_parcel(record),
        area_reason=notes[0] if notes else "",
        made_by=record["certificate"]["signed_by"],
    )


def recorded_holders(record: Mapping[str, Any]) -> tuple[Person, ...]:
    """Return the persons of a record."""
    return tuple(
        Person(
            **{
                **told,
                "birth_date": told["birth_date"] and date.fromisoformat(told["birth_date"]),
                "share": told["share"] and Fraction(told["share"]),
            }
        )
        for told in record["holders"]
    )


def recorded_parcel(record: Mapping[str, Any]) -> ParcelOnPaper:
    """Return the parcel of a record with its purposes."""
    told = {name: value for name, value in record["parcel"].items() if name != "used_since"}
    purposes = tuple(Purpose(**purpose) for purpose in told["purposes"])
    return ParcelOnPaper(**{**told, "purposes": purposes})
