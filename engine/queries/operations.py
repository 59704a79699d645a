"""What operators look at: versions work orders run on, and migrations that were made."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from engine.queries.reader import Reader, Row, rows
from engine.tables import account, definition, history, job, timer_start, work_order

RUNNING = work_order.c.status.in_(("active", "suspended"))


def running_versions(reader: Reader) -> dict[str, int]:
    """How many work orders run on each version: `city_case:3` → number."""
    statement = select(work_order.c.definition, func.count().label("number")).where(RUNNING)
    found = rows(reader, statement.group_by(work_order.c.definition))
    return {one["definition"]: int(one["number"]) for one in found}


def failed_starts(reader: Reader) -> Sequence[Row]:
    """Starts by time that opened no work order at their moment: id, process_key, name, due_at, problem."""
    versions = select(definition.c.name).where(
        definition.c.kind == "process", definition.c.key == timer_start.c.process_key
    )
    name = versions.order_by(definition.c.version.desc()).limit(1).scalar_subquery().label("name")
    wanted = (timer_start.c.id, timer_start.c.process_key, timer_start.c.due_at, timer_start.c.problem)
    return rows(reader, select(*wanted, name).where(timer_start.c.status == "failed").order_by(timer_start.c.due_at))


def process_versions(reader: Reader) -> Sequence[Row]:
    """Every version of every process, newest first: key, version, name."""
    statement = select(definition.c.key, definition.c.version, definition.c.name).where(definition.c.kind == "process")
    return rows(reader, statement.order_by(definition.c.key, definition.c.version.desc()))


def migrations(reader: Reader, limit: int = 50) -> Sequence[Row]:
    """The last migrations and reverts, newest first: at, actor, actor_name, data, no, title, order_status."""
    statement = (
        select(
            history.c.id,
            history.c.at,
            history.c.actor,
            account.c.display_name.label("actor_name"),
            history.c.data,
            work_order.c.no,
            work_order.c.title,
            work_order.c.definition,
            work_order.c.status.label("order_status"),
        )
        .join(work_order, work_order.c.id == history.c.order_id)
        .outerjoin(account, account.c.user_id == history.c.actor)
        .where(history.c.kind == "OrderMigrated")
        .order_by(history.c.id.desc())
        .limit(limit)
    )
    return rows(reader, statement)


def jobs_by_id(reader: Reader, job_ids: Sequence[int]) -> Sequence[Row]:
    """These jobs with their data, oldest first."""
    return rows(reader, select(job).where(job.c.id.in_(list(job_ids))).order_by(job.c.id))
