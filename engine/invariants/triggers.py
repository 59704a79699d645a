"""Events that take a token away from where it stands, or start something beside it.

Boundary events and event sub-processes may happen at every point inside what they belong to: timers where a token
waits, errors and escalations where they are thrown. Source: BPMN 2.0.2, sections 10.5.4, 10.5.6 and 13.5.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn import Element
from engine.bpmn.program import TASKS
from engine.invariants.graph import WAITING, Frame, Graph, Point, join

THROWN = frozenset(("error", "escalation", "cancel"))


def connect(graph: Graph) -> None:
    """Add the ways events open to a graph."""
    for point in graph.points:  # grows while copies for non-interrupting events are added
        if point.enters:
            _connect(graph, point)


def _connect(graph: Graph, point: Point) -> None:
    open_for = _throws(graph, point)
    for frame, around, beside in _around(point):
        caught: set[tuple[str, str | None]] = set()
        for event, enclosing in _catchers(around, beside):
            thrown = {kind for kind in open_for if _catches(event, kind)}
            if thrown or _happens(graph, point, event):
                caught |= {kind for kind in thrown if kind[1] is not None or _catches_all(event)}
                _lead(graph, point, frame, event, enclosing)
        open_for = open_for - caught


def _lead(graph: Graph, point: Point, frame: Frame, event: Element, enclosing: Element | None) -> None:
    """To a boundary event along a token; to an event sub-process beside it."""
    if enclosing is None and not event.interrupting and event.parent is not None:
        frame = graph.aside(frame, event.parent)
    target = graph.into(frame, enclosing or event)
    if enclosing is None:
        join(point, target)
    elif target not in point.triggers:
        point.triggers.append(target)


def _around(point: Point) -> Iterator[tuple[Frame, Element, Element | None]]:
    """The element itself and all that encloses it, called processes' callers included, each with the child below."""
    frame: Frame | None = point.frame
    element: Element | None = point.element
    below: Element | None = None
    while frame is not None:
        while element is not None:
            yield frame, element, below
            element, below = element.parent, element
        element, below, frame = frame.call, None, frame.above


def _catchers(around: Element, beside: Element | None) -> Iterator[tuple[Element, Element | None]]:
    """Events that may happen while a token is inside: (event, None) on the border, (start, event sub-process)."""
    for start in around.event_starts:
        if start.parent is not beside:
            yield start, start.parent
    for event in around.boundaries:
        yield event, None


def _throws(graph: Graph, point: Point) -> set[tuple[str, str | None]]:
    """(kind, code) of what an element may throw; code None: any."""
    element = point.element
    if element.kind in ("endEvent", "intermediateThrowEvent"):
        return {(event.kind, event.name) for event in element.events if event.kind in THROWN}
    if element.kind in TASKS or (element.kind == "callActivity" and graph.called(element) is None):
        return {("error", None)}
    return set()


def _catches(event: Element, thrown: tuple[str, str | None]) -> bool:
    kind, code = thrown
    return any(e.kind == kind and (e.name is None or code is None or e.name == code) for e in event.events)


def _catches_all(event: Element) -> bool:
    return any(e.name is None for e in event.events)


def _happens(graph: Graph, point: Point, event: Element) -> bool:
    kinds = {e.kind for e in event.events} - THROWN - {"compensate"}
    if kinds == {"timer"}:
        return _waits(graph, point.element)
    return bool(kinds)


def _waits(graph: Graph, element: Element) -> bool:
    unknown_call = element.kind == "callActivity" and graph.called(element) is None
    return element.kind in WAITING or unknown_call
