"""Change an account: its name, role, communes, password, or whether it may sign in.

Accounts are never deleted: papers and decisions name them. A new password and the end of an
account end its open sessions (OWASP ASVS 5.0, 7.4). An admin changes accounts of the own
communes only, and cannot take away the own right to do so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cadastre.errors import Conflict, InputRefused
from cadastre.office.create_account import MINIMUM_PASSWORD, PasswordTooShort
from cadastre.office.desk import Desk
from cadastre.office.permissions import CommuneForbidden
from cadastre.store.accounts import account_facts, update_account

ROLES = ("officer", "surveyor", "registrar", "chair", "manager", "admin")


class RoleUnknown(InputRefused):
    """There is no such role."""

    message_vi = "Không có vai trò này."


class OwnAccount(Conflict):
    """You cannot take away your own right to manage accounts; another admin can."""

    message_vi = "Bạn không thể tự bỏ quyền quản trị của mình; hãy nhờ quản trị viên khác."


class CommunesMissing(InputRefused):
    """An account works for at least one commune."""

    message_vi = "Tài khoản phải phụ trách ít nhất một xã."


@dataclass(frozen=True)
class AccountState:
    """An account after a change."""

    username: str
    display_name: str
    role: str
    communes: tuple[str, ...]
    active: bool


def change_account(
    desk: Desk,
    *,
    commune: str,
    username: str,
    display_name: str | None = None,
    role: str | None = None,
    communes: Sequence[str] | None = None,
    active: bool | None = None,
    password: str | None = None,
) -> AccountState:
    """Change what is given of an account and leave the rest.

    Parameters
    ----------
    commune : where the event is kept; one of the account's communes

    Raises
    ------
    AccountUnknown, RoleUnknown, CommunesMissing, CommuneForbidden, OwnAccount,
    PasswordTooShort
        With ``field`` where a value is at fault.
    """
    if role is not None and role not in ROLES:
        raise RoleUnknown(f"({role})", field="role")
    if communes is not None and not communes:
        raise CommunesMissing(field="communes")
    if password is not None and len(password) < MINIMUM_PASSWORD:
        raise PasswordTooShort(field="password")
    with desk.transaction("change_account", commune=commune, subject=username) as transaction:
        before = account_facts(transaction, username)
        _within(desk, [*before["communes"], *(communes or ())])
        own = username.lower() == desk.actor.username.lower()
        if own and (active is False or role not in (None, "admin")):
            raise OwnAccount(username=username)
        after = update_account(
            transaction,
            username=username,
            display_name=display_name or before["display_name"],
            role=role or before["role"],
            communes=list(communes or before["communes"]),
            active=before["active"] if active is None else active,
            password=password,
        )
        changed = [name for name, value in after.items() if before[name] != value]
        transaction.note(changed=changed + (["password"] if password else []))
        return AccountState(**{**after, "communes": tuple(after["communes"])})


def _within(desk: Desk, communes: Sequence[str]) -> None:
    """Refuse communes that the admin does not work for."""
    if desk.actor.role == "system":
        return
    for code in communes:
        if code not in desk.actor.communes:
            raise CommuneForbidden(f"({code})", commune=code)
