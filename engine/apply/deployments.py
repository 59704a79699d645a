"""Versions of diagrams, tables and forms: drafted, made live, taken back, told in the change log."""

from __future__ import annotations

from engine import events, jsonable
from engine.apply import starts
from engine.errors import Conflict
from engine.journal import Journal

_SAVE_DRAFT = (
    "insert into draft_file (order_id, path, order_no, kind, key, base_version, digest, source, at, by) values "
    "(%(order_id)s, %(path)s, %(no)s, %(kind)s, %(key)s, %(base_version)s, %(digest)s, %(source)s, %(now)s, %(by)s) "
    "on conflict (order_id, path) do update set base_version = excluded.base_version, digest = excluded.digest, "
    "source = excluded.source, at = excluded.at, by = excluded.by"
)


def draft_saved(journal: Journal, event: events.DraftSaved) -> None:
    journal.run(
        _SAVE_DRAFT,
        no=journal.the_order.no,
        path=event.path,
        kind=event.kind,
        key=event.key,
        base_version=event.base_version,
        digest=event.digest,
        source=event.source,
        by=journal.actor,
    )


def draft_dropped(journal: Journal, event: events.DraftDropped) -> None:
    journal.run("delete from draft_file where order_id = %(order_id)s and path = %(path)s", path=event.path)


_DEPLOY = (
    "with made as (insert into deployment (at, by, note) values (%(now)s, %(by)s, %(note)s) returning id) "
    "insert into definition (kind, key, version, digest, name, source, deployment_id, effect_at, towns) "
    "select r.kind, r.key, r.version, r.digest, r.name, decode(r.source, 'base64'), made.id, %(effect_at)s, %(towns)s "
    "from made, "
    "jsonb_to_recordset(%(rows)s::jsonb) as r(kind text, key text, version int, digest text, name text, source text)"
)


def deployed(journal: Journal, event: events.DefinitionsDeployed) -> None:
    """Where or while the version before stays in force, so do the messages that begin it."""
    rows, towns = jsonable.text(list(event.definitions)), list(event.towns)
    journal.run(_DEPLOY, by=journal.actor, note=event.note, rows=rows, effect_at=event.effect_at, towns=towns)
    keys = [row["key"] for row in event.definitions if row["kind"] == "process"]
    everywhere_now = not towns and event.effect_at is None
    if everywhere_now:
        starts.retire_messages(journal, keys)
    starts.set_messages(journal, event.starts)
    if event.timer_starts or everywhere_now:
        starts.set_times(journal, keys, event.timer_starts)


_REVOKE = "update definition set revoked_at = %(now)s where deployment_id = %(deployment_id)s and revoked_at is null"


def revoked(journal: Journal, event: events.DeploymentRevoked) -> None:
    journal.run(_REVOKE, Conflict(), deployment_id=event.deployment_id)
    keys = list(event.keys)
    starts.retire_messages(journal, keys)
    starts.set_messages(journal, event.starts)
    starts.set_times(journal, keys, event.timer_starts)


_LOG = (
    "insert into change_log (at, act, actor, order_no, deployment_id, entry, signature) values (%(now)s, %(act)s, "
    "%(by)s, %(order_no)s, coalesce(%(deployment_id)s, (select max(id) from deployment)), %(entry)s, %(signature)s)"
)


def logged(journal: Journal, event: events.ChangeLogged) -> None:
    journal.run(
        _LOG,
        act=event.act,
        by=journal.actor,
        order_no=event.order_no,
        deployment_id=event.deployment_id,
        entry=jsonable.text(event.entry),
        signature=event.signature,
    )
