"""Human tasks: claim, release, assign, complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import bpmn, certificates, commands, events
from engine.assignment import READ_ACTOR, Actor, actor_of, answering_unit, check_candidate, check_may_work
from engine.database import Row
from engine.errors import NotAllowed, NotFound, OpinionPending, StaleVersion, TaskClosed, TaskDelegatedAway
from engine.order import LOCK_BY_TASK, Order
from engine.ports import FileContent
from engine.work import Decision, Work, running

READ_TASK = (
    "select t.id, item, element, definition, stage, candidates, not_by, stands_for, assignee, status, t.version, "
    "a.display_name as assignee_name, t.owner, t.loop, "
    "t.loop is not null and exists (select from user_task o where o.order_id = t.order_id and o.stage = t.stage "
    "and o.id <> t.id and o.status in ('open', 'claimed')) as stage_goes_on, "
    "exists (select from absence b where b.user_id = t.assignee and b.from_at <= %(now)s and %(now)s < b.to_at) "
    "as assignee_absent, "
    "(select count(*) from task_request r where r.task_id = t.id and r.kind = 'opinion' and r.status = 'open') "
    "as opinions_open, "
    "case when t.not_by::text like '%%\"done:%%' then array(select d.completed_by from user_task d "
    "where d.order_id = t.order_id and d.status = 'completed' and d.closed_at >= t.created_at "
    "and t.not_by ? ('done:' || d.element)) else '{}' end as done_since "
    "from user_task t left join account a on a.user_id = t.assignee where t.id = %(id)s"
)


def lock_task(work: Work, task_id: int) -> tuple[Order, Row, Actor]:
    """The work order, the open task and who asks. Raises NotFound, TaskClosed, Conflict."""
    read = (READ_TASK, {"id": task_id, "now": work.now})
    order, (tasks, people) = work.lock(LOCK_BY_TASK, read, work.actor_query(), id=task_id)
    if order is None or not tasks:
        raise NotFound("没有找到这项任务。", "This task was not found.")
    if tasks[0]["status"] not in ("open", "claimed"):
        raise TaskClosed()
    return running(order), tasks[0], work.person(people)


def may_work(work: Work, task: Row, person: Actor) -> str | None:
    """Whom the person stands in for when they take a task up or finish it. Raises NotAllowed when they may not."""
    behalf = check_may_work(task, person, names_of(task))
    certificates.check(task["not_by"], person.user_id, work.definitions.reference, work.now)
    return behalf


def names_of(task: Row) -> Mapping[str, str]:
    """The assignee's display name by user id."""
    return {task["assignee"]: task["assignee_name"]} if task["assignee"] else {}


def claim(work: Work, command: commands.ClaimTask) -> Decision:
    """Take an open task; claiming one's own task again changes nothing."""
    order, task, person = lock_task(work, command.task_id)
    behalf = may_work(work, task, person)
    if task["status"] == "claimed" and task["assignee"] == person.user_id:
        return Decision(None, [], commands.Done(order.no))
    claimed = events.TaskClaimedBy(task["id"], task["element"], person.user_id, task["version"], behalf)
    return Decision(order, [claimed], commands.Done(order.no))


def release(work: Work, command: commands.ReleaseTask) -> Decision:
    """Give back what one has claimed."""
    order, task, person = lock_task(work, command.task_id)
    if task["owner"]:
        raise TaskDelegatedAway(task["assignee_name"])
    if task["assignee"] != person.user_id:
        raise NotAllowed("只能退回自己领取的任务。", "Only the person who claimed a task can give it back.")
    released = events.TaskReleased(task["id"], task["element"], task["version"])
    return Decision(order, [released], commands.Done(order.no))


def assign(work: Work, command: commands.AssignTask) -> Decision:
    """Hand a task to a colleague who may do it."""
    order, task, person = lock_task(work, command.task_id)
    check_may_work(task, person, names_of(task))
    colleague = actor_of(work.transaction.row(READ_ACTOR, {"actor": command.assignee, "now": work.now}))
    behalf = check_candidate(task, colleague)
    certificates.check(task["not_by"], colleague.user_id, work.definitions.reference, work.now)
    claimed = events.TaskClaimedBy(task["id"], task["element"], colleague.user_id, task["version"], behalf)
    return Decision(order, [claimed], commands.Done(order.no))


def complete(work: Work, command: commands.CompleteTask) -> Decision:
    """Finish a task: its data lands in the document (with `dataScope` = local in variables), the token moves on."""
    order, task, person = lock_task(work, command.task_id)
    behalf = may_work(work, task, person)
    if task["opinions_open"]:
        raise OpinionPending(task["opinions_open"])
    if command.version is not None and command.version != task["version"]:
        raise StaleVersion()
    step = work.step(order)
    element = step.element(task["definition"], task["element"])
    found: list[events.Event] = [
        events.TaskCompleted(
            task["id"],
            task["element"],
            command.data,
            person.user_id,
            answering_unit(task, person, behalf),
            task["version"],
            behalf,
        )
    ]
    found += [attached(work, file_id, file) for file_id, file in command.files.items()]
    values = {**({} if element.local_data else command.data), "doneBy": _done_by(order, task, person, behalf)}
    found.append(events.DocumentChanged(values))
    step.document.update(values)
    if not task["stage_goes_on"]:
        step.stop_stage(element, task["stage"])
    variables = command.data if element.local_data else _variables(element, command.data)
    found += step.advance(bpmn.Complete(task["item"], variables))
    found += step.context_changed()
    return Decision(order, found, commands.Done(order.no))


def _done_by(order: Order, task: Row, person: Actor, behalf: str | None) -> dict[str, Any]:
    """Who did the task last; of a loop's instances also `all` who did one."""
    known: Mapping[str, Any] = order.document.get("doneBy") or {}
    done: dict[str, Any] = {
        "user": person.user_id,
        "unit": answering_unit(task, person, behalf),
        **({"for": behalf} if behalf else {}),
    }
    if (loop := task["loop"]) is not None:
        before = known.get(task["element"]) or {}
        others = before.get("all", []) if before.get("loop") == loop else []
        done = {**done, "loop": loop, "all": [*(one for one in others if one != done), done]}
    return {**known, task["element"]: done}


def _variables(element: bpmn.Element, data: Mapping[str, Any]) -> dict[str, Any]:
    """Fields that a diagram also wants as variables (of a loop instance), named by property `variables`."""
    names = element.properties.get("variables", "").replace(" ", "").split(",")
    return {name: data[name] for name in names if name in data}


def attached(work: Work, file_id: str, file: FileContent) -> events.Event:
    """A new file, by the id that the form's data name."""
    return events.FileAttached(
        file_id, file.phase, file.name, file.mime, len(file.content), work.ports.sm3(file.content), file
    )
