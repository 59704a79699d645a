"""A work order's timers."""

from __future__ import annotations

from engine import events, jsonable
from engine.journal import Journal
from engine.lifecycle import JobStatus, TimerStatus, before


def armed(journal: Journal, event: events.TimerArmed) -> None:
    journal.forget("timer", timer=event.timer)
    journal.insert("timer", timer=event.timer, element=event.element, due_at=event.due_at, status=TimerStatus.ARMED)


def disarmed(journal: Journal, event: events.TimerDisarmed) -> None:
    journal.forget("timer", timer=event.timer)
    _end(journal, event.timer, TimerStatus.DISARMED)


def fired(journal: Journal, event: events.TimerFired) -> None:
    _end(journal, event.timer, TimerStatus.FIRED)


_TIMERS_END = (
    "update timer t set status = r.status from jsonb_to_recordset(%(rows)s::jsonb) as r(timer int, status text, "
    "before text[]) where t.order_id = %(order_id)s and t.timer = r.timer and t.status = any(r.before)"
)


def _end(journal: Journal, timer: int, status: TimerStatus) -> None:
    journal.gather(_TIMERS_END, timer=timer, status=status, before=before(status))


def failed(journal: Journal, event: events.TimerFailed) -> None:
    """An incident job that fires the timer again when somebody retries it; one a timer."""
    journal.run(
        "insert into job (order_id, order_no, element, kind, topic, payload, idempotency_key, status, attempts, error, "
        "created_at) values (%(order_id)s, %(no)s, %(element)s, 'timer', %(element)s, %(payload)s, %(key)s, "
        "%(status)s, 1, %(error)s, %(now)s) on conflict (idempotency_key) do update set status = excluded.status, "
        "error = excluded.error, attempts = job.attempts + 1",
        no=journal.the_order.no,
        element=event.element,
        payload=jsonable.text({"timer_id": event.timer_id}),
        key=f"timer:{event.timer_id}",
        status=JobStatus.INCIDENT,
        error=event.error,
    )
