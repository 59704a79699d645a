"""What colleagues were asked about tasks: delegations (委派), opinions (加签), copies (抄送)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, FromClause, select

from engine.queries.people import Viewer
from engine.queries.reader import Reader, Row, row, rows
from engine.tables import account, task_request, user_task

UNDER_WAY = ("open", "claimed")


def addressed_to(who: Viewer, request: FromClause = task_request) -> ColumnElement[bool]:
    """Whether a request reaches this person: by name, by post, or as somebody's deputy."""
    reaches: ColumnElement[bool] = request.c.receiver.in_(sorted(who.reach))
    return reaches


def requests_of(reader: Reader, task_id: int) -> Sequence[Row]:
    """Everything asked about one task, oldest first, with the names of who asked and who answered."""
    asking, answering = account.alias(), account.alias()
    statement = (
        select(
            task_request,
            asking.c.display_name.label("asked_name"),
            answering.c.display_name.label("answered_name"),
        )
        .outerjoin(asking, asking.c.user_id == task_request.c.asked_by)
        .outerjoin(answering, answering.c.user_id == task_request.c.answered_by)
        .where(task_request.c.task_id == task_id)
        .order_by(task_request.c.id)
    )
    return rows(reader, statement)


def open_requests(reader: Reader, who: Viewer, limit: int = 50) -> Sequence[Row]:
    """Opinions this person is asked for and delegated tasks they hold, oldest first, with the task's name and title."""
    statement = (
        select(
            task_request,
            user_task.c.name,
            user_task.c.title,
            user_task.c.due_at,
            account.c.display_name.label("asked_name"),
        )
        .join(user_task, user_task.c.id == task_request.c.task_id)
        .outerjoin(account, account.c.user_id == task_request.c.asked_by)
        .where(task_request.c.status == "open", addressed_to(who), user_task.c.status.in_(UNDER_WAY))
        .order_by(task_request.c.id)
        .limit(limit)
    )
    return rows(reader, statement)


def task_of_request(reader: Reader, request_id: int) -> int | None:
    """The id of the task a request is about."""
    found = row(reader, select(task_request.c.task_id).where(task_request.c.id == request_id))
    return int(found["task_id"]) if found else None
