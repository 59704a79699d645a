"""Work orders: one page, lists and search."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, func, or_, select

from engine.queries.people import Viewer, visible_to
from engine.queries.reader import Reader, Row, contains, row, rows
from engine.tables import (
    account,
    attachment as attachment_table,
    category,
    division,
    history,
    job,
    notice,
    rating_link as rating_link_table,
    user_task,
    work_order,
)

LISTED = (
    work_order.c.id,
    work_order.c.no,
    work_order.c.kind,
    work_order.c.status,
    work_order.c.status_code,
    work_order.c.title,
    work_order.c.priority,
    work_order.c.category_code,
    work_order.c.town_code,
    work_order.c.main_unit,
    work_order.c.case_no,
    work_order.c.source,
    work_order.c.marks,
    work_order.c.opened_at,
    work_order.c.closed_at,
)


@dataclass(frozen=True)
class OrderFilter:
    """What is searched for; empty strings mean everything."""

    text: str = ""
    kind: str = ""
    status: str = ""
    category: str = ""
    town: str = ""
    mark: str = ""
    since: datetime | None = None


def order_by_no(reader: Reader, no: str) -> Row | None:
    """The work order with its document and packed state."""
    statement = (
        select(
            work_order,
            category.c.name.label("category_name"),
            category.c.class_name.label("category_class"),
            division.c.name.label("town_name"),
        )
        .outerjoin(category, category.c.code == work_order.c.category_code)
        .outerjoin(division, division.c.code12 == work_order.c.town_code)
        .where(work_order.c.no == no)
    )
    return row(reader, statement)


def may_see(reader: Reader, who: Viewer, order_id: int) -> bool:
    """Whether `who` may see this work order; the rule itself is `people.visible_to`."""
    if who.sees_everything:
        return True
    return row(reader, select(work_order.c.id).where(work_order.c.id == order_id, visible_to(who))) is not None


def search_orders(
    reader: Reader, who: Viewer, wanted: OrderFilter, before: int | None = None, limit: int = 50
) -> Sequence[Row]:
    """Work orders this person may see, newest first. `before`: the id of the last row already shown."""
    statement = (
        select(
            *LISTED,
            work_order.c.address,
            category.c.name.label("category_name"),
            division.c.name.label("town_name"),
        )
        .outerjoin(category, category.c.code == work_order.c.category_code)
        .outerjoin(division, division.c.code12 == work_order.c.town_code)
        .where(visible_to(who))
        .order_by(work_order.c.id.desc())
        .limit(limit)
    )
    if wanted.text:
        statement = statement.where(contains(work_order.c.search, wanted.text))
    for column, value in (
        (work_order.c.kind, wanted.kind),
        (work_order.c.status, wanted.status),
        (work_order.c.category_code, wanted.category),
        (work_order.c.town_code, wanted.town),
    ):
        if value:
            statement = statement.where(column == value)
    if wanted.mark:
        statement = statement.where(work_order.c.marks.contains([wanted.mark]))
    if wanted.since is not None:
        statement = statement.where(work_order.c.opened_at >= wanted.since)
    if before is not None:
        statement = statement.where(work_order.c.id < before)
    return rows(reader, statement)


def tasks_of(reader: Reader, order_id: int) -> Sequence[Row]:
    """All user tasks of a work order in the order they were opened."""
    done = account.alias()
    statement = (
        select(
            user_task,
            account.c.display_name.label("assignee_name"),
            done.c.display_name.label("completed_name"),
        )
        .outerjoin(account, account.c.user_id == user_task.c.assignee)
        .outerjoin(done, done.c.user_id == user_task.c.completed_by)
        .where(user_task.c.order_id == order_id)
        .order_by(user_task.c.id)
    )
    return rows(reader, statement)


def history_of(reader: Reader, order_id: int, limit: int = 1000) -> Sequence[Row]:
    """Everything that happened to a work order, oldest first."""
    return rows(reader, select(history).where(history.c.order_id == order_id).order_by(history.c.id).limit(limit))


def reached_in(reader: Reader, order_id: int) -> Sequence[Row]:
    """When the tokens of a work order came to which elements: `at` and `path`, pairs of element and item."""
    statement = select(history.c.at, history.c.data["path"].label("path")).where(
        history.c.order_id == order_id, history.c.kind == "ElementsEntered"
    )
    return rows(reader, statement.order_by(history.c.id))


def jobs_of(reader: Reader, order_id: int) -> Sequence[Row]:
    """Deliveries of a work order, oldest first."""
    return rows(reader, select(job).where(job.c.order_id == order_id).order_by(job.c.id))


def notices_of(reader: Reader, order_id: int) -> Sequence[Row]:
    """Notices that were issued about a work order."""
    return rows(reader, select(notice).where(notice.c.order_id == order_id).order_by(notice.c.id))


@functools.cache
def _files(with_linked: bool) -> Select[Any]:
    columns = [column for column in attachment_table.c if column.name != "content"]
    mine = work_order.alias("mine")
    statement = select(*columns, work_order.c.no.label("order_no")).join(
        work_order, work_order.c.id == attachment_table.c.order_id
    )
    wanted: BindParameter[int] = bindparam("wanted")
    if with_linked:
        case_no = select(func.coalesce(mine.c.case_no, mine.c.no)).where(mine.c.id == wanted).scalar_subquery()
        statement = statement.where(or_(work_order.c.no == case_no, work_order.c.case_no == case_no))
    else:
        statement = statement.where(attachment_table.c.order_id == wanted)
    return statement.order_by(attachment_table.c.at, attachment_table.c.id)


def files_of(reader: Reader, order_id: int, with_linked: bool = False) -> Sequence[Row]:
    """Attachments without their content, oldest first; `with_linked`: also those of its case and sister appeals."""
    return rows(reader, _files(with_linked), {"wanted": order_id})


def attachment(reader: Reader, file_id: str) -> Row | None:
    """One attachment with its content, the number of its work order and whether that is `confidential`."""
    confidential = (work_order.c.document["confidential"].astext == "true").label("confidential")
    statement = (
        select(attachment_table, work_order.c.no.label("order_no"), confidential)
        .join(work_order, work_order.c.id == attachment_table.c.order_id)
        .where(attachment_table.c.id == file_id)
    )
    return row(reader, statement)


def file_elsewhere(reader: Reader, sm3: str, order_id: int | None) -> str | None:
    """The number of another work order that has a file of the same content."""
    statement = (
        select(work_order.c.no)
        .join(attachment_table, attachment_table.c.order_id == work_order.c.id)
        .where(attachment_table.c.sm3 == sm3)
        .order_by(attachment_table.c.at)
        .limit(1)
    )
    if order_id is not None:
        statement = statement.where(work_order.c.id != order_id)
    found = row(reader, statement)
    return str(found["no"]) if found else None


def files_elsewhere(reader: Reader, digests: Sequence[str], order_ids: Collection[int]) -> dict[str, str]:
    """Which of these contents a work order besides these has, too: digest → its number."""
    statement = (
        select(attachment_table.c.sm3, func.min(work_order.c.no).label("no"))
        .join(work_order, work_order.c.id == attachment_table.c.order_id)
        .where(attachment_table.c.sm3.in_(digests), work_order.c.id.not_in(order_ids))
        .group_by(attachment_table.c.sm3)
    )
    return {one["sm3"]: one["no"] for one in rows(reader, statement)}


REPORTER = ("reporterRef", "reporterName", "reporterPhone", "confidential", "startedBy", "wantsReply", "contactedAt")
"""What an appeal's document says of its reporter, masked, and of reaching them."""


def linked_appeals(reader: Reader, case_no: str) -> Sequence[Row]:
    """The appeals that subscribe to a case, each with whether it is `confidential` and what its document says of who
    reported (`reporter`)."""
    document = work_order.c.document
    confidential = (document["confidential"].astext == "true").label("confidential")
    told = func.jsonb_build_object(*(part for name in REPORTER for part in (name, document[name]))).label("reporter")
    statement = select(*LISTED, confidential, told).where(work_order.c.case_no == case_no, work_order.c.no != case_no)
    return rows(reader, statement.order_by(work_order.c.id))


def incidents(reader: Reader, limit: int = 100) -> Sequence[Row]:
    """Deliveries that need a person, oldest first."""
    statement = (
        select(job, work_order.c.title, work_order.c.definition)
        .join(work_order, work_order.c.id == job.c.order_id)
        .where(job.c.status == "incident")
        .order_by(job.c.id)
        .limit(limit)
    )
    return rows(reader, statement)


def people(reader: Reader, user_ids: Iterable[str]) -> Sequence[Row]:
    """Those that exist, also who has left: user_id, display_name, unit_code."""
    wanted = account.c.user_id.in_(sorted(set(user_ids)))
    return rows(reader, select(account.c.user_id, account.c.display_name, account.c.unit_code).where(wanted))


def people_names(reader: Reader, user_ids: Iterable[str]) -> dict[str, str]:
    """User id → display name, for those that exist."""
    statement = select(account.c.user_id, account.c.display_name).where(account.c.user_id.in_(sorted(set(user_ids))))
    return {one["user_id"]: one["display_name"] for one in rows(reader, statement)}


def rating_link(reader: Reader, digest: str) -> Row | None:
    """A one-time link with its appeal's number and title."""
    statement = (
        select(rating_link_table, work_order.c.no, work_order.c.title, work_order.c.status.label("order_status"))
        .join(work_order, work_order.c.id == rating_link_table.c.order_id)
        .where(rating_link_table.c.digest == digest)
    )
    return row(reader, statement)


def open_rating_link(reader: Reader, order_id: int, now: datetime) -> Row | None:
    """The appeal's newest link that can still be used."""
    statement = (
        select(rating_link_table.c.item)
        .where(
            rating_link_table.c.order_id == order_id,
            rating_link_table.c.used_at.is_(None),
            rating_link_table.c.expires_at > now,
        )
        .order_by(rating_link_table.c.issued_at.desc())
        .limit(1)
    )
    return row(reader, statement)


def count_by_status(reader: Reader) -> Sequence[Row]:
    """How many work orders are active, by kind and two-digit status code."""
    statement = (
        select(work_order.c.kind, work_order.c.status_code, func.count().label("number"))
        .where(work_order.c.status == "active")
        .group_by(work_order.c.kind, work_order.c.status_code)
    )
    return rows(reader, statement)
