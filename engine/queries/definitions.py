"""Processes, decisions and forms with their versions."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, any_, bindparam, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from engine.queries.reader import Reader, Row, row, rows
from engine.tables import account, change_log, definition, deployment, draft_file, user_task, work_order

STANDS = definition.c.revoked_at.is_(None)
"""Not rolled back."""
IN_FORCE = and_(STANDS, or_(definition.c.effect_at.is_(None), definition.c.effect_at <= func.now()))
"""Its time has come, by the database's clock."""


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
        .where(definition.c.kind == kind, STANDS)
        .ext(distinct_on(definition.c.key))
        .order_by(definition.c.key, definition.c.version.desc())
    )


def in_town(town: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a version is meant for a town: for this one, or for all."""
    return or_(definition.c.towns == cast([], definition.c.towns.type), town == any_(definition.c.towns))


def newest_definition(reader: Reader, kind: str, key: str) -> Row | None:
    """The newest version that stands, with its source: what a change begins from."""
    statement = select(definition).where(definition.c.kind == kind, definition.c.key == key, STANDS)
    return row(reader, statement.order_by(definition.c.version.desc()).limit(1))


def definition_by_digest(reader: Reader, kind: str, key: str, digest: str) -> Row | None:
    """A version with its source, by what it is."""
    statement = select(definition).where(
        definition.c.kind == kind, definition.c.key == key, definition.c.digest == digest
    )
    return row(reader, statement.order_by(definition.c.version.desc()).limit(1))


def live_definition(reader: Reader, kind: str, key: str, town: str | None = None) -> Row | None:
    """The version in force in a town, with its source."""
    statement = select(definition).where(
        definition.c.kind == kind, definition.c.key == key, IN_FORCE, in_town(literal(town or ""))
    )
    return row(reader, statement.order_by(definition.c.version.desc()).limit(1))


@functools.cache
def _live_digest() -> Select[Any]:
    wanted = definition.c.kind == bindparam("kind"), definition.c.key == bindparam("key"), IN_FORCE
    everywhere = definition.c.towns == cast([], definition.c.towns.type)
    return select(definition.c.digest).where(*wanted, everywhere).order_by(definition.c.version.desc()).limit(1)


def live_digest(reader: Reader, kind: str, key: str) -> str | None:
    """What tells the version in force everywhere from any other, without its source."""
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
    """All versions, newest first: who deployed them, why, from when on, where, and how many cases run on each."""
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
            definition.c.effect_at,
            definition.c.towns,
            definition.c.revoked_at,
            definition.c.deployment_id,
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


def versions_ever(reader: Reader) -> Sequence[Row]:
    """All versions there have ever been, newest first, without their source: from when on, where, and until when."""
    columns = [column for column in definition.c if column.name not in ("source", "id", "deployment_id")]
    statement = select(*columns, deployment.c.at).join(deployment, deployment.c.id == definition.c.deployment_id)
    return rows(reader, statement.order_by(definition.c.version.desc()))


def live_links(reader: Reader) -> dict[str, frozenset[str]]:
    """Keys of the live definitions by kind: what a diagram may name."""
    statement = select(definition.c.kind, func.array_agg(definition.c.key.distinct()).label("keys"))
    found = rows(reader, statement.group_by(definition.c.kind))
    return {one["kind"]: frozenset(one["keys"]) for one in found}


# ------------------------------------------------------------------ changes
def draft_files(reader: Reader, order_id: int) -> Sequence[Row]:
    """The files of a change, without their sources: path, kind, key, base_version, digest, at, by, by_name."""
    columns = [column for column in draft_file.c if column.name != "source"]
    statement = (
        select(*columns, account.c.display_name.label("by_name"))
        .outerjoin(account, account.c.user_id == draft_file.c.by)
        .where(draft_file.c.order_id == order_id)
    )
    return rows(reader, statement.order_by(draft_file.c.path))


def draft_source(reader: Reader, order_id: int, path: str) -> bytes | None:
    """The bytes of one file of a change."""
    statement = select(draft_file.c.source).where(draft_file.c.order_id == order_id, draft_file.c.path == path)
    found = row(reader, statement)
    return bytes(found["source"]) if found else None


def open_changes(reader: Reader) -> Sequence[Row]:
    """Changes that are being prepared, newest first: id, no, title, document, opened_at, and where they stand."""
    waiting = (
        select(user_task.c.name)
        .where(user_task.c.order_id == work_order.c.id, user_task.c.status.in_(("open", "claimed")))
        .order_by(user_task.c.id)
        .limit(1)
        .scalar_subquery()
    )
    columns = work_order.c.id, work_order.c.no, work_order.c.title, work_order.c.document, work_order.c.opened_at
    statement = select(*columns, waiting.label("standing"), waiting_element().label("element"))
    statement = statement.where(work_order.c.kind == "change", work_order.c.status == "active")
    return rows(reader, statement.order_by(work_order.c.id.desc()).limit(50))


def waiting_element() -> Any:
    """The element of the oldest open task of a work order."""
    return (
        select(user_task.c.element)
        .where(user_task.c.order_id == work_order.c.id, user_task.c.status.in_(("open", "claimed")))
        .order_by(user_task.c.id)
        .limit(1)
        .scalar_subquery()
    )


def change_lines(reader: Reader, order_no: str | None = None, limit: int = 100) -> Sequence[Row]:
    """Lines of the change log, newest first: of one change, or of all."""
    statement = (
        select(change_log, account.c.display_name.label("actor_name"))
        .outerjoin(account, account.c.user_id == change_log.c.actor)
        .order_by(change_log.c.id.desc())
        .limit(limit)
    )
    if order_no is not None:
        statement = statement.where(change_log.c.order_no == order_no)
    return rows(reader, statement)


def change_signatures(reader: Reader) -> Sequence[Row]:
    """Entry and signature of every line of the change log, oldest first."""
    columns = change_log.c.id, change_log.c.entry, change_log.c.signature
    return rows(reader, select(*columns).order_by(change_log.c.id))
