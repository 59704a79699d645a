"""I1, every case is verified (每案必核): no way from a dispatch to a closed case passes by the verification.

The obligation begins where a dispatch begins, in a case that is never dispatched where the case begins. It is met when
a verify activity has been *finished*; a boundary event that takes the token away from it does not meet it. Branches
that join in a parallel gateway are verified when one of them is. Work that is done again after the verification has to
be verified again; where it is not, that is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn import expression
from engine.invariants.findings import Finding, Place, finding, words
from engine.invariants.graph import Graph, Point, joins, places
from engine.invariants.world import DISPATCH, HANDLE, VERIFY, World, order_kind, role_of

CLOSED = frozenset(("70", "71"))
FREE, OWED, MET, AGAIN = 0, 1, 2, 3
State = tuple[Point, int]
REPAIR = (
    "在派遣与结案之间的这条路径上加上核查（调用“核查”流程，或环节为“核查”的用户任务）",
    "put a verification on this way (call the process verify, or a user task of stage 核查)",
)


def check(world: World) -> Iterator[Finding]:
    for graph in world.graphs:
        yield from unverified(graph)


def unverified(graph: Graph) -> Iterator[Finding]:
    """Each element that closes the case with a way to it that was not verified."""
    search = _Search(graph)
    told: set[tuple[str, str]] = set()
    for owed in (OWED, AGAIN):
        for point in [p for p, state in search.came if state == owed and p.enters and _closes(p)]:
            name = point.frame.program.key, point.element.id
            if name not in told:
                told.add(name)
                yield _finding(point, search.way((point, owed)), again=owed == AGAIN)


def _closes(point: Point) -> bool:
    status = point.element.properties.get("status", "").strip()
    return status in CLOSED or expression(status)[0]


def _finding(point: Point, way: tuple[Place, ...], again: bool) -> Finding:
    zh, en = words(way)
    sentences = (
        (f"重新办理之后不经核查就能结案：{zh}", f"work done again can be closed without verification: {en}")
        if again
        else (f"不经核查就能结案：{zh}", f"the case can be closed without verification: {en}")
    )
    program = point.frame.program
    return finding("I1", program, point.element, sentences, REPAIR, way, "warning" if again else "error")


class _Search:
    """Which points can be reached owing a verification, and how."""

    def __init__(self, graph: Graph) -> None:
        self.came: dict[State, State | None] = {}
        self.arrived: dict[Point, dict[Point, set[int]]] = {}
        self.todo: list[State] = []
        never = order_kind(graph.root) == "case" and not any(role_of(p.element) == DISPATCH for p in graph.points)
        self._reach((graph.entry, OWED if never else FREE), None)
        for state in self.todo:
            self._leave(state)

    def way(self, state: State) -> tuple[Place, ...]:
        """From where the obligation began to a state."""
        found: list[Point] = []
        here: State | None = state
        while here is not None and here[1] == state[1]:
            found.append(here[0])
            here = self.came[here]
        return places(found[::-1])

    def _leave(self, state: State) -> None:
        point, owed = state
        for onward in (*point.next, *point.triggers):
            if joins(onward):
                self._arrive(onward, point, owed)
            else:
                self._reach((onward, _after(onward, owed)), state)

    def _reach(self, state: State, source: State | None) -> None:
        if state not in self.came:
            self.came[state] = source
            self.todo.append(state)

    def _arrive(self, join: Point, source: Point, owed: int) -> None:
        """At a parallel join: it goes on when every flow has brought a token, and knows what all of them know."""
        arrived = self.arrived.setdefault(join, {})
        arrived.setdefault(source, set()).add(owed)
        if len(arrived) < len(join.before):
            return
        for result in (MET, OWED, AGAIN, FREE):
            bringing = _bringing(arrived, result)
            if bringing is not None:
                self._reach((join, result), (bringing, result))


def _bringing(arrived: dict[Point, set[int]], result: int) -> Point | None:
    """The flow that brings `result` through a join, if the others can be such that it stays so."""
    below = {MET: {MET, OWED, AGAIN, FREE}, OWED: {OWED, AGAIN, FREE}, AGAIN: {AGAIN, FREE}, FREE: {FREE}}[result]
    if not all(states & below for states in arrived.values()):
        return None
    return next((source for source, states in arrived.items() if result in states), None)


def _after(point: Point, owed: int) -> int:
    """What is owed once the token is at a point."""
    role = role_of(point.element)
    if point.enters and role == DISPATCH:
        return OWED
    if point.enters and role == HANDLE and owed == MET:
        return AGAIN
    if not point.enters and role == VERIFY and owed in (OWED, AGAIN):
        return MET
    return owed
