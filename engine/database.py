"""The one way to PostgreSQL: a pool, and transactions whose reads and writes travel in pipelines.

A step is two round trips and a commit: everything it must know is read in one pipeline behind the lock of the
work order, everything it decides is written in another. Source: storage measurements, “Floor of one step”.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy
from psycopg.rows import dict_row
from psycopg.types.json import set_json_dumps, set_json_loads

from engine import jsonable

Row = dict[str, Any]
Params = Mapping[str, Any]

PREPARED = 400
"""Statements a connection keeps prepared: a step knows more shapes than the hundred a driver keeps by itself."""

set_json_loads(jsonable.loads)
set_json_dumps(jsonable.text)


def normalise(url: str) -> str:
    """`postgres://` and `postgresql://` addresses get the driver this project uses."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url[len(prefix) :]
    return url


class Transaction:
    """One database transaction on one connection."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.statements = 0

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        """Run one query now."""
        self.statements += 1
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(sql, params).fetchall()

    def row(self, sql: str, params: Params | None = None) -> Row | None:
        found = self.rows(sql, params)
        return found[0] if found else None

    def run(self, sql: str, params: Params | None = None) -> int:
        """Run one statement now; the number of rows it touched."""
        self.statements += 1
        return self.connection.execute(sql, params).rowcount

    def read(self, queries: Sequence[tuple[str, Params]]) -> list[list[Row]]:
        """Several queries in one round trip, each with its own snapshot, in order."""
        self.statements += len(queries)
        with self.connection.pipeline():
            cursors = [self.connection.cursor(row_factory=dict_row).execute(sql, params) for sql, params in queries]
            return [cursor.fetchall() for cursor in cursors]

    def write(self, statements: Sequence[tuple[str, Params]]) -> list[int]:
        """Several statements in one round trip; the rows each touched."""
        self.statements += len(statements)
        if not statements:
            return []
        with self.connection.pipeline():
            cursors = [self.connection.execute(sql, params) for sql, params in statements]
        return [cursor.rowcount for cursor in cursors]


class Database:
    """A pool of connections. `engine` serves administration and read screens through SQLAlchemy.

    Not `durable`: a step does not wait for the disk, and a crash of the server may lose the newest ones whole; for
    histories that can be made again.
    """

    def __init__(self, url: str, pool_size: int = 10, durable: bool = True) -> None:
        self.url = normalise(url)
        waits = "" if durable else " -c synchronous_commit=off"
        self.engine = sqlalchemy.create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=False,
            pool_use_lifo=True,  # one that was just used knows its statements
            json_serializer=jsonable.text,
            json_deserializer=jsonable.loads,
            connect_args={"options": "-c idle_in_transaction_session_timeout=60000 -c timezone=Asia/Shanghai" + waits},
        )

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commit at the end, roll back on any exception. A broken connection leaves the pool."""
        proxy = self.engine.raw_connection()
        connection: psycopg.Connection[Any] = proxy.driver_connection  # type: ignore[assignment]
        connection.prepared_max = PREPARED
        try:
            yield Transaction(connection)
            connection.commit()
        except BaseException:
            _roll_back(proxy, connection)
            raise
        finally:
            proxy.close()

    def reader(self) -> sqlalchemy.Connection:
        """A connection for read screens, for a `with`. Each query stands by itself: a transaction would be rolled back
        at the end, and with every rollback the driver forgets all statements it has prepared on that connection."""
        return self.engine.execution_options(isolation_level="AUTOCOMMIT").connect()

    def close(self) -> None:
        self.engine.dispose()


def driver_of(reader: sqlalchemy.Connection) -> psycopg.Connection[Any]:
    """The driver's connection behind a reader."""
    connection: psycopg.Connection[Any] = reader.connection.driver_connection  # type: ignore[assignment]
    connection.prepared_max = PREPARED
    return connection


def _roll_back(proxy: Any, connection: psycopg.Connection[Any]) -> None:
    try:
        connection.rollback()
    except psycopg.Error:
        proxy.invalidate()
