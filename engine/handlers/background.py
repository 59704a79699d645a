"""The engine's own work: timers that fire, jobs that come back."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from engine import bpmn, commands, events
from engine.bpmn import StaleItem
from engine.database import Row
from engine.errors import NotFound
from engine.handlers.messages import DUE
from engine.order import LOCK_BY_JOB, LOCK_BY_TIMER, Order
from engine.work import Decision, Work, running

READ_TIMER = "select id, timer, element, status, due_at from timer where id = %(id)s"
READ_JOB = "select id, item, element, kind, topic, status, attempts from job where id = %(id)s"


def fire_timer(work: Work, command: commands.FireTimer) -> Decision:
    """A timer that was disarmed or put off meanwhile, or has fired, does nothing."""
    order, (timers,) = work.lock(LOCK_BY_TIMER, (READ_TIMER, {"id": command.timer_id}), id=command.timer_id)
    if order is None or not timers:
        raise NotFound("没有找到这个定时器。", "This timer was not found.")
    timer = timers[0]
    waits = timer["status"] in ("armed", "promoted") and timer["due_at"] <= work.now
    if order.status != "active" or not waits:
        return Decision(None, [], commands.Done(order.no))
    try:
        found = work.step(order).advance(bpmn.FireTimer(timer["timer"]))
    except StaleItem:
        return Decision(order, [events.TimerDisarmed(timer["timer"])], commands.Done(order.no))
    fired = events.TimerFired(timer["timer"], timer["element"])
    return Decision(order, [fired, *found], commands.Done(order.no))


def fail_timer(work: Work, command: commands.FailTimer) -> Decision:
    """Note why a timer cannot fire; it stays due until somebody has repaired the work order and retries."""
    order, (timers,) = work.lock(LOCK_BY_TIMER, (READ_TIMER, {"id": command.timer_id}), id=command.timer_id)
    if order is None or not timers or timers[0]["status"] not in ("armed", "promoted"):
        return Decision(None, [], commands.Done())
    failed = events.TimerFailed(command.timer_id, timers[0]["element"], command.error)
    return Decision(order, [failed], commands.Done(order.no))


def lock_job(work: Work, job_id: int) -> tuple[Order, Row]:
    order, (jobs,) = work.lock(LOCK_BY_JOB, (READ_JOB, {"id": job_id}), id=job_id)
    if order is None or not jobs:
        raise NotFound("没有找到这项对接任务。", "This job was not found.")
    return order, jobs[0]


def complete_job(work: Work, command: commands.CompleteJob) -> Decision:
    """What was carried out once counts once: a repeat finds the job done and changes nothing."""
    order, job = lock_job(work, command.job_id)
    if job["status"] not in DUE:
        return Decision(None, [], commands.Done(order.no))
    return Decision(order, finish(work, order, job, command.result), commands.Done(order.no))


def finish(work: Work, order: Order, job: Row, result: Mapping[str, Any]) -> list[events.Event]:
    """The job is done and the token that waited for it moves on."""
    done = events.JobCompleted(job["id"], job["topic"], job["element"], result)
    if job["item"] is None:
        return [done]
    outputs = result if _wants_result(work, order, job) else {}
    return [done, *work.step(running(order)).advance(bpmn.Complete(job["item"], outputs))]


def _wants_result(work: Work, order: Order, job: Row) -> bool:
    """Only elements with output parameters take a result over: anything else would only swell the state."""
    program = work.definitions.program(work.transaction, order.definition)
    element = program.elements.get(job["element"])
    return element is None or bool(element.outputs)


def fail_job(work: Work, command: commands.FailJob) -> Decision:
    """Again later, as a BPMN error where the diagram catches it, or as an incident."""
    order, job = lock_job(work, command.job_id)
    if job["status"] != "due":
        return Decision(None, [], commands.Done(order.no))
    if command.retry_at is not None:
        retried = events.JobRetried(job["id"], job["topic"], job["element"], command.error, command.retry_at)
        return Decision(order, [retried], commands.Done(order.no))
    if command.error_code and job["item"] is not None:
        done = events.JobCompleted(job["id"], job["topic"], job["element"], {"error": command.error_code})
        thrown = bpmn.ThrowError(job["item"], command.error_code, command.error)
        with suppress(bpmn.UncaughtError):
            return Decision(order, [done, *work.step(running(order)).advance(thrown)], commands.Done(order.no))
    raised = events.IncidentRaised(job["id"], job["topic"], job["element"], command.error)
    return Decision(order, [raised], commands.Done(order.no))
