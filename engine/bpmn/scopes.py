"""Scopes: processes, sub-processes, transactions, ad-hoc sub-processes and called processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.bpmn import compensation, effects, events, expressions, flow, mapping
from engine.bpmn.errors import StepFailed
from engine.bpmn.program import CallMapping, Element, Program
from engine.bpmn.run import THROWING, Run
from engine.bpmn.state import CLOSING, INTERRUPTED, LOOP, SCOPE, Item
from engine.bpmn.values import plain


def open_scope(run: Run, item: Item) -> None:
    """Begin a sub-process: arm its event sub-processes, then start inside."""
    events.arm(run, item, item.element.event_starts)
    if item.kind != SCOPE or not item.alive:  # a conditional event was true at once
        return
    for start in item.element.initial:
        begin_at(run, item, start)
    flow.settle(run, item)


def begin_at(run: Run, scope: Item, start: Element, payload: Mapping[str, Any] | None = None) -> None:
    """Put a token at a start element; a start event maps its payload first."""
    if start.kind == "startEvent":
        mapping.receive(run, scope, start, payload or {})
    run.place(scope, start)


def open_process(
    run: Run,
    program: Program,
    caller: Item | None,
    variables: dict[str, Any],
    at: Element | None = None,
    payload: Mapping[str, Any] | None = None,
) -> Item:
    """Begin a process, called or on its own; `at` is the start (event, receive task, event behind a gateway)."""
    item = run.open(program.root, caller, SCOPE, dict(variables), program)
    mapping.prepare(run, item)
    starts: Sequence[Element] = [at] if at is not None else program.root.initial or program.starts[:1]
    for start in starts:
        if start.kind == "startEvent":
            mapping.receive(run, item, start, payload or {})
    events.arm(run, item, program.root.event_starts)
    if item.kind == SCOPE and item.alive:
        for start in starts:
            _instantiate(run, item, start, payload or {})
        flow.settle(run, item)
    return item


def _instantiate(run: Run, item: Item, start: Element, payload: Mapping[str, Any]) -> None:
    """The event that starts an instance has happened: go on behind it (BPMN 2.0.2, sections 10.6.6 and 13.2)."""
    if start.kind == "startEvent" or start in item.element.initial:
        run.place(item, start)
        return
    mapping.receive(run, item, start, payload)
    run.passing(item, start)
    for gateway in {f.source.index: f.source for f in start.incoming if f.source.instantiate}.values():
        if gateway.parallel_multiple:
            for other in gateway.outgoing:
                if other.target is not start:
                    run.place(item, other.target)
    flow.follow(run, item, start)


# -- called processes -----------------------------------------------------------------------------------------
def call(run: Run, item: Item) -> None:
    """Begin the called process or global task in the version its binding asks for."""
    element = item.element
    key = str(run.text(element.called or "", item, element))
    program = resolve(run, item, key)
    own = element.call_in
    variables = run.variables(item)
    if own is not None:
        variables = mapped(run, item, own, run.names(item), variables)
    open_process(run, program, item, variables)


def resolve(run: Run, item: Item, key: str) -> Program:
    element = item.element
    binding = element.attributes.get("calledElementBinding", "latest")
    version = element.attributes.get("calledElementVersion") or element.attributes.get("calledElementVersionTag")
    if version is not None:
        version = str(run.text(version, item, element))
    try:
        return run.library.resolve(key, binding, version, item.program.definition)
    except KeyError:
        raise StepFailed(
            element.id, f"被调用的流程“{key}”没有部署", f"the called process {key!r} is not deployed"
        ) from None


def mapped(
    run: Run, item: Item, maps: Sequence[CallMapping], names: list[Mapping[str, Any]], everything: Mapping[str, Any]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for entry in maps:
        if entry.everything:
            values.update(everything)
        elif entry.target is not None and entry.expression is not None:
            value = _ask(run, item.element, entry.expression, names)
            values[entry.target] = plain(value)
        elif entry.target is not None:
            values[entry.target] = _look_up(names, entry.source)
    return values


def _look_up(names: list[Mapping[str, Any]], name: str | None) -> Any:
    return next((scope[name] for scope in names if name is not None and name in scope), None)


def _ask(run: Run, element: Element, text: str, names: list[Mapping[str, Any]]) -> Any:
    return run.ask(element, text, lambda: run.environment.evaluate(expressions.body(text), names))


def _return(run: Run, item: Item, caller: Item) -> None:
    """The called process is done: variables go to the caller as camunda:out says, all of them without in and out."""
    run.close(item)
    if item.completed:
        caller.completed.append([item.element.index, item.completed, item.vars, item.program.definition])
    element, variables = caller.element, item.vars or {}
    if element.call_out is not None:
        names = [variables, *run.names(caller)]
        run.assign(caller, mapped(run, caller, element.call_out, names, variables))
        mapping.complete(run, caller, {})
    elif element.call_in is not None and not element.outputs:
        mapping.complete(run, caller, {})
    else:
        mapping.complete(run, caller, variables)
    flow.leave(run, caller)


# -- the end of a scope ---------------------------------------------------------------------------------------
def done(run: Run, item: Item) -> None:
    """Nothing is left inside a scope."""
    element, parent = item.element, item.parent
    if item.kind == LOOP:  # a loop ends with its last instance, not by being empty between two
        return
    if item.kind == CLOSING or element.kind in THROWING:
        compensation.go_on(run, item)
    elif parent is None:
        end(run, item, "completed")
    elif element.kind == "process":
        _return(run, item, parent)
    elif element.event_sub:
        run.close(item)
        flow.settle(run, parent)
    elif element.kind == "adHocSubProcess":
        _adhoc_rest(run, item)
    else:
        mapping.complete(run, item, {})
        flow.leave(run, item)


def end(run: Run, root: Item, status: effects.Status, error: str | None = None) -> None:
    """The instance is over."""
    variables = dict(root.vars or {})
    run.kill(root, status if status != "running" else "completed")
    run.state.status = status
    run.effects.append(effects.InstanceEnded(status, variables, error))


# -- ad-hoc sub-processes -------------------------------------------------------------------------------------
def manual(element: Element) -> bool:
    """Property `adHocActivation` = manual: people choose what to start, nothing starts by itself."""
    return element.properties.get("adHocActivation") == "manual"


def open_adhoc(run: Run, item: Item) -> None:
    """Begin an ad-hoc sub-process: its activities at once, one after the other, or when somebody asks for them."""
    element = item.element
    events.arm(run, item, element.event_starts)
    if item.kind != SCOPE or not item.alive or manual(element):
        return
    initial = list(element.initial)
    if element.sequential:
        item.mark("todo", [n.index for n in initial[1:]])
        initial = initial[:1]
    for start in initial:
        run.place(item, start)
    flow.settle(run, item)


def adhoc_satisfied(run: Run, scope: Item) -> bool:
    """True when the completion condition has just ended the sub-process."""
    element = scope.element
    if not scope.alive or element.condition is None or not run.true(element.condition, scope, element):
        return False
    if element.cancel_remaining:
        run.clear(scope, "not needed")
    elif scope.children or scope.tokens:
        scope.mark("todo", [])
        scope.mark("satisfied", 1)
        return False
    mapping.complete(run, scope, {})
    flow.leave(run, scope)
    return True


def _adhoc_rest(run: Run, item: Item) -> None:
    """Nothing runs inside: begin the next activity, wait for a person, or be done."""
    todo = item.marked("todo")
    if todo:
        run.place(item, item.program.nodes[todo.pop(0)])
    elif not manual(item.element) or item.marked("satisfied") or item.kind == INTERRUPTED:
        mapping.complete(run, item, {})
        flow.leave(run, item)
