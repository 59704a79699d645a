"""I6: an emergency branch begins at most two human steps after the intake, and alerts 110, 119 and 120.

It applies to a process or an element with the property `emergency` = `true`. The intake is where a message from
outside opens a work order; messages between the diagrams are followed. Who is alerted is the property `alerts` of a
service, send or user task or a throwing event in the branch: `110`, or `119,120`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.bpmn import Element
from engine.invariants.findings import Finding, finding, words
from engine.invariants.graph import Frame, Graph, Point, places
from engine.invariants.world import World

MOST_STEPS = 2
SERVICES = ("110", "119", "120")
ALERTING = frozenset(("serviceTask", "sendTask", "userTask", "intermediateThrowEvent", "endEvent"))
SENDING = frozenset(("sendTask", "intermediateThrowEvent", "endEvent"))


def check(world: World) -> Iterator[Finding]:
    points = [p for graph in world.graphs for p in graph.points if p.enters and _emergency(p.element)]
    if not points:
        return
    network = _Network(world)
    done: set[tuple[str, str]] = set()
    for point in sorted(points, key=lambda p: network.steps.get(p, MOST_STEPS + 1)):
        name = point.frame.program.key, point.element.id
        if name not in done:
            done.add(name)
            yield from _near(network, point)
            yield from _alerts(point)


def distance(world: World, service: str) -> int | None:
    """The fewest human steps from the intake to something that alerts a service; None when nothing does."""
    network = _Network(world)
    found = [
        steps
        for point, steps in network.steps.items()
        if point.element.kind in ALERTING
        and service in point.element.properties.get("alerts", "").replace(" ", "").split(",")
    ]
    return min(found, default=None)


def _emergency(element: Element) -> bool:
    return element.properties.get("emergency") == "true"


class _Network:
    """Human steps from the intake to every point, over messages between the diagrams."""

    def __init__(self, world: World) -> None:
        self.sent = {
            (event.kind, event.name)
            for graph in world.graphs
            for point in graph.points
            if point.element.kind in SENDING
            for event in point.element.events
        }
        self.catching: dict[tuple[str, str | None], list[Point]] = {}
        for graph in world.graphs:
            self._note(graph)
        self.steps: dict[Point, int] = {}
        self.came: dict[Point, Point | None] = {}
        self._walk([p for graph in world.graphs for p in graph.points if self._intake(graph, p)])

    def _note(self, graph: Graph) -> None:
        for point in graph.points:
            if point.enters and point.element.kind not in SENDING:
                for event in point.element.events:
                    if event.kind in ("message", "signal"):
                        self.catching.setdefault((event.kind, event.name), []).append(point)

    def _intake(self, graph: Graph, point: Point) -> bool:
        start = point.enters and point.element in graph.root.starts and "orderKind" in point.element.properties
        return start and not any((e.kind, e.name) in self.sent for e in point.element.events)

    def _walk(self, starts: list[Point]) -> None:
        layer: list[Point] = starts
        self.came = dict.fromkeys(starts)
        steps = 0
        while layer:
            later: list[Point] = []
            for point in layer:
                self.steps.setdefault(point, steps)
                for onward in self._onward(point):
                    if onward in self.came:
                        continue
                    self.came[onward] = point
                    human = onward.element.kind == "userTask" and not onward.enters
                    (later if human else layer).append(onward)
            layer, steps = later, steps + 1

    def _onward(self, point: Point) -> Iterable[Point]:
        yield from point.next
        yield from point.triggers
        if not point.enters and point.element.kind in SENDING:
            for event in point.element.events:
                yield from self.catching.get((event.kind, event.name), ())

    def way(self, point: Point) -> list[Point]:
        found: list[Point] = []
        here: Point | None = point
        while here is not None:
            found.append(here)
            here = self.came[here]
        return found[::-1]


def _near(network: _Network, point: Point) -> Iterator[Finding]:
    program, element = point.frame.program, point.element
    repair = "把特急判断移到更前面", "ask for the emergency earlier"
    if point not in network.steps:
        sentences = "从受理入口走不到这个特急分支", "this emergency branch cannot be reached from the intake"
        yield finding("I6", program, element, sentences, repair)
    elif (steps := network.steps[point]) > MOST_STEPS:
        path = places(network.way(point))
        zh, en = words(path)
        sentences = (
            f"从受理入口到特急分支要经过 {steps} 个人工步骤，最多 {MOST_STEPS} 个：{zh}",
            f"{steps} human steps from the intake to the emergency branch, at most {MOST_STEPS} are allowed: {en}",
        )
        yield finding("I6", program, element, sentences, repair, path)


def _alerts(point: Point) -> Iterator[Finding]:
    alerted = _alerted(point)
    missing = [service for service in SERVICES if service not in alerted]
    if missing:
        listed = "、".join(missing)
        sentences = f"特急分支没有通知 {listed}", f"the emergency branch does not alert {', '.join(missing)}"
        repair = (
            f"在发出通知的任务上写属性 alerts = {','.join(missing)}",
            f"set the property alerts = {','.join(missing)} on the task that does it",
        )
        yield finding("I6", point.frame.program, point.element, sentences, repair)


def _alerted(start: Point) -> set[str]:
    """Everything `alerts` names from here on within the process and what it calls."""
    found: set[str] = set()
    seen = {start}
    todo = [start]
    for point in todo:
        if point.element.kind in ALERTING:
            found |= set(point.element.properties.get("alerts", "").replace(" ", "").split(","))
        onward = [p for p in (*point.next, *point.triggers) if p not in seen and _within(p.frame, start.frame)]
        seen |= set(onward)
        todo += onward
    return found


def _within(frame: Frame | None, outer: Frame) -> bool:
    while frame is not None and (frame.base or frame) is not (outer.base or outer):
        frame = frame.above
    return frame is not None
