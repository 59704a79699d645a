"""A work order that goes on to other versions of its diagrams: its open rows follow."""

from __future__ import annotations

from engine import events, jsonable
from engine.journal import Journal
from engine.lifecycle import JobStatus, TaskStatus, TimerStatus, before

_ROWS = "from jsonb_to_recordset(%(rows)s::jsonb) as r("
_TASKS = (
    "update user_task t set element = r.element, definition = r.definition, name = r.name, "
    "form_key = coalesce(r.form_key, t.form_key), version = t.version + (case when t.element <> r.element "
    "or t.form_key is distinct from coalesce(r.form_key, t.form_key) then 1 else 0 end) "
    f"{_ROWS}number int, element text, definition text, name text, form_key text) "
    "where t.order_id = %(order_id)s and t.item = r.number and t.status = any(%(before)s)"
)
_DUTIES = (
    "update user_task t set not_by = t.not_by || (select jsonb_agg('done:' || m.value) "
    "from jsonb_each_text(%(mapping)s::jsonb) m where t.not_by ? ('done:' || m.key)) "
    "where t.order_id = %(order_id)s and t.status = any(%(before)s) and exists "
    "(select 1 from jsonb_each_text(%(mapping)s::jsonb) m where t.not_by ? ('done:' || m.key))"
)
_JOBS = (
    f"update job j set element = r.element {_ROWS}number int, element text) "
    "where j.order_id = %(order_id)s and j.item = r.number and j.status = any(%(before)s)"
)
_TIMERS = (
    f"update timer t set element = r.element {_ROWS}number int, element text) "
    "where t.order_id = %(order_id)s and t.timer = r.number and t.status = any(%(before)s)"
)


def migrated(journal: Journal, event: events.OrderMigrated) -> None:
    """Rows keep their numbers and due times and follow the new elements. A form that has changed is a new version."""
    journal.set(definition=event.definition)
    items = jsonable.text([row for row in event.rows if row["kind"] == "item"])
    timers = jsonable.text([row for row in event.rows if row["kind"] == "timer"])
    journal.run(_TASKS, rows=items, before=before(TaskStatus.CANCELLED))
    if event.mapping:  # separation of duties follows a renamed step
        mapping = jsonable.text(dict(event.mapping))
        journal.run(_DUTIES, mapping=mapping, before=before(TaskStatus.CANCELLED))
    journal.run(_JOBS, rows=items, before=before(JobStatus.CANCELLED))
    journal.run(_TIMERS, rows=timers, before=before(TimerStatus.DISARMED))
