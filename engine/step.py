"""One step of a work order: run the token machine and say what happened as events.

Pure decision: reads definitions and reference data, writes nothing. `apply` writes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engine import bpmn, events, tokens
from engine.assignment import not_by, person, resolve, split, stands_for
from engine.bpmn import effects, expressions
from engine.bpmn.expressions import parts
from engine.certificates import narrowed
from engine.database import Transaction
from engine.definitions import Definitions, Library
from engine.environment import StepEnvironment
from engine.errors import StepFailed
from engine.jsonable import dumps, plain
from engine.lifecycle import OrderStatus
from engine.offers import Action, form_of, listed
from engine.order import Order
from engine.reference import local
from engine.stages import NEVER, PROMISES, mentions, names
from engine.tracing import Trace

RATING_LINK_DAYS = 30
ENDED = {
    "completed": OrderStatus.COMPLETED,
    "terminated": OrderStatus.COMPLETED,
    "cancelled": OrderStatus.CANCELLED,
}
MESSAGE_TOPIC = "message"
ASSIGNEES = "assignees"
"""Who is told when `notify` says so: everybody who has an open task of the work order."""
OPEN_TASKS = (
    "select item, assignee, candidates from user_task where order_id = %(order_id)s and status in ('open', 'claimed') "
    "order by id"
)
STAGE_OF = (
    "select element, definition, stage from user_task "
    "where order_id = %(order_id)s and item = %(item)s and stage is not null"
)


@dataclass
class Step:
    """Runs one command of the token machine for one work order at one moment."""

    order: Order
    now: datetime
    definitions: Definitions
    transaction: Transaction
    secret: str
    trace: Trace | None = None
    document: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.document = dict(self.order.document)
        self._environment = StepEnvironment(self.order, self.now, self.definitions, self.transaction, self.trace)
        town = self.definitions.reference.town(self.order.document)
        library = Library(self.definitions, self.transaction, self.now, town)
        self._machine = bpmn.Machine(library, self._environment)
        self._jobs = 0
        self._closed: set[int] = set()
        self.ended = False

    def element(self, definition: str, element: str) -> bpmn.Element:
        """The element of a diagram an effect or a row speaks of."""
        return self.definitions.program(self.transaction, definition).elements[element]

    def stop_stage(self, element: bpmn.Element, stage: str | None) -> None:
        """A stage's clock ends with its task, unless the element keeps it for the next one."""
        if element.properties.get("keepClock") != "true":
            self._environment.clocks.stop(stage)

    def begin(self, start: str | None, payload: Mapping[str, Any]) -> list[events.Event]:
        """Start the process of a new work order, or anew that of one that has ended."""
        program, after = self.definitions.program(self.transaction, self.order.definition), self.order.state
        step = self._machine.start(program, {}, self.now, context=self.document, at=start, payload=payload, after=after)
        self.order.state = step.state
        found = list(self._events(step))
        return found + self._settle(_fields(found)) + self._cited()

    def reopens(self, message: str) -> str | None:
        """The start event with which a message begins this ended work order anew: its property `reopens` says when."""
        program = self.definitions.program(self.transaction, self.order.definition)
        for start in program.starts:
            if any(event.kind == "message" and event.name == message for event in start.events):
                condition = start.properties.get("reopens")
                if condition and self._environment.evaluate(condition.removeprefix("="), [self.document]) is True:
                    return start.id
        return None

    def advance(self, *commands: bpmn.Command) -> list[events.Event]:
        """Carry commands out, one after the other; the last state counts."""
        found: list[events.Event] = []
        for command in commands:
            found += self._run(command)
        return found + self._settle(_fields(found)) + self._cited()

    def items_at(self, elements: Collection[str]) -> list[tuple[str, int]]:
        """What is under way at these elements: (element, item)."""
        snapshot = self._machine.inspect(self.order.state)
        return [(standing.element, standing.item) for standing in snapshot.items if standing.element in elements]

    def actions(self) -> list[Action]:
        """The waiting message events that the diagram offers to people (property `action`)."""
        found = []
        for one in self._machine.waiting(self.order.state):
            element = self.element(one.definition, one.element)
            properties = element.properties
            if "action" in properties:
                found.append(
                    Action(
                        one.item,
                        element.id,
                        one.event,
                        one.name,
                        self._text(properties["action"], one.variables),
                        element.documentation or "",
                        form_of(element),
                        listed(self._text(properties.get("actionBy", ""), one.variables)),
                        one.variables,
                    )
                )
        return found

    def context_changed(self) -> list[events.Event]:
        """Conditional events look again after the document has changed, in programs that have any."""
        program = self.definitions.program(self.transaction, self.order.definition)
        return self.advance(bpmn.ContextChanged()) if program.conditional and not self.ended else []

    def _run(self, command: bpmn.Command) -> list[events.Event]:
        step = self._machine.step(self.order.state, command, self.now, context=self.document)
        self.order.state = step.state
        return list(self._events(step))

    def _settle(self, changed: set[str]) -> list[events.Event]:
        """What became of the stage clocks; where a deadline or a promise has moved, its timers move with it."""
        clocks = self._environment.clocks
        found = list(clocks.settle(self.document))
        moved, promises = clocks.moved, changed & PROMISES
        if (moved or promises) and not self.ended:
            found += self._run(bpmn.RearmTimers(lambda expression: mentions(expression, moved, promises)))
            found += clocks.settle(self.document)
        return found

    def _cited(self) -> list[events.Event]:
        """Which clauses the rules carried out that decided since this was asked last."""
        cited, self._environment.cited = self._environment.cited, {}
        return [events.RulesCited(list(cited.values()))] if cited else []

    # ---------------------------------------------------------------- effects → events
    def _events(self, step: bpmn.Step) -> Iterator[events.Event]:
        self.ended = step.status != "running"
        if self.trace is not None:
            _tell(self.trace, step)
        self._closed |= {effect.item for effect in step.effects if type(effect) is effects.TaskClosed}
        if changed := self._changed(step):
            self.document.update(changed)
            yield events.DocumentChanged(changed)
        for effect in step.effects:
            translate = _TRANSLATIONS.get(type(effect))
            if translate is not None:
                yield from translate(self, effect)
        yield events.StateChanged(step.state)

    def _changed(self, step: bpmn.Step) -> dict[str, Any]:
        """What the step leaves in the document where it had not been so before: one history row, however many wrote."""
        written: dict[str, Any] = {}
        for effect in step.effects:
            if type(effect) is effects.ContextSet:
                written.update(effect.values)
        values: dict[str, Any] = plain(written)
        return {name: value for name, value in values.items() if not self._says(name, value)}

    def _says(self, name: str, value: Any) -> bool:
        """Whether the document has that value already. JSON tells true from 1, Python does not."""
        here = self.document
        return name in here and here[name] == value and dumps(here[name]) == dumps(value)

    def _entered(self, effect: effects.ElementEntered) -> Iterator[events.Event]:
        element = self.element(effect.definition, effect.element)
        if element.kind == "process":
            return
        yield events.ElementEntered(effect.element, effect.item)
        properties = element.properties
        self._move_clocks(effect.item, properties)
        if "status" in properties:
            yield events.StatusChanged(int(properties["status"]), effect.element)
        if "notify" in properties:
            yield from self._notices(element, effect.variables)
        if "absence" in properties:
            yield from self._absence(element, effect.variables)
        if properties.get("ratingLink") == "true":
            token = tokens.rating_token(self.secret, self.order.no, effect.item)
            expires = self.now + timedelta(days=RATING_LINK_DAYS)
            yield events.RatingLinkIssued(effect.item, tokens.digest(token), expires)

    def _move_clocks(self, item: int, properties: Mapping[str, str]) -> None:
        """What an element does to the clocks of the stages it names, besides that its own runs while it is a task."""
        clocks = self._environment.clocks
        if "pauses" in properties:
            for stage in names(self._text(properties["pauses"], {})):
                clocks.hold(item, stage)
        if "stops" in properties:
            for stage in names(properties["stops"]):
                clocks.stop(stage)
        if "reworks" in properties:
            for stage in names(properties["reworks"]):
                clocks.rework(stage)

    def _notices(self, element: bpmn.Element, variables: Mapping[str, Any]) -> Iterator[events.Event]:
        words = self._text(element.properties.get("notice") or element.name or element.id, variables)
        level = element.properties.get("noticeLevel", "warning")
        wanted = [one.strip() for one in self._text(element.properties["notify"], variables).split(",")]
        asked = [one for name in wanted for one in (self._assignees() if name == ASSIGNEES else [name])]
        for receiver in dict.fromkeys(asked):
            role, unit = split(receiver)
            if role and unit:
                yield events.NoticeIssued(element.id, role, unit, words, level)

    def _absence(self, element: bpmn.Element, variables: Mapping[str, Any]) -> Iterator[events.Event]:
        """Who is away from when to when, and who stands in: what the property `absence` gives, null for nothing."""
        told = self._environment.evaluate(expressions.body(element.properties["absence"]), [variables, self.document])
        if told is None:
            return
        found: Mapping[str, Any] = plain(told) if isinstance(told, Mapping) else {}
        start, end = (local(str(found.get(name) or "")) for name in ("from", "to"))
        user = found.get("user")
        if start is None or end is None or not user:
            zh = f"请假写成“{{user: …, from: …, to: …}}”，实际是“{told}”"
            raise StepFailed(element.id, zh, f"an absence is a context of user, from and to, not {told!r}")
        scope = [str(role) for role in found.get("scope") or ()]
        reason, deputy = str(found.get("reason") or ""), found.get("deputy") or None
        yield events.AbsenceRecorded(element.id, str(user), start, end, reason, deputy, scope)

    def _assignees(self) -> list[str]:
        """Everybody who has an open task of this work order: who claimed it, else its candidates."""
        tasks = self.transaction.rows(OPEN_TASKS, {"order_id": self.order.id})
        waiting = [task for task in tasks if task["item"] not in self._closed]
        return [
            one for task in waiting for one in ([person(task["assignee"])] if task["assignee"] else task["candidates"])
        ]

    def _text(self, template: str, variables: Mapping[str, Any]) -> str:
        """A property as text: literal, `=feel`, or text with `${feel}` parts; a list is separated by commas."""
        found = (
            self._environment.evaluate(content, [variables, self.document]) if is_expression else content
            for is_expression, content in parts(template)
        )
        return "".join(_words(value) for value in found)

    def _left(self, effect: effects.ElementLeft) -> Iterable[events.Event]:
        self._environment.clocks.release(effect.item)
        return ()

    def _task_opened(self, effect: effects.TaskOpened) -> Iterator[events.Event]:
        element = self.element(effect.definition, effect.element)
        attributes, stage = effect.attributes, element.properties.get("stage")
        due, warn = self._environment.clocks.times(stage, [self.document]) if stage else NEVER
        own = element.attributes.get("dueDate") == f"=deadlines.{stage}"  # as the clock is now, should it begin again
        drawn = [
            *(attributes.get("candidate_groups") or ()),
            *(person(user) for user in attributes.get("candidate_users") or ()),
        ]
        reference = self.definitions.reference
        drawn = list(dict.fromkeys(reference.entrusted(one, self.document) for one in drawn))
        candidates = resolve(drawn, element.properties.get("fallback"), reference, self.now)
        excluded = not_by(effect.element, element.properties, self.document, effect.loop)
        if certificate := effect.properties.get("certificate"):
            candidates, lacking = narrowed(str(certificate), candidates, self.definitions.reference, self.now)
            excluded += lacking
        yield events.TaskOpened(
            effect.item,
            effect.element,
            effect.definition,
            element.name or element.id,
            attributes.get("form_key") or attributes.get("form_ref"),
            stage,
            candidates,
            excluded,
            due if own else _moment(attributes.get("due_date")) or due,
            warn,
            attributes.get("assignee"),
            plain(effect.local) if element.local_data else None,
            effect.loop,
            stands_for(drawn, candidates),
        )

    def _task_closed(self, effect: effects.TaskClosed) -> Iterator[events.Event]:
        if effect.reason != "completed":
            yield events.TaskCancelled(effect.item, "", effect.reason)
            self._stop_stage_of(effect.item)

    def _stop_stage_of(self, item: int) -> None:
        """A task that is taken back ends its stage's clock as a finished one does."""
        task = self.transaction.row(STAGE_OF, {"order_id": self.order.id, "item": item})
        if task:
            self.stop_stage(self.element(task["definition"], task["element"]), task["stage"])

    def _job_opened(self, effect: effects.JobOpened) -> Iterator[events.Event]:
        kind = "message" if effect.topic == MESSAGE_TOPIC else "service"
        topic = str(effect.inputs.get("name")) if kind == "message" else effect.topic
        yield self._job(effect.item, effect.element, kind, topic, effect.inputs)

    def _job_closed(self, effect: effects.JobClosed) -> Iterator[events.Event]:
        if effect.reason != "completed":
            yield events.JobCancelled(effect.item)

    def _message_thrown(self, effect: effects.MessageThrown) -> Iterator[events.Event]:
        inputs = {"name": effect.name, "key": effect.key, "payload": effect.payload}
        yield self._job(None, effect.element, "message", effect.name, inputs)

    def _signal_thrown(self, effect: effects.SignalThrown) -> Iterator[events.Event]:
        inputs = {"name": effect.name, "key": effect.key, "payload": effect.payload}
        yield self._job(None, "", "signal", effect.name, inputs)

    def _job(self, item: int | None, element: str, kind: str, topic: str, inputs: Mapping[str, Any]) -> events.Event:
        self._jobs += 1
        key = f"{self.order.no}:{self.order.version}:{self._jobs}"
        sequence = self.order.version * 1000 + self._jobs
        return events.JobCreated(item, element, kind, topic, plain(inputs), key, sequence)

    def _timer_armed(self, effect: effects.TimerArmed) -> Iterator[events.Event]:
        yield events.TimerArmed(effect.timer, effect.element, effect.due)

    def _timer_disarmed(self, effect: effects.TimerDisarmed) -> Iterator[events.Event]:
        yield events.TimerDisarmed(effect.timer)

    def _subscribed(self, effect: effects.Subscribed) -> Iterator[events.Event]:
        yield events.Subscribed(effect.item, effect.element, effect.event, effect.kind, effect.name, effect.key or "")

    def _unsubscribed(self, effect: effects.Unsubscribed) -> Iterator[events.Event]:
        yield events.Unsubscribed(effect.item, effect.element, effect.event)

    def _noted(self, effect: effects.Noted) -> Iterator[events.Event]:
        yield events.LedgerEntered(effect.element, effect.ledger, effect.key, effect.entry)

    def _ended(self, effect: effects.InstanceEnded) -> Iterator[events.Event]:
        yield events.OrderEnded(ENDED[effect.status])

    def _stuck(self, effect: effects.Stuck) -> Iterator[events.Event]:
        waiting = "、".join(effect.waiting)
        raise StepFailed(waiting, "之后没有任何步骤可以继续，请检查流程图的汇聚网关。", "nothing can go on behind it")


_TRANSLATIONS: dict[type, Any] = {
    effects.ElementEntered: Step._entered,
    effects.ElementLeft: Step._left,
    effects.TaskOpened: Step._task_opened,
    effects.TaskClosed: Step._task_closed,
    effects.JobOpened: Step._job_opened,
    effects.JobClosed: Step._job_closed,
    effects.MessageThrown: Step._message_thrown,
    effects.SignalThrown: Step._signal_thrown,
    effects.TimerArmed: Step._timer_armed,
    effects.TimerDisarmed: Step._timer_disarmed,
    effects.Subscribed: Step._subscribed,
    effects.Unsubscribed: Step._unsubscribed,
    effects.Noted: Step._noted,
    effects.InstanceEnded: Step._ended,
    effects.Stuck: Step._stuck,
}


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(_words(one) for one in value)
    return "" if value is None else str(value)


def _fields(found: Sequence[events.Event]) -> set[str]:
    """The fields of the document that have changed."""
    return {field for event in found if isinstance(event, events.DocumentChanged) for field in event.values}


def _tell(trace: Trace, step: bpmn.Step) -> None:
    for effect in step.effects:
        if isinstance(effect, effects.ElementEntered):
            trace.entered(effect.definition, effect.element)
    for definition, flow in step.flows:
        trace.taken(definition, flow)


def _moment(value: Any) -> datetime | None:
    if isinstance(value, str):
        return datetime.fromisoformat(value) if value else None
    return value if isinstance(value, datetime) else None
