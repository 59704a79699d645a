"""What there is: the rows a shard looks at, of those work orders alone that have something new."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.database import Database, Row, Transaction, driver_of

FILLING = "analyze work_order, user_task, timer, subscription, job, inbound, history, ledger_entry, notice"
FIRST_LOOK = 25
"""Reports after which PostgreSQL looks at the filling tables for the first time, then whenever there are four times as
many: by itself it looks once a minute, and until then it plans as if they were empty."""

TASKS = (
    "select t.id, t.order_id, t.order_no, t.element, t.form_key, t.candidates, t.not_by, t.assignee, t.version, "
    "t.variables, o.document, o.kind as order_kind, o.status_code, o.opened_at, o.category_code, o.village_code, "
    "o.town_code from user_task t join work_order o on o.id = t.order_id "
    "where t.id = any(%(ids)s) and t.status in ('open', 'claimed') and o.status = 'active'"
)
DUE_TIMERS = "select id from timer where id = any(%(ids)s) and status = 'armed' and due_at <= %(now)s"
OPEN_TASKS = (
    "select id, order_id, order_no, element, created_at, due_at, candidates, not_by, assignee, priority "
    "from user_task where order_id = any(%(orders)s) and status in ('open', 'claimed') order by id"
)
JOBS = (
    "select j.id, order_id, order_no, item, j.kind, topic, payload, idempotency_key, sequence, attempts, created_at, "
    "next_at from job j where order_id = any(%(orders)s) and status = 'due' order by id"
)
TIMERS = "select id, order_id, due_at from timer where order_id = any(%(orders)s) and status = 'armed' order by id"
LINKS = (
    "select l.item, l.order_id, o.no from rating_link l join work_order o on o.id = l.order_id "
    "where l.order_id = any(%(orders)s) and used_at is null order by l.order_id, l.item"
)
WAITING = (
    "select order_id, item, name, key from subscription where order_id = any(%(orders)s) and kind = 'message' "
    "and name = any(%(names)s) order by order_id, item, name"
)
STARTS = (
    "select id, due_at from timer_start where status = 'armed' and due_at is not null order by process_key, element"
)


@dataclass(frozen=True)
class There:
    """Open tasks by id, and ids of due timers."""

    tasks: Mapping[int, Row]
    due: Collection[int]


@dataclass(frozen=True)
class News:
    """What the steps since the last time have brought up, and what else is under way in those work orders."""

    tasks: Sequence[Row]
    timers: Sequence[Row]
    links: Sequence[Row]
    waiting: Sequence[Row]

    def soonest(self) -> dict[int, datetime]:
        """When the next timer of each work order is due."""
        soon: dict[int, datetime] = {}
        for timer in self.timers:
            soon[timer["order_id"]] = min(timer["due_at"], soon.get(timer["order_id"], timer["due_at"]))
        return soon


class Reading:
    """Looks on a connection of its own, so that it never waits for a step."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reader = database.reader()
        self._transaction = Transaction(driver_of(self._reader))
        self._look_again = FIRST_LOOK

    def close(self) -> None:
        """Give the connection back."""
        self._reader.close()

    def there(self, tasks: list[int], timers: list[int], now: datetime) -> There:
        """What of these tasks and timers is still there: those that are gone need nothing."""
        rows, due = self._read([(TASKS, {"ids": tasks}), (DUE_TIMERS, {"ids": timers, "now": now})])
        return There({row["id"]: row for row in rows}, {row["id"] for row in due})

    def jobs(self, orders: list[int]) -> list[Row]:
        """Jobs on their way, of these work orders."""
        return self._read([(JOBS, {"orders": orders})])[0]

    def news(self, fresh: Mapping[str, Collection[int]], awaited: Collection[str]) -> News:
        """`fresh`: work orders with something new, by kind; `awaited`: messages that the outside answers."""
        orders = {kind: sorted(fresh.get(kind, ())) for kind in ("tasks", "links", "waiting")}
        found = self._read(
            [
                (OPEN_TASKS, {"orders": orders["tasks"]}),
                (TIMERS, {"orders": sorted({*orders["tasks"], *fresh.get("timers", ())})}),
                (LINKS, {"orders": orders["links"]}),
                (WAITING, {"orders": orders["waiting"], "names": list(awaited)}),
            ]
        )
        return News(*found)

    def starts(self) -> list[Row]:
        """When processes start by time next."""
        with self._database.transaction() as transaction:
            return transaction.rows(STARTS)

    def starting(self) -> list[str]:
        """Processes that start by time."""
        with self._database.transaction() as transaction:
            return [row["process_key"] for row in transaction.rows("select process_key from timer_start")]

    def tell_planner(self, reports: int) -> None:
        """Let PostgreSQL see how full the tables are, now that so many reports are in."""
        if reports >= self._look_again:
            self._look_again *= 4
            self._transaction.run(FILLING)

    def _read(self, queries: Sequence[tuple[str, Mapping[str, Any]]]) -> list[list[Row]]:
        """The rows of each query; one that asks for nothing is not asked."""
        asked = [one for one in queries if all(value for value in one[1].values() if isinstance(value, list))]
        if not asked:
            return [[] for _ in queries]
        found = iter(self._transaction.read(asked))
        return [next(found) if one in asked else [] for one in queries]
