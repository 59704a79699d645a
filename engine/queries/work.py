"""The work list: which tasks wait for whom, in which order; and the inbox of notices."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY

from engine.queries.definitions import IN_FORCE, in_town
from engine.queries.people import Viewer, candidate
from engine.queries.reader import Reader, Row, contains, row, rows
from engine.tables import absence, account, category, definition, division, notice, user_task, work_order

Scope = Literal["all", "mine", "group"]
DUE = func.coalesce(user_task.c.due_at, literal_column("'infinity'::timestamptz"))
NEVER = "infinity"


@dataclass(frozen=True)
class TaskFilter:
    """What the person wants to see of the work list; empty strings mean everything."""

    scope: Scope = "all"
    stage: str = ""
    category: str = ""
    town: str = ""
    text: str = ""
    seat: str = ""
    """A post (`role@unit`) among those a task waits for."""


def work_list(
    reader: Reader, who: Viewer, wanted: TaskFilter, limit: int = 50, after: tuple[datetime | None, int] | None = None
) -> Sequence[Row]:
    """Open tasks of this person, due soonest first. `after`: due time and id of the last row already shown."""
    statement = (
        select(
            user_task.c.id,
            user_task.c.order_no,
            user_task.c.element,
            user_task.c.name,
            user_task.c.stage,
            user_task.c.title,
            user_task.c.category_code,
            category.c.name.label("category_name"),
            user_task.c.town_code,
            division.c.name.label("town_name"),
            user_task.c.priority,
            user_task.c.status,
            user_task.c.version,
            user_task.c.assignee,
            user_task.c.candidates,
            account.c.display_name.label("assignee_name"),
            user_task.c.created_at,
            user_task.c.warn_at,
            user_task.c.due_at,
        )
        .outerjoin(category, category.c.code == user_task.c.category_code)
        .outerjoin(division, division.c.code12 == user_task.c.town_code)
        .outerjoin(account, account.c.user_id == user_task.c.assignee)
        .where(_of(who, wanted.scope), *_narrowed(wanted))
        .order_by(DUE, user_task.c.id)
        .limit(limit)
    )
    if after is not None:
        due = cast(after[0].isoformat() if after[0] else NEVER, DateTime(timezone=True))
        statement = statement.where(tuple_(DUE, user_task.c.id) > tuple_(due, after[1]))
    return rows(reader, statement)


def _of(who: Viewer, scope: Scope) -> ColumnElement[bool]:
    """The tasks of a scope: mine are claimed by me or delegated by me, the group's wait for anyone of my posts.

    What somebody claimed who is absent, or whom I stand in for, waits for the group again.
    """
    mine = and_(
        user_task.c.status == "claimed", or_(user_task.c.assignee == who.user_id, user_task.c.owner == who.user_id)
    )
    left = and_(user_task.c.status == "claimed", user_task.c.owner.is_(None), left_behind(who))
    group = and_(or_(user_task.c.status == "open", left), candidate(who), not_(_excluded(who)))
    if scope == "mine":
        return mine
    if scope == "group":
        return group
    return or_(mine, group)


def left_behind(who: Viewer) -> ColumnElement[bool]:
    """Whether the task's assignee is somebody this person stands in for, or is absent."""
    covered = user_task.c.assignee.in_([one.user_id for one in who.covers])
    away = exists().where(
        absence.c.user_id == user_task.c.assignee, absence.c.from_at <= who.at, absence.c.to_at > who.at
    )
    return and_(user_task.c.assignee != who.user_id, or_(covered, away) if who.at else covered)


def _excluded(who: Viewer) -> ColumnElement[bool]:
    """Separation of duties: the task names people and units that must not do it."""
    excluded: ColumnElement[bool] = user_task.c.not_by.has_any(cast(_names(who), ARRAY(Text)))
    return excluded


def _names(who: Viewer) -> list[str]:
    return [f"user:{who.user_id}", f"unit:{who.unit}"]


def _narrowed(wanted: TaskFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.stage:
        conditions.append(user_task.c.stage == wanted.stage)
    if wanted.category:
        conditions.append(user_task.c.category_code == wanted.category)
    if wanted.town:
        conditions.append(user_task.c.town_code == wanted.town)
    if wanted.seat:
        conditions.append(_waits_for(wanted.seat))
    if wanted.text:
        found = exists().where(work_order.c.id == user_task.c.order_id, contains(work_order.c.search, wanted.text))
        conditions.append(or_(found, contains(user_task.c.name, wanted.text)))
    return conditions


def _waits_for(post: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = user_task.c.candidates.overlap(cast([post], ARRAY(Text)))
    return found


def waiting_for(reader: Reader, who: Viewer, wanted: TaskFilter, posts: Sequence[str]) -> dict[str, int]:
    """How many tasks of a scope wait for each of these posts; those without any are left out."""
    if not posts:
        return {}
    numbers = [func.count().filter(_waits_for(post)).label(post) for post in posts]
    found = row(reader, select(*numbers).select_from(user_task).where(_of(who, wanted.scope)))
    return {post: found[post] for post in posts if found and found[post]}


def work_counts(reader: Reader, who: Viewer, now: datetime) -> Row:
    """Numbers above the work list: all, mine, group, late, soon (past the warning, not yet due)."""
    late = user_task.c.due_at <= now
    statement = select(
        func.count().label("all"),
        func.count().filter(_of(who, "mine")).label("mine"),
        func.count().filter(_of(who, "group")).label("group"),
        func.count().filter(late).label("late"),
        func.count().filter(user_task.c.warn_at <= now, not_(late)).label("soon"),
    ).where(_of(who, "all"))
    found = row(reader, statement)
    assert found is not None, "an aggregate always has a row"
    return found


def facets(reader: Reader, who: Viewer, wanted: TaskFilter) -> dict[str, list[Row]]:
    """What the filters offer: for `stage`, `category` and `town` the values that occur, with name and count."""
    columns = (user_task.c.stage, user_task.c.category_code, user_task.c.town_code)
    sets = func.grouping_sets(*[tuple_(column) for column in columns])
    statement = (
        select(
            *columns,
            func.max(category.c.name).label("category_name"),
            func.max(division.c.name).label("town_name"),
            func.count().label("number"),
        )
        .select_from(user_task)
        .outerjoin(category, category.c.code == user_task.c.category_code)
        .outerjoin(division, division.c.code12 == user_task.c.town_code)
        .where(_of(who, wanted.scope))
        .group_by(sets)
    )
    found: dict[str, list[Row]] = {"stage": [], "category": [], "town": []}
    for one in rows(reader, statement):
        for name, value, label in (
            ("stage", one["stage"], one["stage"]),
            ("category", one["category_code"], one["category_name"]),
            ("town", one["town_code"], one["town_name"]),
        ):
            if value:
                found[name].append({"value": value, "label": label or value, "number": one["number"]})
    return {name: sorted(options, key=lambda option: -option["number"]) for name, options in found.items()}


def _form_digest() -> Any:
    """The digest of the task's form in the version in force in its town."""
    newest = select(definition.c.digest).where(
        definition.c.kind == "form",
        definition.c.key == user_task.c.form_key,
        IN_FORCE,
        in_town(func.coalesce(user_task.c.town_code, "")),
    )
    return newest.order_by(definition.c.version.desc()).limit(1).scalar_subquery().label("form_digest")


@functools.cache
def _task_by_id() -> Select[Any]:
    order = work_order
    return (
        select(
            user_task,
            account.c.display_name.label("assignee_name"),
            order.c.kind.label("order_kind"),
            order.c.status.label("order_status"),
            order.c.status_code,
            order.c.document,
            order.c.title.label("order_title"),
            order.c.definition.label("order_definition"),
            order.c.source,
            order.c.opened_at,
            order.c.village_code,
            order.c.main_unit,
            order.c.case_no,
            _form_digest(),
        )
        .join(order, order.c.id == user_task.c.order_id)
        .outerjoin(account, account.c.user_id == user_task.c.assignee)
        .where(user_task.c.id == bindparam("task_id"))
    )


def task_by_id(reader: Reader, task_id: int) -> Row | None:
    """One task with its work order's number, kind, status, document and times."""
    return row(reader, _task_by_id(), {"task_id": task_id})


def may_work(who: Viewer, task: Row) -> bool:
    """Whether this person may take the task up; the engine decides again when a command comes."""
    if task["assignee"] == who.user_id:
        return True
    if set(task["not_by"] or ()) & set(_names(who)):
        return False
    return bool(set(task["candidates"] or ()) & who.reach)


def may_take(reader: Reader, who: Viewer, task: Row) -> bool:
    """Whether this person may do the task now: it is theirs, nobody's, or of somebody who is absent or stood in for."""
    if task["status"] not in ("open", "claimed") or task["owner"] or not may_work(who, task):
        return False
    if task["status"] == "open" or task["assignee"] == who.user_id:
        return True
    return row(reader, select(user_task.c.id).where(user_task.c.id == task["id"], left_behind(who))) is not None


def done_by(reader: Reader, who: Viewer, since: datetime, limit: int = 200) -> Sequence[Row]:
    """Tasks this person finished since then, newest first."""
    statement = (
        select(
            user_task.c.id,
            user_task.c.order_no,
            user_task.c.name,
            user_task.c.stage,
            user_task.c.title,
            user_task.c.due_at,
            user_task.c.closed_at,
            category.c.name.label("category_name"),
            division.c.name.label("town_name"),
        )
        .outerjoin(category, category.c.code == user_task.c.category_code)
        .outerjoin(division, division.c.code12 == user_task.c.town_code)
        .where(
            user_task.c.status == "completed",
            user_task.c.completed_by == who.user_id,
            user_task.c.closed_at >= since,
        )
        .order_by(user_task.c.closed_at.desc())
        .limit(limit)
    )
    return rows(reader, statement)


# ------------------------------------------------------------------ notices
def notices_for(reader: Reader, who: Viewer, before: int | None = None, limit: int = 50) -> Sequence[Row]:
    """The inbox, newest first. `seen` tells whether this person has read it."""
    statement = (
        select(notice, _seen(who).label("seen"), work_order.c.title)
        .join(work_order, work_order.c.id == notice.c.order_id)
        .where(_addressed(who))
        .order_by(notice.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(notice.c.id < before)
    return rows(reader, statement)


def unread_notices(reader: Reader, who: Viewer, most: int = 100) -> int:
    """How many notices wait unread; counting stops at `most`."""
    some = select(notice.c.id).where(_addressed(who), not_(_seen(who))).limit(most).subquery()
    found = row(reader, select(func.count().label("number")).select_from(some))
    return int(found["number"]) if found else 0


def _addressed(who: Viewer) -> ColumnElement[bool]:
    pairs = [tuple(one.partition("@" if "@" in one else ":")[::2]) for one in sorted(who.reach)]
    return tuple_(notice.c.role, notice.c.unit).in_(pairs)


def _seen(who: Viewer) -> ColumnElement[bool]:
    seen: ColumnElement[bool] = notice.c.seen_by.has_key(who.user_id)
    return seen
