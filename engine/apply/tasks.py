"""User tasks. Each move is guarded by the version somebody saw and by the moves of `lifecycle`."""

from __future__ import annotations

from engine import events
from engine.errors import Conflict, TaskClosed
from engine.journal import Journal
from engine.lifecycle import TaskStatus, before


def opened(journal: Journal, event: events.TaskOpened) -> None:
    document = journal.columns.get("document", journal.the_order.document)
    journal.insert(
        "user_task",
        item=event.item,
        element=event.element,
        definition=event.definition,
        name=event.name,
        form_key=event.form_key,
        stage=event.stage,
        candidates=list(event.candidates),
        not_by=list(event.not_by),
        stands_for=dict(event.stands_for),
        assignee=event.assignee,
        status=TaskStatus.CLAIMED if event.assignee else TaskStatus.OPEN,
        title=document.get("title") or "",
        category_code=document.get("categoryCode"),
        town_code=document.get("townCode"),
        priority=document.get("priority"),
        created_at=journal.now,
        warn_at=event.warn_at,
        due_at=event.due_at,
        variables=event.variables,
        loop=event.loop,
    )


_MOVE_TASK = (
    "update user_task set status = %(status)s, version = version + 1, assignee = %(assignee)s "
    "where id = %(id)s and order_id = %(order_id)s and version = %(version)s and status = any(%(before)s)"
)


def claimed(journal: Journal, event: events.TaskClaimedBy) -> None:
    _move(journal, event.task_id, event.version, TaskStatus.CLAIMED, event.assignee)


def released(journal: Journal, event: events.TaskReleased) -> None:
    _move(journal, event.task_id, event.version, TaskStatus.OPEN, None)


def _move(journal: Journal, task: int, version: int, status: TaskStatus, assignee: str | None) -> None:
    journal.run(
        _MOVE_TASK, Conflict(), id=task, version=version, status=status, assignee=assignee, before=before(status)
    )


def completed(journal: Journal, event: events.TaskCompleted) -> None:
    journal.run(
        "update user_task set status = %(status)s, version = version + 1, closed_at = %(now)s, "
        "completed_by = %(by)s, completed_unit = %(unit)s, assignee = %(by)s "
        "where id = %(id)s and order_id = %(order_id)s and version = %(version)s and status = any(%(before)s)",
        TaskClosed(),
        id=event.task_id,
        version=event.version,
        status=TaskStatus.COMPLETED,
        by=event.by,
        unit=event.unit,
        before=before(TaskStatus.COMPLETED),
    )


def cancelled(journal: Journal, event: events.TaskCancelled) -> None:
    journal.run(
        "update user_task set status = %(status)s, version = version + 1, closed_at = %(now)s "
        "where order_id = %(order_id)s and item = %(item)s and status = any(%(before)s)",
        item=event.item,
        status=TaskStatus.CANCELLED,
        before=before(TaskStatus.CANCELLED),
    )
