"""Every named query is valid against the declared tables, for the role that will run it."""

from __future__ import annotations

import re

import psycopg
import pytest

from cadastre.store.named import _queries, query_text

_PARAMETER = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")
_STAGES = ("mismatch_stage_create", "identifier_stage_create", "person_stage_create")


def _numbered(statement: str) -> str:
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f"${names.setdefault(found.group(1), len(names) + 1)}"

    return _PARAMETER.sub(number, statement)


def _can_be_prepared(statement: str) -> bool:
    plain = "\n".join(line for line in statement.splitlines() if not line.startswith("--"))
    return plain.lstrip().split()[0].upper() in {"SELECT", "WITH", "INSERT", "UPDATE", "DELETE"}


def test_every_named_query_can_be_prepared_by_the_web_role(database):
    broken = []
    with psycopg.connect(database.dsns["cadastre_web"]) as connection:
        for stage in _STAGES:
            connection.execute(query_text(stage))
        for name, statement in _queries().items():
            if not _can_be_prepared(statement):
                continue
            try:
                with connection.transaction():
                    connection.execute(f"PREPARE named AS {_numbered(statement)}")
                    connection.execute("DEALLOCATE named")
            except psycopg.Error as wrong:
                broken.append(f"{name}: {wrong}")
    assert broken == []


def test_every_named_query_has_a_sentence():
    silent = [name for name, text in _queries().items() if not text.startswith("-- ")]
    assert silent == []


def test_an_unknown_query_is_an_error():
    with pytest.raises(KeyError):
        query_text("no_such_query")
