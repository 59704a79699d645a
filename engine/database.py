"""The one way to PostgreSQL: a pool, and transactions whose reads and writes travel in pipelines.

A step is two round trips: everything it must know is read in one pipeline behind the lock of the work order,
everything it decides is written and committed in another. Source: storage measurements, “Floor of one step”.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
import sqlalchemy
from psycopg.types.json import set_json_dumps, set_json_loads

from engine import jsonable
from engine.pipe import Params, Pipe, Row, Statement

__all__ = ["Database", "Params", "Row", "Transaction", "driver_of", "normalise"]

set_json_loads(jsonable.loads)
set_json_dumps(jsonable.text)


def normalise(url: str) -> str:
    """`postgres://` and `postgresql://` addresses get the driver this project uses."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url[len(prefix) :]
    return url


@lru_cache(maxsize=512)
def _touching(sql: str) -> str:
    """The statement, failing where it touches no row: SQL has no shorter way to say so than a division by zero."""
    return f"with touched as ({sql} returning 1) select 1 / count(*) from touched"


class Transaction:
    """One database transaction on one connection."""

    def __init__(self, connection: psycopg.Connection[Any], pipe: Pipe | None = None) -> None:
        self.connection = connection
        self.statements = 0
        self._pipe = pipe or Pipe(connection)

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        """Run one query now."""
        self.statements += 1
        return self._pipe.rows([(sql, params)])[0]

    def row(self, sql: str, params: Params | None = None) -> Row | None:
        found = self.rows(sql, params)
        return found[0] if found else None

    def run(self, sql: str, params: Params | None = None) -> int:
        """Run one statement now; the number of rows it touched."""
        self.statements += 1
        return self._pipe.counts([(sql, params)])[0]

    def read(self, queries: Sequence[Statement]) -> list[list[Row]]:
        """Several queries in one round trip, each with its own snapshot, in order."""
        self.statements += len(queries)
        return self._pipe.rows(queries) if queries else []

    def write(self, statements: Sequence[Statement]) -> list[int]:
        """Several statements in one round trip; the rows each touched."""
        self.statements += len(statements)
        return self._pipe.counts(statements) if statements else []

    def finish(self, statements: Sequence[Statement], refusals: Sequence[Exception | None]) -> None:
        """Several statements and the commit in one round trip. Where one has a refusal and touches no row, all is
        undone and that is raised: the server itself has to stop there, since nobody asks before the commit."""
        self.statements += len(statements)
        sent = [
            (_touching(sql) if refusal else sql, params)
            for (sql, params), refusal in zip(statements, refusals, strict=True)
        ]
        try:
            self._pipe.commit(sent)
        except psycopg.errors.DivisionByZero as nothing:
            refusal = refusals[self._pipe.failed] if self._pipe.failed is not None else None
            if refusal is None:
                raise
            raise refusal from nothing


class Database:
    """Two pools of connections: one for steps, and `engine`, which serves administration and read screens.

    They are apart because whoever rolls back through the driver makes it drop all statements of that connection.
    Not `durable`: a step does not wait for the disk, and a crash of the server may lose the newest ones whole; for
    histories that can be made again.
    """

    def __init__(self, url: str, pool_size: int = 10, durable: bool = True) -> None:
        self.url = normalise(url)
        waits = "" if durable else " -c synchronous_commit=off"
        options = "-c idle_in_transaction_session_timeout=60000 -c timezone=Asia/Shanghai" + waits
        self.engine = self._pool(pool_size, options=options)
        self._steps = self._pool(pool_size, options=options, prepare_threshold=None)

    def _pool(self, size: int, **connect: Any) -> sqlalchemy.Engine:
        return sqlalchemy.create_engine(
            self.url,
            pool_size=size,
            max_overflow=size,
            pool_pre_ping=False,
            pool_use_lifo=True,  # one that was just used knows its statements
            json_serializer=jsonable.text,
            json_deserializer=jsonable.loads,
            connect_args=connect,
        )

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commit at the end, roll back on any exception. A broken connection leaves the pool."""
        proxy = self._steps.raw_connection()
        connection: psycopg.Connection[Any] = proxy.driver_connection  # type: ignore[assignment]
        pipe = proxy.info.get("pipe")
        if pipe is None:
            pipe = proxy.info["pipe"] = Pipe(connection)
        try:
            yield Transaction(connection, pipe)
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
        self._steps.dispose()


def driver_of(reader: sqlalchemy.Connection) -> psycopg.Connection[Any]:
    """The driver's connection behind a reader."""
    connection: psycopg.Connection[Any] = reader.connection.driver_connection  # type: ignore[assignment]
    return connection


def _roll_back(proxy: Any, connection: psycopg.Connection[Any]) -> None:
    try:
        connection.rollback()
    except psycopg.Error:
        proxy.invalidate()
