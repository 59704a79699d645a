"""I7, handler and verifier differ (处核分离): who verifies is neither the handler nor of the handler's unit.

A task of stage 核查 behind a task of stage 处置 names it in its property `notBy`, with `@unit`.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.assignment import PEOPLE
from engine.bpmn import Element
from engine.invariants.findings import Finding, finding, words
from engine.invariants.graph import Point, places, shortest
from engine.invariants.world import HANDLE, VERIFY, World, role_of


def check(world: World) -> Iterator[Finding]:
    yield from _unknown(world)
    done: set[tuple[str, str, str]] = set()
    for graph in world.graphs:
        handling = [p for p in graph.points if not p.enters and _task(p, HANDLE)]
        verifying = [p for p in graph.points if p.enters and _task(p, VERIFY)]
        for verifier in verifying:
            barred = _not_by(verifier.element)
            for handler in handling:
                name = (verifier.frame.program.key, verifier.element.id, handler.element.id)
                if f"{handler.element.id}@unit" not in barred and name not in done:
                    done.add(name)
                    yield from _finding(handler, verifier)


def _task(point: Point, role: str) -> bool:
    return point.element.kind == "userTask" and role_of(point.element) == role


def _not_by(task: Element) -> list[str]:
    return [entry for entry in task.properties.get("notBy", "").replace(" ", "").split(",") if entry]


def _finding(handler: Point, verifier: Point) -> Iterator[Finding]:
    way = shortest([handler], lambda p: p is verifier)
    if way is None:
        return
    path = (handler.place, *places(way))
    zh, en = words(path)
    who = handler.element.id
    sentences = (
        f"没有排除办理单位，处置“{handler.place.name}”的人可以自己核查：{zh}",
        f"the handler is not barred; who does {who} may verify it: {en}",
    )
    repair = f"写属性 notBy = {who}@unit", f"set the property notBy = {who}@unit"
    yield finding("I7", verifier.frame.program, verifier.element, sentences, repair, path)


def _unknown(world: World) -> Iterator[Finding]:
    """A name in `notBy` that is no user task bars nobody."""
    tasks = {task.id for _, task in world.tasks}
    for program, task in world.tasks:
        for entry in _not_by(task):
            id, _, scope = entry.partition("@")
            if entry in PEOPLE:
                continue
            if id not in tasks or scope not in ("", "unit"):
                sentences = f"notBy 里的“{entry}”不是任何用户任务", f"{entry!r} in notBy is no user task"
                repair = (
                    "写用户任务的编号，需要连同单位时加 @unit",
                    "name the id of a user task, with @unit for its whole unit",
                )
                yield finding("I7", program, task, sentences, repair)
