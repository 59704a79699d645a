"""What people do to a running work order on their own account: a button of its page sends a waiting message event.

The event says who may (property `actionBy`): posts, whoever has an open task (`assignee`), or the reporter who follows
the report with its number and code (`citizen`).
"""

from __future__ import annotations

from collections.abc import Sequence

from engine import bpmn, commands, events
from engine.assignment import Actor
from engine.database import Row
from engine.errors import Conflict, NotAllowed
from engine.handlers.reports import known
from engine.handlers.tasks import attached
from engine.offers import CITIZEN, OPEN_TASKS_OF, Action, may_act
from engine.order import LOCK_BY_NO
from engine.work import Decision, Work, running


def send(work: Work, command: commands.SendAction) -> Decision:
    """Trigger a waiting event; a repeat with the same `request_id` changes nothing."""
    no = command.order_no
    order, (people, tasks) = work.lock(LOCK_BY_NO, work.actor_query(), (OPEN_TASKS_OF, {"no": no}), no=no)
    order = running(order)
    taken = events.InboundTaken(f"action:{no}", command.request_id, command.element, 0, "", {})
    if command.request_id and (repeat := known(work, taken)):
        return repeat
    step = work.step(order)
    offered = [one for one in step.actions() if one.element == command.element]
    if not offered:
        raise Conflict("这件工单现在不能这样操作，请刷新页面。", "This cannot be done to the work order now.")
    action, person, behalf = _authorised(work, offered, people, tasks)
    unit = _unit(person, behalf)
    by = person.user_id if person else CITIZEN
    acted = events.ActionTaken(
        action.element, action.text, action.message, command.data, by, unit, action.form_key, behalf
    )
    files = [attached(work, file_id, file) for file_id, file in command.files.items()]
    payload = {**command.data, "by": by, "byUnit": unit}
    delivered = step.advance(bpmn.DeliverMessage(action.item, action.element, payload, action.event))
    before = [taken] if command.request_id else []
    return Decision(order, [*before, acted, *files, *delivered], commands.Accepted(no))


def _authorised(
    work: Work, offered: Sequence[Action], people: Sequence[Row], tasks: Sequence[Row]
) -> tuple[Action, Actor | None, str | None]:
    """The first of the waiting events this person may trigger, and whom they stand in for. Raises NotAllowed."""
    if work.actor == commands.CITIZEN:
        for action in offered:
            if may_act(action, CITIZEN, (), tasks):
                return action, None, None
        raise NotAllowed("这项操作由工作人员办理。", "This is done by members of staff.")
    person = work.person(people)
    for action in offered:
        if may_act(action, person.user_id, person.candidates, tasks):
            return action, person, None
    for action in offered:
        for cover in person.covers:
            if may_act(action, cover.user_id, cover.candidates, tasks):
                return action, person, cover.user_id
    raise NotAllowed(f"您的岗位不能对这件工单“{offered[0].text}”。", f"Your post may not do this: {offered[0].text}.")


def _unit(person: Actor | None, behalf: str | None) -> str:
    """The unit that answers for it."""
    if person is None:
        return ""
    return next((cover.unit for cover in person.covers if cover.user_id == behalf), person.unit)
