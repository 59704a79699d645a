"""Statements in one message: values and rows as the driver has them, and what an error leaves behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from engine import pipe as pipes
from engine.database import Database
from engine.pipe import Pipe, numbered

MANY = (
    "select %(text)s::text as text, %(number)s::bigint as number, %(nothing)s::text as nothing, "
    "%(list)s::text[] as list, %(moment)s::timestamptz as moment, %(json)s::jsonb as json, %(text)s || '%%' as again"
)
VALUES: dict[str, Any] = {
    "text": "中山路 %s “100%”; drop",
    "number": 2**40,
    "nothing": None,
    "list": ["甲", "b'c"],
    "moment": datetime(2026, 9, 14, 8, tzinfo=UTC),
    "json": '{"a": [1, "二"]}',
}
KNOWN = "select count(*) as statements from pg_prepared_statements where name like 'step%'"


@pytest.fixture
def database(make_database: Callable[[str | None], str]) -> Iterator[Database]:
    made = Database(make_database(None), pool_size=1)
    with made.transaction() as transaction:
        transaction.run("create table thing (id bigint primary key, name text not null)")
    yield made
    made.close()


def test_names_become_numbers_once_each() -> None:
    assert numbered("a = %(a)s and b = %(b)s or a like %(a)s || '%%'") == (
        b"a = $1 and b = $2 or a like $1 || '%'",
        ("a", "b"),
    )


def test_values_and_rows_are_the_drivers(database: Database) -> None:
    with database.transaction() as transaction:
        ours = transaction.read([(MANY, VALUES), (MANY, {**VALUES, "number": 7, "list": []})])
        with transaction.connection.cursor(row_factory=dict_row) as cursor:
            theirs = cursor.execute(MANY, VALUES).fetchall()
    assert ours[0] == theirs
    assert ours[1] == [{**theirs[0], "number": 7, "list": []}]


def test_the_first_error_is_raised_and_nothing_of_the_message_stays(database: Database) -> None:
    insert = "insert into thing values (%(id)s, %(name)s)"
    with pytest.raises(psycopg.errors.NotNullViolation, match="name"), database.transaction() as transaction:
        transaction.write([(insert, {"id": 1, "name": "a"}), (insert, {"id": 2, "name": None}), ("select 1", None)])
    with database.transaction() as transaction:
        assert transaction.rows("select * from thing") == []
        assert transaction.write([(insert, {"id": 1, "name": "a"}), ("select 1", None)]) == [1, 1]
        assert transaction.rows("select * from thing") == [{"id": 1, "name": "a"}]


def test_a_refused_statement_can_be_asked_again(database: Database) -> None:
    """What was not prepared is prepared anew, and what was stays."""
    with pytest.raises(psycopg.errors.UndefinedTable), database.transaction() as transaction:
        transaction.read([("select 1 as one", None), ("select * from missing", None), ("select 2 as two", None)])
    with database.transaction() as transaction:
        transaction.run("create table missing (id int)")
        asked = [("select 1 as one", None), ("select * from missing", None), ("select 2 as two", None)]
        assert transaction.read(asked) == [[{"one": 1}], [], [{"two": 2}]]


def test_each_statement_sees_what_was_committed_before_it(database: Database) -> None:
    """The lock comes first: what is read after it in the same message is as whoever held it has left it."""
    other = psycopg.connect(database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False))
    with other, database.transaction() as transaction:
        other.execute("insert into thing values (1, 'before')")
        other.commit()
        other.execute("update thing set name = 'after' where id = 1")
        other.execute("insert into thing values (2, 'new')")
        timer = threading.Timer(0.2, other.commit)
        timer.start()
        locked, seen = transaction.read(
            [("select name from thing where id = 1 for update", None), ("select count(*) as n from thing", None)]
        )
        timer.join()
    assert (locked, seen) == ([{"name": "after"}], [{"n": 2}])


def test_old_statements_make_room(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipes, "KEPT", 5)
    with database.transaction() as transaction:
        for k in range(20):
            assert transaction.rows(f"select {k} as k") == [{"k": k}]
        assert transaction.rows(KNOWN)[0]["statements"] <= 6
        assert transaction.rows("select 0 as k") == [{"k": 0}]


def test_two_pipes_share_a_connection(database: Database) -> None:
    with database.transaction() as transaction:
        for pipe in (Pipe(transaction.connection), Pipe(transaction.connection)):
            assert pipe.rows([("select %(a)s::int as a", {"a": 3})]) == [[{"a": 3}]]


def test_statements_outlive_a_rollback(database: Database) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), database.transaction() as transaction:
        transaction.read([("select 5 as five", None), ("select 1 / 0", None)])
    with database.transaction() as transaction:
        assert transaction.rows("select 5 as five") == [{"five": 5}]
        assert transaction.rows(
            "select count(*) as n from pg_prepared_statements where statement like '%5 as five'"
        ) == [{"n": 1}]


def test_statements_that_an_error_skipped_stay_prepared(database: Database) -> None:
    with database.transaction() as transaction:
        transaction.rows("select 6 as six")
    with pytest.raises(psycopg.errors.DivisionByZero), database.transaction() as transaction:
        transaction.read([("select 1 / 0", None), ("select 6 as six", None)])
    with database.transaction() as transaction:
        assert transaction.rows("select 6 as six") == [{"six": 6}]
        prepared = "select count(*) as n from pg_prepared_statements where statement = 'select 6 as six'"
        assert transaction.rows(prepared) == [{"n": 1}]


def test_a_killed_connection_is_an_error_and_then_replaced(database: Database) -> None:
    with pytest.raises(psycopg.OperationalError), database.transaction() as transaction:
        transaction.read([("select pg_terminate_backend(pg_backend_pid())", None), ("select 1", None)])
    with database.transaction() as transaction:
        assert transaction.rows("select 1 as one") == [{"one": 1}]


def test_more_than_the_sockets_hold_passes_both_ways(database: Database) -> None:
    long = "井" * 700_000
    with database.transaction() as transaction:
        found = transaction.read([("select %(t)s::text as t, %(k)s::int as k", {"t": long, "k": k}) for k in range(6)])
    assert found == [[{"t": long, "k": k}] for k in range(6)]


INSERT = "insert into thing values (%(id)s, %(name)s)"
RENAME = "update thing set name = 'b' where id = %(id)s"


def test_finishing_commits_with_the_statements(database: Database) -> None:
    with database.transaction() as transaction:
        transaction.finish([(INSERT, {"id": 1, "name": "a"}), (RENAME, {"id": 1})], [None, LookupError("gone")])
        assert transaction.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    with database.transaction() as transaction:
        assert transaction.rows("select * from thing") == [{"id": 1, "name": "b"}]


def test_a_statement_that_had_to_touch_a_row_undoes_all(database: Database) -> None:
    statements = [(INSERT, {"id": 1, "name": "a"}), (RENAME, {"id": 1}), (RENAME, {"id": 2}), (RENAME, {"id": 3})]
    for _ in range(2):  # with statements the server does not know, and with some it knows
        refusals = [None, ValueError("first"), LookupError("second"), KeyError("third")]
        with pytest.raises(LookupError, match="second"), database.transaction() as transaction:
            transaction.finish(statements, refusals)
        with database.transaction() as transaction:
            assert transaction.rows("select * from thing") == []


def test_a_division_of_a_statements_own_is_its_own_error(database: Database) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), database.transaction() as transaction:
        transaction.finish([("select 1 / 0", None), (RENAME, {"id": 2})], [None, LookupError("gone")])
