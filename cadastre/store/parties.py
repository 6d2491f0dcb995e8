"""The people of dossiers: one who is known already is taken from the register."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from cadastre.errors import InputRefused
from cadastre.merge.lookup import plain
from cadastre.store.named import query
from cadastre.store.transaction import Transaction


class PartyRefused(InputRefused):
    """A dossier has at least one party, each with a name and a share such as 1/2."""

    message_vi = "Hồ sơ phải có người nộp, mỗi người có họ tên và phần quyền, ví dụ 1/2."


@dataclass(frozen=True)
class NewParty:
    """A person of a dossier; ``party_uid`` names one who is known already."""

    name: str
    share: Fraction = Fraction(1)
    id_number: str | None = None
    birth_date: date | None = None
    gender: str | None = None
    address: str | None = None
    phone: str | None = None
    kind: str = "person"
    party_uid: str | None = None


def enter_party(transaction: Transaction, dossier_uid: str, party: NewParty) -> str:
    """Enter a person into a dossier with the exact share; return the person's identifier.

    Of a person who is known, what the register lacks is filled in and the telephone renewed;
    anything else that is known stays, since a correction has a procedure of its own.

    Raises
    ------
    PartyRefused
        The commune knows nobody with the given ``party_uid``.
    """
    known = _known(transaction, party)
    if known is not None:
        _complete(transaction, known, party)
    party_uid = known or _new(transaction, party)
    transaction.connection.execute(
        query("dossier_party_insert"),
        {
            "commune": transaction.commune,
            "dossier_uid": dossier_uid,
            "party_uid": party_uid,
            "share_numerator": party.share.numerator,
            "share_denominator": party.share.denominator,
            "role": "applicant",
        },
    )
    return party_uid


def _known(transaction: Transaction, party: NewParty) -> str | None:
    if party.party_uid:
        one = {"commune": transaction.commune, "party_uid": party.party_uid}
        found = transaction.connection.execute(query("party_by_uid"), one).scalar()
        if found is None:
            raise PartyRefused(f"({party.party_uid})", field="party_uid")
        return str(found)
    if party.id_number:
        one = {"commune": transaction.commune, "id_number": party.id_number}
        found = transaction.connection.execute(query("party_known"), one).scalar()
        return None if found is None else str(found)
    return None


def _complete(transaction: Transaction, party_uid: str, party: NewParty) -> None:
    given = {
        name: getattr(party, name) or None
        for name in ("id_number", "birth_date", "gender", "address", "phone")
    }
    if any(given.values()):
        one = {"commune": transaction.commune, "party_uid": party_uid}
        transaction.connection.execute(query("party_complete"), {**given, **one})


def _new(transaction: Transaction, party: NewParty) -> str:
    party_uid = str(uuid.uuid4())
    transaction.connection.execute(
        query("party_insert"),
        {
            "party_uid": party_uid,
            "commune": transaction.commune,
            "kind": party.kind,
            "name": party.name.strip(),
            "name_search": plain(party.name),
            "id_number": party.id_number,
            "birth_date": party.birth_date,
            "gender": party.gender,
            "address": party.address,
            "phone": party.phone,
            "event": transaction.event_id,
        },
    )
    return party_uid


def open_dossiers_of(
    transaction: Transaction, party_uids: Iterable[str], *, besides: str
) -> tuple[str, ...]:
    """Return the codes of open dossiers, besides one, in which one of these people stands."""
    others = transaction.connection.execute(
        query("dossiers_of_party"),
        {"commune": transaction.commune, "code": besides, "party_uids": list(party_uids)},
    )
    return tuple(str(code) for code in others.scalars())
