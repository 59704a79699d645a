"""Who looks, and what this person may see."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, bindparam, cast, exists, false, func, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from engine.queries.reader import Reader, Row, row, rows
from engine.tables import account, account_role, division, org_unit, user_task, work_order

SEES_EVERYTHING = frozenset(
    {
        "acceptor",
        "dispatcher",
        "shift_leader",
        "visitor",
        "supervisor",
        "arbitrator",
        "assessor",
        "leader",
        "duty_commander",
        "integrator",
        "audit_admin",
    }
)
"""Roles of the centre (and the district's leaders, integrators and auditors) that see every work order."""


@dataclass(frozen=True)
class Viewer:
    """A member of staff as the queries see one.

    posts      `role@unit`, everything this person is a candidate for
    division   12-digit code of the town or village whose own unit this person belongs to
    """

    user_id: str
    name: str
    unit: str
    unit_name: str
    posts: tuple[str, ...]
    division: str | None

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(post.partition("@")[0] for post in self.posts)

    @property
    def units(self) -> frozenset[str]:
        """The person's own unit and those of every post."""
        return frozenset(post.partition("@")[2] for post in self.posts) | {self.unit}

    @property
    def sees_everything(self) -> bool:
        return bool(self.roles & SEES_EVERYTHING)


@functools.cache
def _viewer() -> Select[Any]:
    posts = func.array_agg(account_role.c.role + "@" + account_role.c.unit_code)
    return (
        select(
            account.c.user_id,
            account.c.display_name,
            account.c.unit_code,
            func.max(org_unit.c.name).label("unit_name"),
            posts.filter(account_role.c.role.isnot(None)).label("posts"),
            func.max(division.c.code12).label("division"),
        )
        .outerjoin(account_role, account_role.c.user_id == account.c.user_id)
        .outerjoin(org_unit, org_unit.c.unit_code == account.c.unit_code)
        .outerjoin(division, division.c.unit_code == account.c.unit_code)
        .where(account.c.user_id == bindparam("user_id"), account.c.active)
        .group_by(account.c.user_id)
    )


def viewer(reader: Reader, user_id: str) -> Viewer | None:
    """The active account `user_id` with its posts; one statement."""
    found = row(reader, _viewer(), {"user_id": user_id})
    if found is None:
        return None
    return Viewer(
        found["user_id"],
        found["display_name"],
        found["unit_code"],
        found["unit_name"] or found["unit_code"],
        tuple(sorted(set(found["posts"] or ()))),
        found["division"],
    )


def visible_to(who: Viewer, order: FromClause = work_order) -> ColumnElement[bool]:
    """The rule: which work orders `who` may see.

    The centre sees everything; others see what their unit is responsible for, what lies in their town or village,
    what they have or had a task in, and the appeals of a case they may see.
    """
    if who.sees_everything:
        return true()
    case = work_order.alias("visible_case")
    its_case = exists().where(case.c.no == order.c.case_no, _concerns(who, case))
    return or_(_concerns(who, order), and_(order.c.case_no.isnot(None), its_case))


def _concerns(who: Viewer, order: FromClause) -> ColumnElement[bool]:
    task = user_task.alias()
    mine = exists().where(
        task.c.order_id == order.c.id,
        or_(task.c.assignee == who.user_id, task.c.completed_by == who.user_id, candidate(who, task)),
    )
    here = or_(order.c.village_code == who.division, order.c.town_code == who.division) if who.division else false()
    return or_(order.c.main_unit.in_(sorted(who.units)), here, mine)


def candidate(who: Viewer, task: FromClause = user_task) -> ColumnElement[bool]:
    """Whether one of the person's posts is a candidate of the task."""
    if not who.posts:
        return false()
    overlaps: ColumnElement[bool] = task.c.candidates.overlap(cast(list(who.posts), ARRAY(Text)))
    return overlaps


def colleagues(reader: Reader, candidates: Sequence[str]) -> Sequence[Row]:
    """People who hold one of the posts `role@unit`: user_id, display_name, unit_code."""
    if not candidates:
        return []
    post = account_role.c.role + "@" + account_role.c.unit_code
    statement = (
        select(account.c.user_id, account.c.display_name, account.c.unit_code)
        .where(
            account.c.active,
            exists().where(account_role.c.user_id == account.c.user_id, post.in_(list(candidates))),
        )
        .order_by(account.c.user_id)
        .limit(200)
    )
    return rows(reader, statement)


def accounts(reader: Reader, user_ids: Sequence[str]) -> Sequence[Row]:
    """These accounts, those that are active: user_id, display_name, unit_name."""
    statement = (
        select(account.c.user_id, account.c.display_name, org_unit.c.name.label("unit_name"))
        .outerjoin(org_unit, org_unit.c.unit_code == account.c.unit_code)
        .where(account.c.active, account.c.user_id.in_(list(user_ids)))
    )
    return rows(reader, statement)
