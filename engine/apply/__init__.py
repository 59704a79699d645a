"""The only place where anything changes: each event to the rows it stands for, and to its history row.

Appliers are short and take (journal, event). They decide nothing; legal moves come from `lifecycle`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from engine import audit, events, jsonable
from engine.errors import AlreadyTaken, Conflict, TaskClosed
from engine.journal import Journal
from engine.lifecycle import JobStatus, OrderStatus, RequestStatus, TaskStatus, TimerStatus, before
from engine.order import MIRRORED, SEARCHED, search_text

Applier = Callable[[Journal, Any], None]


def apply(journal: Journal, event: events.Event) -> None:
    """Write one event down, with its history row."""
    APPLIERS.get(type(event), _only_history)(journal, event)
    if event.recorded:
        journal.record(type(event).__name__, getattr(event, "element", None), _data(event))


def _data(event: events.Event) -> dict[str, Any]:
    return {f.name: getattr(event, f.name) for f in fields(event) if f.name not in {"element", *event.unrecorded}}


def _only_history(journal: Journal, event: events.Event) -> None:
    """The event is its history row."""


# ------------------------------------------------------------------ work order
def _order_opened(journal: Journal, event: events.OrderOpened) -> None:
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


def _document_changed(journal: Journal, event: events.DocumentChanged) -> None:
    document = {**journal.columns.get("document", journal.the_order.document), **event.values}
    journal.set(document=document)
    _mirror(journal, event.values)


def _mirror(journal: Journal, values: Any) -> None:
    journal.set(**{column: values[key] for key, column in MIRRORED.items() if key in values})
    for column in ("title", "source"):  # a work order without them keeps the empty text
        if journal.columns.get(column) is None:
            journal.columns.pop(column, None)
    if any(key in values for key in SEARCHED):
        journal.set(search=search_text(journal.the_order.no, journal.columns["document"]))


def _status_changed(journal: Journal, event: events.StatusChanged) -> None:
    journal.set(status_code=event.code)


StageEvent = events.StageStarted | events.StageRescheduled | events.StageHeld | events.StageStopped


def _stage_changed(journal: Journal, event: StageEvent) -> None:
    """The work order keeps what the event says is left of the clock."""
    clocks = dict(journal.columns.get("clocks", journal.the_order.clocks))
    clocks.pop(event.stage, None)
    if event.clock is not None:
        clocks[event.stage] = event.clock
    journal.set(clocks=clocks)


_RESCHEDULE_TASKS = (
    "update user_task set due_at = %(due_at)s, warn_at = %(warn_at)s where order_id = %(order_id)s "
    "and stage = %(stage)s and status = any(%(waiting)s) and due_at is not distinct from %(was_due_at)s"
)


def _stage_rescheduled(journal: Journal, event: events.StageRescheduled) -> None:
    """Open tasks that were due with their stage are so again; those with a date of their own keep it."""
    _stage_changed(journal, event)
    journal.run(
        _RESCHEDULE_TASKS,
        stage=event.stage,
        was_due_at=event.was_due_at,
        due_at=event.due_at,
        warn_at=event.warn_at,
        waiting=before(TaskStatus.COMPLETED),
    )
    opened = {"stage": event.stage, "due_at": event.was_due_at}
    journal.change("user_task", opened, {"due_at": event.due_at, "warn_at": event.warn_at})


def _order_ended(journal: Journal, event: events.OrderEnded) -> None:
    journal.set(status=event.status, closed_at=journal.now)


def _order_reopened(journal: Journal, event: events.OrderReopened) -> None:
    journal.set(status=OrderStatus.ACTIVE, closed_at=None)


def _order_suspended(journal: Journal, event: events.OrderSuspended) -> None:
    journal.set(status=OrderStatus.SUSPENDED)


_WAKE = (
    "with late as (update timer set status = 'armed' where order_id = %(order_id)s and status = 'promoted' "
    "returning id), jobs as (select id from job where order_id = %(order_id)s and status = 'due') "
    "select procrastinate_defer_jobs_v1(array_agg(row('job', 'job.deliver', 0, null, null, "
    "jsonb_build_object('job_id', id), null)::procrastinate_job_to_defer_v1)) from jobs having count(*) > 0"
)


def _order_resumed(journal: Journal, event: events.OrderResumed) -> None:
    """Timers promoted meanwhile wait again, jobs are queued again: both are harmless when repeated."""
    journal.set(status=OrderStatus.ACTIVE)
    journal.run(_WAKE)


_MIGRATED = "from jsonb_to_recordset(%(rows)s::jsonb) as r("
_MIGRATE_TASKS = (
    "update user_task t set element = r.element, definition = r.definition, name = r.name, "
    "form_key = coalesce(r.form_key, t.form_key), version = t.version + (case when t.element <> r.element "
    "or t.form_key is distinct from coalesce(r.form_key, t.form_key) then 1 else 0 end) "
    f"{_MIGRATED}number int, element text, definition text, name text, form_key text) "
    "where t.order_id = %(order_id)s and t.item = r.number and t.status = any(%(before)s)"
)
_MIGRATE_JOBS = (
    f"update job j set element = r.element {_MIGRATED}number int, element text) "
    "where j.order_id = %(order_id)s and j.item = r.number and j.status = any(%(before)s)"
)
_MIGRATE_TIMERS = (
    f"update timer t set element = r.element {_MIGRATED}number int, element text) "
    "where t.order_id = %(order_id)s and t.timer = r.number and t.status = any(%(before)s)"
)

_MIGRATE_DUTIES = (
    "update user_task t set not_by = t.not_by || (select jsonb_agg('done:' || m.value) "
    "from jsonb_each_text(%(mapping)s::jsonb) m where t.not_by ? ('done:' || m.key)) "
    "where t.order_id = %(order_id)s and t.status = any(%(before)s) and exists "
    "(select 1 from jsonb_each_text(%(mapping)s::jsonb) m where t.not_by ? ('done:' || m.key))"
)


def _order_migrated(journal: Journal, event: events.OrderMigrated) -> None:
    """Rows keep their numbers and due times and follow the new elements. A form that has changed is a new version."""
    journal.set(definition=event.definition)
    items = jsonable.text([row for row in event.rows if row["kind"] == "item"])
    timers = jsonable.text([row for row in event.rows if row["kind"] == "timer"])
    journal.run(_MIGRATE_TASKS, rows=items, before=before(TaskStatus.CANCELLED))
    if event.mapping:  # separation of duties follows a renamed step
        mapping = jsonable.text(dict(event.mapping))
        journal.run(_MIGRATE_DUTIES, mapping=mapping, before=before(TaskStatus.CANCELLED))
    journal.run(_MIGRATE_JOBS, rows=items, before=before(JobStatus.CANCELLED))
    journal.run(_MIGRATE_TIMERS, rows=timers, before=before(TimerStatus.DISARMED))


def _state_changed(journal: Journal, event: events.StateChanged) -> None:
    journal.set(state=event.state)


# ------------------------------------------------------------------ user tasks
def _task_opened(journal: Journal, event: events.TaskOpened) -> None:
    document = journal.columns.get("document", journal.the_order.document)
    journal.insert(
        "user_task",
        item=event.item,
        element=event.element,
        definition=event.definition,
        name=event.name,
        form_key=event.form_key,
        stage=event.stage,
        candidates=list(event.candidates),
        not_by=list(event.not_by),
        stands_for=dict(event.stands_for),
        assignee=event.assignee,
        status=TaskStatus.CLAIMED if event.assignee else TaskStatus.OPEN,
        title=document.get("title") or "",
        category_code=document.get("categoryCode"),
        town_code=document.get("townCode"),
        priority=document.get("priority"),
        created_at=journal.now,
        warn_at=event.warn_at,
        due_at=event.due_at,
        variables=event.variables,
        loop=event.loop,
    )


_MOVE_TASK = (
    "update user_task set status = %(status)s, version = version + 1, assignee = %(assignee)s "
    "where id = %(id)s and order_id = %(order_id)s and version = %(version)s and status = any(%(before)s)"
)


def _task_claimed(journal: Journal, event: events.TaskClaimedBy) -> None:
    _move_task(journal, event.task_id, event.version, TaskStatus.CLAIMED, event.assignee)


def _task_released(journal: Journal, event: events.TaskReleased) -> None:
    _move_task(journal, event.task_id, event.version, TaskStatus.OPEN, None)


def _move_task(journal: Journal, task: int, version: int, status: TaskStatus, assignee: str | None) -> None:
    journal.run(
        _MOVE_TASK, Conflict(), id=task, version=version, status=status, assignee=assignee, before=before(status)
    )


_HAND_TASK = (
    "update user_task set status = %(status)s, version = version + 1, assignee = %(assignee)s, owner = %(owner)s "
    "where id = %(id)s and order_id = %(order_id)s and version = %(version)s and status = any(%(before)s)"
)


def _hand(journal: Journal, task: int, version: int, assignee: str, owner: str | None) -> None:
    status = TaskStatus.CLAIMED
    journal.run(
        _HAND_TASK,
        Conflict(),
        id=task,
        version=version,
        status=status,
        assignee=assignee,
        owner=owner,
        before=before(status),
    )


def _task_delegated(journal: Journal, event: events.TaskDelegated) -> None:
    _hand(journal, event.task_id, event.version, event.assignee, event.owner)
    _request(journal, event.task_id, "delegation", f"user:{event.assignee}", event.text)


def _task_given_back(journal: Journal, event: events.TaskGivenBack) -> None:
    _hand(journal, event.task_id, event.version, event.owner, None)
    _answer(journal, event.request_id, event.text)


def _request(journal: Journal, task: int, kind: str, receiver: str, text: str) -> None:
    journal.insert(
        "task_request",
        task_id=task,
        kind=kind,
        receiver=receiver,
        asked_by=journal.actor,
        text=text,
        asked_at=journal.now,
        status=RequestStatus.SENT if kind == "copy" else RequestStatus.OPEN,
    )


def _answer(journal: Journal, request: int, text: str) -> None:
    """What was answered; an empty text withdraws the request."""
    status = RequestStatus.ANSWERED if text else RequestStatus.WITHDRAWN
    journal.run(
        "update task_request set status = %(status)s, answer = %(text)s, answered_by = %(by)s, answered_at = %(now)s "
        "where id = %(id)s and order_id = %(order_id)s and status = any(%(before)s)",
        Conflict(),
        id=request,
        status=status,
        text=text or None,
        by=journal.actor,
        before=before(status),
    )


def _opinion_asked(journal: Journal, event: events.OpinionAsked) -> None:
    _request(journal, event.task_id, "opinion", event.receiver, event.text)


def _opinion_given(journal: Journal, event: events.OpinionGiven) -> None:
    _answer(journal, event.request_id, event.text)


def _opinion_withdrawn(journal: Journal, event: events.OpinionWithdrawn) -> None:
    _answer(journal, event.request_id, "")


def _task_copied(journal: Journal, event: events.TaskCopied) -> None:
    for receiver in event.receivers:
        _request(journal, event.task_id, "copy", receiver, event.text)


def _task_completed(journal: Journal, event: events.TaskCompleted) -> None:
    journal.run(
        "update user_task set status = %(status)s, version = version + 1, closed_at = %(now)s, "
        "completed_by = %(by)s, completed_unit = %(unit)s, assignee = %(by)s "
        "where id = %(id)s and order_id = %(order_id)s and version = %(version)s and status = any(%(before)s)",
        TaskClosed(),
        id=event.task_id,
        version=event.version,
        status=TaskStatus.COMPLETED,
        by=event.by,
        unit=event.unit,
        before=before(TaskStatus.COMPLETED),
    )


def _task_cancelled(journal: Journal, event: events.TaskCancelled) -> None:
    journal.run(
        "update user_task set status = %(status)s, version = version + 1, closed_at = %(now)s "
        "where order_id = %(order_id)s and item = %(item)s and status = any(%(before)s)",
        item=event.item,
        status=TaskStatus.CANCELLED,
        before=before(TaskStatus.CANCELLED),
    )


def _file_attached(journal: Journal, event: events.FileAttached) -> None:
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


# ------------------------------------------------------------------ timers, jobs, subscriptions
def _timer_armed(journal: Journal, event: events.TimerArmed) -> None:
    journal.forget("timer", timer=event.timer)
    journal.insert("timer", timer=event.timer, element=event.element, due_at=event.due_at, status=TimerStatus.ARMED)


_TIMERS_END = (
    "update timer t set status = r.status from jsonb_to_recordset(%(rows)s::jsonb) as r(timer int, status text, "
    "before text[]) where t.order_id = %(order_id)s and t.timer = r.timer and t.status = any(r.before)"
)


def _timer_ends(journal: Journal, timer: int, status: TimerStatus) -> None:
    journal.gather(_TIMERS_END, timer=timer, status=status, before=before(status))


def _timer_disarmed(journal: Journal, event: events.TimerDisarmed) -> None:
    journal.forget("timer", timer=event.timer)
    _timer_ends(journal, event.timer, TimerStatus.DISARMED)


def _timer_fired(journal: Journal, event: events.TimerFired) -> None:
    _timer_ends(journal, event.timer, TimerStatus.FIRED)


def _timer_failed(journal: Journal, event: events.TimerFailed) -> None:
    """An incident job that fires the timer again when somebody retries it; one a timer."""
    journal.run(
        "insert into job (order_id, order_no, element, kind, topic, payload, idempotency_key, status, attempts, error, "
        "created_at) values (%(order_id)s, %(no)s, %(element)s, 'timer', %(element)s, %(payload)s, %(key)s, "
        "%(status)s, 1, %(error)s, %(now)s) on conflict (idempotency_key) do update set status = excluded.status, "
        "error = excluded.error, attempts = job.attempts + 1",
        no=journal.the_order.no,
        element=event.element,
        payload=jsonable.text({"timer_id": event.timer_id}),
        key=f"timer:{event.timer_id}",
        status=JobStatus.INCIDENT,
        error=event.error,
    )


def _job_created(journal: Journal, event: events.JobCreated) -> None:
    journal.insert(
        "job",
        item=event.item,
        element=event.element,
        kind=event.kind,
        topic=event.topic,
        payload=event.payload,
        idempotency_key=event.idempotency_key,
        sequence=event.sequence,
        status=JobStatus.DUE,
        created_at=journal.now,
    )


_MOVE_JOB = (
    "update job set status = %(status)s, attempts = attempts + %(tried)s, error = %(error)s, result = %(result)s, "
    "next_at = %(next_at)s, closed_at = %(closed_at)s "
    "where id = %(id)s and order_id = %(order_id)s and status = any(%(before)s)"
)


_CARRIED = (
    "update job set status = %(status)s, attempts = attempts + 1, error = null, next_at = null, closed_at = %(now)s, "
    "result = '{}' where id = %(id)s and order_id = %(sender)s and status = any(%(before)s)"
)


def _move_job(journal: Journal, job: int, status: JobStatus, **changes: Any) -> None:
    values = {"tried": 1, "error": None, "result": None, "next_at": None, "closed_at": None, **changes}
    journal.run(_MOVE_JOB, Conflict(), id=job, status=status, before=before(status), **values)


def _job_completed(journal: Journal, event: events.JobCompleted) -> None:
    result = jsonable.text(event.result)
    _move_job(journal, event.job_id, JobStatus.DONE, result=result, closed_at=journal.now)


def _message_carried(journal: Journal, event: events.MessageCarried) -> None:
    """The sender's row is not locked: nothing of it changes but that its job is done."""
    journal.run(
        _CARRIED,
        Conflict(),
        sender=event.sender_id,
        id=event.job_id,
        status=JobStatus.DONE,
        before=before(JobStatus.DONE),
    )
    done = events.JobCompleted(event.job_id, event.topic, event.element, {})
    journal.record(type(done).__name__, done.element, _data(done), order_id=event.sender_id)


def _job_retried(journal: Journal, event: events.JobRetried) -> None:
    _move_job(journal, event.job_id, JobStatus.DUE, error=event.error, next_at=event.next_at)
    _defer(journal, event.job_id, event.next_at)


def _incident_raised(journal: Journal, event: events.IncidentRaised) -> None:
    _move_job(journal, event.job_id, JobStatus.INCIDENT, error=event.error)


def _incident_resolved(journal: Journal, event: events.IncidentResolved) -> None:
    _move_job(journal, event.job_id, JobStatus.DUE, tried=0, next_at=journal.now)
    _defer(journal, event.job_id, None)


def _job_corrected(journal: Journal, event: events.JobCorrected) -> None:
    journal.run(
        "update job set payload = %(payload)s where id = %(id)s and order_id = %(order_id)s",
        Conflict(),
        id=event.job_id,
        payload=jsonable.text(event.payload),
    )


def _job_cancelled(journal: Journal, event: events.JobCancelled) -> None:
    journal.run(
        "update job set status = %(status)s, closed_at = %(now)s where order_id = %(order_id)s and item = %(item)s "
        "and status = any(%(before)s)",
        item=event.item,
        status=JobStatus.CANCELLED,
        before=before(JobStatus.CANCELLED),
    )


def _defer(journal: Journal, job: int, at: Any) -> None:
    journal.run(
        "select procrastinate_defer_jobs_v1(array[row('job', 'job.deliver', 0, null, null, "
        "jsonb_build_object('job_id', %(id)s::bigint), %(at)s::timestamptz)::procrastinate_job_to_defer_v1])",
        id=job,
        at=at,
    )


def _subscribed(journal: Journal, event: events.Subscribed) -> None:
    journal.insert(
        "subscription",
        item=event.item,
        element=event.element,
        event=event.event,
        kind=event.kind,
        name=event.name,
        key=event.key,
    )


_UNSUBSCRIBE = (
    "delete from subscription s using jsonb_to_recordset(%(rows)s::jsonb) as r(item int, element text, event int) "
    "where s.order_id = %(order_id)s and s.item = r.item and s.element = r.element and s.event = r.event"
)


def _unsubscribed(journal: Journal, event: events.Unsubscribed) -> None:
    journal.gather(_UNSUBSCRIBE, item=event.item, element=event.element, event=event.event)


def _inbound_taken(journal: Journal, event: events.InboundTaken) -> None:
    journal.run(
        "insert into inbound (source, business_key, message_type, sequence, message_id, order_id, result, at) values "
        "(%(source)s, %(business_key)s, %(message_type)s, %(sequence)s, %(message_id)s, %(order_id)s, %(result)s, "
        "%(now)s) on conflict do nothing",
        AlreadyTaken(),
        source=event.source,
        business_key=event.business_key,
        message_type=event.message_type,
        sequence=event.sequence,
        message_id=event.message_id,
        result=jsonable.text(event.result),
    )


# ------------------------------------------------------------------ deployments
_DEPLOY = (
    "with made as (insert into deployment (at, by, note) values (%(now)s, %(by)s, %(note)s) returning id) "
    "insert into definition (kind, key, version, digest, name, source, deployment_id, effect_at, towns) "
    "select r.kind, r.key, r.version, r.digest, r.name, decode(r.source, 'base64'), made.id, %(effect_at)s, %(towns)s "
    "from made, "
    "jsonb_to_recordset(%(rows)s::jsonb) as r(kind text, key text, version int, digest text, name text, source text)"
)
_STARTS = (
    "insert into message_start (message, process_key, element) select message, process_key, element "
    "from jsonb_to_recordset(%(rows)s::jsonb) as r(message text, process_key text, element text) "
    "on conflict (message) do update set process_key = excluded.process_key, element = excluded.element"
)
_TIMER_STARTS = (
    "insert into timer_start (process_key, element, expression, form, due_at, status) "
    "select process_key, element, expression, form, due_at, %(armed)s from jsonb_to_recordset(%(rows)s::jsonb) "
    "as r(process_key text, element text, expression text, form text, due_at timestamptz) "
    "on conflict (process_key, element) do update set expression = excluded.expression, form = excluded.form, "
    "status = excluded.status, problem = null, "
    "due_at = case when timer_start.due_at <= %(now)s then timer_start.due_at else excluded.due_at end"
)
"""A moment that has come and is not served yet is still served, once."""
_RETIRE_TIMER_STARTS = (
    "delete from timer_start t where process_key = any(%(keys)s) and not exists (select 1 from "
    "jsonb_to_recordset(%(rows)s::jsonb) as r(process_key text, element text) "
    "where r.process_key = t.process_key and r.element = t.element)"
)
_RETIRE_STARTS = "delete from message_start where process_key = any(%(keys)s)"


_REVOKE = "update definition set revoked_at = %(now)s where deployment_id = %(deployment_id)s and revoked_at is null"
_LOG = (
    "insert into change_log (at, act, actor, order_no, deployment_id, entry, signature) values (%(now)s, %(act)s, "
    "%(by)s, %(order_no)s, coalesce(%(deployment_id)s, (select max(id) from deployment)), %(entry)s, %(signature)s)"
)


def _definitions_deployed(journal: Journal, event: events.DefinitionsDeployed) -> None:
    """Where or while the version before stays in force, so do the messages that begin it."""
    rows, towns = jsonable.text(list(event.definitions)), list(event.towns)
    journal.run(_DEPLOY, by=journal.actor, note=event.note, rows=rows, effect_at=event.effect_at, towns=towns)
    keys = [row["key"] for row in event.definitions if row["kind"] == "process"]
    if not towns and event.effect_at is None:
        journal.run(_RETIRE_STARTS, keys=keys)
    journal.run(_STARTS, rows=jsonable.text(list(event.starts)))
    if event.timer_starts or (not towns and event.effect_at is None):
        _time_starts(journal, keys, event.timer_starts)


def _time_starts(journal: Journal, keys: Sequence[str], starts: Sequence[Mapping[str, Any]]) -> None:
    timed = jsonable.text(list(starts))
    journal.run(_RETIRE_TIMER_STARTS, keys=keys, rows=timed)
    journal.run(_TIMER_STARTS, rows=timed, armed=TimerStatus.ARMED)


_MOVE_START = (
    "update timer_start set due_at = %(next_at)s, status = %(status)s, problem = %(problem)s "
    "where id = %(id)s and due_at = %(due_at)s"
)


def _started_by_time(journal: Journal, event: events.StartedByTime) -> None:
    journal.run(
        _MOVE_START,
        Conflict(),
        id=event.start_id,
        due_at=event.due_at,
        next_at=event.next_at,
        status=TimerStatus.ARMED,
        problem=None,
    )


def _start_failed(journal: Journal, event: events.StartFailed) -> None:
    journal.run(
        _MOVE_START,
        id=event.start_id,
        due_at=event.due_at,
        next_at=event.due_at,
        status=TimerStatus.FAILED,
        problem=event.error,
    )


def _starts_armed(journal: Journal, event: events.StartsArmed) -> None:
    journal.run(
        "update timer_start t set due_at = r.due_at, status = %(status)s, problem = null "
        "from jsonb_to_recordset(%(rows)s::jsonb) as r(id bigint, due_at timestamptz) where t.id = r.id",
        rows=jsonable.text(list(event.moments)),
        status=TimerStatus.ARMED,
    )


def _deployment_revoked(journal: Journal, event: events.DeploymentRevoked) -> None:
    journal.run(_REVOKE, Conflict(), deployment_id=event.deployment_id)
    journal.run(_RETIRE_STARTS, keys=list(event.keys))
    journal.run(_STARTS, rows=jsonable.text(list(event.starts)))
    _time_starts(journal, list(event.keys), event.timer_starts)


def _change_logged(journal: Journal, event: events.ChangeLogged) -> None:
    journal.run(
        _LOG,
        act=event.act,
        by=journal.actor,
        order_no=event.order_no,
        deployment_id=event.deployment_id,
        entry=jsonable.text(event.entry),
        signature=event.signature,
    )


_SAVE_DRAFT = (
    "insert into draft_file (order_id, path, order_no, kind, key, base_version, digest, source, at, by) values "
    "(%(order_id)s, %(path)s, %(no)s, %(kind)s, %(key)s, %(base_version)s, %(digest)s, %(source)s, %(now)s, %(by)s) "
    "on conflict (order_id, path) do update set base_version = excluded.base_version, digest = excluded.digest, "
    "source = excluded.source, at = excluded.at, by = excluded.by"
)


def _draft_saved(journal: Journal, event: events.DraftSaved) -> None:
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


def _draft_dropped(journal: Journal, event: events.DraftDropped) -> None:
    journal.run("delete from draft_file where order_id = %(order_id)s and path = %(path)s", path=event.path)


# ------------------------------------------------------------------ people
def _audited(journal: Journal, event: events.Audited) -> None:
    journal.run(audit.INSERT, **event.row)


def _notices_seen(journal: Journal, event: events.NoticesSeen) -> None:
    journal.run(
        "update notice set seen_by = seen_by || jsonb_build_object(%(by)s::text, %(now)s::timestamptz) "
        "where id = any(%(ids)s) and not seen_by ? %(by)s::text",
        by=journal.actor,
        ids=list(event.notice_ids),
    )


def _notice_issued(journal: Journal, event: events.NoticeIssued) -> None:
    journal.insert(
        "notice",
        element=event.element,
        role=event.role,
        unit=event.unit,
        text=event.text,
        level=event.level,
        at=journal.now,
    )


def _ledger_entered(journal: Journal, event: events.LedgerEntered) -> None:
    journal.insert(
        "ledger_entry",
        ledger=event.ledger,
        key=event.key,
        at=journal.now,
        element=event.element,
        data=event.entry,
    )


def _rating_link_issued(journal: Journal, event: events.RatingLinkIssued) -> None:
    journal.insert(
        "rating_link", digest=event.digest, item=event.item, issued_at=journal.now, expires_at=event.expires_at
    )


def _rating_link_used(journal: Journal, event: events.RatingLinkUsed) -> None:
    journal.run(
        "update rating_link set used_at = %(now)s where digest = %(digest)s and order_id = %(order_id)s "
        "and used_at is null",
        Conflict("这个评价链接已经用过了，谢谢您的评价。", "This rating link has been used already; thank you."),
        digest=event.digest,
    )


def _reporter_sealed(journal: Journal, event: events.ReporterSealed) -> None:
    journal.run(
        "insert into reporter (ref, order_id, sealed, confidential, at) values "
        "(%(ref)s, %(order_id)s, %(sealed)s, %(confidential)s, %(now)s)",
        ref=event.ref,
        sealed=event.sealed,
        confidential=event.confidential,
    )


APPLIERS: dict[type[events.Event], Applier] = {
    events.OrderOpened: _order_opened,
    events.DocumentChanged: _document_changed,
    events.StatusChanged: _status_changed,
    events.StageStarted: _stage_changed,
    events.StageRescheduled: _stage_rescheduled,
    events.StageHeld: _stage_changed,
    events.StageStopped: _stage_changed,
    events.OrderEnded: _order_ended,
    events.OrderReopened: _order_reopened,
    events.StateChanged: _state_changed,
    events.TaskOpened: _task_opened,
    events.TaskClaimedBy: _task_claimed,
    events.TaskReleased: _task_released,
    events.TaskDelegated: _task_delegated,
    events.TaskGivenBack: _task_given_back,
    events.OpinionAsked: _opinion_asked,
    events.OpinionGiven: _opinion_given,
    events.OpinionWithdrawn: _opinion_withdrawn,
    events.TaskCopied: _task_copied,
    events.TaskCompleted: _task_completed,
    events.TaskCancelled: _task_cancelled,
    events.FileAttached: _file_attached,
    events.TimerArmed: _timer_armed,
    events.TimerDisarmed: _timer_disarmed,
    events.TimerFired: _timer_fired,
    events.TimerFailed: _timer_failed,
    events.JobCreated: _job_created,
    events.JobCompleted: _job_completed,
    events.MessageCarried: _message_carried,
    events.JobRetried: _job_retried,
    events.IncidentRaised: _incident_raised,
    events.IncidentResolved: _incident_resolved,
    events.JobCorrected: _job_corrected,
    events.OrderSuspended: _order_suspended,
    events.OrderResumed: _order_resumed,
    events.OrderMigrated: _order_migrated,
    events.JobCancelled: _job_cancelled,
    events.Subscribed: _subscribed,
    events.Unsubscribed: _unsubscribed,
    events.InboundTaken: _inbound_taken,
    events.DefinitionsDeployed: _definitions_deployed,
    events.StartedByTime: _started_by_time,
    events.StartFailed: _start_failed,
    events.StartsArmed: _starts_armed,
    events.DeploymentRevoked: _deployment_revoked,
    events.ChangeLogged: _change_logged,
    events.DraftSaved: _draft_saved,
    events.DraftDropped: _draft_dropped,
    events.Audited: _audited,
    events.NoticesSeen: _notices_seen,
    events.NoticeIssued: _notice_issued,
    events.LedgerEntered: _ledger_entered,
    events.RatingLinkIssued: _rating_link_issued,
    events.RatingLinkUsed: _rating_link_used,
    events.ReporterSealed: _reporter_sealed,
}
