"""The work order's own row: its document, statuses and token state, and what is filed with it."""

from __future__ import annotations

from typing import Any

from engine import events
from engine.journal import Journal
from engine.lifecycle import OrderStatus
from engine.order import MARKS, MIRRORED, PLACED, SAID, SEARCHED, marks, number, said_mark, search_text


def opened(journal: Journal, event: events.OrderOpened) -> None:
    order = journal.the_order
    journal.set(
        no=order.no,
        kind=order.kind,
        process_key=order.process_key,
        definition=order.definition,
        status=OrderStatus.ACTIVE,
        opened_at=journal.now,
        document=dict(event.document),
    )
    _mirror(journal, event.document)


def document_changed(journal: Journal, event: events.DocumentChanged) -> None:
    document = {**journal.columns.get("document", journal.the_order.document), **event.values}
    journal.set(document=document)
    _mirror(journal, event.values)


def _mirror(journal: Journal, values: Any) -> None:
    journal.set(**{column: values[key] for key, column in MIRRORED.items() if key in values})
    journal.set(**{name: number(values[name]) for name in PLACED if name in values})
    for column in ("title", "source"):  # a work order without them keeps the empty text
        if journal.columns.get(column) is None:
            journal.columns.pop(column, None)
    if MARKS in values:
        journal.set(marks=marks(values[MARKS]))
    if any(key in values for key in SAID):
        journal.set(said_mark=said_mark(journal.columns["document"]))
    if any(key in values for key in SEARCHED):
        journal.set(search=search_text(journal.the_order.no, journal.columns["document"]))


def status_changed(journal: Journal, event: events.StatusChanged) -> None:
    journal.set(status_code=event.code)


def state_changed(journal: Journal, event: events.StateChanged) -> None:
    journal.set(state=event.state)


def ended(journal: Journal, event: events.OrderEnded) -> None:
    journal.set(status=event.status, closed_at=journal.now)


def reopened(journal: Journal, event: events.OrderReopened) -> None:
    journal.set(status=OrderStatus.ACTIVE, closed_at=None)


def suspended(journal: Journal, event: events.OrderSuspended) -> None:
    journal.set(status=OrderStatus.SUSPENDED)


_WAKE = (
    "with late as (update timer set status = 'armed' where order_id = %(order_id)s and status = 'promoted' "
    "returning id), jobs as (select id from job where order_id = %(order_id)s and status = 'due') "
    "select procrastinate_defer_jobs_v1(array_agg(row('job', 'job.deliver', 0, null, null, "
    "jsonb_build_object('job_id', id), null)::procrastinate_job_to_defer_v1)) from jobs having count(*) > 0"
)


def resumed(journal: Journal, event: events.OrderResumed) -> None:
    """Timers promoted meanwhile wait again, jobs are queued again: both are harmless when repeated."""
    journal.set(status=OrderStatus.ACTIVE)
    journal.run(_WAKE)


def file_attached(journal: Journal, event: events.FileAttached) -> None:
    journal.run(
        "insert into attachment (id, order_id, phase, name, mime, size, sm3, content, lon, lat, shot_at, at, by) "
        "values (%(id)s, %(order_id)s, %(phase)s, %(name)s, %(mime)s, %(size)s, %(sm3)s, %(content)s, %(lon)s, "
        "%(lat)s, %(shot_at)s, %(now)s, %(by)s)",
        id=event.file_id,
        phase=event.phase,
        name=event.name,
        mime=event.mime,
        size=event.size,
        sm3=event.sm3,
        content=event.file.content,
        lon=event.file.lon,
        lat=event.file.lat,
        shot_at=event.file.shot_at,
        by=journal.actor,
    )


def ledger_entered(journal: Journal, event: events.LedgerEntered) -> None:
    journal.insert(
        "ledger_entry",
        ledger=event.ledger,
        key=event.key,
        at=journal.now,
        element=event.element,
        data=event.entry,
    )
