"""The application over a real database, served on loopback, with an account of each role."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Database
from tests.serving import Served, serving


@pytest.fixture
def office(staffed_database: Database) -> Database:
    """A database with the commune open and an account of each role."""
    return staffed_database


@pytest.fixture
def served(office: Database) -> Iterator[Served]:
    """The server over that database; three failed sign-ins are allowed."""
    with serving(office.home, sign_in_attempts=3) as running:
        yield running
