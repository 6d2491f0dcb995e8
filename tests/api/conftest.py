"""The application over a real database, served on loopback, with an account of each role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.serving import Served, make_accounts, serving


@pytest.fixture
def office(commune_database: Any) -> Any:
    """A database with the commune open and an account of each role."""
    make_accounts(commune_database)
    return commune_database


@pytest.fixture
def served(office: Any) -> Iterator[Served]:
    """The server over that database; three failed sign-ins are allowed."""
    with serving(office.home, sign_in_attempts=3) as running:
        yield running
