"""Jobs on their way out: what a worker has to do for one job row, without knowing queues or connectors.

A service job goes through `deliver` (the wiring's connectors), a message or signal back through the one door.
At least once: every command it issues is harmless when repeated.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from engine import commands
from engine.database import Transaction
from engine.errors import Conflict, EngineError, NotCorrelated
from engine.executor import Engine
from engine.ports import Delivery, Rejected, TryLater

READ = (
    "select j.id, order_id, order_no, item, j.kind, topic, payload, idempotency_key, sequence, j.status, attempts, "
    "created_at, o.status as order_status from job j join work_order o on o.id = order_id where j.id = %(id)s"
)
REQUEUE = (
    "select procrastinate_defer_jobs_v1(array_agg(row('job', 'job.deliver', 0, null, null, "
    "jsonb_build_object('job_id', j.id), null)::procrastinate_job_to_defer_v1)) from job j "
    "join work_order o on o.id = j.order_id where j.status = 'due' and o.status <> 'suspended' "
    "and coalesce(j.next_at, j.created_at) < %(before)s and not exists (select 1 from procrastinate_jobs q "
    "where q.task_name = 'job.deliver' and q.status in ('todo', 'doing') and (q.args->>'job_id')::bigint = j.id) "
    "having count(*) > 0"
)
SUBSCRIBERS = (
    "select distinct order_id from subscription where kind = 'signal' and name = %(name)s "
    "and (%(key)s::text is null or key = %(key)s) order by order_id"
)
EARLIER = (
    "select 1 as waiting from job where order_id = %(order_id)s and id < %(id)s and kind in ('message', 'signal') "
    "and status = 'due' and created_at > case when attempts = 0 then %(lost)s else %(tried)s end limit 1"
)
AHEAD = (
    "select next_at from job where order_id = %(order_id)s and id < %(id)s and kind = 'service' and status = 'due' "
    "and split_part(topic, '.', 1) = split_part(%(topic)s, '.', 1) order by id limit 1"
)
"""What the same system must get first: it drops what comes after a later sequence number."""
OWN = ("query.", "change.")
"""Operations that no other system answers."""
AFTER_IT = timedelta(seconds=1)
IN_TURN = timedelta(seconds=60)
"""How long a message waits for earlier ones of the same work order that nobody has wanted yet."""
FOUND_AGAIN = timedelta(minutes=15)
"""How long it waits for earlier ones that have not been tried: their worker may have died, and they come again."""
COME_BACK = 0.5
PATIENCE = timedelta(hours=72)
MESSAGE_DELAYS = (2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0)
"""Seconds before a message that nobody waits for yet is tried again; then it becomes an incident."""

log = logging.getLogger("cityloop.delivery")
Deliver = Callable[[Delivery, datetime], Mapping[str, Any]]
Delay = Callable[[int], float | None]


@dataclass(frozen=True)
class Courier:
    """Carries jobs out. `deliver` calls a connector; `delay` gives the seconds to wait
    after n failures, None to give up."""

    engine: Engine
    deliver: Deliver
    delay: Delay

    def carry(self, job_id: int) -> float | None:
        """Do one job and report how it went through the engine's door. A job that is not due any more is left alone.

        Returns None, or the seconds after which to come back: messages of one work order go out in turn.
        """
        with self.engine.database.transaction() as transaction:
            job = transaction.row(READ, {"id": job_id})
            if job is None or job["status"] != "due" or job["order_status"] == "suspended":
                return None  # resuming queues the jobs of a work order again
            if job["kind"] != "service" and self._is_early(transaction, job):
                return COME_BACK
            ahead = self._ahead(transaction, job)
        if ahead:
            self._after(job, ahead["next_at"])
        else:
            self._carry(job)
        return None

    def carry_row(self, job: Mapping[str, Any]) -> None:
        """Do a job whose row somebody has just read, due and in its turn: for callers without a queue."""
        self._carry(job)

    def _is_early(self, transaction: Transaction, job: Mapping[str, Any]) -> bool:
        """Whether an earlier message of the same work order is still on its way."""
        now = self.engine.clock()
        params = {"order_id": job["order_id"], "id": job["id"], "tried": now - IN_TURN, "lost": now - FOUND_AGAIN}
        return transaction.row(EARLIER, params) is not None

    @staticmethod
    def _ahead(transaction: Transaction, job: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """An earlier delivery of the work order to the same outside system that has not arrived yet."""
        if job["kind"] != "service" or job["topic"].startswith(OWN):
            return None
        return transaction.row(AHEAD, {"order_id": job["order_id"], "id": job["id"], "topic": job["topic"]})

    def _after(self, job: Mapping[str, Any], next_at: datetime | None) -> None:
        """Come back when the one ahead has been tried again."""
        soon = max(next_at or self.engine.clock(), self.engine.clock()) + AFTER_IT
        sentence = "前一条还没有送达，按顺序等待 / waits for an earlier delivery to the same system"
        self.engine.execute(commands.FailJob(job["id"], sentence, retry_at=soon))

    def _carry(self, job: Mapping[str, Any]) -> None:
        try:
            result = self._do(job)
        except (TryLater, Conflict, NotCorrelated) as error:
            self._again(job, error)
        except (Rejected, EngineError) as error:
            self.engine.execute(commands.FailJob(job["id"], str(error), error_code=_code(error, job)))
        except (psycopg.Error, SQLAlchemyError):
            raise  # the database is away: the job is due still and is queued again
        except Exception as error:
            log.exception("job %s failed in a way nobody foresaw", job["id"])
            self._again(job, error)
        else:
            if result is not None:
                self.engine.execute(commands.CompleteJob(job["id"], result))

    def _do(self, job: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Carry it out; None: that has closed the job already."""
        if job["kind"] == "service":
            return self.deliver(_delivery(job), self.engine.clock())
        payload = job["payload"]
        if job["kind"] == "timer":
            self.engine.execute(commands.FireTimer(payload["timer_id"]))
            return {}
        name, key, values = payload["name"], payload.get("key"), payload.get("payload") or {}
        if job["kind"] == "message":
            return self._bring(job, name, key, values)
        with self.engine.database.transaction() as transaction:
            orders = transaction.rows(SUBSCRIBERS, {"name": name, "key": key})
        for row in orders:
            self.engine.execute(commands.DeliverSignal(row["order_id"], name, key, values, job["idempotency_key"]))
        return {"receivers": len(orders)}

    def _bring(
        self, job: Mapping[str, Any], name: str, key: str | None, values: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        """A message whose sender waits for nothing is delivered and done in one step."""
        waits = job["item"] is not None
        message = commands.DeliverMessage(
            name, key, values, job["idempotency_key"], job_id=None if waits else job["id"]
        )
        self.engine.execute(message)
        return {} if waits else None

    def _again(self, job: Mapping[str, Any], error: Exception) -> None:
        """Try later while there is hope; else a BPMN error for an element that waits, or an incident."""
        wait = self._wait(job, error)
        if wait is None:
            code = error.code if isinstance(error, NotCorrelated) and job["item"] is not None else None
            self.engine.execute(commands.FailJob(job["id"], str(error), error_code=code))
        else:
            retry_at = self.engine.clock() + timedelta(seconds=wait)
            self.engine.execute(commands.FailJob(job["id"], str(error), retry_at=retry_at))

    def _wait(self, job: Mapping[str, Any], error: Exception) -> float | None:
        """Seconds until the next attempt; None when there is to be none."""
        attempt = job["attempts"]
        if not isinstance(error, TryLater):
            answered = isinstance(error, NotCorrelated) and job["item"] is not None
            return None if answered or attempt >= len(MESSAGE_DELAYS) else MESSAGE_DELAYS[attempt]
        if self.engine.clock() - job["created_at"] > PATIENCE:
            return None
        return error.retry_after or self.delay(attempt)


def requeue(transaction: Transaction, before: datetime) -> None:
    """Queue again what is due since before `before` and has lost its queue entry."""
    transaction.rows(REQUEUE, {"before": before})


def _code(error: Exception, job: Mapping[str, Any]) -> str | None:
    """A rejection that names a business code may be caught by an error boundary event of that code."""
    return getattr(error, "code", None) or None if job["item"] is not None and isinstance(error, Rejected) else None


def _delivery(job: Mapping[str, Any]) -> Delivery:
    return Delivery(
        job["id"],
        job["topic"],
        job["payload"],
        job["idempotency_key"],
        job["attempts"] + 1,
        job["order_no"],
        job["sequence"],
        job["created_at"],
    )
