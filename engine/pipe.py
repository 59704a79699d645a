"""Several statements in one message to PostgreSQL, their answers in one back.

The driver's own pipeline hands every statement to the system by itself and keeps a cursor for each, which costs twice
as much (`python -m tests.benchmarks pipe`). This does the same on the driver's layer over libpq, with the driver's
conversions, errors and way of waiting. Source: psycopg's documentation, “psycopg.pq” and “Pipeline
mode support”; libpq's, “Pipeline Mode”.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any

import psycopg
from psycopg import errors
from psycopg.abc import Buffer, PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.generators import fetch_many, send
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

Row = dict[str, Any]
Params = Mapping[str, Any]
Statement = tuple[str, Params | None]

KEPT = 400
"""Statements a connection keeps prepared: steps have many shapes, each with its own set of columns and tables."""
PLACEHOLDER = re.compile(r"%(?:\((\w+)\)s|%)")
NUMBERS = count(1)
"""Names of statements: a connection may be handed to more than one pipe."""
GOOD = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


@lru_cache(maxsize=2048)
def numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """`%(name)s` becomes `$1`, …, and `%%` one per cent sign; with the names in the order of their numbers."""
    names: dict[str, str] = {}

    def mark(found: re.Match[str]) -> str:
        name = found.group(1)
        return "%" if name is None else names.setdefault(name, f"${len(names) + 1}")

    return PLACEHOLDER.sub(mark, sql).encode(), tuple(names)


@dataclass
class Prepared:
    """A statement the server knows by name; its columns once it has answered."""

    name: bytes
    columns: tuple[str, ...] | None = None


@dataclass
class Call:
    """A statement with its values, converted."""

    sql: bytes
    values: Sequence[Buffer | None]
    types: tuple[int, ...]
    formats: Sequence[Any] | None


class Pipe:
    """The statements of one connection; like the connection, not for two threads at once."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._prepared: dict[tuple[bytes, tuple[int, ...]], Prepared] = {}
        self._adapt = Transformer(connection)
        self.failed: int | None = None
        """Which of the statements of the last round trip failed, counted from 0."""

    def rows(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Run them in order, each with its own snapshot; the rows of each. Raises psycopg.Error."""
        return [self._rows(*answer) for answer in self._run(statements)]

    def counts(self, statements: Sequence[Statement]) -> list[int]:
        """Run them in order; how many rows each touched. Raises psycopg.Error."""
        return [result.command_tuples or 0 for _, result in self._run(statements)]

    def commit(self, statements: Sequence[Statement]) -> None:
        """Run them in order and commit, in one message: an error undoes the transaction. Raises psycopg.Error."""
        self._run(statements, commit=True)

    # ------------------------------------------------------------------ one round trip
    def _run(self, statements: Sequence[Statement], commit: bool = False) -> list[tuple[Prepared, PGresult]]:
        calls, pg = [self._call(sql, params) for sql, params in statements], self._connection.pgconn
        sent: list[tuple[Prepared, bool]] = []
        pg.enter_pipeline_mode()
        begun = self._begin()
        for call in calls:
            sent += self._send(call)
        if commit:
            pg.send_query_params(b"COMMIT", None)
        pg.pipeline_sync()
        answers = self._connection.wait(self._exchange(begun + len(sent) + commit + 1))
        pg.exit_pipeline_mode()
        self._check(answers, sent, begun)
        return [(known, answer) for (known, asks), answer in zip(sent, answers[begun:], strict=False) if asks]

    def _call(self, sql: str, params: Params | None) -> Call:
        query, names = (sql.encode(), ()) if params is None else numbered(sql)
        values = [params[name] for name in names] if params else []
        dumped = self._adapt.dump_sequence(values, [PyFormat.AUTO] * len(values))
        return Call(query, dumped, self._adapt.types or (), self._adapt.formats)

    def _begin(self) -> int:
        """The transaction begins with its first statement, as the driver has it; the answers to wait for."""
        pg = self._connection.pgconn
        if self._connection.autocommit or pg.transaction_status != TransactionStatus.IDLE:
            return 0
        pg.send_query_params(b"begin", None)
        return 1

    def _send(self, call: Call) -> list[tuple[Prepared, bool]]:
        """Prepare what is new, then ask: the statement of each message, and whether its answer is one."""
        pg, key, messages = self._connection.pgconn, (call.sql, call.types), list[tuple[Prepared, bool]]()
        known = self._prepared.pop(key, None)
        if known is None:
            known = Prepared(b"step_%d" % next(NUMBERS))
            pg.send_prepare(known.name, call.sql, call.types)
            messages.append((known, False))
            messages += self._make_room()
        self._prepared[key] = known  # the newest stands last
        pg.send_query_prepared(known.name, call.values, call.formats)
        return [*messages, (known, True)]

    def _make_room(self) -> list[tuple[Prepared, bool]]:
        if len(self._prepared) < KEPT:
            return []
        oldest = self._prepared.pop(next(iter(self._prepared)))
        self._connection.pgconn.send_query_params(b"deallocate " + oldest.name, None)
        return [(oldest, False)]

    def _exchange(self, messages: int) -> PQGen[list[PGresult]]:
        """Send everything, then take one answer for each message."""
        pg, answers = self._connection.pgconn, list[PGresult]()
        yield from send(pg)
        while len(answers) < messages:
            found = yield from fetch_many(pg)
            if not found:
                raise psycopg.OperationalError("the server has sent fewer answers than it was asked for")
            answers.append(found[-1])
        return answers

    def _check(self, answers: Sequence[PGresult], sent: Sequence[tuple[Prepared, bool]], begun: int) -> None:
        """Raise the first error; the server has skipped what followed.

        Forgotten is what was not prepared after all, and the statement that failed: it may not fit its table any more.
        """
        bad = next((answer for answer in answers if answer.status == ExecStatus.FATAL_ERROR), None)
        self.failed = None
        if bad is None:
            return
        before = answers[begun : answers.index(bad)]
        self.failed = sum(asks for (_, asks), _ in zip(sent, before, strict=False))
        lost = {
            id(known)
            for (known, asks), answer in zip(sent, answers[begun:], strict=False)
            if answer is bad or (not asks and answer.status not in GOOD)
        }
        self._prepared = {key: known for key, known in self._prepared.items() if id(known) not in lost}
        raise errors.error_from_result(bad, encoding="utf-8")

    def _rows(self, known: Prepared, result: PGresult) -> list[Row]:
        if known.columns is None:
            known.columns = tuple((result.fname(i) or b"").decode() for i in range(result.nfields))
        columns = known.columns
        self._adapt.set_pgresult(result)
        return self._adapt.load_rows(0, result.ntuples, lambda values: dict(zip(columns, values, strict=False)))
