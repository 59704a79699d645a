"""Gateways. Tokens that wait at a join are counted for each incoming flow in `scope.arrived`.

A complex gateway that has fired and waits for its late tokens has the key -(number + 1) there; the value is the set
of flows it has consumed, as bits. Source: BPMN 2.0.2, section 13.4.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.bpmn import flow as flows
from engine.bpmn.program import Element, Flow
from engine.bpmn.run import Run
from engine.bpmn.state import Item


def exclusive(run: Run, scope: Item, element: Element, by: Flow | None) -> None:
    run.passing(scope, element)
    outgoing = element.outgoing
    if len(outgoing) > 1 or (outgoing and outgoing[0].condition):
        run.send(scope, _first_true(run, scope, element))
    elif outgoing:
        run.send(scope, outgoing[0])
    flows.settle(run, scope)


def _first_true(run: Run, scope: Item, element: Element) -> Flow:
    for candidate in element.outgoing:
        if candidate is element.default:
            continue
        if candidate.condition is None or run.true(candidate.condition, scope, element):
            return candidate
    if element.default is None:
        raise flows.no_way(element)
    return element.default


def parallel(run: Run, scope: Item, element: Element, by: Flow | None) -> None:
    if _joined(scope, element, by):
        run.passing(scope, element)
        flows.follow(run, scope, element)


def inclusive(run: Run, scope: Item, element: Element, by: Flow | None) -> None:
    """A join waits for every flow here; `release` fires it earlier when nothing more can come."""
    parallel(run, scope, element, by)


def _joined(scope: Item, element: Element, by: Flow | None) -> bool:
    if len(element.incoming) < 2 or by is None:
        return True
    _arrive(scope, by)
    if any(f.index not in scope.arrived for f in element.incoming):
        return False
    _consume(scope, element.incoming)
    return True


def _arrive(scope: Item, by: Flow) -> None:
    scope.arrived[by.index] = scope.arrived.get(by.index, 0) + 1


def _consume(scope: Item, taken: Iterable[Flow]) -> None:
    for f in taken:
        left = scope.arrived.get(f.index, 0) - 1
        if left > 0:
            scope.arrived[f.index] = left
        else:
            scope.arrived.pop(f.index, None)


def complex_(run: Run, scope: Item, element: Element, by: Flow | None) -> None:
    if len(element.incoming) < 2 or by is None:
        run.passing(scope, element)
        flows.follow(run, scope, element)
        return
    _arrive(scope, by)
    if _reset_key(element) not in scope.arrived and element.condition:
        count = sum(scope.arrived.get(f.index, 0) for f in element.incoming)
        if run.true(element.condition, scope, element, {"activationCount": count}):
            _activate(run, scope, element)


# -- joins that depend on what else is alive ------------------------------------------------------------------
def release(run: Run) -> bool:
    """When no token can move: fire one join that nothing more can reach. True if one fired."""
    for scope in list(run.items.values()):
        if scope.arrived and (_fire_ready(run, scope) or _reset_ready(run, scope)):
            return True
    return any(_break_circle(run, scope) for scope in list(run.items.values()) if scope.arrived)


def _waiting(scope: Item) -> list[Element]:
    """Inclusive joins, and complex ones without condition, at which tokens wait."""
    elements = {scope.program.flows[i].target.index: scope.program.flows[i].target for i in scope.arrived if i >= 0}
    return [e for e in elements.values() if e.kind == "inclusiveGateway" or _plain_complex(scope, e)]


def _plain_complex(scope: Item, element: Element) -> bool:
    return element.kind == "complexGateway" and not element.condition and _reset_key(element) not in scope.arrived


def _fire_ready(run: Run, scope: Item) -> bool:
    for element in _waiting(scope):
        if not _coming(scope, element):
            _fire(run, scope, element)
            return True
    return False


def _fire(run: Run, scope: Item, element: Element) -> None:
    _consume(scope, [f for f in element.incoming if f.index in scope.arrived])
    run.passing(scope, element)
    flows.follow(run, scope, element)


def _reset_ready(run: Run, scope: Item) -> bool:
    for key in [k for k in scope.arrived if k < 0]:
        element = scope.program.nodes[-key - 1]
        if not _coming(scope, element, scope.arrived[key]):
            _reset(run, scope, element)
            return True
    return False


def _coming(scope: Item, element: Element, fired: int = 0) -> set[int]:
    """Where tokens stand that can reach an empty incoming flow, but none that has one (BPMN 2.0.2, table 13.3)."""
    arrived = scope.arrived
    empty: set[int] = set()
    full: set[int] = set()
    for bit, f in enumerate(element.incoming):
        (full if f.index in arrived or fired >> bit & 1 else empty).update(element.reach[f.index])
    danger = empty - full
    if not danger:
        return set()
    standing = {child.element.index for child in scope.children.values()}
    standing.update(scope.program.flows[i].target.index for i in arrived if i >= 0)
    return danger & standing


def _break_circle(run: Run, scope: Item) -> bool:
    """Joins that wait only for each other would wait for ever: fire the first of them."""
    waiting = {element.index: element for element in _waiting(scope)}
    live = {child.element.index for child in scope.children.values()}
    blocked = {index: _coming(scope, element) for index, element in waiting.items()}
    circle = dict(blocked)
    changed = True
    while changed:
        stuck = [index for index, by in circle.items() if by & live or not by <= circle.keys()]
        changed = bool(stuck)
        for index in stuck:
            del circle[index]
    if not circle:
        return False
    _fire(run, scope, waiting[min(circle)])
    return True


def _reset_key(element: Element) -> int:
    return -element.index - 1


def _activate(run: Run, scope: Item, element: Element) -> None:
    here = [f for f in element.incoming if f.index in scope.arrived]
    _consume(scope, here)
    if len(here) < len(element.incoming):
        scope.arrived[_reset_key(element)] = sum(1 << bit for bit, f in enumerate(element.incoming) if f in here)
    run.passing(scope, element)
    flows.follow(run, scope, element)


def _reset(run: Run, scope: Item, element: Element) -> None:
    """Swallow the late tokens and be ready for the next round."""
    fired = scope.arrived.pop(_reset_key(element))
    late = [f for bit, f in enumerate(element.incoming) if not fired >> bit & 1 and f.index in scope.arrived]
    _consume(scope, late)
    flows.settle(run, scope)
