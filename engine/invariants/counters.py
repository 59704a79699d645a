"""Numbers counted on a knot of loops, and the ways they close. Used by I5."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from engine.bpmn import Element
from engine.bpmn.program import Flow
from engine.invariants.conditions import in_the_end, names, step
from engine.invariants.graph import Point
from engine.invariants.knots import Edges, way

DOCUMENT = "document."
DECIDING = frozenset(("exclusiveGateway", "inclusiveGateway"))
SHARED = (0, 0)
"""Where the fields of the document are at home: every process of the work order sees them."""


class Count(NamedTuple):
    """A number: its name, and the copy of a process and the scope in it that it belongs to."""

    name: str
    home: tuple[int, int]


class Counts:
    """The numbers counted on a knot of loops, and the ways they close."""

    def __init__(self, knot: set[Point]) -> None:
        self.knot = knot
        self.steps: dict[Count, dict[Point, int]] = {}
        self.set_back: set[Count] = set()
        for point in knot:
            if not point.enters:
                self._note(point)

    def _note(self, point: Point) -> None:
        for output, text in (*point.element.outputs, *_other_results(point.element)):
            name = output.removeprefix(DOCUMENT)
            count = Count(name, SHARED if output != name else _home(point, name))
            direction = step(text, name) if isinstance(text, str) else 0
            if direction:
                self.steps.setdefault(count, {})[point] = direction
            else:
                self.set_back.add(count)

    def _read(self, point: Point, name: str) -> Count:
        """The number an expression at a point means: its own variable, else the field of the document."""
        own = Count(name, _home(point, name))
        return own if own in self.steps or own in self.set_back else Count(name, SHARED)

    def ends(self, edges: Edges, point: Point, onward: Point) -> bool:
        """Whether a counter keeps tokens from going this way for ever."""
        if point.enters:
            return False
        flows = [f for f in point.element.outgoing if onward.enters and f.target is onward.element]
        if not flows:
            return onward.element is point.element and self._loop_ends(edges, point, onward)
        decides = point.element.kind in DECIDING
        return decides and all(any(self._closes(edges, point, onward, f, n) for n in self.steps) for f in flows)

    def _loop_ends(self, edges: Edges, point: Point, onward: Point) -> bool:
        condition = point.element.loop.condition if point.element.loop else None
        return condition is not None and any(
            in_the_end(condition, count.name, direction) is False and self._counted(edges, count, onward, point)
            for count in self._usable(point, condition)
            for direction in self._directions(count)
        )

    def _closes(self, edges: Edges, point: Point, onward: Point, flow: Flow, count: Count) -> bool:
        if count in self.set_back or self._read(point, count.name) != count:
            return False
        for direction in self._directions(count):
            closed = flow.condition is not None and in_the_end(flow.condition, count.name, direction) is False
            if closed or self._leaves_before(point, flow, count.name, direction):
                return self._counted(edges, count, onward, point)
        return False

    def _leaves_before(self, point: Point, flow: Flow, name: str, direction: int) -> bool:
        """Whether in the end another flow leads out of the loops before this one is asked."""
        gateway = point.element
        if gateway.kind == "inclusiveGateway" and flow is not gateway.default:
            return False
        inside = {p.element for p in self.knot if p.frame is point.frame}
        for other in _asked_before(gateway, flow):
            out = other.target not in inside
            if out and other.condition is not None and in_the_end(other.condition, name, direction) is True:
                return True
        return False

    def _directions(self, count: Count) -> set[int]:
        """+1 or -1; nothing when it is counted both up and down."""
        found = set(self.steps.get(count, {}).values())
        return found if len(found) == 1 else set()

    def _usable(self, point: Point, text: str) -> list[Count]:
        read = {self._read(point, name) for name in names(text)}
        return [count for count in self.steps if count in read and count not in self.set_back]

    def _counted(self, edges: Edges, count: Count, start: Point, back: Point) -> bool:
        """Whether every way round, from `start` back to the gateway, counts."""
        counting = self.steps[count]
        if back in counting or start in counting:
            return True
        return way(edges, start, back, lambda p: p in self.knot and p not in counting) is None


def _other_results(element: Element) -> Iterator[tuple[str, str | None]]:
    """What else an element may write: the result of a table or a service, what a called process gives back."""
    result = element.attributes.get("resultVariable")
    if result:
        yield result, None
    for entry in element.call_out or ():
        if entry.target is not None:
            yield entry.target, entry.expression


def _home(point: Point, name: str) -> tuple[int, int]:
    """The scope whose variable a name is at a point: the nearest that declares it, else the process.

    A process that is called without `in` and `out` has the variables of its caller.
    """
    frame, element = point.frame, point.element.parent
    while True:
        while element is not None and not _declares(element, name):
            element = element.parent
        call, above = frame.call, frame.above
        if element is not None or call is None or above is None or not (call.call_in is call.call_out is None):
            return id(frame.base or frame), element.index if element is not None else 0
        frame, element = above, call


def _declares(scope: Element, name: str) -> bool:
    return name in scope.locals or any(name == given for given, _ in scope.inputs)


def _asked_before(gateway: Element, flow: Flow) -> list[Flow]:
    others = [f for f in gateway.outgoing if f is not flow and f is not gateway.default]
    return others if flow is gateway.default else [f for f in others if f.index < flow.index]
