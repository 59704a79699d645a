"""What a step is about to write: collected by `apply`, sent in one pipeline.

All rows a step inserts go in one statement (`jsonb_to_recordset`), and so do like updates, so a step's statements do
not grow with its tasks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from engine import jsonable
from engine.database import Transaction
from engine.errors import Conflict, EngineError
from engine.order import Order

RECORDS = {
    "user_task": (
        "order_id bigint, order_no text, item int, element text, definition text, name text, form_key text, "
        "stage text, candidates text[], not_by jsonb, stands_for jsonb, assignee text, status text, title text, "
        "category_code text, town_code text, priority text, created_at timestamptz, warn_at timestamptz, "
        "due_at timestamptz, variables jsonb, loop int"
    ),
    "task_request": (
        "order_id bigint, order_no text, task_id bigint, kind text, receiver text, asked_by text, text text, "
        "asked_at timestamptz, status text"
    ),
    "timer": "order_id bigint, timer int, element text, due_at timestamptz, status text",
    "subscription": "order_id bigint, item int, element text, event int, kind text, name text, key text",
    "notice": (
        "order_id bigint, order_no text, element text, role text, unit text, text text, level text, at timestamptz"
    ),
    "ledger_entry": ("order_id bigint, order_no text, ledger text, key text, at timestamptz, element text, data jsonb"),
    "rating_link": "digest text, order_id bigint, item int, issued_at timestamptz, expires_at timestamptz",
    "history": "order_id bigint, at timestamptz, kind text, actor text, element text, data jsonb",
    "job": (
        "order_id bigint, order_no text, item int, element text, kind text, topic text, payload jsonb, "
        "idempotency_key text, sequence int, status text, created_at timestamptz"
    ),
}
"""Columns a step inserts, by table."""

CONFLICTS = {
    "timer": "on conflict (order_id, timer) do update set due_at = excluded.due_at, status = excluded.status",
    "subscription": "on conflict (order_id, item, element, event) do update set key = excluded.key",
    "rating_link": "on conflict (digest) do nothing",
    "job": "on conflict (idempotency_key) do nothing",
}
DEFER = (
    "select procrastinate_defer_jobs_v1(array_agg(row('job', 'job.deliver', 0, null, null, "
    "jsonb_build_object('job_id', id), null)::procrastinate_job_to_defer_v1)) from job_rows having count(*) > 0"
)
"""Jobs are rows and queue entries in one statement: a job exists exactly when its step does."""


def _insert(table: str) -> str:
    columns = ", ".join(part.strip().split(" ")[0] for part in RECORDS[table].split(","))
    return (
        f"{table}_rows as (insert into {table} ({columns}) select {columns} "
        f"from jsonb_to_recordset(%({table})s::jsonb) as r({RECORDS[table]}) {CONFLICTS.get(table, '')} "
        f"returning {'id' if table == 'job' else '1'})"
    )


INSERTS = {table: _insert(table) for table in RECORDS}


@cache
def _inserts(tables: tuple[str, ...], queues: bool) -> str:
    """One statement for all a step inserts, and into the queue for its jobs."""
    last = DEFER if queues and "job" in tables else "select"
    return f"with {', '.join(INSERTS[table] for table in tables)} {last}"


@dataclass
class Journal:
    """The writes of one step on one work order."""

    order: Order | None
    actor: str
    now: datetime
    queues: bool = True
    columns: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    statements: list[tuple[str, Mapping[str, Any], EngineError | None]] = field(default_factory=list)
    gathered: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    path: list[tuple[str, int]] = field(default_factory=list)

    @property
    def the_order(self) -> Order:
        """The work order of this step; administration has none and asks for none."""
        assert self.order is not None, "this event belongs to a work order"
        return self.order

    def insert(self, table: str, **values: Any) -> None:
        """A row for one of RECORDS; `order_id` and `order_no` are filled in where the table has them."""
        order = self.the_order
        row = {"order_id": order.id, **values}
        if "order_no" in RECORDS[table]:
            row["order_no"] = order.no
        self.rows.setdefault(table, []).append(row)

    def forget(self, table: str, **match: Any) -> None:
        """Take back rows of this step: what it opened and closed, or opened twice, is written as it is at the end."""
        rows = self.rows.get(table, [])
        self.rows[table] = [row for row in rows if any(row[name] != value for name, value in match.items())]

    def change(self, table: str, match: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Other values for rows this step is about to insert: no statement would find them."""
        rows = self.rows.get(table, [])
        self.rows[table] = [
            {**row, **values} if all(row[name] == value for name, value in match.items()) else row for row in rows
        ]

    def run(self, sql: str, refused: EngineError | None = None, **params: Any) -> None:
        """A statement; when it touches no row and `refused` is given, the whole step is undone with that error."""
        order_id = self.order.id if self.order else None
        self.statements.append((sql, {"order_id": order_id, "now": self.now, **params}, refused))

    def gather(self, sql: str, **row: Any) -> None:
        """A row for a statement that takes all such rows of the step at once, as `rows`."""
        self.gathered.setdefault(sql, []).append(row)

    def _params(self, rows: list[Mapping[str, Any]]) -> Mapping[str, Any]:
        return {"order_id": self.order.id if self.order else None, "rows": jsonable.text(rows)}

    def set(self, **columns: Any) -> None:
        """New values for the work order's own row."""
        self.columns.update(columns)

    def record(self, kind: str, element: str | None, data: Mapping[str, Any], **other: int) -> None:
        """One history row, of this step's work order or of another (`order_id`)."""
        self.insert("history", at=self.now, kind=kind, actor=self.actor, element=element, data=data, **other)

    def flush(self, transaction: Transaction) -> None:
        """Send everything and commit; raises the error of the first statement that had to touch a row and did not."""
        statements = [self._order_row(self.order), *self.statements] if self.order else list(self.statements)
        statements += [(sql, self._params(gathered), None) for sql, gathered in self.gathered.items()]
        if filled := tuple(table for table in RECORDS if self.rows.get(table)):
            rows = {table: jsonable.text(self.rows[table]) for table in filled}
            statements.append((_inserts(filled, self.queues), rows, None))
        transaction.finish([(sql, params) for sql, params, _ in statements], [refused for *_, refused in statements])

    def _order_row(self, order: Order) -> tuple[str, Mapping[str, Any], EngineError | None]:
        values = {**self.columns, "changed_at": self.now}
        for name in ("document", "clocks"):
            if name in values:
                values[name] = jsonable.text(values[name])
        if order.new:
            values = {**values, "id": order.id, "version": order.version + 1}
            names, marks = ", ".join(values), ", ".join(f"%({name})s" for name in values)
            sql = f"insert into work_order ({names}) overriding system value values ({marks})"
            return sql, values, None
        sets = ", ".join(f"{name} = %({name})s" for name in values)
        sql = f"update work_order set {sets}, version = version + 1 where id = %(order_id)s and version = %(seen)s"
        return sql, {**values, "order_id": order.id, "seen": order.version}, Conflict()
