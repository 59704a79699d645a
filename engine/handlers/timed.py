"""Processes that start by time: each moment opens one work order, once, however often it is asked for.

The row of the start event is locked and moved on to its next moment in the transaction that opens the work order.
Moments missed while nobody worked count as one: the next one is reckoned from now.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine import audit, commands, events, moments
from engine.clock import ClockError
from engine.database import Row
from engine.definitions import STAMPS
from engine.errors import Conflict, NotFound
from engine.feel import FeelError
from engine.handlers.operator import REFUSED, check_reason
from engine.handlers.starting import open_order
from engine.work import Decision, Work

LOCK = "select id, process_key, element, expression, form, due_at, status from timer_start where id = %(id)s for update"
LOCK_MANY = (
    "select id, expression, form, due_at from timer_start where process_key = any(%(processes)s) "
    "or (%(processes)s = '{}'::text[] and due_at is null) "
    "or (%(anew)s and status = 'armed' and due_at > %(now)s) order by id for update"
)


def start(work: Work, command: commands.StartByTime) -> Decision:
    """A moment that was served already, or that a new diagram has put off, does nothing."""
    row = _waiting(work, command.start_id, command.due_at)
    if row is None:
        return Decision(None, [], commands.Done())
    local = row["due_at"].astimezone(work.definitions.reference.calendar.zone)
    document = {"title": f"{_name(work, row['process_key'])} {local:%Y-%m-%d %H:%M}", "scheduledAt": local}
    started = events.StartedByTime(row["id"], row["element"], row["due_at"], _next(work, row))
    order, found = open_order(work, row["process_key"], row["element"], document, [started])
    return Decision(order, found, commands.Done(order.no))


def fail(work: Work, command: commands.FailStart) -> Decision:
    """Note why nothing could be started: an incident for an operator. Who deploys the diagram anew starts it again."""
    row = _waiting(work, command.start_id, command.due_at)
    failed = [events.StartFailed(row["id"], row["due_at"], command.error)] if row else []
    return Decision(None, failed, commands.Done())


def retry(work: Work, command: commands.RetryStart) -> Decision:
    """The same moment again, at once."""
    row, audited = _failed(work, command.start_id, "START_RETRIED", command.reason)
    armed = events.StartsArmed([{"id": row["id"], "due_at": row["due_at"]}])
    return Decision(None, [audited, armed], commands.Done())


def skip(work: Work, command: commands.SkipStart) -> Decision:
    """Somebody has seen to it in another way: go on with the next moment."""
    row, audited = _failed(work, command.start_id, "START_SKIPPED", command.reason)
    return Decision(
        None, [audited, events.StartsArmed([{"id": row["id"], "due_at": _next(work, row)}])], commands.Done()
    )


def arm(work: Work, command: commands.ArmStarts) -> Decision:
    """The next moment of each, seen from now."""
    asked = {"processes": list(command.processes), "anew": command.anew, "now": work.now}
    rows, stamps = work.transaction.read([(LOCK_MANY, asked), (STAMPS, {})])
    work.definitions.refresh(work.transaction, stamps[0])
    found = [{"id": row["id"], "due_at": _next(work, row)} for row in rows]
    return Decision(None, [events.StartsArmed(found)] if found else [], commands.Done())


def _waiting(work: Work, start_id: int, due_at: datetime) -> Row | None:
    """The locked start event, when it still waits for just this moment and the moment has come."""
    rows, stamps = work.transaction.read([(LOCK, {"id": start_id}), (STAMPS, {})])
    work.definitions.refresh(work.transaction, stamps[0])
    row = rows[0] if rows else None
    if row is None or row["due_at"] != due_at or due_at > work.now or row["status"] == "failed":
        return None
    return row


def _failed(work: Work, start_id: int, act: str, reason: str) -> tuple[Row, events.Audited]:
    """The locked start event that failed, and who deals with it why."""
    check_reason(reason)
    rows, people, stamps = work.transaction.read([(LOCK, {"id": start_id}), work.actor_query(), (STAMPS, {})])
    work.definitions.refresh(work.transaction, stamps[0])
    work.permit(work.person(people), "operate", REFUSED)
    if not rows:
        raise NotFound("没有找到这个定时开始。", "This start by time was not found.")
    if rows[0]["status"] != "failed":
        raise Conflict("这个定时开始没有处于异常状态。", "This start by time has not failed.")
    about = f"{rows[0]['process_key']} {rows[0]['due_at'].isoformat()}"
    entry = audit.Entry(work.now, work.actor, act, about, reason.strip())
    return rows[0], events.Audited(audit.link(work.transaction, work.ports.sm3, entry))


def _next(work: Work, row: Mapping[str, Any]) -> datetime | None:
    """None where the calendar does not reach that far yet: housekeeping asks again."""
    try:
        return moments.next_moment(row["expression"], row["form"], work.definitions.reference, work.now)
    except (ClockError, FeelError, ValueError):
        return None


def _name(work: Work, key: str) -> str:
    program = work.definitions.program(work.transaction, work.definitions.latest(key, work.now))
    return program.root.name or key
