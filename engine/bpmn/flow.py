"""Leaving elements: which flows get a token, and what completes when nothing is left in a scope."""

from __future__ import annotations

from collections.abc import Sequence

from engine.bpmn import compensation, loops, mapping, scopes
from engine.bpmn.errors import StepFailed
from engine.bpmn.program import SUB_PROCESSES, Element, Flow
from engine.bpmn.run import THROWING, Run
from engine.bpmn.state import CLOSING, LOOP, Item


def follow(run: Run, scope: Item, element: Element, times: int = 1) -> None:
    """Send tokens over the outgoing flows of an element, then settle its scope."""
    if not element.for_compensation:
        for _ in range(times):
            for flow in choose(run, scope, element):
                run.send(scope, flow)
    settle(run, scope)


def choose(run: Run, scope: Item, element: Element) -> Sequence[Flow]:
    """Unconditional flows, true conditional flows, else the default flow (BPMN 2.0.2, section 13.3.1)."""
    flows = element.outgoing
    if len(flows) == 1 and flows[0].condition is None:
        return flows
    default = element.default
    taken = [f for f in flows if f is not default and (f.condition is None or run.true(f.condition, scope, element))]
    if default is not None and not any(f.condition for f in taken):
        taken.append(default)
    if flows and not taken:
        raise no_way(element)
    return taken


def no_way(element: Element) -> StepFailed:
    return StepFailed(
        element.id,
        "所有流出条件都不成立，也没有默认流",
        "no outgoing flow has a true condition and there is no default flow",
    )


def leave(run: Run, item: Item, reason: str = "completed") -> None:
    """An activity or event is finished: hand over data, close it and move on."""
    scope, element = item.parent, item.element
    assert scope is not None, "only the instance itself has no scope"
    mapping.data_out(run, item)
    if scope.kind == LOOP and scope.element is element:
        loops.instance_done(run, item)
        return
    run.close(item, reason)
    if element.compensation or element.kind in SUB_PROCESSES or element.kind == "callActivity":
        compensation.record(scope, item)
    if scope.element.kind == "adHocSubProcess" and scopes.adhoc_satisfied(run, scope):
        return
    if element.for_compensation or scope.kind == CLOSING or scope.element.kind in THROWING:
        settle(run, scope)
        return
    follow(run, scope, element, element.completion_quantity)


def settle(run: Run, scope: Item) -> None:
    """Complete the scope if nothing is left inside."""
    if scope.alive and not scope.children and not scope.tokens and not scope.arrived:
        scopes.done(run, scope)
