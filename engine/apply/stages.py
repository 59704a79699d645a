"""The stage clocks of a work order, and the due times of its open tasks."""

from __future__ import annotations

from engine import events
from engine.journal import Journal
from engine.lifecycle import TaskStatus, before

StageEvent = events.StageStarted | events.StageRescheduled | events.StageHeld | events.StageStopped


def changed(journal: Journal, event: StageEvent) -> None:
    """The work order keeps what the event says is left of the clock."""
    clocks = dict(journal.columns.get("clocks", journal.the_order.clocks))
    clocks.pop(event.stage, None)
    if event.clock is not None:
        clocks[event.stage] = event.clock
    journal.set(clocks=clocks)


_RESCHEDULE_TASKS = (
    "update user_task set due_at = %(due_at)s, warn_at = %(warn_at)s where order_id = %(order_id)s "
    "and stage = %(stage)s and status = any(%(waiting)s) and due_at is not distinct from %(was_due_at)s"
)


def rescheduled(journal: Journal, event: events.StageRescheduled) -> None:
    """Open tasks that were due with their stage are so again; those with a date of their own keep it."""
    changed(journal, event)
    journal.run(
        _RESCHEDULE_TASKS,
        stage=event.stage,
        was_due_at=event.was_due_at,
        due_at=event.due_at,
        warn_at=event.warn_at,
        waiting=before(TaskStatus.COMPLETED),
    )
    opened = {"stage": event.stage, "due_at": event.was_due_at}
    journal.change("user_task", opened, {"due_at": event.due_at, "warn_at": event.warn_at})
