"""Rows in binary form arrive as rows sent one by one would; what does not fit is refused."""

from __future__ import annotations

import gc
import uuid
import weakref
from datetime import date

import numpy as np
import pandas as pd
import psycopg
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from cadastre.store.copy_binary import zoned
from cadastre.store.copying import BLOCK, copy_chunks, copy_rows

pytestmark = pytest.mark.store

_TABLE = (
    "CREATE TEMPORARY TABLE kept (place int8, small int2, number int4, real float8, yes bool,"
    " words text, code char(5), told jsonb, uid uuid, day date, shape geometry) ON COMMIT DROP"
)
_WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_OUTLINE = shapely.to_wkb(shapely.box(570_000.001, 1_348_000.002, 570_010, 1_348_010), byte_order=1)


def _maybe(strategy):
    return st.none() | strategy


_ROW = st.fixed_dictionaries(
    {
        "small": _maybe(st.integers(-(2**15), 2**15 - 1)),
        "number": _maybe(st.integers(-(2**31), 2**31 - 1)),
        "real": _maybe(st.floats(allow_nan=False)),
        "yes": st.booleans(),
        "words": _maybe(_WORDS),
        "code": _maybe(st.from_regex(r"\A[0-9]{5}\Z")),
        "told": _maybe(st.sampled_from(['{"ten": "Nguyễn"}', "[]", '{"a\\tb": "\\\\"}'])),
        "uid": _maybe(st.uuids().map(str)),
        "day": _maybe(st.dates(date(1700, 1, 1), date(2260, 1, 1))),
        "shape": _maybe(st.just(_OUTLINE)),
    }
)


def _frame(rows: list[dict]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    frame["small"] = frame["small"].astype("Int64")
    frame["day"] = pd.to_datetime(frame["day"]).astype("datetime64[s]")
    frame["yes"] = frame["yes"].astype(bool)
    return frame.assign(place=np.arange(len(frame)))


@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=st.lists(_ROW, min_size=1, max_size=8))
def test_every_value_arrives_as_if_it_were_inserted_by_itself(database, rows):
    frame = _frame(rows)
    with database.engine.begin() as connection:
        connection.execute(text(_TABLE))
        written = copy_chunks(
            connection, "kept", list(frame.columns), [frame], zones={"shape": 9217}
        )
        assert written == len(frame)
        found = _read(connection)
        connection.execute(text("TRUNCATE kept"))
        cursor = connection.connection.driver_connection.cursor()
        for at, row in enumerate(rows):
            shape = None if row["shape"] is None else zoned(row["shape"], 9217).hex()
            values = {"place": at, **row, "shape": shape}
            slots = ", ".join(["%s"] * len(values))
            cursor.execute(
                f"INSERT INTO kept ({', '.join(values)}) VALUES ({slots})", list(values.values())
            )
        assert found == _read(connection)


def _read(connection: Connection) -> list[tuple]:
    rows = connection.execute(
        text("SELECT place, small, number, real, yes, words, code, told::text, uid::text, day,"
             " ST_AsEWKB(shape) FROM kept ORDER BY place")
    )  # fmt: skip
    return [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in rows]


@pytest.mark.parametrize(
    ("column", "value"),
    [("number", "mười"), ("small", 40_000), ("number", 1.5), ("uid", "7/1"), ("words", "a\0b")],
)
def test_a_value_that_does_not_fit_is_refused_by_the_server_and_nothing_is_written(
    database, column, value
):
    frame = pd.DataFrame({column: pd.Series([value])})
    with database.engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE kept_values (number int4, small int2, uid uuid, words text)")
        )
    with pytest.raises((psycopg.Error, SQLAlchemyError)), database.engine.begin() as connection:
        copy_rows(connection, "kept_values", [column], frame)
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM kept_values")).scalar_one() == 0


def test_types_without_a_binary_form_go_row_by_row_beside_the_others(database):
    frame = pd.DataFrame({"uid": [str(uuid.UUID(int=1))], "span": ["[1,2]"], "shape": [_OUTLINE]})
    with database.engine.begin() as connection:
        connection.execute(
            text("CREATE TEMPORARY TABLE kept (uid uuid, span numrange, shape geometry)")
        )
        columns = list(frame.columns)
        assert copy_chunks(connection, "kept", columns, [frame], zones={"shape": 9217}) == 1
        row = connection.execute(text("SELECT uid::text, span::text, ST_SRID(shape) FROM kept"))
        assert row.one() == (str(uuid.UUID(int=1)), "[1,2]", 9217)


def test_a_copy_holds_no_more_than_two_chunks_and_the_one_being_made(database):
    alive: list[weakref.ref] = []
    held: list[int] = []

    def chunks():
        for at in range(8):
            chunk = pd.DataFrame({"number": np.arange(1_000) + 1_000 * at})
            alive.append(weakref.ref(chunk))
            gc.collect()
            held.append(sum(one() is not None for one in alive))
            yield chunk

    with database.engine.begin() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE kept (number int4)"))
        assert copy_chunks(connection, "kept", ["number"], chunks()) == 8_000
    assert max(held) <= 3


def test_a_reader_that_fails_half_way_leaves_nothing(database):
    def chunks():
        yield pd.DataFrame({"number": [1]})
        raise OSError("the file ends here")

    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE half (number int4)"))
    with pytest.raises(OSError, match="ends here"), database.engine.begin() as connection:
        copy_chunks(connection, "half", ["number"], chunks())
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM half")).scalar_one() == 0


def test_a_frame_larger_than_a_block_keeps_its_order_and_its_gaps(database):
    count = 2 * BLOCK + 17
    frame = pd.DataFrame({"number": np.arange(count), "words": [None, "a"] * (count // 2) + [None]})
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE kept (number int4, words text)"))
        assert copy_rows(connection, "kept", ["number", "words"], frame) == count
        found = connection.execute(
            text("SELECT count(*), count(words), min(number), max(number) FROM kept")
        ).one()
    assert tuple(found) == (count, count // 2, 0, count - 1)
