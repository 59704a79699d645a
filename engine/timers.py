"""Timers wait in their own indexed table; when due they are promoted into the queue in one statement.

Nothing polls open work orders: a million waiting cases cost one index look-up a tick. Two promoters never take the
same row. Source: storage measurements, “Procrastinate rules”.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from engine.database import Row, Transaction
from engine.lifecycle import TimerStatus, before

BATCH = 500
PROMOTE = (
    "with due as (update timer set status = %(promoted)s where id = any(array("
    "select id from timer where status = 'armed' and due_at <= %(now)s "
    "order by due_at limit %(limit)s for update skip locked)) returning id) "
    "select count(*) as promoted, procrastinate_defer_jobs_v1(array_agg(row('timer', 'timer.fire', 0, null, null, "
    "jsonb_build_object('timer_id', id), null)::procrastinate_job_to_defer_v1)) as jobs from due having count(*) > 0"
)
DUE = "select id from timer where status = any(%(waiting)s) and due_at <= %(now)s order by due_at, id limit %(limit)s"
NEXT = "select min(due_at) as due_at from timer where status = 'armed'"


def promote(transaction: Transaction, now: datetime, limit: int = BATCH) -> int:
    """Queue the timers that are due; how many there were (call again while it equals `limit`)."""
    row = transaction.row(PROMOTE, {"promoted": TimerStatus.PROMOTED, "now": now, "limit": limit})
    return int(row["promoted"]) if row else 0


PROMOTE_STARTS = (
    "with due as (update timer_start set status = %(promoted)s where id = any(array("
    "select id from timer_start where status = 'armed' and due_at <= %(now)s "
    "order by due_at limit %(limit)s for update skip locked)) returning id, due_at) "
    "select count(*) as promoted, procrastinate_defer_jobs_v1(array_agg(row('timer', 'timer.start', 0, null, null, "
    "jsonb_build_object('start_id', id, 'due_at', due_at), null)::procrastinate_job_to_defer_v1)) as jobs "
    "from due having count(*) > 0"
)
REQUEUE_STARTS = (
    "update timer_start s set status = 'armed' where status = 'promoted' and due_at < %(before)s "
    "and not exists (select 1 from procrastinate_jobs q where q.task_name = 'timer.start' "
    "and q.status in ('todo', 'doing') and (q.args->>'start_id')::bigint = s.id)"
)
DUE_STARTS = (
    "select id, process_key, due_at from timer_start where status in ('armed', 'promoted') and due_at <= %(now)s "
    "and process_key = any(%(processes)s) order by due_at, id"
)
NEXT_START = "select min(due_at) as due_at from timer_start where status = 'armed' and process_key = any(%(processes)s)"


def promote_starts(transaction: Transaction, now: datetime, limit: int = BATCH) -> int:
    """Queue the processes whose moment to start has come; how many there were."""
    row = transaction.row(PROMOTE_STARTS, {"promoted": TimerStatus.PROMOTED, "now": now, "limit": limit})
    return int(row["promoted"]) if row else 0


def due_starts(transaction: Transaction, now: datetime, processes: Collection[str]) -> list[Row]:
    """Starts of these processes whose moment has come: id, process_key, due_at; for callers without a queue."""
    return transaction.rows(DUE_STARTS, {"now": now, "processes": list(processes)})


def next_start(transaction: Transaction, processes: Collection[str]) -> datetime | None:
    """When the first of these processes starts by time next."""
    row = transaction.row(NEXT_START, {"processes": list(processes)})
    return row["due_at"] if row else None


REQUEUE = (
    "update timer t set status = 'armed' where status = 'promoted' and due_at < %(before)s "
    "and not exists (select 1 from procrastinate_jobs q where q.task_name = 'timer.fire' "
    "and q.status in ('todo', 'doing') and (q.args->>'timer_id')::bigint = t.id) "
    "and not exists (select 1 from job j where j.idempotency_key = 'timer:' || t.id and j.status = 'incident')"
)


def requeue(transaction: Transaction, before: datetime) -> int:
    """Timers promoted before `before` whose queue entry is gone wait again; how many there were."""
    return transaction.run(REQUEUE, {"before": before}) + transaction.run(REQUEUE_STARTS, {"before": before})


def due(transaction: Transaction, now: datetime, limit: int = BATCH) -> list[int]:
    """Ids of timers that are due and have not fired, oldest first: for callers without a queue."""
    waiting = before(TimerStatus.FIRED)
    found = transaction.rows(DUE, {"waiting": waiting, "now": now, "limit": limit})
    return [row["id"] for row in found]


def next_due(transaction: Transaction) -> datetime | None:
    """When the next armed timer is due."""
    row = transaction.row(NEXT)
    return row["due_at"] if row else None
