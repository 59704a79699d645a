"""Processes, decisions and forms with their versions."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, Text, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from engine.queries.reader import Reader, Row, row, rows
from engine.tables import account, definition, deployment, work_order


def process_list(reader: Reader) -> Sequence[Row]:
    """Every process: key, name, live version, when and by whom it was deployed, how many cases run on it."""
    running = (
        select(work_order.c.process_key, func.count().label("number"))
        .where(work_order.c.status == "active")
        .group_by(work_order.c.process_key)
        .subquery()
    )
    newest = _newest("process").subquery()
    statement = (
        select(
            newest,
            deployment.c.at,
            deployment.c.by,
            deployment.c.note,
            account.c.display_name.label("by_name"),
            func.coalesce(running.c.number, 0).label("running"),
        )
        .join(deployment, deployment.c.id == newest.c.deployment_id)
        .outerjoin(account, account.c.user_id == deployment.c.by)
        .outerjoin(running, running.c.process_key == newest.c.key)
        .order_by(func.coalesce(running.c.number, 0).desc(), newest.c.key)
    )
    return rows(reader, statement)


def _newest(kind: str) -> Select[Any]:
    columns = [column for column in definition.c if column.name != "source"]
    return (
        select(*columns)
        .where(definition.c.kind == kind)
        .ext(distinct_on(definition.c.key))
        .order_by(definition.c.key, definition.c.version.desc())
    )


def live_definition(reader: Reader, kind: str, key: str) -> Row | None:
    """The newest version with its source."""
    statement = select(definition).where(definition.c.kind == kind, definition.c.key == key)
    return row(reader, statement.order_by(definition.c.version.desc()).limit(1))


@functools.cache
def _live_digest() -> Select[Any]:
    wanted = definition.c.kind == bindparam("kind"), definition.c.key == bindparam("key")
    return select(definition.c.digest).where(*wanted).order_by(definition.c.version.desc()).limit(1)


def live_digest(reader: Reader, kind: str, key: str) -> str | None:
    """What tells the newest version from any other, without its source."""
    found = row(reader, _live_digest(), {"kind": kind, "key": key})
    return str(found["digest"]) if found else None


def definition_source(reader: Reader, kind: str, key: str, version: int) -> bytes | None:
    """The bytes of one version."""
    statement = select(definition.c.source).where(
        definition.c.kind == kind, definition.c.key == key, definition.c.version == version
    )
    found = row(reader, statement)
    return bytes(found["source"]) if found else None


def definition_versions(reader: Reader, kind: str, key: str) -> Sequence[Row]:
    """All versions, newest first, with who deployed them, why, and how many cases still run on each."""
    running = (
        select(work_order.c.definition, func.count().label("number"))
        .where(work_order.c.status == "active", work_order.c.process_key == key)
        .group_by(work_order.c.definition)
        .subquery()
    )
    name = definition.c.key + ":" + cast(definition.c.version, Text)
    statement = (
        select(
            definition.c.version,
            definition.c.name,
            definition.c.digest,
            deployment.c.at,
            deployment.c.by,
            deployment.c.note,
            account.c.display_name.label("by_name"),
            func.coalesce(running.c.number, 0).label("running"),
        )
        .join(deployment, deployment.c.id == definition.c.deployment_id)
        .outerjoin(account, account.c.user_id == deployment.c.by)
        .outerjoin(running, running.c.definition == name)
        .where(definition.c.kind == kind, definition.c.key == key)
        .order_by(definition.c.version.desc())
    )
    return rows(reader, statement)


def live_links(reader: Reader) -> dict[str, frozenset[str]]:
    """Keys of the live definitions by kind: what a diagram may name."""
    statement = select(definition.c.kind, func.array_agg(definition.c.key.distinct()).label("keys"))
    found = rows(reader, statement.group_by(definition.c.kind))
    return {one["kind"]: frozenset(one["keys"]) for one in found}
