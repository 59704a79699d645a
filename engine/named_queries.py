"""查询: questions to the stored data that diagrams ask, one SQL file each, read-only.

A service task with the topic `query.units_month` asks the file `units_month.sql`; its input parameters are bound as
`%(name)s`, with `now` given. The worker asks, never a step: a slow question delays nobody's work.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from engine import jsonable
from engine.database import Database, Transaction
from engine.errors import EngineError
from engine.ports import Delivery, Rejected, TryLater

PREFIX = "query."
FAILED = "QUERY_FAILED"
"""The error that a boundary event of the service task catches; without one the job becomes an incident."""
SECONDS = 10
ATTEMPTS = 3
LARGEST = 512 * 1024
ROWS = 2000
SEALED = frozenset({"reporter", "rating_link", "nonce", "account", "attachment", "audit"})
"""Tables no question may name: identities, keys, photographs."""

_TEXTS_AND_COMMENTS = re.compile(r"('(?:[^']|'')*')|--[^\n]*|/\*.*?\*/", re.DOTALL)
_PARAMETERS = re.compile(r"%\((\w+)\)s")
_WORDS = re.compile(r"[a-z_]\w*", re.IGNORECASE)
_PREPARE = f"set transaction read only; set local statement_timeout = '{SECONDS}s'"


class InvalidQuery(EngineError):
    """A query file cannot be used."""

    code = "INVALID_QUERY"
    zh = "查询文件无法使用。"
    en = "A query file cannot be used."


@dataclass(frozen=True)
class NamedQuery:
    """One question. `title` is its first comment line, `parameters` what has to be bound besides `now`."""

    name: str
    title: str
    sql: str
    parameters: frozenset[str]

    @classmethod
    def read(cls, path: Path) -> NamedQuery:
        """Read one file. Raises InvalidQuery."""
        sql = path.read_text(encoding="utf-8")
        title, _, _ = sql.partition("\n")
        asked = _TEXTS_AND_COMMENTS.sub(lambda found: found[1] or " ", sql).strip().rstrip(";").strip()
        _refuse(path.name, _TEXTS_AND_COMMENTS.sub("''", asked), title)
        names = frozenset(_PARAMETERS.findall(asked)) - {"now"}
        return cls(path.stem, title.removeprefix("--").strip(), asked, names)


def _refuse(name: str, bare: str, title: str) -> None:
    """Raises InvalidQuery unless it is one question that says what it asks and keeps away from what is sealed."""
    words = {word.lower() for word in _WORDS.findall(bare)}
    if not title.startswith("--"):
        raise InvalidQuery(f"{name}：第一行应是说明（-- …）。", f"{name}: the first line must say what it asks (-- …).")
    if ";" in bare or not bare.lower().startswith(("select", "with")):
        raise InvalidQuery(f"{name}：只能是一条 select 语句。", f"{name}: only a single select is allowed.")
    if sealed := sorted(words & SEALED):
        raise InvalidQuery(f"{name}：不得查询 {'、'.join(sealed)}。", f"{name}: must not read {', '.join(sealed)}.")


class NamedQueries:
    """All questions of one folder."""

    def __init__(self, folder: Path) -> None:
        found = [NamedQuery.read(path) for path in sorted(folder.glob("*.sql"))] if folder.is_dir() else []
        self.by_name: Mapping[str, NamedQuery] = {one.name: one for one in found}

    @property
    def topics(self) -> frozenset[str]:
        """What a diagram may write as topic."""
        return frozenset(PREFIX + name for name in self.by_name)

    def deliver(self, database: Database, delivery: Delivery, now: datetime) -> Mapping[str, Any]:
        """Carry one job out: `{rows, count}`. Raises TryLater while the database is too busy, or Rejected."""
        query = self.by_name.get(delivery.operation.removeprefix(PREFIX))
        if query is None:
            raise Rejected(f"没有查询 {delivery.operation} / there is no such query", FAILED)
        if missing := sorted(query.parameters - set(delivery.payload)):
            raise Rejected(f"查询 {query.name} 缺少参数 {'、'.join(missing)} / parameters are missing", FAILED)
        try:
            with database.transaction() as transaction:
                rows = ask(transaction, query, delivery.payload, now)
        except psycopg.errors.QueryCanceled as late:
            slow = f"查询 {query.name} 超过 {SECONDS} 秒 / the query takes longer than {SECONDS} s"
            raise (TryLater(slow) if delivery.attempt < ATTEMPTS else Rejected(slow, FAILED)) from late
        except (psycopg.ProgrammingError, psycopg.DataError, psycopg.errors.ReadOnlySqlTransaction) as wrong:
            raise Rejected(f"查询 {query.name} 出错 / the query fails: {wrong}", FAILED) from wrong
        return _answer(query, rows)

    def trial(self, database: Database, now: datetime) -> dict[str, str]:
        """What PostgreSQL finds wrong with a question, by name: each is tried with nothing bound and no row wanted."""
        problems: dict[str, str] = {}
        for name, query in self.by_name.items():
            tried = replace(query, sql=f"select * from ({query.sql}) as tried limit 0")
            try:
                with database.transaction() as transaction:
                    ask(transaction, tried, {}, now)
            except psycopg.Error as wrong:
                problems[name] = str(wrong).partition("\n")[0]
        return problems


def ask(transaction: Transaction, query: NamedQuery, values: Mapping[str, Any], now: datetime) -> list[dict[str, Any]]:
    """Ask it in a transaction that can change nothing and ends soon."""
    transaction.connection.execute(_PREPARE)
    return transaction.rows(query.sql, {**{name: values.get(name) for name in query.parameters}, "now": now})


def _answer(query: NamedQuery, rows: list[dict[str, Any]]) -> Mapping[str, Any]:
    """The answer as the diagram sees it: small enough for a work order."""
    if len(rows) > ROWS or len(jsonable.dumps(rows)) > LARGEST:
        raise Rejected(f"查询 {query.name} 的结果太大（{len(rows)} 行） / the answer is too large", FAILED)
    return {"rows": jsonable.plain(rows), "count": len(rows)}
