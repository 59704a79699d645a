"""The token machine: one step is load, apply one command, move tokens until everything waits, dump.

A pure function apart from the environment it asks: (program, state bytes, command, now) → (state bytes, effects).
A step that fails raises and leaves the given bytes as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from engine.bpmn import activities, commands, effects, events, flow, gateways, operator, scopes, throwing
from engine.bpmn.effects import Status
from engine.bpmn.errors import StaleItem, StepFailed
from engine.bpmn.program import ACTIVITIES, Element, Flow, Program
from engine.bpmn.run import THROWING, Environment, Library, Run
from engine.bpmn.snapshot import Snapshot, Waiting, snapshot, waiting
from engine.bpmn.state import JOB, SCOPE, TASK, Item, State, dump, load

EMPTY: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Step:
    """What a step gives back. `variables` are those of the instance (after its end: as they were at the end).

    `flows` are the sequence flows that tokens took, as (definition, flow id).
    """

    state: bytes
    effects: tuple[effects.Effect, ...]
    status: Status
    variables: Mapping[str, Any]
    flows: tuple[tuple[str, str], ...] = ()


class Machine:
    """Runs programs of a library, asking an environment for expressions and decisions. Safe to share by threads."""

    def __init__(self, library: Library, environment: Environment) -> None:
        self.library, self.environment = library, environment

    def start(
        self,
        program: Program,
        variables: Mapping[str, Any],
        now: datetime,
        *,
        context: Mapping[str, Any] = EMPTY,
        at: str | None = None,
        payload: Mapping[str, Any] | None = None,
        after: bytes = b"",
    ) -> Step:
        """Begin an instance. `at` is the id of a start event (or of the event or receive task that instantiates);
        `payload` is what its message or signal carries; `after` the state of an ended instance whose numbers go on.
        Raises StepFailed."""
        state = State()
        if after:
            state.seq = load(after, self.library.program).seq
        run = Run(self.library, self.environment, state, now, context)
        start = None
        if at is not None:
            start = program.elements.get(at)
            if start is None or start not in program.starts:
                raise StepFailed(at, "流程不能从这里开始", "the process cannot start here")
        scopes.open_process(run, program, None, dict(variables), start, payload)
        return _finish(run, {})

    def step(
        self, state: bytes, command: commands.Command, now: datetime, *, context: Mapping[str, Any] = EMPTY
    ) -> Step:
        """Apply one command. Raises StaleItem when what it is for is gone, StepFailed when the diagram cannot go on."""
        run = Run(self.library, self.environment, load(state, self.library.program), now, context)
        if run.state.status != "running" or run.state.root is None:
            raise StaleItem("instance")
        before = _stuck(run.state)
        COMMANDS[type(command)](run, command)
        return _finish(run, before)

    def inspect(self, state: bytes, zone: tzinfo | None = None) -> Snapshot:
        """A state laid open: where tokens stand, variables, and the rows tables should hold for it."""
        return snapshot(load(state, self.library.program), zone)

    def waiting(self, state: bytes) -> tuple[Waiting, ...]:
        """The messages a state waits for, oldest first."""
        return waiting(load(state, self.library.program))


def _finish(run: Run, stuck_before: Mapping[tuple[int, str], None]) -> Step:
    drain(run)
    if run.state.status == "running":
        waiting = [join for key in _stuck(run.state) if key not in stuck_before for join in key[1:]]
        if waiting:
            run.effects.append(effects.Stuck(tuple(dict.fromkeys(waiting))))
    root = run.state.root
    found = tuple([effect for effect in run.effects if effect is not None])
    variables: Mapping[str, Any] = dict(root.vars or {}) if root is not None else {}
    if run.state.status != "running":
        variables = next((e.variables for e in found if isinstance(e, effects.InstanceEnded)), variables)
    return Step(dump(run.state), found, run.state.status, variables, tuple(run.flows))


def drain(run: Run) -> None:
    """Move tokens until everything waits."""
    while run.state.status == "running":
        if run.dirty:
            run.dirty = False
            events.check_conditions(run)
            continue
        token = run.next_token()
        if token is not None:
            scope, element, by = token
            ENTER[element.kind](run, scope, element, by)
        elif not gateways.release(run):
            break


def _stuck(state: State) -> dict[tuple[int, str], None]:
    """Joins at which tokens wait though nothing else is alive in their scope: they wait for ever."""
    return {
        (item.id, item.program.flows[index].target.id): None
        for item in state.items.values()
        if item.arrived and not item.children
        for index in item.arrived
        if index >= 0
    }


Enter = Callable[[Run, Item, Element, Flow | None], None]
ENTER: dict[str, Enter] = {
    **dict.fromkeys(ACTIVITIES, activities.enter),
    "exclusiveGateway": gateways.exclusive,
    "parallelGateway": gateways.parallel,
    "inclusiveGateway": gateways.inclusive,
    "complexGateway": gateways.complex_,
    "eventBasedGateway": events.enter_gateway,
    "startEvent": events.enter_start,
    "intermediateCatchEvent": events.enter_catch,
    "intermediateThrowEvent": throwing.enter,
    "endEvent": throwing.enter,
}


# -- commands -------------------------------------------------------------------------------------------------
def _open_item(run: Run, number: int, *kinds: str) -> Item:
    item = run.items.get(number)
    if item is None or item.kind not in kinds:
        raise StaleItem(number)
    return item


def _complete(run: Run, command: commands.Complete) -> None:
    item = _open_item(run, command.item, TASK, JOB, SCOPE)
    if item.kind == SCOPE:
        _complete_adhoc(run, item)
        return
    if item.element.kind in THROWING:
        throwing.job_done(run, item, command.variables)
        return
    activities.finish(run, item, command.variables)


def _complete_adhoc(run: Run, item: Item) -> None:
    """A person says an ad-hoc sub-process is done; what still runs in it ends as not needed."""
    if item.element.kind != "adHocSubProcess" or not scopes.manual(item.element):
        raise StaleItem(item.id)
    run.clear(item, "not needed")
    item.mark("satisfied", 1)
    flow.settle(run, item)


def _throw_error(run: Run, command: commands.ThrowError) -> None:
    throwing.throw_error(run, _open_item(run, command.item, TASK, JOB), command.code, command.message)


def _throw_escalation(run: Run, command: commands.ThrowEscalation) -> None:
    throwing.throw_escalation(run, _open_item(run, command.item, TASK, JOB, SCOPE), command.code)


def _fire_timer(run: Run, command: commands.FireTimer) -> None:
    events.fire_timer(run, command.timer)


def _deliver_message(run: Run, command: commands.DeliverMessage) -> None:
    item = run.items.get(command.item)
    element = item.program.elements.get(command.element) if item is not None else None
    if item is None or element is None or element not in events.listening(item):
        raise StaleItem(command.item)
    if command.event >= len(element.events) or element.events[command.event].kind not in ("message", "signal"):
        raise StaleItem(command.item)
    events.trigger(run, item, element, command.event, command.payload)


def _deliver_signal(run: Run, command: commands.DeliverSignal) -> None:
    throwing.deliver_signal(run, command.name, command.key, command.payload)


def _set_variables(run: Run, command: commands.SetVariables) -> None:
    item = run.state.root if command.item is None else run.items.get(command.item)
    if item is None:
        raise StaleItem(command.item)
    run.assign(item, command.values)


def _rearm(run: Run, command: commands.RearmTimers) -> None:
    events.rearm(run, command.concerns)


def _context_changed(run: Run, command: commands.ContextChanged) -> None:
    run.dirty = True


def _cancel(run: Run, command: commands.Cancel) -> None:
    root = run.state.root
    assert root is not None
    scopes.end(run, root, "cancelled")


def _activate(run: Run, command: commands.Activate) -> None:
    scope = _open_item(run, command.item, SCOPE)
    element = scope.program.elements.get(command.element)
    if element is None or element.parent is not scope.element or scope.element.kind != "adHocSubProcess":
        raise StaleItem(command.item)
    run.place(scope, element)


COMMANDS: dict[type, Callable[[Run, Any], None]] = {
    commands.Complete: _complete,
    commands.ThrowError: _throw_error,
    commands.ThrowEscalation: _throw_escalation,
    commands.FireTimer: _fire_timer,
    commands.DeliverMessage: _deliver_message,
    commands.DeliverSignal: _deliver_signal,
    commands.SetVariables: _set_variables,
    commands.RearmTimers: _rearm,
    commands.ContextChanged: _context_changed,
    commands.Cancel: _cancel,
    commands.Activate: _activate,
    commands.StartBefore: operator.start_before,
    commands.StartAfter: operator.start_after,
    commands.CancelItem: operator.cancel_item,
}
