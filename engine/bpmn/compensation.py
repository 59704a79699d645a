"""Compensation and cancelled transactions (BPMN 2.0.2, sections 10.7 and 13.5.5).

A record of a completed activity is [element, records inside, local variables, definition when another program].
"""

from __future__ import annotations

from typing import Any

from engine.bpmn import events, flow, throwing
from engine.bpmn.program import Element, EventDefinition
from engine.bpmn.run import Run
from engine.bpmn.state import CLOSING, LOOP, Item

Record = list[Any]


def record(scope: Item, item: Item) -> None:
    """Remember a completed activity that can be undone."""
    element = item.element
    if element.compensation or element.compensation_start or item.completed:
        local = dict(item.vars or {})
        scope.completed.append([element.index, item.completed, local or None])


def throw(run: Run, token: Item, event: EventDefinition) -> None:
    """A compensation throw event: undo, latest first, what its scope has completed (or one activity of it)."""
    scope = token.parent
    assert scope is not None
    sources = [scope]
    if scope.element.event_sub and scope.parent is not None:
        sources.append(scope.parent)
    todo: list[Record] = []
    for source in sources:
        nodes = source.program.nodes
        mine = [r for r in source.completed if event.name is None or nodes[r[0]].id == event.name]
        source.completed = [r for r in source.completed if r not in mine]
        todo += reversed(mine)
    if todo:
        # waitForCompletion = false: the undoing goes on beside the token
        holder = token if event.wait else _closing(run, scope, token.element, None, scope.program)
        holder.mark("todo", todo)
        go_on(run, holder)


def cancel(run: Run, scope: Item) -> None:
    """Cancel end event: stop the transaction, undo what it has completed, leave by the cancel boundary."""
    while scope.element.kind != "transaction":
        assert scope.parent is not None, "a cancel end event stands inside a transaction"
        scope = scope.parent
    todo: list[Record] = []
    _collect(scope, todo)
    run.clear(scope, "cancelled")
    events.disarm(run, scope, events.listening(scope))
    scope.kind, scope.completed = CLOSING, []
    scope.mark("todo", todo[::-1])
    go_on(run, scope)


def _collect(scope: Item, out: list[Record]) -> None:
    out += scope.completed
    for child in scope.children.values():
        _collect(child, out)


def go_on(run: Run, item: Item) -> None:
    """Undo one record after the other.

    Handlers run as children of `item`; what was completed inside a sub-process, loop or called process is undone in
    a closing scope that has its variables again.
    """
    todo: list[Record] | None = item.marked("todo")
    while todo:
        if _undo(run, item, todo.pop(0)):
            return
    _undone(run, item)


def _undo(run: Run, item: Item, entry: Record) -> bool:
    """True when a handler is on its way."""
    index, inside, local, *definition = entry
    program = run.library.program(definition[0]) if definition else item.program
    element: Element = program.nodes[index]
    if element.compensation and not (element.loop and inside):
        if local:
            scope = _closing(run, item, element, local, program)
            scope.mark("todo", [])
            run.place(scope, element.compensation)
        else:
            run.place(item, element.compensation)
        return True
    if element.compensation_start is not None:
        start = element.compensation_start
        assert start.parent is not None
        events.open_event_sub(run, item, start.parent, start, local or {}, inside)
        return True
    if inside:
        scope = _closing(run, item, element, local, program)
        scope.mark("todo", inside[::-1])
        go_on(run, scope)
        return True
    return False


def _closing(run: Run, item: Item, element: Element, local: dict[str, Any] | None, program: Any) -> Item:
    scope = run.open_silently(element, item, CLOSING, program)
    scope.mark("undo", 1)
    if local:
        run.declare(scope, local)
    return scope


def _undone(run: Run, item: Item) -> None:
    parent = item.parent
    if item.marked("undo"):
        run.close(item)
        assert parent is not None
        flow.settle(run, parent)
    elif item.kind == CLOSING:
        _leave_cancelled(run, item)
    elif item.marks is not None:
        del item.marks["todo"]
        first = item.marked("next")
        if first is not None:  # the throw had to wait; otherwise its own loop goes on
            throwing.go_on(run, item, first)


def _leave_cancelled(run: Run, item: Item) -> None:
    parent = item.parent
    assert parent is not None
    holder = parent if parent.kind == LOOP and parent.element is item.element else item
    scope = holder.parent
    assert scope is not None
    run.kill(holder, "cancelled")
    boundary = next((b for b in holder.element.boundaries if any(e.kind == "cancel" for e in b.events)), None)
    if boundary is None:
        flow.settle(run, scope)
        return
    run.passing(scope, boundary)
    flow.follow(run, scope, boundary)
