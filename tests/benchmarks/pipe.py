"""What it costs to bring a step's statements to PostgreSQL: the driver's own pipeline and ours, in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg.rows import dict_row

from engine.database import Transaction
from engine.pipe import Statement
from tests.benchmarks.measure import Figures, measure
from tests.benchmarks.world import district

READS: Sequence[Statement] = (
    ("select id, no, kind, status, document, opened_at from work_order where id = %(id)s for update", {"id": 1}),
    ("select coalesce(max(id), 0) as deployment from change_log", {}),
    ("select id, element, status, due_at from user_task where id = %(id)s", {"id": 1}),
    ("select order_id, item, element, name, key from subscription where order_id = %(id)s", {"id": 1}),
)
WRITES: Sequence[Statement] = (
    ("update work_order set changed_at = now() where id = %(id)s and version = %(seen)s", {"id": 1, "seen": 1}),
    ("update user_task set status = %(status)s where id = %(id)s", {"id": 1, "status": "open"}),
    ("delete from subscription where order_id = %(id)s and item = %(item)s", {"id": 1, "item": 1}),
)
TURNS = 8


def run(units: int = 200) -> list[Figures]:
    """Milliseconds for four reads, three writes and a commit; the best of several turns."""
    with district() as wiring:

        def through(ask: Callable[[Transaction, Sequence[Statement]], Any]) -> Callable[[], None]:
            def work() -> None:
                for _ in range(units):
                    with wiring.engine.database.transaction() as transaction:
                        ask(transaction, READS)
                        ask(transaction, WRITES)

            return work

        ways = {"one message, one answer": through(_ours), "the driver's pipeline": through(_theirs)}
        turns = [[measure(name, units, work) for name, work in ways.items()] for _ in range(TURNS)]
    return [min(figures, key=lambda one: one.cpu_ms) for figures in zip(*turns, strict=True)]


def _ours(transaction: Transaction, statements: Sequence[Statement]) -> None:
    transaction.read(statements)


def _theirs(transaction: Transaction, statements: Sequence[Statement]) -> None:
    connection: psycopg.Connection[Any] = transaction.connection
    connection.prepare_threshold = 5
    with connection.pipeline():
        cursors = [connection.cursor(row_factory=dict_row).execute(sql, params) for sql, params in statements]
    for cursor in cursors:
        if cursor.description:
            cursor.fetchall()
