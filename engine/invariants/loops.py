"""I5: no loop turns without end by itself: on each there is a human step, or a counter that ends it.

A human step is a user task, or a message from outside that is waited for; a task for each of a list may be none at all.
So is an event by which people end what the loop waits in, or a terminate end behind them (a human exit). A counter ends
a loop when a gateway on it lets the token leave once a number has grown past a limit, the number is counted on every
turn, and nothing on the loop sets it back. Loops go over calls, and over messages with which work orders open each
other where nothing is decided on the way. Coming back from a process that called itself is no turn: it ends after as
many calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.bpmn import Element
from engine.invariants.counters import DECIDING, Counts
from engine.invariants.findings import Finding, finding, words
from engine.invariants.graph import WAITING, Graph, Point, event_starts, joins, places, sent, skippable
from engine.invariants.knots import Edges, knots, way
from engine.invariants.messages import Traffic
from engine.invariants.world import World

CATCHING = frozenset(("intermediateCatchEvent", "receiveTask", "boundaryEvent", "startEvent"))
REPAIR = (
    "加上次数上限（用输出参数计数，网关判断 >= 上限时离开），或在循环里加人工任务",
    "give it a limit (count with an output parameter, leave at a gateway when the count is >= the limit) "
    "or put a user task on it",
)


def check(world: World) -> Iterator[Finding]:
    seen: set[frozenset[str]] = set()
    for loop in endless(world):
        elements = frozenset(p.element.id for p in loop)
        if elements not in seen:
            seen.add(elements)
            yield _finding(loop)


class _Human:
    """Which elements wait for a person."""

    def __init__(self, world: World) -> None:
        self.traffic = Traffic(world.programs)
        called = {p.key: [e.called for e in p.nodes if e.called] for p in world.programs.values()}
        self.manned = {p.key for p in world.programs.values() if any(e.kind == "userTask" for e in p.nodes)}
        while more := {key for key, calls in called.items() if key not in self.manned and self.manned & set(calls)}:
            self.manned |= more

    def __call__(self, element: Element) -> bool:
        if element.kind == "eventBasedGateway":
            return any(self(flow.target) for flow in element.outgoing)
        if element.kind not in CATCHING:
            return element.kind == "userTask" and not skippable(element)
        if element.kind == "startEvent" and element.parent is not None and element.parent.kind == "process":
            return False  # a work order that begins; who sent the message is on the way to it
        return any(self._asks(event.name) for event in element.events if event.kind == "message")

    def exit(self, point: Point) -> bool:
        """Whether a token waits here and people can take it away by an event: the loop has a human exit."""
        if not point.enters or point.element.kind not in WAITING:
            return False
        starts = [start for p in point.triggers for start in event_starts(p.element)]
        events = [*starts, *(p.element for p in point.next if p.element.kind == "boundaryEvent")]
        return any(event.interrupting and self(event) for event in events) or self._ended_beside(point)

    def _ended_beside(self, point: Point) -> bool:
        """Whether people end a scope around a point from another branch of it, by a terminate end."""
        return any(
            self._behind_people(child)
            for _, scope in point.around()
            for child in scope.children
            if any(event.kind == "terminate" for event in child.events)
        )

    def _behind_people(self, element: Element) -> bool:
        """Whether no way leads to an element but over people, from where its scope begins."""
        seen, todo = {element}, [element]
        for one in todo:
            if one.kind == "startEvent" or (not one.incoming and one.attached_to is None):
                return False
            sources: list[Element | None] = [flow.source for flow in one.incoming] or [one.attached_to]
            fresh = [source for source in sources if source is not None and source not in seen and not self(source)]
            seen.update(fresh)
            todo += fresh
        return True

    def _asks(self, name: str | None) -> bool:
        """Whether a person stands behind a message: it comes from outside, or from a process with user tasks."""
        senders = self.traffic.senders.get(("message", name or ""), [])
        return not senders or any(program.key in self.manned for program, _ in senders)


def endless(world: World) -> Iterator[list[Point]]:
    """One loop of every knot of loops that nothing ends."""
    human = _Human(world)
    opening: dict[Point, list[Point]] = {}
    begun = _begun(world.graphs)
    for graph in world.graphs:
        free = {p for p in graph.points if not human(p.element) and not human.exit(p)}
        edges = {p: [n for n in (*_onward(p, graph), *_again(p, graph)) if n in free] for p in free}
        for knot in _turning(edges):
            yield from _unbounded(edges, knot)
        opening |= {p: [*edges[p], *sent(p, begun)] for p in free if not _decides(p)}
    for knot in knots({p: [n for n in onward if n in opening] for p, onward in opening.items()}):
        if any(sent(p, begun) for p in knot):
            yield _round(opening, knot)


def _decides(point: Point) -> bool:
    return point.element.kind in DECIDING and len(point.element.outgoing) > 1


def _begun(graphs: Sequence[Graph]) -> dict[tuple[str, str | None], list[Point]]:
    """Where messages and signals open work orders."""
    found: dict[tuple[str, str | None], list[Point]] = {}
    for graph in graphs:
        for start in graph.root.starts:
            for event in start.events:
                if event.kind in ("message", "signal"):
                    found.setdefault((event.kind, event.name), []).append(graph.into(graph.frame, start))
    return found


def _turning(edges: Edges) -> Iterator[set[Point]]:
    """Knots in which every parallel join gets all its tokens from the knot itself, so that it can go round again."""
    for knot in knots(edges):
        starved = {p for p in knot if joins(p) and not knot.issuperset(p.before)}
        if starved:
            rest = knot - starved
            yield from _turning({p: [n for n in edges[p] if n in rest] for p in rest})
        else:
            yield knot


def _onward(point: Point, graph: Graph) -> list[Point]:
    """Where a token goes on; a process that calls itself is passed at the call, not left through its end."""
    recursive = point.element.kind == "callActivity" and _calls_itself(point, graph)
    if recursive and point.enters:
        return [*point.next, graph.out_of(point.frame, point.element)]
    if point.enters and skippable(point.element) and point.element.kind == "userTask":
        return [n for n in point.next if n.element is point.element]  # an event comes to a task somebody has
    if point.enters or point.element.kind != "process":
        return point.next
    return [n for n in point.next if not _calls_itself(n, graph)]


def _calls_itself(point: Point, graph: Graph) -> bool:
    called = graph.called(point.element)
    return called is not None and point.frame.calls_itself(called.key) is not None


def _again(point: Point, graph: Graph) -> list[Point]:
    """A standard loop without a maximum goes round."""
    loop = point.element.loop
    turns = not point.enters and loop is not None and loop.kind == "standard" and loop.maximum is None
    return [graph.into(point.frame, point.element)] if turns else []


def _unbounded(edges: Edges, knot: set[Point]) -> Iterator[list[Point]]:
    counts = Counts(knot)
    kept = {p: [n for n in edges[p] if n in knot and not counts.ends(edges, p, n)] for p in knot}
    for rest in knots(kept):
        yield _round(kept, rest)


def _round(edges: Edges, knot: set[Point]) -> list[Point]:
    """A shortest loop through the first of the points of the outermost process."""
    first = min(knot, key=lambda p: (p.frame.depth, p.element.index, not p.enters))
    ways = [way(edges, onward, first, lambda p: p in knot) for onward in edges[first] if onward in knot]
    return [first, *min((found for found in ways if found is not None), key=len)]


def _finding(loop: list[Point]) -> Finding:
    path = places(loop)
    zh, en = words(path)
    first = next(p for p in loop if p.element.kind != "process")
    sentences = (
        f"循环可能永远转下去，上面没有人工步骤，也没有次数上限：{zh}",
        f"a loop without human step or limit: {en}",
    )
    return finding("I5", first.frame.program, first.element, sentences, REPAIR, path)
