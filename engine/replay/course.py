"""One work order run through in memory, on what is known of it.

People do their tasks as long after they opened as they did then; what nobody has ever done (a new step) is done with
an empty form when its limit has come. Messages come when they came, jobs are done at once with the result they had.
What is still open at the moment of the replay stays open.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engine import bpmn, events
from engine.bpmn import StaleItem
from engine.database import Transaction
from engine.definitions import Definitions
from engine.errors import EngineError
from engine.jsonable import plain
from engine.order import Order
from engine.replay.facts import Deed, Facts
from engine.step import Step

MOST_STEPS = 400
HORIZON = timedelta(days=120)
NEW_STEP = timedelta(days=1)
"""How long a step takes that is new and has no limit."""
NOBODY = "replay"


@dataclass
class Work:
    """A task of a course."""

    element: str
    name: str
    post: str
    stage: str | None
    opened_at: datetime
    due_at: datetime | None
    done_at: datetime | None = None

    @property
    def in_time(self) -> bool | None:
        """None without a deadline."""
        return None if self.due_at is None else self.done_at is not None and self.done_at <= self.due_at


@dataclass
class Course:
    """How a work order went. `end`: the end event, `waiting` for what, or `failed`; `tasks`: every task that opened."""

    no: str
    end: str = ""
    status: int = 10
    closed_at: datetime | None = None
    tasks: list[Work] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)  #: elements that were done though nobody ever had


def run(facts: Facts, definitions: Definitions, transaction: Transaction, until: datetime) -> Course:
    """Go the whole way. Never raises for what a diagram cannot do: that is an end of its own."""
    walk = _Walk(facts, definitions, transaction, until)
    try:
        walk.go()
    except EngineError as stuck:
        walk.course.end = f"failed: {stuck.zh}"
    return walk.course


class _Walk:
    """The work order, what waits in it, and what is going to happen next."""

    def __init__(self, facts: Facts, definitions: Definitions, transaction: Transaction, until: datetime) -> None:
        over = facts.row["status"] not in ("active", "suspended")
        self.until = facts.row["opened_at"] + HORIZON if over else until
        self.facts, self.definitions, self.transaction = facts, definitions, transaction
        row = facts.row
        town = definitions.reference.town(row["document"])
        definition = definitions.latest(row["process_key"], row["opened_at"], town)
        self.now: datetime = row["opened_at"]
        self.order = Order(
            -row["id"], row["no"], row["kind"], row["process_key"], definition, "active", 10, 1, b"",
            facts.document, {}, row["source"], row["title"], row["opened_at"], new=True,
        )  # fmt: skip
        self.course = Course(row["no"])
        self.seen: dict[str, int] = {}
        self.tasks: dict[int, tuple[events.TaskOpened, Work]] = {}
        self.jobs: dict[int, events.JobCreated] = {}
        self.timers: dict[int, datetime] = {}
        self.waits: dict[tuple[int, str, int], events.Subscribed] = {}
        self.queue: list[tuple[datetime, int, Callable[[], Iterable[events.Event]]]] = []
        self.number = 0

    def go(self) -> None:
        program = self.definitions.program(self.transaction, self.order.definition)
        starts = [one.id for one in program.starts]
        start = self.facts.start if self.facts.start in starts else (starts[0] if starts else None)
        self._take(self._step().begin(start, {}))
        for _ in range(MOST_STEPS):
            if self.order.status != "active" or not self.queue:
                break
            at, _number, act = heapq.heappop(self.queue)
            if at > self.until:
                break
            self.now = max(self.now, at)
            try:
                self._take(act())
            except StaleItem:
                continue
        if self.order.status == "active":
            tasks = {work.element for _, work in self.tasks.values()}
            names = sorted(tasks or {one.element for one in self.waits.values()})  # what only listens says nothing
            self.course.end = "waiting: " + ",".join(names)
        else:
            self.course.closed_at = self.now

    def _step(self) -> Step:
        return Step(self.order, self.now, self.definitions, self.transaction, "replay")

    def _later(self, at: datetime, act: Callable[[], Iterable[events.Event]]) -> None:
        self.number += 1
        heapq.heappush(self.queue, (at, self.number, act))

    def _next(self, kind: str, element: str, known: Mapping[str, list[Any]]) -> Any:
        """The next fact of an element, the last one again when there are no more, None when there never was one."""
        facts = known.get(element)
        number = self.seen.get(f"{kind}:{element}", 0)
        self.seen[f"{kind}:{element}"] = number + 1
        return facts[min(number, len(facts) - 1)] if facts else None

    # ---------------------------------------------------------------- what happened
    def _take(self, found: Iterable[events.Event]) -> None:
        for event in found:
            handler = _TAKE.get(type(event))
            if handler:
                handler(self, event)
        self.order.version += 1
        self.order.new = False

    def _document(self, event: events.DocumentChanged) -> None:
        self.order.document = {**self.order.document, **plain(event.values)}

    def _clock(self, event: Any) -> None:
        clocks = dict(self.order.clocks)
        clocks.pop(event.stage, None)
        if event.clock is not None:
            clocks[event.stage] = plain(event.clock)
        self.order.clocks = clocks
        if isinstance(event, events.StageRescheduled):
            for _, work in self.tasks.values():
                if work.stage == event.stage and work.due_at == event.was_due_at:
                    work.due_at = event.due_at

    def _status(self, event: events.StatusChanged) -> None:
        self.course.status = self.order.status_code = event.code

    def _entered(self, event: events.ElementEntered) -> None:
        if event.element.startswith("EE") or event.element.startswith("End"):
            self.course.end = event.element

    def _ended(self, event: events.OrderEnded) -> None:
        self.order.status = str(event.status)

    def _opened(self, event: events.TaskOpened) -> None:
        post = event.candidates[0] if event.candidates else ""
        work = Work(event.element, event.name, post, event.stage, self.now, event.due_at)
        self.course.tasks.append(work)
        self.tasks[event.item] = event, work
        done = self.seen.get(f"task:{event.element}", 0)
        if event.element in self.facts.waiting and done >= len(self.facts.deeds.get(event.element, ())):
            return
        deed: Deed | None = self._next("task", event.element, self.facts.deeds)
        if deed is None:
            self.course.unknown.add(event.element)
            limit = event.due_at if event.due_at and event.due_at > self.now else self.now + NEW_STEP
            deed = Deed(limit - self.now, {}, NOBODY, "")
        self._later(self.now + deed.after, lambda: self._complete(event, work, deed))

    def _complete(self, event: events.TaskOpened, work: Work, deed: Deed) -> Iterable[events.Event]:
        if self.tasks.pop(event.item, None) is None:
            return []
        work.done_at = self.now
        step = self._step()
        element = step.element(event.definition, event.element)
        done_by = {**(self.order.document.get("doneBy") or {}), event.element: {"user": deed.by, "unit": deed.unit}}
        values = {**({} if element.local_data else deed.data), "doneBy": done_by}
        step.document.update(values)
        step.stop_stage(element, event.stage)
        names = element.properties.get("variables", "").replace(" ", "").split(",")
        some = {name: deed.data[name] for name in names if name in deed.data}
        found = step.advance(bpmn.Complete(event.item, deed.data if element.local_data else some))
        return [events.DocumentChanged(values), *found, *step.context_changed()]

    def _cancelled(self, event: events.TaskCancelled) -> None:
        self.tasks.pop(event.item, None)

    def _armed(self, event: events.TimerArmed) -> None:
        self.timers[event.timer] = event.due_at
        self._later(event.due_at, lambda: self._fire(event))

    def _fire(self, event: events.TimerArmed) -> Iterable[events.Event]:
        if self.timers.get(event.timer) != event.due_at:
            return []
        del self.timers[event.timer]
        return self._step().advance(bpmn.FireTimer(event.timer))

    def _disarmed(self, event: events.TimerDisarmed) -> None:
        self.timers.pop(event.timer, None)

    def _job(self, event: events.JobCreated) -> None:
        if event.item is not None:
            self.jobs[event.item] = event
            self._later(self.now, lambda: self._done(event))

    def _done(self, event: events.JobCreated) -> Iterable[events.Event]:
        if event.item is None or self.jobs.pop(event.item, None) is None:
            return []
        result = self._next("job", event.element, self.facts.results) or {}
        element = self.definitions.program(self.transaction, self.order.definition).elements.get(event.element)
        outputs = result if element is None or element.outputs else {}
        return self._step().advance(bpmn.Complete(event.item, outputs))

    def _job_cancelled(self, event: events.JobCancelled) -> None:
        self.jobs.pop(event.item, None)

    def _subscribed(self, event: events.Subscribed) -> None:
        self.waits[event.item, event.element, event.event] = event
        facts = self.facts.messages.get(event.name, [])
        number = self.seen.get(f"message:{event.name}", 0)
        if number < len(facts):
            self.seen[f"message:{event.name}"] = number + 1
            at, payload = facts[number]
            self._later(max(at, self.now), lambda: self._receive(event, payload, number))

    def _receive(self, event: events.Subscribed, payload: Mapping[str, Any], number: int) -> Iterable[events.Event]:
        """What was meant for a subscription that is gone waits for the next one of its name."""
        if (event.item, event.element, event.event) not in self.waits:
            self.seen[f"message:{event.name}"] = min(number, self.seen[f"message:{event.name}"])
            return []
        if event.kind == "signal":
            return self._step().advance(bpmn.DeliverSignal(event.name, None, payload))
        return self._step().advance(bpmn.DeliverMessage(event.item, event.element, payload, event.event))

    def _unsubscribed(self, event: events.Unsubscribed) -> None:
        self.waits.pop((event.item, event.element, event.event), None)


_TAKE: Mapping[type, Callable[[_Walk, Any], None]] = {
    events.DocumentChanged: _Walk._document,
    events.StageStarted: _Walk._clock,
    events.StageRescheduled: _Walk._clock,
    events.StageHeld: _Walk._clock,
    events.StageStopped: _Walk._clock,
    events.StatusChanged: _Walk._status,
    events.ElementEntered: _Walk._entered,
    events.OrderEnded: _Walk._ended,
    events.TaskOpened: _Walk._opened,
    events.TaskCancelled: _Walk._cancelled,
    events.TimerArmed: _Walk._armed,
    events.TimerDisarmed: _Walk._disarmed,
    events.JobCreated: _Walk._job,
    events.JobCancelled: _Walk._job_cancelled,
    events.Subscribed: _Walk._subscribed,
    events.Unsubscribed: _Walk._unsubscribed,
}
