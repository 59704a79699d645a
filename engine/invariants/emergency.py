"""I6: an emergency branch begins at most two human steps after the intake, and alerts 110, 119 and 120.

It applies to a process or an element with the property `emergency` = `true`; from where reports come in, one has to be
reached. The intake is where a message from outside opens a work order; messages between the diagrams are followed. Who
is alerted is the property `alerts` of a service, send or user task or a throwing event in the branch: `110`, or
`119,120`. It has to be alerted on every way through the branch, at most two human steps after the intake, too; in a
loop for each of a list the list says which service it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.bpmn import Element
from engine.bpmn.program import SCOPES
from engine.invariants.avoidance import Avoidance
from engine.invariants.findings import Finding, finding, words
from engine.invariants.graph import SENDING, Frame, Graph, Point, places, sent, shortest, skippable
from engine.invariants.world import World, order_kind

MOST_STEPS = 2
SERVICES = ("110", "119", "120")
ALERTING = frozenset(("serviceTask", "sendTask", "userTask", "intermediateThrowEvent", "endEvent"))


def check(world: World) -> Iterator[Finding]:
    network = _Network(world)
    yield from _none(world, network)
    found = [(p, graph) for graph in world.graphs for p in graph.points if p.enters and _emergency(p.element)]
    done: set[tuple[str, str]] = set()
    for point, graph in sorted(found, key=lambda one: network.steps.get(one[0], MOST_STEPS + 1)):
        name = point.frame.program.key, point.element.id
        if name not in done:
            done.add(name)
            yield from _near(network, point)
            yield from _alerts(network, graph, point)


def distance(world: World, service: str) -> int | None:
    """The fewest human steps from the intake to something that alerts a service; None when nothing does."""
    network = _Network(world)
    found = [steps for point, steps in network.steps.items() if service in _named(point.element)]
    return min(found, default=None)


def _named(element: Element) -> list[str]:
    """The services an element alerts."""
    return element.properties.get("alerts", "").replace(" ", "").split(",") if element.kind in ALERTING else []


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
        yield from sent(point, self.catching)

    def reached(self, starts: Iterable[Point]) -> set[Point]:
        """Everything that may come of these."""
        seen = set(starts)
        todo = list(seen)
        for point in todo:
            fresh = {one for one in self._onward(point) if one not in seen}
            seen |= fresh
            todo += fresh
        return seen

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


def _none(world: World, network: _Network) -> Iterator[Finding]:
    """Reports that come in where no emergency branch is reached."""
    for graph in world.graphs:
        for start in graph.root.starts:
            takes = order_kind(graph.root) == "appeal" and any(e.name == world.intake for e in start.events)
            if takes and not any(_emergency(p.element) for p in network.reached([graph.into(graph.frame, start)])):
                sentences = (
                    "上报进来以后没有特急分支，险情不会通知110、119、120",
                    "no emergency branch is reached from here; nobody would alert 110, 119 and 120",
                )
                repair = (
                    "调用应急处置，并在那里写属性 emergency = true",
                    "call the emergency process, and give it the property emergency = true",
                )
                yield finding("I6", graph.root, start, sentences, repair)


def _alerts(network: _Network, graph: Graph, point: Point) -> Iterator[Finding]:
    inside = _branch(point)
    named = {service: [p for p in inside if service in _named(p.element)] for service in SERVICES}
    missing = [service for service, points in named.items() if not points]
    if missing:
        listed = "、".join(missing)
        sentences = f"特急分支没有通知 {listed}", f"the emergency branch does not alert {', '.join(missing)}"
        yield finding("I6", point.frame.program, point.element, sentences, _repair(missing))
        return
    passed = [service for service in SERVICES if _passed_by(graph, point, named[service])]
    if passed:
        yield _unalerted(graph, point, passed, named[passed[0]])
        return
    for service, points in named.items() if network.steps.get(point, 0) <= MOST_STEPS else ():
        nearest = min(points, key=lambda p: network.steps.get(p, MOST_STEPS + 1))
        if network.steps.get(nearest, 0) > MOST_STEPS:
            yield _late(network, point, service, nearest)
            return


def _repair(services: list[str]) -> tuple[str, str]:
    listed = ",".join(services)
    return (
        f"在发出通知的任务上写属性 alerts = {listed}，不论走哪条路都要经过它",
        f"set the property alerts = {listed} on the task that does it, on every way through the branch",
    )


def _passed_by(graph: Graph, point: Point, alerting: list[Point]) -> bool:
    """Whether the branch can be over without any of these."""
    return Avoidance(_doors(graph, alerting)).possible(point, _over(graph, point))


def _doors(graph: Graph, alerting: list[Point]) -> set[Point]:
    """Where they are entered: they themselves, and loops for each of a list around them."""
    around = {
        graph.into(frame, element) for point in alerting for frame, element in point.around() if skippable(element)
    }
    return {point for point in alerting if point.enters} | around


def _over(graph: Graph, point: Point) -> Point:
    """Where an emergency branch is over: the end of the scope or call it is, else of its process."""
    scope = point.element.kind in SCOPES or point.element.kind == "callActivity"
    return graph.out_of(point.frame, point.element if scope else point.frame.program.root)


def _unalerted(graph: Graph, point: Point, services: list[str], alerting: list[Point]) -> Finding:
    doors, over = _doors(graph, alerting), _over(graph, point)
    way = shortest([point], lambda p: p is over, lambda p: p not in doors) or [point]
    path = places(way)
    zh, en = words(path)
    sentences = (
        f"特急分支可以不通知 {'、'.join(services)} 就走完：{zh}",
        f"the emergency branch can be over without alerting {', '.join(services)}: {en}",
    )
    return finding("I6", point.frame.program, point.element, sentences, _repair(services), path)


def _late(network: _Network, point: Point, service: str, nearest: Point) -> Finding:
    steps, path = network.steps[nearest], places(network.way(nearest))
    zh, en = words(path)
    sentences = (
        f"从受理入口到通知 {service} 要经过 {steps} 个人工步骤，最多 {MOST_STEPS} 个：{zh}",
        f"{steps} human steps from the intake until {service} is alerted, at most {MOST_STEPS} are allowed: {en}",
    )
    repair = "先通知，再请人判断", "alert first, ask people then"
    return finding("I6", point.frame.program, point.element, sentences, repair, path)


def _branch(start: Point) -> list[Point]:
    """Everything from here on within the process and what it calls; of a call or a scope, what is inside."""
    outer = start.frame
    bounded = start.element.kind == "callActivity" or (start.element.kind in SCOPES and start.element.kind != "process")
    found, seen = [start], {start}
    for point in found:
        fresh = [p for p in (*point.next, *point.triggers) if p not in seen and _within(p.frame, outer)]
        fresh = [p for p in fresh if not bounded or _encloses(start, p)]
        seen |= set(fresh)
        found += fresh
    return found


def _encloses(scope: Point, point: Point) -> bool:
    return any(f is scope.frame and e is scope.element for f, e in point.around())


def _within(frame: Frame | None, outer: Frame) -> bool:
    while frame is not None and (frame.base or frame) is not (outer.base or outer):
        frame = frame.above
    return frame is not None
