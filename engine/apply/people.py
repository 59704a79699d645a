"""What concerns people: notices, the vault, one-time links, absences and deputies, the audit log."""

from __future__ import annotations

from typing import Any

from engine import audit, events
from engine.errors import Conflict
from engine.journal import Journal


def notice_issued(journal: Journal, event: events.NoticeIssued) -> None:
    journal.insert(
        "notice",
        element=event.element,
        role=event.role,
        unit=event.unit,
        text=event.text,
        level=event.level,
        at=journal.now,
    )


def notices_seen(journal: Journal, event: events.NoticesSeen) -> None:
    journal.run(
        "update notice set seen_by = seen_by || jsonb_build_object(%(by)s::text, %(now)s::timestamptz) "
        "where id = any(%(ids)s) and not seen_by ? %(by)s::text",
        by=journal.actor,
        ids=list(event.notice_ids),
    )


def reporter_sealed(journal: Journal, event: events.ReporterSealed) -> None:
    journal.run(
        "insert into reporter (ref, order_id, sealed, confidential, at) values "
        "(%(ref)s, %(order_id)s, %(sealed)s, %(confidential)s, %(now)s)",
        ref=event.ref,
        sealed=event.sealed,
        confidential=event.confidential,
    )


def rating_link_issued(journal: Journal, event: events.RatingLinkIssued) -> None:
    journal.insert(
        "rating_link", digest=event.digest, item=event.item, issued_at=journal.now, expires_at=event.expires_at
    )


def rating_link_used(journal: Journal, event: events.RatingLinkUsed) -> None:
    journal.run(
        "update rating_link set used_at = %(now)s where digest = %(digest)s and order_id = %(order_id)s "
        "and used_at is null",
        Conflict("这个评价链接已经用过了，谢谢您的评价。", "This rating link has been used already; thank you."),
        digest=event.digest,
    )


def absence_recorded(journal: Journal, event: events.AbsenceRecorded) -> None:
    """In place of what this work order recorded before; an absence that has no time left is none."""
    no = journal.the_order.no
    given: dict[str, Any] = {"no": no, "user": event.user, "start": event.start, "end": event.end}
    for table in ("absence", "deputy"):
        journal.run(f"delete from {table} where order_no = %(no)s", no=no)
    if event.start < event.end:
        journal.run(
            "insert into absence (user_id, from_at, to_at, reason, order_no) "
            "values (%(user)s, %(start)s, %(end)s, %(reason)s, %(no)s)",
            reason=event.reason,
            **given,
        )
    if event.start < event.end and event.deputy:
        journal.run(
            "insert into deputy (user_id, deputy, from_at, to_at, scope, order_no) "
            "values (%(user)s, %(deputy)s, %(start)s, %(end)s, %(scope)s, %(no)s)",
            deputy=event.deputy,
            scope=list(event.scope),
            **given,
        )
    journal.run(REFERENCE_CHANGED)


REFERENCE_CHANGED = (
    "insert into reference_list (name, digest, rows, loaded_at) values ('absences', '', '[]', clock_timestamp()) "
    "on conflict (name) do update set loaded_at = greatest(excluded.loaded_at, "
    "(select max(loaded_at) from reference_list) + interval '1 microsecond')"
)
"""Whoever keeps the master data in memory reads it anew."""


def audited(journal: Journal, event: events.Audited) -> None:
    journal.run(audit.INSERT, **event.row)
