"""Every way a token can take through a process and the processes it calls.

Each element has two points: where a token comes in and where it goes on. A called process is copied into each place
that calls it, so a way back always leads to the caller; a process that calls itself is entered again instead. What a
non-interrupting event starts runs in a copy of its own (`aside`): its end does not end the scope, the token it left
behind does. All ways that are drawn count, conditions are not evaluated. Source: BPMN 2.0.2, chapter 13.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.bpmn import Element, Program, expression
from engine.bpmn.program import SCOPES
from engine.invariants.findings import Place

LARGEST = 40_000
WAITING = frozenset(
    ("userTask", "receiveTask", "serviceTask", "sendTask", "intermediateCatchEvent", "eventBasedGateway")
)
"""Where a token stands until something comes from outside."""
SENDING = frozenset(("sendTask", "intermediateThrowEvent", "endEvent"))
NEWEST = ("latest", "deployment")
"""Bindings with which the newest version of a process is called; another one is not looked at here."""
NO_TOKEN_ON = frozenset(("error", "cancel"))


@dataclass(eq=False, slots=True)
class Frame:
    """One copy of a process: the call activity it stands for, None for the root.

    `confined` is the scope whose end tokens of this copy do not bring about, `base` the copy it stands beside.
    """

    program: Program
    call: Element | None = None
    above: Frame | None = None
    confined: Element | None = None
    base: Frame | None = None

    @property
    def depth(self) -> int:
        """How many calls lie above."""
        return 0 if self.above is None else self.above.depth + 1

    def calls_itself(self, key: str) -> Frame | None:
        """The copy of this process among the callers, if it is one of them."""
        frame: Frame | None = self
        while frame is not None and frame.program.key != key:
            frame = frame.above
        return frame


@dataclass(eq=False, slots=True)
class Point:
    """Where a token comes into an element (`enters`) or goes on from it.

    `next` and `before` follow tokens; `triggers` lead to events that may happen while a token is here.
    """

    frame: Frame
    element: Element
    enters: bool
    next: list[Point] = field(default_factory=list)
    before: list[Point] = field(default_factory=list)
    triggers: list[Point] = field(default_factory=list)

    def around(self) -> Iterator[tuple[Frame, Element]]:
        """The element itself and all that encloses it, callers included, each with the copy it stands in."""
        frame: Frame | None = self.frame
        element: Element | None = self.element
        while frame is not None:
            while element is not None:
                yield frame, element
                element = element.parent
            element, frame = frame.call, frame.above

    @property
    def place(self) -> Place:
        return Place(self.frame.program.key, self.element.id, self.element.name or self.element.id)

    def __repr__(self) -> str:
        return f"<{'→' if self.enters else ''}{self.element.id}{'' if self.enters else '→'}>"


class TooLarge(Exception):
    """The calls unfold into more elements than can be looked through."""


class Graph:
    """The points of one root process and everything it calls."""

    def __init__(self, root: Program, programs: Mapping[str, Program], largest: int = LARGEST) -> None:
        self.root, self.programs, self.largest = root, programs, largest
        self.points: list[Point] = []
        self._pairs: dict[tuple[int, int], tuple[Point, Point]] = {}
        self._asides: dict[tuple[int, int], Frame] = {}
        self.frame = Frame(root)
        self._expand(self.frame)
        self.entry = self.into(self.frame, root.root)
        for start in root.starts:
            join(self.entry, self.into(self.frame, start))

    @property
    def reachable(self) -> list[Point]:
        """The points a work order may come to, in the order they are found."""
        seen, todo = {self.entry}, [self.entry]
        for point in todo:
            fresh = [p for p in (*point.next, *point.triggers) if p not in seen]
            seen.update(fresh)
            todo += fresh
        return todo

    def into(self, frame: Frame, element: Element) -> Point:
        return self._pairs[id(frame), element.index][0]

    def out_of(self, frame: Frame, element: Element) -> Point:
        return self._pairs[id(frame), element.index][1]

    def called(self, element: Element) -> Program | None:
        """The process a call activity calls; None when only the running order knows, or another version is called."""
        pinned = element.attributes.get("calledElementBinding", "latest") not in NEWEST
        if element.called is None or pinned or expression(element.called)[0]:
            return None
        return self.programs.get(element.called)

    def aside(self, frame: Frame, scope: Element) -> Frame:
        """The copy for what runs beside the tokens of a scope."""
        base = frame.base or frame
        key = id(base), scope.index
        if key not in self._asides:
            beside = self._asides[key] = Frame(base.program, base.call, base.above, scope, base)
            self._expand(beside)
            self._return(beside)
        return self._asides[key]

    # -- building -----------------------------------------------------------------------------------------------
    def _expand(self, frame: Frame) -> None:
        for element in frame.program.nodes:
            pair = Point(frame, element, True), Point(frame, element, False)
            self._pairs[id(frame), element.index] = pair
            self.points += pair
        if len(self.points) > self.largest:
            raise TooLarge
        for element in frame.program.nodes:
            self._connect(frame, element)

    def _connect(self, frame: Frame, element: Element) -> None:
        enters, leaves = self.into(frame, element), self.out_of(frame, element)
        if element.kind in SCOPES:
            self._inside(frame, element, enters, leaves)
        elif element.kind == "callActivity" and (program := self.called(element)) is not None:
            self._call(frame, element, program)
        else:
            join(enters, leaves)
        if skippable(element):
            join(enters, leaves)
        for flow in element.outgoing:
            join(leaves, self.into(frame, flow.target))
        if element.link is not None:
            join(leaves, self.into(frame, element.link))
        elif not element.outgoing and element.parent is not None:
            self._ends(frame, element, leaves)

    def _inside(self, frame: Frame, scope: Element, enters: Point, leaves: Point) -> None:
        for first in scope.initial:
            join(enters, self.into(frame, first))
        if scope.kind == "adHocSubProcess" or not scope.children:
            join(enters, leaves)

    def _call(self, frame: Frame, element: Element, program: Program) -> None:
        inner = frame.calls_itself(program.key)
        if inner is None:
            inner = Frame(program, element, frame)
            self._expand(inner)
        join(self.into(frame, element), self.into(inner, program.root))
        join(self.out_of(inner, program.root), self.out_of(frame, element))

    def _return(self, frame: Frame) -> None:
        if frame.call is not None and frame.above is not None:
            join(self.out_of(frame, frame.program.root), self.out_of(frame.above, frame.call))

    def _ends(self, frame: Frame, element: Element, leaves: Point) -> None:
        """Behind the last element of a way: the scope goes on, unless the end throws the token elsewhere."""
        parent = element.parent
        assert parent is not None
        if any(event.kind in NO_TOKEN_ON for event in element.events) or element.for_compensation:
            return
        if element.event_sub and not all(start.interrupting for start in event_starts(element)):
            return
        if parent is frame.confined and not element.event_sub:
            return
        join(leaves, self.out_of(frame, parent))


def sent(point: Point, catching: Mapping[tuple[str, str | None], list[Point]]) -> list[Point]:
    """Where the messages and signals are caught that an element has sent when a token leaves it."""
    events = point.element.events if not point.enters and point.element.kind in SENDING else ()
    return [target for event in events for target in catching.get((event.kind, event.name), ())]


def skippable(element: Element) -> bool:
    """Whether a loop may run no round at all: once for each of a list, or a condition asked before the first."""
    loop = element.loop
    if loop is None or loop.kind == "standard":
        return loop is not None and loop.test_before
    return not (loop.cardinality or "").strip().isdigit() or int(loop.cardinality or 0) == 0


def splits(element: Element) -> bool:
    """Whether more than one token goes on."""
    if len(element.outgoing) < 2:
        return False
    conditional = any(flow.condition for flow in element.outgoing) or element.default is not None
    return element.kind == "parallelGateway" or (not element.kind.endswith("Gateway") and not conditional)


def event_starts(scope: Element) -> Iterator[Element]:
    """The start events of a scope."""
    return (child for child in scope.children if child.kind == "startEvent")


def join(source: Point, target: Point) -> None:
    """A token can go from one point to the other."""
    if target not in source.next:
        source.next.append(target)
        target.before.append(source)


def joins(point: Point) -> bool:
    """Whether a token waits here for one on every other flow."""
    return point.enters and point.element.kind == "parallelGateway" and len(point.before) > 1


def shortest(
    starts: list[Point], wanted: Callable[[Point], bool], allowed: Callable[[Point], bool] = lambda _: True
) -> list[Point] | None:
    """The shortest way along tokens and events from one of the starts to a wanted point; None when there is none."""
    came: dict[Point, Point | None] = dict.fromkeys(starts)
    todo = list(starts)
    for point in todo:
        if wanted(point):
            return _back(came, point)
        for onward in (*point.next, *point.triggers):
            if onward not in came and allowed(onward):
                came[onward] = point
                todo.append(onward)
    return None


def _back(came: Mapping[Point, Point | None], point: Point) -> list[Point]:
    way: list[Point] = []
    here: Point | None = point
    while here is not None:
        way.append(here)
        here = came[here]
    return way[::-1]


def places(way: list[Point]) -> tuple[Place, ...]:
    """The elements of a way, each where it is entered; processes themselves left out."""
    return tuple(p.place for p in way if p.enters and p.element.kind != "process")
