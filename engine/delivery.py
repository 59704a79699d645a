"""Jobs on their way out: what a worker has to do for one job row, without knowing queues or connectors.

A service job goes through `deliver` (the wiring's connectors), a message or signal back through the one door.
At least once: every command it issues is harmless when repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine import commands
from engine.database import Transaction
from engine.errors import EngineError, NotCorrelated
from engine.executor import Engine
from engine.ports import Delivery, Rejected, TryLater

READ = (
    "select id, order_id, order_no, item, kind, topic, payload, idempotency_key, sequence, status, attempts, "
    "created_at from job where id = %(id)s"
)
SUBSCRIBERS = (
    "select distinct order_id from subscription where kind = 'signal' and name = %(name)s "
    "and (%(key)s::text is null or key = %(key)s) order by order_id"
)
EARLIER = (
    "select 1 as waiting from job where order_id = %(order_id)s and id < %(id)s and kind in ('message', 'signal') "
    "and status = 'due' and created_at > %(since)s limit 1"
)
IN_TURN = timedelta(seconds=60)
"""How long a message waits for earlier messages of the same work order to go first."""
COME_BACK = 0.5
PATIENCE = timedelta(hours=72)
MESSAGE_DELAYS = (2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0)
"""Seconds before a message that nobody waits for yet is tried again; then it becomes an incident."""

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
            if job is None or job["status"] != "due":
                return None
            if job["kind"] != "service" and self._is_early(transaction, job):
                return COME_BACK
        self._carry(job)
        return None

    def _is_early(self, transaction: Transaction, job: Mapping[str, Any]) -> bool:
        """Whether an earlier message of the same work order is still on its way."""
        since = self.engine.clock() - IN_TURN
        return transaction.row(EARLIER, {"order_id": job["order_id"], "id": job["id"], "since": since}) is not None

    def _carry(self, job: Mapping[str, Any]) -> None:
        try:
            result = self._do(job)
        except (TryLater, NotCorrelated) as error:
            self._again(job, error)
        except (Rejected, EngineError) as error:
            self.engine.execute(commands.FailJob(job["id"], str(error), error_code=_code(error, job)))
        else:
            self.engine.execute(commands.CompleteJob(job["id"], result))

    def _do(self, job: Mapping[str, Any]) -> Mapping[str, Any]:
        if job["kind"] == "service":
            return self.deliver(_delivery(job), self.engine.clock())
        payload = job["payload"]
        name, key, values = payload["name"], payload.get("key"), payload.get("payload") or {}
        if job["kind"] == "message":
            self.engine.execute(commands.DeliverMessage(name, key, values, job["idempotency_key"]))
            return {}
        with self.engine.database.transaction() as transaction:
            orders = transaction.rows(SUBSCRIBERS, {"name": name, "key": key})
        for row in orders:
            self.engine.execute(
                commands.DeliverSignal(row["order_id"], name, key, values, job["idempotency_key"])
            )
        return {"receivers": len(orders)}

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
        if isinstance(error, NotCorrelated):
            hopeless = job["item"] is not None or attempt >= len(MESSAGE_DELAYS)
            return None if hopeless else MESSAGE_DELAYS[attempt]
        if self.engine.clock() - job["created_at"] > PATIENCE:
            return None
        return getattr(error, "retry_after", None) or self.delay(attempt)


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
