"""Whether a scope can be over without some step having been finished, its parallel branches taken together.

A scope goes on when all its tokens are gone. So of branches that run side by side all have to pass the step by, of
branches to choose from one; an event that breaks the scope off ends the neighbours, too, unless one of them has done
the step at once, before anybody waits.
"""

from __future__ import annotations

from collections.abc import Container

from engine.bpmn import Element
from engine.invariants.graph import WAITING, Frame, Point, event_starts, splits


class Avoidance:
    """Asked for one kind of step; `finished` has the points at which a token leaves it."""

    def __init__(self, finished: Container[Point]) -> None:
        self.finished = finished
        self._known: dict[tuple[Point, Point], bool] = {}

    def possible(self, begin: Point, over: Point) -> bool:
        """Whether the scope whose end is `over` can be left, from `begin` inside it, without the step."""
        key = begin, over
        if key not in self._known:
            self._known[key] = self._look(begin, over)
        return self._known[key]

    def _look(self, begin: Point, over: Point) -> bool:
        region = self._region(begin, over)
        if over not in region or begin in self.finished:
            return False
        forks = {point: self._breaks(point, region) for point in region if _forks(point)}
        if not forks:
            return True
        avoiding = {over}
        todo = [over]
        while todo:
            found = self._behind(todo, region, forks, avoiding)
            avoiding.update(found)
            todo = found
        return begin in avoiding

    def _behind(
        self,
        reached: list[Point],
        region: dict[Point, list[Point]],
        forks: dict[Point, set[Point]],
        avoiding: set[Point],
    ) -> list[Point]:
        """Points that lead on to those reached and now avoid the step themselves."""
        near = {p for point in reached for p in region.get(point, ())}
        return [
            point
            for point in {**dict.fromkeys(near), **forks}
            if point not in avoiding
            and point not in self.finished
            and not (point in forks and any(self._at_once(one, frozenset()) for one in point.next))
            and (_all_avoid(point, forks[point], avoiding) if point in forks else point in near)
        ]

    def _region(self, begin: Point, over: Point) -> dict[Point, list[Point]]:
        """Points inside the scope from `begin` on, each with those it is reached from; the end as well."""
        before: dict[Point, list[Point]] = {begin: []}
        todo = [begin]
        for point in todo:
            if point is over or point in self.finished:
                continue
            for onward in (*point.next, *_interrupting(point)):
                if onward in before:
                    before[onward].append(point)
                elif onward.element.kind != "boundaryEvent" or _inside(onward, over):
                    todo.append(onward)
                    before[onward] = [point]
        return before

    def _at_once(self, point: Point, passed: frozenset[Point]) -> bool:
        """Whether the step is done from here before anything is waited for."""
        if point in self.finished:
            return True
        onward = [one for one in point.next if one.element.kind != "boundaryEvent"]
        if point in passed or not onward or (point.enters and point.element.kind in WAITING):
            return False
        choice = any if _forks(point) else all
        return choice(self._at_once(one, passed | {point}) for one in onward)

    def _breaks(self, fork: Point, region: Container[Point]) -> set[Point]:
        """Where an event or a terminate end in one of the branches leads that ends the others."""
        found: set[Point] = set()
        seen, todo = {fork}, [fork]
        for point in todo:
            found.update(p for p in _interrupting(point) if _around(fork, p.frame, p.element.parent))
            found.update(p for p in point.next if _pulled_out(p, fork) or _terminates(point, fork))
            fresh = [p for p in point.next if p not in seen and p in region and p not in self.finished]
            seen.update(fresh)
            todo += fresh
        return found


def _all_avoid(fork: Point, breaks: set[Point], avoiding: set[Point]) -> bool:
    return all(point in avoiding for point in fork.next) or not avoiding.isdisjoint(breaks)


def _inside(point: Point, over: Point) -> bool:
    """Whether a point lies in the scope that ends at `over`; only events lead out of it elsewhere."""
    return any(frame is over.frame and element is over.element for frame, element in point.around())


def _forks(point: Point) -> bool:
    return not point.enters and splits(point.element)


def _interrupting(point: Point) -> list[Point]:
    """Event sub-processes that end what goes on around a point."""
    return [p for p in point.triggers if all(start.interrupting for start in event_starts(p.element))]


def _pulled_out(onward: Point, fork: Point) -> bool:
    """Whether a boundary event of something around the fork takes the token."""
    boundary = onward.enters and onward.element.kind == "boundaryEvent" and onward.element.interrupting
    return boundary and _around(fork, onward.frame, onward.element.attached_to)


def _terminates(point: Point, fork: Point) -> bool:
    """Whether a scope around the fork ends here, whatever else goes on in it."""
    ends = not point.enters and any(event.kind == "terminate" for event in point.element.events)
    return ends and _around(fork, point.frame, point.element.parent)


def _around(fork: Point, frame: Frame, scope: Element | None) -> bool:
    return any(f is frame and e is scope for f, e in fork.around())
