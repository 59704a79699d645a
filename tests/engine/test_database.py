"""The way to PostgreSQL: what a connection has prepared stays prepared while screens read."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy

from engine.database import Database

ONE = "select %(number)s::int as one"
PREPARED = "select count(*) as statements from pg_prepared_statements where statement like '%::int as one'"


def test_a_reader_leaves_the_prepared_statements_alone(make_database: Callable[[str | None], str]) -> None:
    database = Database(make_database(None), pool_size=1)
    try:
        for number in range(10):
            with database.transaction() as transaction:
                assert transaction.rows(ONE, {"number": number}) == [{"one": number}]
        with database.reader() as reader:
            assert reader.scalar(sqlalchemy.text("select 1")) == 1
        with database.transaction() as transaction:
            assert transaction.rows(PREPARED) == [{"statements": 1}]
    finally:
        database.close()
