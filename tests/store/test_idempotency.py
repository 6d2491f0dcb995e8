"""One key, one carrying out: also when two requests race, and when a verb is refused."""

from __future__ import annotations

import threading

import psycopg
import pytest

from cadastre.errors import Conflict
from cadastre.store.actor import Actor
from cadastre.store.idempotency import Answer, KeyReused, carry_out
from cadastre.store.transaction import office_transaction

pytestmark = pytest.mark.store
OFFICER = Actor("can-bo", "officer", ("22609",))


def _carry(database, work, *, key="k", request="r"):
    return carry_out(
        database.web_engine, actor="can-bo", key=key, verb="test", request=request, work=work
    )


def _verb(database, wait=None):
    with office_transaction(
        database.web_engine, actor=OFFICER, verb="counted", commune="22609"
    ) as transaction:
        if wait is not None:
            wait()
        return Answer(201, {"event": transaction.event_id})


def _events(database):
    with psycopg.connect(database.admin_dsn) as connection:
        return connection.execute(
            "SELECT count(*) FROM cadastre.event WHERE verb = 'counted'"
        ).fetchone()[0]


def test_two_requests_at_once_under_one_key_are_carried_out_once(commune_database):
    both_are_here = threading.Barrier(2, timeout=10)
    answers = []

    def request():
        def work():
            both_are_here.wait()
            return _verb(commune_database)

        answers.append(_carry(commune_database, work))

    threads = [threading.Thread(target=request) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _events(commune_database) == 1
    assert sorted(answer.repeated for answer in answers) == [False, True]
    assert answers[0].body == answers[1].body


def test_a_request_sent_again_later_gets_the_same_answer(commune_database):
    first = _carry(commune_database, lambda: _verb(commune_database))
    again = _carry(commune_database, lambda: pytest.fail("carried out twice"))
    assert (again.status, again.body, again.repeated) == (201, first.body, True)


def test_a_refused_verb_leaves_its_key_free(commune_database):
    def refused():
        with office_transaction(
            commune_database.web_engine, actor=OFFICER, verb="counted", commune="22609"
        ):
            raise Conflict()

    with pytest.raises(Conflict):
        _carry(commune_database, refused)
    assert _carry(commune_database, lambda: _verb(commune_database)).repeated is False
    assert _events(commune_database) == 1


def test_a_key_of_another_request_is_refused(commune_database):
    _carry(commune_database, lambda: _verb(commune_database))
    with pytest.raises(KeyReused):
        _carry(commune_database, lambda: _verb(commune_database), request="other")


def test_another_persons_key_is_another_key(commune_database):
    _carry(commune_database, lambda: _verb(commune_database))
    other = carry_out(
        commune_database.web_engine,
        actor="do-dac",
        key="k",
        verb="test",
        request="r",
        work=lambda: _verb(commune_database),
    )
    assert other.repeated is False


def test_without_a_key_every_request_is_carried_out(commune_database):
    for _ in range(2):
        _carry(commune_database, lambda: _verb(commune_database), key=None)
    assert _events(commune_database) == 2
