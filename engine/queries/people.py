"""Who looks, and what this person may see."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    any_,
    bindparam,
    cast,
    column,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Text

from engine.queries.reader import Reader, Row, row, rows
from engine.tables import (
    absence,
    account,
    account_role,
    deputy,
    division,
    org_unit,
    reference_list,
    task_request,
    user_task,
    work_order,
)


@dataclass(frozen=True)
class Standing:
    """Somebody this person stands in for now, and the candidates that come with it."""

    user_id: str
    reach: frozenset[str]
    name: str = ""


@dataclass(frozen=True)
class Viewer:
    """A member of staff as the queries see one.

    posts      `role@unit`, everything this person is a candidate for
    divisions  12-digit codes of the places this person's unit answers for: the town or village whose own unit it is,
               else those of all units below it in the organisation, as for an area of several towns
    unit_type  what kind of unit it is: 区部门, 镇街, 公共服务单位, 物业/市场主体 …
    covers     whom this person stands in for
    at         the moment this was read
    closed     levels of secrecy that are not open to this person's roles: they see such work orders when they have
               part in them, and people outside the administration never do
    external   whether this person's unit is no part of the administration: they see what they work on and nothing
               around it (visibility rule 5; `outside` of unit_types.csv)
    sees_everything   whether one of this person's roles sees every work order (`orders` of roles.csv)
    """

    user_id: str
    name: str
    unit: str
    unit_name: str
    posts: tuple[str, ...]
    divisions: tuple[str, ...] = ()
    unit_type: str = ""
    covers: tuple[Standing, ...] = ()
    at: datetime | None = None
    closed: frozenset[str] = frozenset()
    external: bool = False
    sees_everything: bool = False

    @property
    def reach(self) -> frozenset[str]:
        """Every candidate (`role@unit`, `user:ID`) that means this person, also as a deputy."""
        return frozenset((*self.posts, f"user:{self.user_id}")).union(*(one.reach for one in self.covers))

    def stands_in(self, task: Mapping[str, Any]) -> str | None:
        """The name of whom this person does a task for: one that comes to them as a deputy only."""
        wanted = set(task["candidates"] or ())
        if wanted.intersection((*self.posts, f"user:{self.user_id}")):
            return None
        return next((one.name for one in self.covers if one.reach & wanted or one.user_id == task["assignee"]), None)

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(post.partition("@")[0] for post in self.posts)

    @property
    def units(self) -> frozenset[str]:
        """The person's own unit and those of every post."""
        return frozenset(post.partition("@")[2] for post in self.posts) | {self.unit}


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
            func.coalesce(func.array_agg(division.c.code12).filter(division.c.code12.isnot(None)), _below()).label(
                "divisions"
            ),
            func.max(org_unit.c.unit_type).label("unit_type"),
            _covers().label("covers"),
            _levels().label("levels"),
            _marked("roles", "role", "orders").label("see_everything"),
            _marked("unit_types", "unit_type", "outside").label("outside"),
        )
        .outerjoin(account_role, account_role.c.user_id == account.c.user_id)
        .outerjoin(org_unit, org_unit.c.unit_code == account.c.unit_code)
        .outerjoin(division, division.c.unit_code == account.c.unit_code)
        .where(account.c.user_id == bindparam("user_id"), account.c.active)
        .group_by(account.c.user_id)
    )


def _levels() -> Any:
    """The rows of secrecy_levels.csv."""
    return select(reference_list.c.rows).where(reference_list.c.name == "secrecy_levels").scalar_subquery()


def _marked(name: str, wanted: str, mark: str) -> Any:
    """The values of one column of a reference list where another says Y."""
    line = func.jsonb_array_elements(reference_list.c.rows).table_valued(column("value", JSONB)).alias(f"{name}_line")
    values = func.array_agg(line.c.value[wanted].astext)
    return (
        select(values)
        .select_from(reference_list.join(line, true()))
        .where(reference_list.c.name == name, line.c.value[mark].astext == "Y")
        .scalar_subquery()
    )


def _below() -> Any:
    """The places of all units below the account's own."""
    own = select(account.c.unit_code).where(account.c.user_id == bindparam("user_id")).cte("below", recursive=True)
    below = own.union(select(org_unit.c.unit_code).join(own, org_unit.c.parent_unit == own.c.unit_code))
    codes = select(func.array_agg(division.c.code12)).join(below, division.c.unit_code == below.c.unit_code)
    return codes.scalar_subquery()


def _covers() -> Any:
    """Whom the account stands in for at `at`: JSON of user, name, posts, all."""
    principal, held = account.alias("principal"), account_role.alias("held")
    everything = deputy.c.scope == cast([], ARRAY(Text))
    posts = select(held.c.role + "@" + held.c.unit_code).where(
        held.c.user_id == principal.c.user_id, or_(everything, held.c.role == any_(deputy.c.scope))
    )
    facts = func.jsonb_build_object(
        *("user", principal.c.user_id, "name", principal.c.display_name),
        *("posts", func.array(posts.scalar_subquery()), "all", everything),
    )
    return (
        select(func.jsonb_agg(facts))
        .select_from(deputy.join(principal, principal.c.user_id == deputy.c.user_id))
        .where(
            deputy.c.deputy == account.c.user_id,
            deputy.c.from_at <= bindparam("at"),
            deputy.c.to_at > bindparam("at"),
            principal.c.active,
        )
        .correlate(account)
        .scalar_subquery()
    )


def _standing(one: dict[str, Any]) -> Standing:
    own = [f"user:{one['user']}"] if one["all"] else []
    return Standing(one["user"], frozenset([*one["posts"], *own]), one["name"])


def viewer(reader: Reader, user_id: str, at: datetime | None = None) -> Viewer | None:
    """The active account `user_id` with its posts, and whom it stands in for at that moment; one statement."""
    found = row(reader, _viewer(), {"user_id": user_id, "at": at})
    if found is None:
        return None
    roles = {post.partition("@")[0] for post in found["posts"] or ()}
    return Viewer(
        found["user_id"],
        found["display_name"],
        found["unit_code"],
        found["unit_name"] or found["unit_code"],
        tuple(sorted(set(found["posts"] or ()))),
        tuple(found["divisions"] or ()),
        found["unit_type"] or "",
        tuple(_standing(one) for one in found["covers"] or ()),
        at,
        _closed(found["levels"] or (), roles),
        found["unit_type"] in (found["outside"] or ()),
        not roles.isdisjoint(found["see_everything"] or ()),
    )


def _closed(levels: Sequence[Mapping[str, str]], roles: set[str]) -> frozenset[str]:
    """The levels of secrecy whose roles a person has none of."""
    return frozenset(row["secrecy"] for row in levels if not roles.intersection(row["roles"].split(";")))


def visible_to(who: Viewer, order: FromClause = work_order) -> ColumnElement[bool]:
    """The rule: which work orders `who` may see.

    The centre sees everything; others see what their unit is responsible for, what lies in their town or village,
    what they have or had a task in, began, were asked about or got a copy of, and the appeals of a case they may see.
    External units see their own tasks and work orders only. What is kept secret (secrecy_levels.csv) only those see
    whose roles it is open to, and those of the administration who have part in it.
    """
    known = replace(who, at=None)  # the rule is the same at any moment
    return _rule_of_orders(known) if order is work_order else _rule(known, order)


@functools.lru_cache(maxsize=256)
def _rule_of_orders(who: Viewer) -> ColumnElement[bool]:
    """The rule over work orders, kept: putting it together costs more than most queries that use it."""
    return _rule(who, work_order)


def _rule(who: Viewer, order: FromClause) -> ColumnElement[bool]:
    if not who.closed:
        return _usually(who, order)
    secret = func.coalesce(order.c.secrecy.in_(sorted(who.closed)), false())
    part = false() if who.external else and_(secret, _has_part(who, order))
    return or_(and_(not_(secret), _usually(who, order)), part)


def _usually(who: Viewer, order: FromClause) -> ColumnElement[bool]:
    if who.sees_everything:
        return true()
    if who.external:
        return _concerns(who, order)
    case = work_order.alias("visible_case")
    its_case = exists().where(case.c.no == order.c.case_no, _concerns(who, case))
    return or_(_concerns(who, order), and_(order.c.case_no.isnot(None), its_case))


def _concerns(who: Viewer, order: FromClause) -> ColumnElement[bool]:
    around = who.divisions and not who.external
    here = or_(order.c.village_code.in_(who.divisions), order.c.town_code.in_(who.divisions)) if around else false()
    return or_(here, _has_part(who, order))


def _has_part(who: Viewer, order: FromClause) -> ColumnElement[bool]:
    """Whether this person or their unit works, worked or is asked about it, or began it."""
    task = user_task.alias()
    mine = exists().where(
        task.c.order_id == order.c.id,
        or_(
            task.c.assignee == who.user_id,
            task.c.owner == who.user_id,
            task.c.completed_by == who.user_id,
            candidate(who, task),
        ),
    )
    request = task_request.alias()
    asked = exists().where(request.c.order_id == order.c.id, request.c.receiver.in_(sorted(who.reach)))
    begun = order.c.started_by == who.user_id
    return or_(order.c.main_unit.in_(sorted(who.units)), mine, asked, begun)


def candidate(who: Viewer, task: FromClause = user_task) -> ColumnElement[bool]:
    """Whether this person is a candidate of the task: by name, by post, or as a deputy."""
    overlaps: ColumnElement[bool] = task.c.candidates.overlap(cast(sorted(who.reach), ARRAY(Text)))
    return overlaps


def colleagues(reader: Reader, candidates: Sequence[str]) -> Sequence[Row]:
    """People who hold one of the posts `role@unit` or are named `user:ID`: user_id, display_name, unit_code."""
    if not candidates:
        return []
    post = account_role.c.role + "@" + account_role.c.unit_code
    statement = (
        select(account.c.user_id, account.c.display_name, account.c.unit_code)
        .where(
            account.c.active,
            or_(
                account.c.user_id.in_([one.removeprefix("user:") for one in candidates if one.startswith("user:")]),
                exists().where(account_role.c.user_id == account.c.user_id, post.in_(list(candidates))),
            ),
        )
        .order_by(account.c.user_id)
        .limit(200)
    )
    return rows(reader, statement)


def unit_members(reader: Reader, unit: str, limit: int = 200) -> Sequence[Row]:
    """The active people of one unit: user_id, display_name, unit_code."""
    statement = (
        select(account.c.user_id, account.c.display_name, account.c.unit_code)
        .where(account.c.active, account.c.unit_code == unit)
        .order_by(account.c.user_id)
        .limit(limit)
    )
    return rows(reader, statement)


def absences_ahead(reader: Reader, user_ids: Sequence[str], now: datetime | None) -> Sequence[Row]:
    """When these people are away, from now on: user_id, from_at, to_at."""
    statement = select(absence.c.user_id, absence.c.from_at, absence.c.to_at).where(absence.c.user_id.in_(user_ids))
    ahead = statement.where(absence.c.to_at > now) if now else statement
    return rows(reader, ahead.order_by(absence.c.from_at, absence.c.user_id))


def stood_in_for(reader: Reader, user_id: str, now: datetime | None) -> Sequence[Row]:
    """Whom this person stands in for, from now on: display_name, from_at, to_at."""
    statement = (
        select(account.c.display_name, deputy.c.from_at, deputy.c.to_at)
        .join(account, account.c.user_id == deputy.c.user_id)
        .where(deputy.c.deputy == user_id)
    )
    ahead = statement.where(deputy.c.to_at > now) if now else statement
    return rows(reader, ahead.order_by(deputy.c.from_at))


def accounts(reader: Reader, user_ids: Sequence[str]) -> Sequence[Row]:
    """These accounts, those that are active: user_id, display_name, unit_name."""
    statement = (
        select(account.c.user_id, account.c.display_name, org_unit.c.name.label("unit_name"))
        .outerjoin(org_unit, org_unit.c.unit_code == account.c.unit_code)
        .where(account.c.active, account.c.user_id.in_(list(user_ids)))
    )
    return rows(reader, statement)
