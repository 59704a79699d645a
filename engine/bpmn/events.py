"""Catching events: who listens, arming, triggering, timers and conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.bpmn import expressions, flow, mapping, scopes, timers
from engine.bpmn.errors import StaleItem, StepFailed
from engine.bpmn.program import Element, EventDefinition, Flow
from engine.bpmn.run import Run, moment
from engine.bpmn.state import CLOSING, INTERRUPTED, LOOP, SCOPE, WAIT, Item, Timer

Values = Mapping[str, Any]


# -- who listens ----------------------------------------------------------------------------------------------
def inner(item: Item) -> Sequence[Element]:
    """Event sub-process starts of a scope that may still fire."""
    return item.element.event_starts if item.kind == SCOPE else ()


def outer(item: Item) -> Sequence[Element]:
    """Boundary events of an activity (of the whole loop, if it loops), or what a waiting event waits for."""
    element, parent = item.element, item.parent
    if not element.listeners or item.kind == CLOSING:
        return ()
    if element.loop is None:
        return element.listeners
    if parent is not None and parent.kind == LOOP and parent.element is element:
        return (element,) if element.kind == "receiveTask" else ()
    return [b for b in element.listeners if b is not element]


def listening(item: Item) -> list[Element]:
    """Everything armed on an item."""
    if not item.element.event_starts and not item.element.listeners:
        return []
    return [*inner(item), *outer(item)]


def subscriptions(run: Run, kind: str, name: str) -> list[tuple[Item, Element, int]]:
    """Whatever waits for this message or signal; oldest item first."""
    return [
        (item, element, k)
        for item in run.items.values()
        for element in listening(item)
        for k, e in enumerate(element.events)
        if e.kind == kind and e.name == name
    ]


def key_of(item: Item, element: Element, event: int) -> str | None:
    """The correlation key a subscription was made with."""
    keys = item.marked("keys")
    found: str | None = keys.get(f"{element.index}:{event}") if keys else None
    return found


# -- arming ---------------------------------------------------------------------------------------------------
def arm(run: Run, holder: Item, elements: Sequence[Element]) -> None:
    """Make a holder listen; a condition that is already true fires at once."""
    for element in elements:
        for k, event in enumerate(element.events):
            if event.kind == "timer":
                arm_timer(run, holder, element, k)
            elif event.kind in ("message", "signal"):
                _subscribe(run, holder, element, k, event)
            elif event.kind == "conditional":
                check_condition(run, holder, element, k, event)
            if not holder.alive or holder.kind == INTERRUPTED:
                return


def _subscribe(run: Run, holder: Item, element: Element, k: int, event: EventDefinition) -> None:
    key = mapping.catch_key(run, holder, element, event)
    if key is not None:
        keys = holder.marked("keys") or {}
        keys[f"{element.index}:{k}"] = key
        holder.mark("keys", keys)
    run.rows.subscribe(holder, element, k, key)


def disarm(run: Run, item: Item, elements: Sequence[Element]) -> None:
    """Stop listening at these elements; the item itself stays."""
    numbers = {element.index for element in elements}
    for timer in [t for t in run.state.timers.values() if t.item == item.id and t.element in numbers]:
        del run.state.timers[timer.id]
        run.rows.disarm(timer)
    for element in elements:
        run.rows.unsubscribe(item, element)


# -- timers ---------------------------------------------------------------------------------------------------
def arm_timer(run: Run, holder: Item, element: Element, k: int) -> None:
    plan = plan_timer(run, holder, element, k, run.now.timestamp())
    if plan is not None and not plan.left:
        return
    since = run.now.timestamp() if is_expression(element, k) else None
    number = run.state.next_id()
    if plan is None:
        timer = Timer(number, holder.id, element.index, k, None, 1, None, since)
    else:
        timer = Timer(number, holder.id, element.index, k, plan.due, plan.left, plan.interval, since)
        run.rows.arm_new(timer, element, holder.program.definition, moment(plan.due, run.now))
    run.state.timers[number] = timer


def is_expression(element: Element, k: int) -> bool:
    """True when a timer is given by an expression, not by a plain ISO 8601 text."""
    text = element.events[k].expression or ""
    return timers.form_of(text.strip()) is None


def plan_timer(run: Run, holder: Item, element: Element, k: int, since: float) -> timers.Schedule | None:
    """The schedule of a timer counted from `since`; None while its expression gives no date."""
    event = element.events[k]
    text = (event.expression or "").strip()
    value: Any = text
    if is_expression(element, k):
        is_literal = not any(is_expr for is_expr, _ in expressions.parts(text))
        value = run.evaluate(text, holder, element) if is_literal else run.text(text, holder, element)
    if value is None:
        return None
    try:
        return timers.schedule(event.timer or "date", value, moment(since, run.now))
    except (ValueError, OverflowError) as error:
        raise StepFailed(
            element.id, f"定时器的时间“{value}”无法识别", f"the timer's time {value!r} cannot be read: {error}"
        ) from error


def fire_timer(run: Run, number: int) -> None:
    """A due timer fires once; ticks that were missed count as one."""
    timer = run.state.timers.get(number)
    now = run.now.timestamp()
    if timer is None or timer.due is None or timer.due > now:
        raise StaleItem(f"timer {number}")
    item = run.items[timer.item]
    element = item.program.nodes[timer.element]
    if timer.left > 0:
        timer.left -= 1
    if timer.left and timer.interval:
        timer.due, timer.left = timers.next_tick(timer.due, timer.interval, timer.left, run.now)
        run.rows.arm(timer, element, item.program.definition, moment(timer.due, run.now))
    else:
        del run.state.timers[number]
        run.rows.disarm(timer)
    trigger(run, item, element, timer.event, last=not timer.left)


def rearm(run: Run, concerns: Callable[[str], bool]) -> None:
    """Evaluate again the dates of timers given by such an expression; a timer without date may get one now."""
    for timer in list(run.state.timers.values()):
        item = run.items[timer.item]
        element = item.program.nodes[timer.element]
        text = element.events[timer.event].expression or ""
        if timer.interval is None and is_expression(element, timer.event) and concerns(text):
            since = timer.since if timer.since is not None else run.now.timestamp()
            _set_due(run, timer, item, element, plan_timer(run, item, element, timer.event, since))


def _set_due(run: Run, timer: Timer, item: Item, element: Element, plan: timers.Schedule | None) -> None:
    before, after = timer.due, plan.due if plan is not None else None
    if before == after:
        return
    if after is None:
        run.rows.disarm(timer)
        timer.due = None
        return
    timer.due = after
    run.rows.arm(timer, element, item.program.definition, moment(after, run.now))


# -- triggering -----------------------------------------------------------------------------------------------
def trigger(
    run: Run,
    holder: Item,
    element: Element,
    k: int = 0,
    payload: Values | None = None,
    interrupt: bool | None = None,
    last: bool = True,
) -> None:
    """A catching element has got its event; `interrupt` overrides the drawing, `last` is false for early ticks."""
    if element.parallel_multiple and len(element.events) > 1 and not _all_seen(holder, element, k):
        _keep(run, holder, element, payload or {})
        return
    payload = payload or {}
    if element.kind == "boundaryEvent":
        _boundary(run, holder, element, payload, element.interrupting if interrupt is None else interrupt)
    elif element.kind == "startEvent":
        _event_sub_process(run, holder, element, payload)
    elif holder.element.kind == "eventBasedGateway":
        _after_gateway(run, holder, element, payload)
    elif last:
        mapping.receive(run, holder, element, payload)
        flow.leave(run, holder)
    else:  # a cycle at an intermediate event: one token for each tick
        scope = _scope(holder)
        mapping.receive(run, holder, element, payload)
        flow.follow(run, scope, element)


def _keep(run: Run, holder: Item, element: Element, payload: Values) -> None:
    """The payload of one of several events that must all come: output parameters see it when the last has come."""
    if element.outputs and holder.element is element:
        run.declare(holder, payload)
    elif payload:
        run.assign(holder, payload)


def _scope(holder: Item) -> Item:
    assert holder.parent is not None, "events of the instance itself start event sub-processes"
    return holder.parent


def _boundary(run: Run, holder: Item, element: Element, payload: Values, interrupt: bool) -> None:
    scope = _scope(holder)
    if interrupt:
        run.kill(holder)
    run.passing(scope, element)
    mapping.receive(run, scope, element, payload)
    flow.follow(run, scope, element)


def _after_gateway(run: Run, holder: Item, element: Element, payload: Values) -> None:
    scope = _scope(holder)
    run.close(holder)
    run.passing(scope, element)
    mapping.receive(run, scope, element, payload)
    if element.kind == "receiveTask" and element.compensation:
        scope.completed.append([element.index, [], None])
    flow.follow(run, scope, element, element.completion_quantity)


def _event_sub_process(run: Run, holder: Item, element: Element, payload: Values) -> None:
    if element.interrupting:
        run.clear(holder)
        disarm(run, holder, holder.element.event_starts)
        holder.kind = INTERRUPTED
    sub_process = element.parent
    assert sub_process is not None, "a start event stands in a scope"
    open_event_sub(run, holder, sub_process, element, payload)


def open_event_sub(
    run: Run, parent: Item, element: Element, start: Element, payload: Values, completed: Sequence[list[Any]] = ()
) -> Item:
    """Run an event sub-process inside `parent`; `completed` are records it may compensate."""
    item = run.open(element, parent, SCOPE)
    item.completed = list(completed)
    mapping.prepare(run, item)
    scopes.begin_at(run, item, start, payload)
    arm(run, item, element.event_starts)
    return item


def _all_seen(holder: Item, element: Element, k: int) -> bool:
    """Parallel multiple: true when the last of the events has come."""
    seen = holder.marked("seen") or {}
    mine = seen.setdefault(str(element.index), [])
    if k not in mine:
        mine.append(k)
    if len(mine) == len(element.events):
        del seen[str(element.index)]
        mine = None
    holder.mark("seen", seen)
    return mine is None


def notify(run: Run, body: Item, event: EventDefinition) -> None:
    """An event thrown by multi-instance behaviour reaches the boundary of this activity and interrupts nothing."""
    for element in body.element.boundaries:
        for k, e in enumerate(element.events):
            if e.kind == event.kind and e.name == event.name:
                trigger(run, body, element, k, interrupt=False)
                break


# -- conditions -----------------------------------------------------------------------------------------------
def check_conditions(run: Run) -> None:
    """After a change of variables or context."""
    for item in list(run.items.values()):
        if item.element.watches and item.alive:
            _check_item(run, item)


def _check_item(run: Run, item: Item) -> None:
    fired = False  # until something has, the item listens to what it did
    for element in listening(item):
        for k, event in enumerate(element.events):
            if event.kind == "conditional" and (not fired or item.alive and element in listening(item)):
                fired = check_condition(run, item, element, k, event) or fired


def check_condition(run: Run, item: Item, element: Element, k: int, event: EventDefinition) -> bool:
    """Fires when the condition becomes true; a non-interrupting one again after it was not true. Whether it did."""
    value = run.true(event.expression or "", item, element)
    was = item.marked("true") or []
    if not value and not was:
        return False
    name = f"{element.index}:{k}"
    if value and name not in was:
        item.mark("true", [*was, name])
        trigger(run, item, element, k)
        return True
    if not value and name in was:
        item.mark("true", [n for n in was if n != name])
    return False


# -- entering catching elements -------------------------------------------------------------------------------
def enter_start(run: Run, scope: Item, element: Element, by: Flow | None) -> None:
    run.passing(scope, element)
    flow.follow(run, scope, element)


def enter_catch(run: Run, scope: Item, element: Element, by: Flow | None) -> None:
    if not element.events or element.events[0].kind == "link":
        run.passing(scope, element)
        mapping.receive(run, scope, element, {})
        flow.follow(run, scope, element)
        return
    item = run.open(element, scope, WAIT)
    mapping.prepare(run, item)
    arm(run, item, (element,))


def enter_gateway(run: Run, scope: Item, element: Element, by: Flow | None) -> None:
    arm(run, run.open(element, scope, WAIT), element.listeners)
