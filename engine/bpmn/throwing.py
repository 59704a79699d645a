"""Throwing events: intermediate and end, propagation of errors and escalations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.bpmn import activities, compensation, effects, events, flow, mapping, scopes
from engine.bpmn.errors import UncaughtError
from engine.bpmn.program import Element, EventDefinition, Flow
from engine.bpmn.run import Run
from engine.bpmn.state import INTERRUPTED, JOB, SCOPE, WAIT, Item


def enter(run: Run, scope: Item, element: Element, by: Flow | None) -> None:
    """A token arrives at a throwing event: its definitions fire in the order drawn."""
    token = run.open(element, scope, WAIT)
    if not _by_job(element):
        mapping.outputs(run, scope, element)
    go_on(run, token, 0)


def _by_job(element: Element) -> bool:
    """True when a message of this event is delivered by a job: its output parameters then see the job's result."""
    topics = ("topic" in event.attributes for event in element.events if event.kind == "message")
    return "topic" in element.attributes or element.properties.get("confirm") == "true" or any(topics)


def go_on(run: Run, token: Item, first: int) -> None:
    """Throw the definitions from `first` on, unless one of them ends our scope or waits."""
    element, scope = token.element, token.parent
    assert scope is not None, "an event stands in a scope"
    for k in range(first, len(element.events)):
        THROW[element.events[k].kind](run, token, element, element.events[k])
        if not token.alive:
            return
        if token.kind == JOB or token.marked("todo") is not None:
            token.mark("next", k + 1)
            return
    run.close(token)
    if element.kind == "endEvent":
        flow.settle(run, scope)
    else:
        flow.follow(run, scope, element)


def job_done(run: Run, token: Item, result: Mapping[str, Any]) -> None:
    """The message of a throwing event has been delivered by a job."""
    run.rows.shut(("job", token.id), effects.JobClosed(token.id, "completed"))
    token.kind = WAIT
    mapping.receive(run, _scope(token), token.element, result)
    first = token.marked("next")
    go_on(run, token, first)


# -- by kind --------------------------------------------------------------------------------------------------
def _message(run: Run, token: Item, element: Element, event: EventDefinition) -> None:
    topic = event.attributes.get("topic") or element.attributes.get("topic")
    if topic is not None:
        values = mapping.payload_of(run, token, element, event)
        activities.open_job(run, token, str(run.text(topic, token, element)), values)
    else:
        send_message(run, token, event)


def send_message(run: Run, item: Item, event: EventDefinition) -> bool:
    """Throw a message; with property `confirm` = true a job waits for its correlation, and the answer is true."""
    element = item.element
    payload = mapping.payload_of(run, item, element, event)
    key = mapping.throw_key(run, item, element, event, payload)
    if element.properties.get("confirm") == "true":
        values = {"name": event.name, "key": key, "payload": payload}
        activities.open_job(run, item, "message", values)
        return True
    run.effects.append(effects.MessageThrown(element.id, item.program.definition, event.name or "", key, payload))
    return False


def _signal(run: Run, token: Item, element: Element, event: EventDefinition) -> None:
    payload = mapping.payload_of(run, token, element, event)
    key = mapping.throw_key(run, token, element, event, payload)
    run.effects.append(effects.SignalThrown(event.name or "", key, payload))
    deliver_signal(run, event.name or "", key, payload)


def deliver_signal(run: Run, name: str, key: str | None, payload: Mapping[str, Any]) -> None:
    """Deliver to every subscription that exists now and still exists when its turn comes."""
    for item, element, k in events.subscriptions(run, "signal", name):
        if key is not None and events.key_of(item, element, k) != key:
            continue
        if item.alive and element in events.listening(item):
            events.trigger(run, item, element, k, payload)


def _escalation(run: Run, token: Item, element: Element, event: EventDefinition) -> None:
    payload = mapping.payload_of(run, token, element, event)
    throw_escalation(run, _scope(token), event.name, payload)


def _error(run: Run, token: Item, element: Element, event: EventDefinition) -> None:
    """An error end event; nobody catching it ends the instance (BPMN 2.0.2, table 10.88)."""
    payload = mapping.payload_of(run, token, element, event)
    scope = _scope(token)
    run.close(token)
    if not _throw_error(run, scope, event.name, payload):
        root = run.state.root
        assert root is not None
        scopes.end(run, root, "terminated", event.name or "")


def _link(run: Run, token: Item, element: Element, event: EventDefinition) -> None:
    scope = _scope(token)
    run.close(token)
    if element.link is not None:
        run.place(scope, element.link)


def _terminate(run: Run, token: Item, element: Element, event: EventDefinition) -> None:
    scope = _scope(token)
    run.clear(scope, "terminated")
    if scope.parent is None:
        scopes.end(run, scope, "terminated")
        return
    if scope.kind == SCOPE:
        events.disarm(run, scope, scope.element.event_starts)
        scope.kind = INTERRUPTED
    flow.settle(run, scope)


def _compensate(run: Run, token: Item, element: Element, event: EventDefinition) -> None:
    compensation.throw(run, token, event)


def _cancel(run: Run, token: Item, element: Element, event: EventDefinition) -> None:
    compensation.cancel(run, _scope(token))


def _scope(token: Item) -> Item:
    assert token.parent is not None, "an event stands in a scope"
    return token.parent


THROW: dict[str, Callable[[Run, Item, Element, EventDefinition], None]] = {
    "message": _message,
    "signal": _signal,
    "escalation": _escalation,
    "error": _error,
    "link": _link,
    "terminate": _terminate,
    "compensate": _compensate,
    "cancel": _cancel,
}


# -- propagation ----------------------------------------------------------------------------------------------
def catcher(item: Item, kind: str, code: str | None) -> tuple[Item, Element, int] | None:
    """Innermost holder and element for an error or escalation, exact code before catch-all.

    An event sub-process is not caught by its siblings, only from the boundary of its scope outwards.
    """
    came_from: Item | None = None
    at: Item | None = item
    while at is not None:
        starts = () if came_from is not None and came_from.element.event_sub else events.inner(at)
        for elements in (starts, events.outer(at)):
            hits = [
                (e.name is None, element, k)
                for element in elements
                for k, e in enumerate(element.events)
                if e.kind == kind and e.name in (None, code)
            ]
            if hits:
                _, element, k = min(hits, key=lambda hit: hit[0])
                return at, element, k
        came_from, at = at, at.parent
    return None


def throw_error(run: Run, item: Item, code: str, message: str = "") -> None:
    """The work of an item ended in an error; raises UncaughtError when nothing catches it."""
    if not _throw_error(run, item, code, {"errorCode": code, "errorMessage": message}):
        raise UncaughtError(item.element.id, code)


def _throw_error(run: Run, item: Item, code: str | None, payload: Mapping[str, Any]) -> bool:
    found = catcher(item, "error", code)
    if found is None:
        return False
    holder, element, k = found
    events.trigger(run, holder, element, k, _seen(element, k, payload, code), interrupt=True)
    return True


def _seen(element: Element, k: int, payload: Mapping[str, Any], code: str | None) -> dict[str, Any]:
    """Only what the catching side asks for by output parameter or variable attribute becomes variables."""
    attributes = element.events[k].attributes
    if element.outputs:
        return {"errorCode": code, **payload}
    names = {
        "errorCodeVariable": code,
        "escalationCodeVariable": code,
        "errorMessageVariable": payload.get("errorMessage"),
    }
    chosen = {attributes[name]: value for name, value in names.items() if name in attributes}
    plain = {n: v for n, v in payload.items() if n not in ("errorCode", "errorMessage")}
    return {**plain, **chosen}


def throw_escalation(run: Run, item: Item, code: str | None, payload: Mapping[str, Any] | None = None) -> None:
    """Not caught is no failure: the thrower goes on (BPMN 2.0.2, section 10.5.1)."""
    found = catcher(item, "escalation", code)
    if found is not None:
        holder, element, k = found
        events.trigger(run, holder, element, k, _seen(element, k, payload or {}, code))
