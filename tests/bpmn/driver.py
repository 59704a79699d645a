"""Drives one instance step by step through its bytes and checks, after every step, what must always hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from engine import feel
from engine.bpmn import (
    BpmnError,
    Cancel,
    Complete,
    ContextChanged,
    ContextSet,
    DeliverMessage,
    DeliverSignal,
    Effect,
    FireTimer,
    JobClosed,
    JobOpened,
    Machine,
    Program,
    RearmTimers,
    SetVariables,
    Step,
    Subscribed,
    TaskClosed,
    TaskOpened,
    ThrowError,
    ThrowEscalation,
    TimerArmed,
    TimerDisarmed,
    Unsubscribed,
    read,
)
from engine.bpmn.snapshot import rows_of
from engine.bpmn.state import dump, load
from tests.bpmn.diagrams import document, process

BEGIN = datetime(2026, 9, 15, 8, 0, tzinfo=UTC)


class Environment:
    """FEEL expressions, decisions from a dict, scripts that note their text (`raise X`, `name = feel` are done)."""

    def __init__(self, decisions: Mapping[str, Any] | None = None) -> None:
        self.trace: list[str] = []
        self.decisions = decisions or {}

    def evaluate(self, expression: str, scopes: Sequence[Mapping[str, Any]]) -> Any:
        return feel.evaluate(expression, *scopes)

    def decide(self, decision_ref: str, scopes: Sequence[Mapping[str, Any]], element: Any) -> Any:
        found = self.decisions[decision_ref]
        return found(scopes) if callable(found) else found

    def script(self, text: str, scopes: Sequence[Mapping[str, Any]], element: Any) -> Any:
        if text.startswith("raise "):
            raise BpmnError(text[6:])
        if "=" in text:
            name, value = text.split("=", 1)
            return {name.strip(): self.evaluate(value, scopes)}
        self.trace.append(text)
        return None


class Shelf:
    """Programs by definition name."""

    def __init__(self, programs: Sequence[Program]) -> None:
        self.programs = {p.definition: p for p in programs}

    def program(self, definition: str) -> Program:
        return self.programs[definition]

    def resolve(self, key: str, binding: str, version: str | None, caller: str) -> Program:
        return self.programs[key if version is None else f"{key}:{version}"]


class Case:
    """One running instance. `open` names the elements with open user tasks, `trace` the scripts that ran."""

    def __init__(
        self,
        *parts: str,
        variables: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        decisions: Mapping[str, Any] | None = None,
        at: str | None = None,
        payload: Mapping[str, Any] | None = None,
        extra: str = "",
    ) -> None:
        whole = parts if parts[0].startswith("<bpmn:process") else (process(*parts),)
        self.shelf = Shelf(read(document(*whole, extra=extra), allow_scripts=True))
        self.environment = Environment(decisions)
        self.machine = Machine(self.shelf, self.environment)
        self.now = BEGIN
        self.context: dict[str, Any] = dict(context or {})
        self.rows: dict[tuple[Any, ...], Any] = {}
        self.effects: list[Effect] = []
        self.last: tuple[Effect, ...] = ()
        first = next(iter(self.shelf.programs.values()))
        self._take(self.machine.start(first, variables or {}, self.now, context=self.context, at=at, payload=payload))

    # -- what happened ----------------------------------------------------------------------------------------
    def _take(self, step: Step) -> Case:
        self.step, self.state, self.status, self.variables = step, step.state, step.status, step.variables
        self.last = step.effects
        self.effects += step.effects
        for effect in step.effects:
            self._keep(effect)
        self.check()
        return self

    def _keep(self, effect: Effect) -> None:
        if isinstance(effect, TaskOpened):
            self.rows["task", effect.item] = effect.element
        elif isinstance(effect, JobOpened):
            self.rows["job", effect.item] = effect.element
        elif isinstance(effect, TimerArmed):
            self.rows["timer", effect.timer] = (effect.item, effect.element, effect.due)
        elif isinstance(effect, Subscribed):
            row = ("subscription", effect.item, effect.element, effect.event)
            assert row not in self.rows, "subscribed twice"
            self.rows[row] = (effect.kind, effect.name, effect.key)
        elif isinstance(effect, (TaskClosed, JobClosed)):
            del self.rows["task" if isinstance(effect, TaskClosed) else "job", effect.item]
        elif isinstance(effect, TimerDisarmed):
            del self.rows["timer", effect.timer]
        elif isinstance(effect, Unsubscribed):
            del self.rows["subscription", effect.item, effect.element, effect.event]
        elif isinstance(effect, ContextSet):
            self.context.update(effect.values)

    def check(self) -> None:
        """Invariants of every state."""
        state = load(self.state, self.shelf.program)
        assert dump(state) == self.state, "dump(load(x)) == x"
        assert all(i.parent is None or i.parent.id in state.items for i in state.items.values()), "orphan item"
        assert all(t.item in state.items for t in state.timers.values()), "orphan timer"
        if self.status == "running":
            assert rows_of(state, self.now.tzinfo) == self.rows, "rows from effects differ from rows of the state"
            for item in state.items.values():
                waits = item.kind in "TJW" or (item.marks or {}).get("satisfied") is None and _manual(item)
                assert waits or item.children or item.arrived, f"dead scope {item.element}"
        else:
            assert not self.rows, "an ended instance leaves rows"
            assert not state.items, "an ended instance leaves items"
            assert not state.timers, "an ended instance leaves timers"

    @property
    def trace(self) -> str:
        return " ".join(self.environment.trace)

    @property
    def open(self) -> str:
        return " ".join(sorted(v for k, v in self.rows.items() if k[0] == "task"))

    @property
    def jobs(self) -> str:
        return " ".join(sorted(v for k, v in self.rows.items() if k[0] == "job"))

    def of(self, kind: type) -> list[Any]:
        """Effects of one kind so far."""
        return [e for e in self.effects if isinstance(e, kind)]

    def item(self, element: str) -> int:
        """The oldest open task or job at an element."""
        return min(k[1] for k, v in self.rows.items() if k[0] in ("task", "job") and v == element)

    # -- what is done -----------------------------------------------------------------------------------------
    def send(self, command: Any) -> Case:
        before = len(self.environment.trace)
        again = self.machine.step(self.state, command, self.now, context=self.context)
        del self.environment.trace[before:]
        done = self.machine.step(self.state, command, self.now, context=self.context)
        assert again == done, "the same command on the same bytes gives the same"
        return self._take(done)

    def do(self, element: str, **variables: Any) -> Case:
        return self.send(Complete(self.item(element), variables))

    def fail(self, element: str, code: str, message: str = "") -> Case:
        return self.send(ThrowError(self.item(element), code, message))

    def escalate(self, element: str, code: str) -> Case:
        return self.send(ThrowEscalation(self.item(element), code))

    def message(self, name: str, key: str | None = None, **payload: Any) -> Case:
        """Deliver to the oldest subscription of this name (and key)."""
        found = [k for k, v in self.rows.items() if k[0] == "subscription" and v[:2] == ("message", name)]
        found = [k for k in found if key is None or self.rows[k][2] == key]
        assert found, f"nobody waits for {name}"
        _, item, element, event = min(found)
        return self.send(DeliverMessage(item, element, payload, event))

    def signal(self, name: str, key: str | None = None, **payload: Any) -> Case:
        return self.send(DeliverSignal(name, key, payload))

    def set(self, **values: Any) -> Case:
        return self.send(SetVariables(values))

    def change(self, **values: Any) -> Case:
        """Change the document from outside."""
        self.context.update(values)
        return self.send(ContextChanged())

    def rearm(self) -> Case:
        return self.send(RearmTimers())

    def cancel(self) -> Case:
        return self.send(Cancel())

    def after(self, **duration: float) -> Case:
        """Let time pass; timers fire when they are due, one after the other."""
        until = self.now + timedelta(**duration)
        while True:
            due = sorted((v[2], k[1]) for k, v in self.rows.items() if k[0] == "timer" and v[2] <= until)
            if not due:
                self.now = until
                return self
            self.now = max(self.now, due[0][0])
            self.send(FireTimer(due[0][1]))

    def asleep(self, **duration: float) -> Case:
        """Time passes while nobody fires timers; then every due one fires once."""
        self.now += timedelta(**duration)
        for _, number in sorted((v[2], k[1]) for k, v in self.rows.items() if k[0] == "timer" and v[2] <= self.now):
            if ("timer", number) in self.rows:
                self.send(FireTimer(number))
        return self


def _manual(item: Any) -> bool:
    return item.element.properties.get("adHocActivation") == "manual"
