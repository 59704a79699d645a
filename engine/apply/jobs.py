"""Jobs: deliveries and messages on their way, and the queue entries of those that are tried again."""

from __future__ import annotations

from typing import Any

from engine import events, jsonable
from engine.apply import history
from engine.errors import Conflict
from engine.journal import Journal
from engine.lifecycle import JobStatus, before


def created(journal: Journal, event: events.JobCreated) -> None:
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


def completed(journal: Journal, event: events.JobCompleted) -> None:
    result = jsonable.text(event.result)
    _move(journal, event.job_id, JobStatus.DONE, result=result, closed_at=journal.now)


_CARRIED = (
    "update job set status = %(status)s, attempts = attempts + 1, error = null, next_at = null, closed_at = %(now)s, "
    "result = '{}' where id = %(id)s and order_id = %(sender)s and status = any(%(before)s)"
)


def carried(journal: Journal, event: events.MessageCarried) -> None:
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
    history.record(journal, done, order_id=event.sender_id)


def retried(journal: Journal, event: events.JobRetried) -> None:
    _move(journal, event.job_id, JobStatus.DUE, error=event.error, next_at=event.next_at)
    _defer(journal, event.job_id, event.next_at)


def incident_raised(journal: Journal, event: events.IncidentRaised) -> None:
    _move(journal, event.job_id, JobStatus.INCIDENT, error=event.error)


def incident_resolved(journal: Journal, event: events.IncidentResolved) -> None:
    _move(journal, event.job_id, JobStatus.DUE, tried=0, next_at=journal.now)
    _defer(journal, event.job_id, None)


def corrected(journal: Journal, event: events.JobCorrected) -> None:
    journal.run(
        "update job set payload = %(payload)s where id = %(id)s and order_id = %(order_id)s",
        Conflict(),
        id=event.job_id,
        payload=jsonable.text(event.payload),
    )


def cancelled(journal: Journal, event: events.JobCancelled) -> None:
    journal.run(
        "update job set status = %(status)s, closed_at = %(now)s where order_id = %(order_id)s and item = %(item)s "
        "and status = any(%(before)s)",
        item=event.item,
        status=JobStatus.CANCELLED,
        before=before(JobStatus.CANCELLED),
    )


_MOVE_JOB = (
    "update job set status = %(status)s, attempts = attempts + %(tried)s, error = %(error)s, result = %(result)s, "
    "next_at = %(next_at)s, closed_at = %(closed_at)s "
    "where id = %(id)s and order_id = %(order_id)s and status = any(%(before)s)"
)


def _move(journal: Journal, job: int, status: JobStatus, **changes: Any) -> None:
    values = {"tried": 1, "error": None, "result": None, "next_at": None, "closed_at": None, **changes}
    journal.run(_MOVE_JOB, Conflict(), id=job, status=status, before=before(status), **values)


def _defer(journal: Journal, job: int, at: Any) -> None:
    journal.run(
        "select procrastinate_defer_jobs_v1(array[row('job', 'job.deliver', 0, null, null, "
        "jsonb_build_object('job_id', %(id)s::bigint), %(at)s::timestamptz)::procrastinate_job_to_defer_v1])",
        id=job,
        at=at,
    )
