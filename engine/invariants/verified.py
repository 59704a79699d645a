"""I1, every case is verified (每案必核): no way from a dispatch to a closed case passes by the verification.

Each dispatch is followed by itself: the obligation begins there (in a case that is never dispatched where the case
begins) and is met when a verify activity has been *finished*. A boundary event that takes the token away from it does
not meet it, nor does one for each of a list, which may be empty. Of parallel branches behind the dispatch one is
enough, whether they join or end side by side in a scope that goes on when all are done; a branch that dispatches for
itself is not verified by its neighbour. What begins beside the case, in a non-interrupting event, is verified there. A
call that is only known when it runs proves nothing and may dispatch. Work done again without a new verification is a
warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn import expression
from engine.invariants.avoidance import Avoidance
from engine.invariants.findings import Finding, Place, finding, words
from engine.invariants.graph import Graph, Point, event_starts, joins, places, skippable
from engine.invariants.world import DISPATCH, HANDLE, VERIFY, World, order_kind, role_of

CLOSED = frozenset(("70", "71"))
WRAPPERS = frozenset(("callActivity", "subProcess", "transaction", "adHocSubProcess"))
THROWN = frozenset(("error", "cancel"))
REPAIR = (
    "在派遣与结案之间的这条路径上加上核查（调用“核查”流程，或环节为“核查”的用户任务）",
    "put a verification on this way (call the process verify, or a user task of stage 核查)",
)


def check(world: World) -> Iterator[Finding]:
    for graph in world.graphs:
        yield from unverified(graph)


def unverified(graph: Graph) -> Iterator[Finding]:
    """Each element that closes the case, or ends what ran beside it, with a way to it that was not verified."""
    if not any(_closes(point) for point in graph.points):
        return
    begins = [p for p in graph.reachable if p.enters and _dispatches(graph, p)]
    dispatched = any(role_of(point.element) == DISPATCH for point in begins)
    never = [] if dispatched or order_kind(graph.root) != "case" else [graph.entry]
    verified = {point for point in graph.points if _verifies(point)}
    avoidance = Avoidance(verified)
    firsts = [_Search(graph, begin, verified, avoidance) for begin in (*never, *begins)]
    passed = {point for search in firsts for point in search.passed}
    again = [_Search(graph, p, verified, avoidance) for p in graph.points if p in passed and p.enters and _handles(p)]
    told: set[tuple[str, str]] = set()
    for search, point, redone in (*_shortest_first(firsts), *_shortest_first(again, redone=True)):
        name = point.frame.program.key, point.element.id
        if name not in told:
            told.add(name)
            yield _finding(point, search.way(point), redone)


def _shortest_first(searches: list[_Search], redone: bool = False) -> list[tuple[_Search, Point, bool]]:
    found = [(s, point, redone) for s in searches for point in (*s.unmet(), *(() if redone else s.over_beside()))]
    return sorted(found, key=lambda one: len(one[0].way(one[1])))


def _dispatches(graph: Graph, point: Point) -> bool:
    if role_of(point.element) == DISPATCH:
        return True
    unknown = point.element.kind == "callActivity" and graph.called(point.element) is None
    return unknown and order_kind(graph.root) == "case"


def _handles(point: Point) -> bool:
    return role_of(point.element) == HANDLE


def _verifies(point: Point) -> bool:
    """Whether a verification has been finished here; what wraps others is one when they are."""
    element = point.element
    wraps = point.enters or element.kind in WRAPPERS or skippable(element)
    return not wraps and role_of(element) == VERIFY


def _closes(point: Point) -> bool:
    status = point.element.properties.get("status", "").strip()
    return status in CLOSED or expression(status)[0]


def _finding(point: Point, way: tuple[Place, ...], again: bool) -> Finding:
    zh, en = words(way)
    program = point.frame.program
    if not _closes(point):
        sentences = (
            f"旁路里派遣的工作不经核查就结束：{zh}",
            f"what is dispatched beside the case ends without verification: {en}",
        )
    elif again:
        sentences = (
            f"重新办理之后不经核查就能结案：{zh}",
            f"work done again can be closed without verification: {en}",
        )
    else:
        sentences = f"不经核查就能结案：{zh}", f"the case can be closed without verification: {en}"
    return finding("I1", program, point.element, sentences, REPAIR, way, "warning" if again else "error")


class _Search:
    """Where an obligation that begins at one point can be carried without a verification, and how."""

    def __init__(self, graph: Graph, begin: Point, verified: set[Point], avoidance: Avoidance) -> None:
        self.graph, self.begin, self.verified, self._avoidance = graph, begin, verified, avoidance
        self.owed: dict[Point, Point | None] = {}
        self.met: set[Point] = set()
        self.arrived: dict[Point, dict[Point, set[bool]]] = {}
        self.todo: list[tuple[Point, bool]] = []
        self._reach(begin, None, True)
        while self.todo:
            for point, owing in self.todo:  # grows
                self._leave(point, owing)
            self.todo = []
            self._release()

    @property
    def passed(self) -> set[Point]:
        return self.met.union(self.owed)

    def unmet(self) -> list[Point]:
        """What closes the case owing a verification."""
        return [point for point in self.owed if point.enters and _closes(point)]

    def over_beside(self) -> list[Point]:
        """Where what runs beside the case, and the obligation began in, ends owing a verification."""
        beside = set(_besides(self.begin))
        over = [point for point in self.owed if _is_over(point) and set(_besides(point)[:1]) & beside]
        return [self.owed[point] or point if point.element.event_sub else point for point in over]

    def way(self, point: Point) -> tuple[Place, ...]:
        """From where the obligation began to a point."""
        found: list[Point] = []
        here: Point | None = point
        while here is not None:
            found.append(here)
            here = self.owed[here]
        return places(found[::-1])

    def _leave(self, point: Point, owing: bool) -> None:
        for onward in (*point.next, *point.triggers):
            if joins(onward):
                self._arrive(onward, point, owing)
            elif not (owing and self._done_together(point, onward)):
                self._reach(onward, point, owing and onward not in self.verified)

    def _reach(self, point: Point, source: Point | None, owing: bool) -> None:
        if point in (self.owed if owing else self.met):
            return
        if owing:
            self.owed[point] = source
        else:
            self.met.add(point)
        self.todo.append((point, owing))

    def _done_together(self, point: Point, onward: Point) -> bool:
        """Whether a scope goes on here that cannot be over before one of its branches has verified."""
        if onward.enters or onward.element is not point.element.parent or onward.frame is not point.frame:
            return False
        return not self._avoidance.possible(self._began_in(onward), onward)

    def _began_in(self, scope: Point) -> Point:
        """Where the obligation comes into a scope: at its beginning, or where it began inside."""
        inside = any(f is scope.frame and e is scope.element for f, e in self.begin.around())
        return self.begin if inside else self.graph.into(scope.frame, scope.element)

    def _arrive(self, join: Point, source: Point, owing: bool) -> None:
        """At a parallel join: it goes on when every flow has brought a token, and knows what all of them know."""
        self.arrived.setdefault(join, {}).setdefault(source, set()).add(owing)
        if len(self.arrived[join]) == len(join.before):
            self._pass(join)

    def _release(self) -> None:
        """Joins that got all tokens that can come from where the obligation began; the others come from elsewhere."""
        for join, arrived in self.arrived.items():
            fresh = join not in self.owed or join not in self.met
            if fresh and len(arrived) < len(join.before) and self._coming(join) <= set(arrived):
                self._pass(join)

    def _pass(self, join: Point) -> None:
        arrived = self.arrived[join]
        if all(True in owing for owing in arrived.values()):
            self._reach(join, next(iter(arrived)), True)
        if any(False in owing for owing in arrived.values()):
            self._reach(join, None, False)

    def _coming(self, join: Point) -> set[Point]:
        """The flows into a join that can be reached without passing it."""
        seen, todo = {self.begin}, [self.begin]
        for point in todo:
            fresh = [p for p in (*point.next, *point.triggers) if p not in seen and p is not join]
            seen.update(fresh)
            todo += fresh
        return seen.intersection(join.before)


def _besides(point: Point) -> list[tuple[int, int]]:
    """What a point lies in that runs beside the order, innermost first: events that do not interrupt, their copies."""
    found = []
    for frame, element in point.around():
        if element.event_sub and not all(start.interrupting for start in event_starts(element)):
            found.append((id(frame), element.index))
        elif element.parent is None and frame.base is not None:
            found.append((id(frame), -1))
    return found


def _is_over(point: Point) -> bool:
    """Whether a token goes no further."""
    return not point.enters and not point.next and not any(event.kind in THROWN for event in point.element.events)
