"""What begins a process without a report: messages, and moments (start by time)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine import events, jsonable
from engine.errors import Conflict
from engine.journal import Journal
from engine.lifecycle import TimerStatus

_MOVE_START = (
    "update timer_start set due_at = %(next_at)s, status = %(status)s, problem = %(problem)s "
    "where id = %(id)s and due_at = %(due_at)s"
)


def served(journal: Journal, event: events.StartedByTime) -> None:
    journal.run(
        _MOVE_START,
        Conflict(),
        id=event.start_id,
        due_at=event.due_at,
        next_at=event.next_at,
        status=TimerStatus.ARMED,
        problem=None,
    )


def failed(journal: Journal, event: events.StartFailed) -> None:
    journal.run(
        _MOVE_START,
        id=event.start_id,
        due_at=event.due_at,
        next_at=event.due_at,
        status=TimerStatus.FAILED,
        problem=event.error,
    )


def armed(journal: Journal, event: events.StartsArmed) -> None:
    journal.run(
        "update timer_start t set due_at = r.due_at, status = %(status)s, problem = null "
        "from jsonb_to_recordset(%(rows)s::jsonb) as r(id bigint, due_at timestamptz) where t.id = r.id",
        rows=jsonable.text(list(event.moments)),
        status=TimerStatus.ARMED,
    )


_MESSAGES = (
    "insert into message_start (message, process_key, element) select message, process_key, element "
    "from jsonb_to_recordset(%(rows)s::jsonb) as r(message text, process_key text, element text) "
    "on conflict (message) do update set process_key = excluded.process_key, element = excluded.element"
)
_RETIRE_MESSAGES = "delete from message_start where process_key = any(%(keys)s)"


def set_messages(journal: Journal, starts: Sequence[Mapping[str, str]]) -> None:
    journal.run(_MESSAGES, rows=jsonable.text(list(starts)))


def retire_messages(journal: Journal, keys: Sequence[str]) -> None:
    journal.run(_RETIRE_MESSAGES, keys=keys)


_TIMES = (
    "insert into timer_start (process_key, element, expression, form, due_at, status) "
    "select process_key, element, expression, form, due_at, %(armed)s from jsonb_to_recordset(%(rows)s::jsonb) "
    "as r(process_key text, element text, expression text, form text, due_at timestamptz) "
    "on conflict (process_key, element) do update set expression = excluded.expression, form = excluded.form, "
    "status = excluded.status, problem = null, "
    "due_at = case when timer_start.due_at <= %(now)s then timer_start.due_at else excluded.due_at end"
)
"""A moment that has come and is not served yet is still served, once."""
_RETIRE_TIMES = (
    "delete from timer_start t where process_key = any(%(keys)s) and not exists (select 1 from "
    "jsonb_to_recordset(%(rows)s::jsonb) as r(process_key text, element text) "
    "where r.process_key = t.process_key and r.element = t.element)"
)


def set_times(journal: Journal, keys: Sequence[str], starts: Sequence[Mapping[str, Any]]) -> None:
    """All times at which these processes start: those not named are over."""
    rows = jsonable.text(list(starts))
    journal.run(_RETIRE_TIMES, keys=keys, rows=rows)
    journal.run(_TIMES, rows=rows, armed=TimerStatus.ARMED)
