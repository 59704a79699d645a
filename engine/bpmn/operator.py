"""What an operator may do to a running instance: put a token somewhere, take an item away."""

from __future__ import annotations

from engine.bpmn import commands, flow, loops
from engine.bpmn.errors import StaleItem, StepFailed
from engine.bpmn.program import Element
from engine.bpmn.run import Run
from engine.bpmn.state import INTERRUPTED, LOOP, SCOPE, Item


def start_before(run: Run, command: commands.StartBefore) -> None:
    """A token in front of an element."""
    element, scope = _target(run, command.element, command.scope)
    run.place(scope, element)


def start_after(run: Run, command: commands.StartAfter) -> None:
    """A token behind an element, as if it had just completed (its output parameters are not evaluated)."""
    element, scope = _target(run, command.element, command.scope)
    flow.follow(run, scope, element)


def cancel_item(run: Run, command: commands.CancelItem) -> None:
    """Take an item away; an instance of a multi-instance counts as done, a scope left empty completes."""
    item = run.items.get(command.item)
    if item is None or item.parent is None:
        raise StaleItem(command.item)
    scope = item.parent
    if scope.kind == LOOP and scope.element is item.element:
        run.clear(item, "cancelled")
        loops.instance_done(run, item)
        return
    run.kill(item, "cancelled")
    flow.settle(run, scope)


def _target(run: Run, id: str, scope: int | None) -> tuple[Element, Item]:
    if scope is not None:
        item = run.items.get(scope)
        element = item.program.elements.get(id) if item is not None else None
        if item is None or element is None or element.parent is not item.element:
            raise StaleItem(scope)
        return element, item
    for item in run.items.values():
        element = item.program.elements.get(id)
        if element is not None and element.kind != "process":
            return element, _scope_for(run, element, item)
    raise StepFailed(id, "流程图里没有这个环节", "the diagram has no such element")


def _scope_for(run: Run, element: Element, inside: Item) -> Item:
    """The live scope of an element; sub-processes on the way are opened without running their start."""
    parent = element.parent
    assert parent is not None
    for item in run.items.values():
        if item.element is parent and item.kind in (SCOPE, INTERRUPTED):
            return item
    if parent.loop is not None or parent.kind == "process":
        raise StepFailed(
            element.id,
            "这个环节所在的子流程没有在运行，或有多个实例，请指明放在哪一个里面",
            "the scope of this element is not running or has several instances; name the one that is meant",
        )
    from engine.bpmn import events, mapping

    outer = _scope_for(run, parent, inside)
    item = run.open(parent, outer, SCOPE)
    mapping.prepare(run, item)
    events.arm(run, item, events.listening(item))
    return item
