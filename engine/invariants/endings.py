"""I8: whatever way a work order ends, it has a status code and the citizen has a text.

Looked at in all processes that open work orders; where it is neither an appeal nor a case it is a warning. Of parallel
branches one has to end with a status; the ends of the others, and of what runs beside the order without interrupting
it, need none. Every literal status has to be one of status_codes.csv.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.bpmn import Element, Program, expression
from engine.bpmn.program import SUB_PROCESSES
from engine.invariants.findings import Finding, finding, place, words
from engine.invariants.graph import splits
from engine.invariants.world import World, order_kind

ASIDE = frozenset(("compensate", "error", "cancel"))
REPAIR = (
    "在结束事件上写属性 status（状态码）和 citizenText（群众看到的话）",
    "set the properties status and citizenText on the end event",
)


KINDS = frozenset(("appeal", "case"))
"""Work orders that citizens look up."""


def check(world: World) -> Iterator[Finding]:
    yield from _codes(world)
    for program in world.roots:
        kind = order_kind(program)
        if kind is not None:
            for one in (*_texts(program), *_Ends(program).findings()):
                yield one if kind in KINDS else replace(one, severity="warning")


def _codes(world: World) -> Iterator[Finding]:
    for program, element in world.elements():
        code = element.properties.get("status")
        if code is None or expression(code)[0] or world.status_codes is None or code in world.status_codes:
            continue
        sentences = f"状态码“{code}”不在状态码表里", f"{code!r} is no status code"
        yield finding("I8", program, element, sentences, ("从 status_codes.csv 选一个", "take one of status_codes.csv"))


def _texts(program: Program) -> Iterator[Finding]:
    for element in _flow_of(program):
        if element.kind == "endEvent" and "status" in element.properties and not _text(element):
            yield finding("I8", program, element, ("结束状态没有给群众看的话", "no text for the citizen"), REPAIR)


def _text(element: Element) -> bool:
    return bool(element.properties.get("citizenText", "").strip())


class _Ends:
    """Which elements are sure to lead to an end with a status."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.sure = set(_flow_of(program))
        while lost := {e for e in self.sure if not self._leads(e)}:
            self.sure -= lost

    def findings(self) -> Iterator[Finding]:
        begun = [s for s in self.program.root.children if s in self.program.starts or _interrupts(s)]
        told: set[Element] = set()
        for start in begun:
            if start not in self.sure:
                way = self._way(start)
                if way[-1] not in told:
                    told.add(way[-1])
                    yield self._finding(way)

    def _leads(self, element: Element) -> bool:
        onward = self._onward(element)
        if element.kind == "endEvent" or not onward:
            return element.kind == "endEvent" and (_thrown(element) or "status" in element.properties)
        found = [one in self.sure for one in onward]
        follow = any(found[: len(element.outgoing)]) if splits(element) else all(found[: len(element.outgoing)])
        return follow and all(found[len(element.outgoing) :])

    def _onward(self, element: Element) -> list[Element]:
        """Where its tokens go, those of its flows first, then of events that interrupt it."""
        if element.event_sub:
            return [c for c in element.children if c.kind == "startEvent"] if _interrupts(element) else []
        links = [element.link] if element.link is not None else []
        return [*(f.target for f in element.outgoing), *links, *_interrupting(element)]

    def _way(self, start: Element) -> list[Element]:
        """To an end without a status, where nothing is sure; of parallel branches the one that has some status."""
        came: dict[Element, Element | None] = {start: None}
        todo = [start]
        for element in todo:
            if not self._onward(element):
                return _back(came, element)
            onward = [e for e in self._onward(element) if e not in self.sure]
            if splits(element):
                onward = [e for e in onward if self._tells(e)] or onward
            fresh = [e for e in onward if e not in came]
            came.update(dict.fromkeys(fresh, element))
            todo += fresh
        return [start]

    def _tells(self, start: Element) -> bool:
        """Whether an end with a status can be reached."""
        seen, todo = {start}, [start]
        for element in todo:
            if element.kind == "endEvent" and "status" in element.properties:
                return True
            fresh = [e for e in self._onward(element) if e not in seen]
            seen |= set(fresh)
            todo += fresh
        return False

    def _finding(self, way: list[Element]) -> Finding:
        path = [place(self.program, element) for element in way]
        zh, en = words(path)
        sentences = (
            f"工单可以不带状态码和群众可见的话就结束：{zh}",
            f"the work order can end without status and citizen text: {en}",
        )
        return finding("I8", self.program, way[-1], sentences, REPAIR, path)


def _flow_of(program: Program) -> list[Element]:
    """The elements that carry the order itself: those of the process and of what interrupts it."""
    children = program.root.children
    return [*children, *(inner for scope in children if _interrupts(scope) for inner in scope.children)]


def _back(came: dict[Element, Element | None], element: Element | None) -> list[Element]:
    way: list[Element] = []
    while element is not None:
        way.append(element)
        element = came[element]
    return way[::-1]


def _thrown(element: Element) -> bool:
    return any(event.kind in ASIDE for event in element.events)


def _interrupting(element: Element) -> list[Element]:
    return [b for b in element.boundaries if b.interrupting and not any(e.kind == "compensate" for e in b.events)]


def _interrupts(scope: Element) -> bool:
    starts = [c for c in scope.children if c.kind == "startEvent"]
    return scope.event_sub and scope.kind in SUB_PROCESSES and all(start.interrupting for start in starts)
