"""What operators may do when the course of a work order has to be repaired. Each act has a reason and is recorded.

Permission `operate` (permissions.csv). Source: Camunda 7, process instance modification; process model P04.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import bpmn, commands, events
from engine.database import Row
from engine.errors import Conflict, InvalidInput, NotFound
from engine.handlers.background import READ_JOB, finish
from engine.order import LOCK_BY_JOB, LOCK_BY_NO, Order
from engine.work import Decision, Work, present, running

MIN_REASON = 4
REFUSED = ("您的岗位不能干预流程运行。", "Your post may not intervene in running processes.")


def check_reason(reason: str) -> str:
    """Raises InvalidInput for a reason too short to mean anything."""
    if len(reason.strip()) < MIN_REASON:
        sentence = f"请写明原因，至少 {MIN_REASON} 个字。"
        raise InvalidInput(sentence, f"Give a reason of at least {MIN_REASON} characters.", {"reason": [sentence]})
    return reason.strip()


def lock(work: Work, no: str, reason: str) -> Order:
    """The work order, locked for an operator who gives a reason."""
    check_reason(reason)
    order, (people,) = work.lock(LOCK_BY_NO, work.actor_query(), no=no)
    work.permit(work.person(people), "operate", REFUSED)
    return present(order)


def _acted(act: str, reason: str, data: Mapping[str, Any]) -> events.Event:
    return events.OperatorActed(act, reason.strip(), data)


def suspend(work: Work, command: commands.SuspendOrder) -> Decision:
    order = running(lock(work, command.order_no, command.reason))
    return Decision(order, [events.OrderSuspended(command.reason.strip())], commands.Done(order.no))


def resume(work: Work, command: commands.ResumeOrder) -> Decision:
    order = lock(work, command.order_no, command.reason)
    if order.status != "suspended":
        raise Conflict("这件工单没有暂停。", "This work order is not suspended.")
    return Decision(order, [events.OrderResumed(command.reason.strip())], commands.Done(order.no))


def cancel(work: Work, command: commands.CancelOrder) -> Decision:
    order = lock(work, command.order_no, command.reason)
    if order.status not in ("active", "suspended"):
        raise Conflict("这件工单已经办结。", "This work order has ended.")
    acted = _acted("cancel", command.reason, {})
    found = work.step(order).advance(bpmn.Cancel("cancelled"))
    return Decision(order, [acted, *found], commands.Done(order.no))


def move(work: Work, command: commands.MoveToken) -> Decision:
    """New tokens first, so that a scope emptied by the cancelling does not complete."""
    order = running(lock(work, command.order_no, command.reason))
    step = work.step(order)
    items = step.items_at(command.cancel)
    missing = set(command.cancel) - {element for element, _ in items}
    if missing:
        raise NotFound(
            f"环节 {'、'.join(sorted(missing))} 当前没有在办。", f"Nothing waits at {', '.join(sorted(missing))}."
        )
    asked: list[bpmn.Command] = [bpmn.StartBefore(element) for element in command.start_before]
    asked += [bpmn.StartAfter(element) for element in command.start_after]
    asked += [bpmn.CancelItem(item) for _, item in items]
    data = {"cancel": command.cancel, "startBefore": command.start_before, "startAfter": command.start_after}
    acted = _acted("move", command.reason, data)
    return Decision(order, [acted, *step.advance(*asked)], commands.Done(order.no))


def set_variables(work: Work, command: commands.SetVariables) -> Decision:
    order = running(lock(work, command.order_no, command.reason))
    step = work.step(order)
    data = {"variables": dict(command.values), "document": dict(command.document)}
    found: list[events.Event] = [_acted("set", command.reason, data)]
    if command.document:
        found.append(events.DocumentChanged(dict(command.document)))
        step.document.update(command.document)
    found += step.advance(bpmn.SetVariables(command.values))
    found += step.context_changed()
    return Decision(order, found, commands.Done(order.no))


def _lock_job(work: Work, job_id: int, reason: str) -> tuple[Order, Row]:
    check_reason(reason)
    order, (jobs, people) = work.lock(LOCK_BY_JOB, (READ_JOB, {"id": job_id}), work.actor_query(), id=job_id)
    work.permit(work.person(people), "operate", REFUSED)
    if order is None or not jobs:
        raise NotFound("没有找到这项对接任务。", "This job was not found.")
    if jobs[0]["status"] != "incident":
        raise Conflict("这项对接任务没有处于异常状态。", "This job is not an incident.")
    return order, jobs[0]


def retry_job(work: Work, command: commands.RetryJob) -> Decision:
    order, job = _lock_job(work, command.job_id, command.reason)
    what = (job["id"], job["topic"], job["element"])
    found: list[events.Event] = [events.JobCorrected(*what, command.payload)] if command.payload is not None else []
    return Decision(order, [*found, events.IncidentResolved(*what, command.reason.strip())], commands.Done(order.no))


def skip_job(work: Work, command: commands.SkipJob) -> Decision:
    order, job = _lock_job(work, command.job_id, command.reason)
    acted = _acted("skip", command.reason, {"jobId": job["id"], "topic": job["topic"]})
    return Decision(order, [acted, *finish(work, order, job, command.result)], commands.Done(order.no))


def each(work: Work, command: commands.Each) -> Decision:
    """A batch as it was given; each of its commands is checked for itself."""
    return Decision(None, [], list(command.commands))
