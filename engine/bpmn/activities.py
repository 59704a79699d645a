"""Activities: the token arrives, loops and token quantities, then the work by kind."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from engine.bpmn import effects as fx, events, flow, loops, mapping, scopes, throwing
from engine.bpmn.errors import BpmnError
from engine.bpmn.program import SUB_PROCESSES, Element, Flow
from engine.bpmn.run import Run
from engine.bpmn.state import JOB, LOOP, SCOPE, TASK, WAIT, Item

LISTS = frozenset(("candidateGroups", "candidateUsers"))
KINDS = {"userTask": TASK, "callActivity": SCOPE, **dict.fromkeys(SUB_PROCESSES, SCOPE)}


def enter(run: Run, scope: Item, element: Element, by: Flow | None) -> None:
    """A token arrives at an activity."""
    if scope.kind == LOOP and scope.element is element:
        loops.begin_instance(run, scope, element)
        return
    if element.start_quantity > 1 and by is not None and not collected(scope, element, by):
        return
    if element.loop is None:
        begin(run, scope, element)
        return
    body = run.open(element, scope, LOOP)
    events.arm(run, body, events.outer(body))
    if body.alive:
        loops.start(run, body)


def collected(scope: Item, element: Element, by: Flow) -> bool:
    """startQuantity: true when enough tokens have come, which are then consumed."""
    arrived = scope.arrived
    arrived[by.index] = arrived.get(by.index, 0) + 1
    need = element.start_quantity
    if sum(arrived.get(f.index, 0) for f in element.incoming) < need:
        return False
    for f in element.incoming:
        take = min(need, arrived.get(f.index, 0))
        need -= take
        if take:
            arrived[f.index] -= take
            if not arrived[f.index]:
                del arrived[f.index]
    return True


def begin(run: Run, scope: Item, element: Element, local: dict[str, Any] | None = None) -> Item:
    """One execution of an activity: local names, boundary events, then its work."""
    item = run.open(element, scope, KINDS.get(element.kind, WAIT), local)
    mapping.prepare(run, item)
    if element.listeners:
        events.arm(run, item, events.outer(item))
    if item.alive:
        try:
            WORK[element.kind](run, item)
        except BpmnError as error:
            throwing.throw_error(run, item, error.error, error.zh)
    return item


def finish(run: Run, item: Item, result: Any = None) -> None:
    """The work is done: take over the result and leave."""
    mapping.complete(run, item, result or {})
    flow.leave(run, item)


def pass_through(run: Run, item: Item) -> None:
    """A none or manual task: done at once (BPMN 2.0.2, section 13.3.3: not managed by the engine)."""
    finish(run, item)


# -- user tasks and jobs --------------------------------------------------------------------------------------
def open_task(run: Run, item: Item) -> None:
    element = item.element
    run.rows.open(
        ("task", item.id),
        fx.TaskOpened(
            item.id,
            element.id,
            item.program.definition,
            attributes(run, item),
            properties(run, item),
            run.variables(item) if element.local_data else dict(item.vars or {}),
            loops.outermost(item),
        ),
    )


def attributes(run: Run, item: Item) -> dict[str, Any]:
    """Evaluated camunda attributes in snake case; candidates as tuples of names."""
    found: dict[str, Any] = {}
    for name, text in item.element.attributes.items():
        value = run.text(text, item, item.element)
        found[snake(name)] = _names(value) if name in LISTS else value
    for name in LISTS:
        found.setdefault(snake(name), ())
    return found


def _names(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    parts = value.split(",") if isinstance(value, str) else value
    return tuple(text for text in (str(part).strip() for part in parts) if text)


@lru_cache(maxsize=256)
def snake(name: str) -> str:
    """candidateGroups → candidate_groups."""
    return "".join("_" + c.lower() if c.isupper() else c for c in name)


def properties(run: Run, item: Item) -> dict[str, Any]:
    return {name: run.text(text, item, item.element) for name, text in item.element.properties.items()}


def open_job(run: Run, item: Item, topic: str | None = None, values: dict[str, Any] | None = None) -> None:
    """Leave a job behind; `values` replaces the input parameters as its inputs."""
    element = item.element
    item.kind = JOB
    name = topic if topic is not None else run.text(element.attributes.get("topic", element.id), item, element)
    given = values if values is not None else {n: (item.vars or {}).get(n) for n, _ in element.inputs}
    run.rows.open(
        ("job", item.id),
        fx.JobOpened(item.id, element.id, item.program.definition, str(name), given, properties(run, item)),
    )
    if item.vars and not element.outputs and not element.boundaries:
        for name_, _ in element.inputs:  # nobody reads them again: keep the state small
            item.vars.pop(name_, None)


def service(run: Run, item: Item) -> None:
    open_job(run, item)


def send(run: Run, item: Item) -> None:
    """A send task: a job when it has a topic, else the message leaves in this step."""
    if "topic" in item.element.attributes or not item.element.events:
        open_job(run, item)
        return
    if not throwing.send_message(run, item, item.element.events[0]):
        finish(run, item)


def decide(run: Run, item: Item) -> None:
    """A business rule task: a decision in this step, or a job when it has a topic instead."""
    element = item.element
    reference = element.attributes.get("decisionRef")
    if reference is None:
        open_job(run, item)
        return
    name = str(run.text(reference, item, element))
    names = run.names(item)
    result = run.ask(element, name, lambda: run.environment.decide(name, names, element))
    variable = element.attributes.get("resultVariable")
    if variable is not None:
        run.assign(item, {variable: result})
        mapping.complete(run, item, {})
    else:
        mapping.complete(run, item, result if isinstance(result, dict) else {})
    flow.leave(run, item)


def script(run: Run, item: Item) -> None:
    """A script task, only where `read` allowed it."""
    element, names = item.element, run.names(item)
    text = element.script or ""
    result = run.ask(element, "script", lambda: run.environment.script(text, names, element))
    if result is NotImplemented:
        open_job(run, item, topic="script")
        return
    finish(run, item, result)


def wait(run: Run, item: Item) -> None:
    """A receive task: its subscription is all there is."""


def open_scope(run: Run, item: Item) -> None:
    """A sub-process or transaction."""
    scopes.open_scope(run, item)


def open_adhoc(run: Run, item: Item) -> None:
    """An ad-hoc sub-process."""
    scopes.open_adhoc(run, item)


def call(run: Run, item: Item) -> None:
    """A call activity."""
    scopes.call(run, item)


WORK = {
    "task": pass_through,
    "manualTask": pass_through,
    "userTask": open_task,
    "serviceTask": service,
    "sendTask": send,
    "businessRuleTask": decide,
    "scriptTask": script,
    "receiveTask": wait,
    "subProcess": open_scope,
    "transaction": open_scope,
    "adHocSubProcess": open_adhoc,
    "callActivity": call,
}
