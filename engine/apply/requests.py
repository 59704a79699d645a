"""What colleagues are asked about a task: delegation (委派), opinions (加签), copies (抄送)."""

from __future__ import annotations

from engine import events
from engine.errors import Conflict
from engine.journal import Journal
from engine.lifecycle import RequestStatus, TaskStatus, before


def delegated(journal: Journal, event: events.TaskDelegated) -> None:
    _hand(journal, event.task_id, event.version, event.assignee, event.owner)
    _ask(journal, event.task_id, "delegation", f"user:{event.assignee}", event.text)


def given_back(journal: Journal, event: events.TaskGivenBack) -> None:
    _hand(journal, event.task_id, event.version, event.owner, None)
    _answer(journal, event.request_id, event.text)


def opinion_asked(journal: Journal, event: events.OpinionAsked) -> None:
    _ask(journal, event.task_id, "opinion", event.receiver, event.text)


def opinion_given(journal: Journal, event: events.OpinionGiven) -> None:
    _answer(journal, event.request_id, event.text)


def opinion_withdrawn(journal: Journal, event: events.OpinionWithdrawn) -> None:
    _answer(journal, event.request_id, "")


def copied(journal: Journal, event: events.TaskCopied) -> None:
    for receiver in event.receivers:
        _ask(journal, event.task_id, "copy", receiver, event.text)


def _ask(journal: Journal, task: int, kind: str, receiver: str, text: str) -> None:
    journal.insert(
        "task_request",
        task_id=task,
        kind=kind,
        receiver=receiver,
        asked_by=journal.actor,
        text=text,
        asked_at=journal.now,
        status=RequestStatus.SENT if kind == "copy" else RequestStatus.OPEN,
    )


def _answer(journal: Journal, request: int, text: str) -> None:
    """What was answered; an empty text withdraws the request."""
    status = RequestStatus.ANSWERED if text else RequestStatus.WITHDRAWN
    journal.run(
        "update task_request set status = %(status)s, answer = %(text)s, answered_by = %(by)s, answered_at = %(now)s "
        "where id = %(id)s and order_id = %(order_id)s and status = any(%(before)s)",
        Conflict(),
        id=request,
        status=status,
        text=text or None,
        by=journal.actor,
        before=before(status),
    )


_HAND_TASK = (
    "update user_task set status = %(status)s, version = version + 1, assignee = %(assignee)s, owner = %(owner)s "
    "where id = %(id)s and order_id = %(order_id)s and version = %(version)s and status = any(%(before)s)"
)


def _hand(journal: Journal, task: int, version: int, assignee: str, owner: str | None) -> None:
    status = TaskStatus.CLAIMED
    journal.run(
        _HAND_TASK,
        Conflict(),
        id=task,
        version=version,
        status=status,
        assignee=assignee,
        owner=owner,
        before=before(status),
    )
