"""Numbers counted on a knot of loops, and the ways they close. Used by I5."""

from __future__ import annotations

from collections.abc import Iterable

from engine.bpmn import Element
from engine.bpmn.program import Flow
from engine.invariants.conditions import in_the_end, names, step
from engine.invariants.graph import Point
from engine.invariants.knots import Edges, way

DOCUMENT = "document."
DECIDING = frozenset(("exclusiveGateway", "inclusiveGateway"))


class Counts:
    """The numbers counted on a knot of loops, and the ways they close."""

    def __init__(self, knot: set[Point]) -> None:
        self.knot = knot
        self.steps: dict[str, dict[Point, int]] = {}
        self.set_back: set[str] = set()
        for point in knot:
            if not point.enters:
                self._note(point)

    def _note(self, point: Point) -> None:
        for output, text in point.element.outputs:
            name = output.removeprefix(DOCUMENT)
            direction = step(text, name) if isinstance(text, str) else 0
            if direction:
                self.steps.setdefault(name, {})[point] = direction
            else:
                self.set_back.add(name)

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
            in_the_end(condition, name, direction) is False and self._counted(edges, name, onward, point)
            for name in self._usable([condition])
            for direction in self._directions(name)
        )

    def _closes(self, edges: Edges, point: Point, onward: Point, flow: Flow, name: str) -> bool:
        if name in self.set_back:
            return False
        for direction in self._directions(name):
            closed = flow.condition is not None and in_the_end(flow.condition, name, direction) is False
            if closed or self._leaves_before(point, flow, name, direction):
                return self._counted(edges, name, onward, point)
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

    def _directions(self, name: str) -> set[int]:
        """+1 or -1; nothing when it is counted both up and down."""
        found = set(self.steps.get(name, {}).values())
        return found if len(found) == 1 else set()

    def _usable(self, texts: Iterable[str]) -> list[str]:
        read = {name for text in texts for name in names(text)}
        return [name for name in self.steps if name in read and name not in self.set_back]

    def _counted(self, edges: Edges, name: str, start: Point, back: Point) -> bool:
        """Whether every way round, from `start` back to the gateway, counts."""
        counting = self.steps[name]
        if back in counting or start in counting:
            return True
        return way(edges, start, back, lambda p: p in self.knot and p not in counting) is None


def _asked_before(gateway: Element, flow: Flow) -> list[Flow]:
    others = [f for f in gateway.outgoing if f is not flow and f is not gateway.default]
    return others if flow is gateway.default else [f for f in others if f.index < flow.index]
