"""Loops in a graph: strongly connected points, and ways between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.invariants.graph import Point

Edges = Mapping[Point, list[Point]]


def knots(edges: Edges) -> list[set[Point]]:
    """Points that lie on common loops (Tarjan, without recursion); a point alone only when it leads to itself."""
    search = _Tarjan(edges)
    for point in edges:
        if point not in search.number:
            search.visit(point)
    return [knot for knot in search.found if len(knot) > 1 or any(p in edges[p] for p in knot)]


class _Tarjan:
    def __init__(self, edges: Edges) -> None:
        self.edges = edges
        self.number: dict[Point, int] = {}
        self.low: dict[Point, int] = {}
        self.stack: dict[Point, None] = {}
        self.found: list[set[Point]] = []

    def visit(self, start: Point) -> None:
        work = [self._enter(start)]
        while work:
            point, onward = work[-1]
            fresh = self._advance(point, onward)
            if fresh is not None:
                work.append(self._enter(fresh))
                continue
            work.pop()
            self._finish(point)
            if work:
                above = work[-1][0]
                self.low[above] = min(self.low[above], self.low[point])

    def _enter(self, point: Point) -> tuple[Point, Iterator[Point]]:
        self.number[point] = self.low[point] = len(self.number)
        self.stack[point] = None
        return point, iter(self.edges[point])

    def _advance(self, point: Point, onward: Iterator[Point]) -> Point | None:
        for target in onward:
            if target not in self.edges:
                continue
            if target not in self.number:
                return target
            if target in self.stack:
                self.low[point] = min(self.low[point], self.number[target])
        return None

    def _finish(self, point: Point) -> None:
        if self.low[point] != self.number[point]:
            return
        knot: set[Point] = set()
        while point not in knot:
            last, _ = self.stack.popitem()
            knot.add(last)
        self.found.append(knot)


def way(edges: Edges, start: Point, goal: Point, allowed: Callable[[Point], bool]) -> list[Point] | None:
    """A shortest way from start to goal over allowed points; None when there is none."""
    came: dict[Point, Point | None] = {start: None}
    todo = [start]
    for point in todo:
        if point is goal:
            break
        for onward in edges.get(point, ()):
            if onward not in came and allowed(onward):
                came[onward] = point
                todo.append(onward)
    if goal not in came:
        return None
    found: list[Point] = []
    here: Point | None = goal
    while here is not None:
        found.append(here)
        here = came[here]
    return found[::-1]
