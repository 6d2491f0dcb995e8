"""Create an account: a person with a role in some communes."""

from __future__ import annotations

from cadastre.errors import InputRefused
from cadastre.office.desk import Desk
from cadastre.store.accounts import insert_account

MINIMUM_PASSWORD = 10


class PasswordTooShort(InputRefused):
    """The password needs at least ten characters."""

    message_vi = "Mật khẩu cần ít nhất mười ký tự."


def create_account(
    desk: Desk,
    *,
    commune: str,
    username: str,
    display_name: str,
    password: str,
    role: str,
    communes: tuple[str, ...],
) -> str:
    """Create an account and return its identifier; ``commune`` is where the event is kept."""
    if len(password) < MINIMUM_PASSWORD:
        raise PasswordTooShort(field="password")
    with desk.transaction(
        "create_account", commune=commune, subject=username, role=role
    ) as transaction:
        return insert_account(
            transaction,
            username=username,
            display_name=display_name,
            password=password,
            role=role,
            communes=communes,
        )
