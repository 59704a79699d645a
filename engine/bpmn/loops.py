"""Standard loops and multi-instance activities (BPMN 2.0.2, section 13.3.6 and 13.3.7).

The loop body is an item; its mark `loop` is [instances, started, completed, results].
"""

from __future__ import annotations

from typing import Any

from engine.bpmn import activities, compensation, events, flow, mapping
from engine.bpmn.errors import StepFailed
from engine.bpmn.program import Element, Loop
from engine.bpmn.run import Run
from engine.bpmn.state import LOOP, Item
from engine.bpmn.values import plain


def start(run: Run, body: Item) -> None:
    """Begin a loop: the first round, the first instance, or all of them."""
    element = body.element
    loop = _loop(element)
    if loop.kind == "standard":
        body.mark("loop", [-1, 0, 0, None])
        if loop.test_before and not _goes_on(run, body, loop):
            flow.leave(run, body)
            return
        run.place(body, element)
        return
    total = _total(run, body, loop)
    body.mark("loop", [total, 0, 0, [None] * total if loop.out_collection else None])
    if total == 0:
        _end(run, body, loop)
        return
    for _ in range(total if loop.kind == "parallel" else 1):
        run.place(body, element)


def outermost(item: Item) -> int | None:
    """The number of the outermost loop an item is in: what its instances do belongs together."""
    found, around = None, item.parent
    while around is not None:
        found = around.id if around.kind == LOOP else found
        around = around.parent
    return found


def _loop(element: Element) -> Loop:
    assert element.loop is not None, "only elements with loop characteristics have a loop body"
    return element.loop


def _total(run: Run, body: Item, loop: Loop) -> int:
    element = body.element
    if loop.collection is not None:
        found = _items(run, body, loop)
        return len(found)
    value = run.evaluate(loop.cardinality or "", body, element)
    try:
        total = int(value)
    except (TypeError, ValueError):
        total = -1
    if total < 0 or total != value:
        raise StepFailed(
            element.id,
            f"多实例数量必须是非负整数，现在是 {value}",
            f"loopCardinality must be a whole number, is {value}",
        )
    return total


def _items(run: Run, body: Item, loop: Loop) -> list[Any]:
    value = run.evaluate(loop.collection or "", body, body.element)
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _goes_on(run: Run, body: Item, loop: Loop) -> bool:
    count = body.marked("loop")[1]
    if loop.maximum is not None and count >= loop.maximum:
        return False
    return loop.condition is None or run.true(loop.condition, body, body.element, {"loopCounter": count})


def begin_instance(run: Run, body: Item, element: Element) -> None:
    """One round or instance, with `loopCounter` (from 0) and its item as local names."""
    state, loop = body.marked("loop"), _loop(element)
    local: dict[str, Any] = {"loopCounter": state[1]}
    if loop.collection is not None and loop.item:
        found = _items(run, body, loop)
        local[loop.item] = found[state[1]] if state[1] < len(found) else None
    if loop.out_item and not mapping.is_expression(loop.out_item):
        local.setdefault(loop.out_item, None)
    state[1] += 1
    activities.begin(run, body, element, {name: plain(value) for name, value in local.items()})


def instance_done(run: Run, item: Item) -> None:
    """A round or instance is over: results, thrown behaviour events, the end or the next one."""
    body, element = item.parent, item.element
    assert body is not None
    loop, state = _loop(element), body.marked("loop")
    if state[3] is not None:
        counter = (item.vars or {}).get("loopCounter", 0)
        result = item.marked("result")
        state[3][counter] = (item.vars or {}).get(loop.out_item or "") if result is None else result
    compensation.record(body, item)
    run.close(item)
    state[2] += 1
    if loop.kind == "standard":
        if _goes_on(run, body, loop):
            run.place(body, element)
        else:
            flow.leave(run, body)
        return
    stopped = _throw_behaviour(run, body, loop, counters(state))
    if not body.alive:
        return
    if stopped or state[2] == state[0] or _complete(run, body, loop, counters(state)):
        _end(run, body, loop)
    elif loop.kind == "sequential":
        run.place(body, element)


def counters(state: list[Any]) -> dict[str, Any]:
    total, started, done, _ = state
    return {
        "nrOfInstances": total,
        "nrOfCompletedInstances": done,
        "nrOfActiveInstances": started - done,
        "numberOfInstances": total,  # the names of BPMN 2.0.2, table 10.30
        "numberOfCompletedInstances": done,
        "numberOfActiveInstances": started - done,
        "numberOfTerminatedInstances": 0,
        "loopCounter": done,
    }


def _complete(run: Run, body: Item, loop: Loop, names: dict[str, Any]) -> bool:
    return loop.condition is not None and run.true(loop.condition, body, body.element, names)


def _throw_behaviour(run: Run, body: Item, loop: Loop, names: dict[str, Any]) -> bool:
    """Behaviour None, One or Complex: throw events to the boundary; true when one of them ends the rest."""
    thrown = False
    for condition, event in loop.throws:
        wanted = names["nrOfCompletedInstances"] == 1 or not loop.throw_once
        if wanted and (condition is None or run.true(condition, body, body.element, names)):
            thrown = True
            events.notify(run, body, event)
            if not body.alive:
                return False
    return thrown and loop.stops


def _end(run: Run, body: Item, loop: Loop) -> None:
    run.clear(body, "not needed")
    if loop.out_collection:
        run.assign(body, {loop.out_collection: body.marked("loop")[3]})
    flow.leave(run, body)
