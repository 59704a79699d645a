"""What the scenarios never touch: ends, boundary events and branches of the diagrams, rows of the decision tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.bpmn import Element, Program
from engine.bpmn.program import Flow
from engine.dmn.model import Model

Place = tuple[str, str]


@dataclass
class Touched:
    """Elements and flows as (process, id), rows as (decision, number); listens to the engine's steps."""

    elements: set[Place] = field(default_factory=set)
    flows: set[Place] = field(default_factory=set)
    rows: set[tuple[str, int]] = field(default_factory=set)

    def entered(self, definition: str, element: str) -> None:
        self.elements.add((_process(definition), element))

    def taken(self, definition: str, flow: str) -> None:
        self.flows.add((_process(definition), flow))

    def decided(self, decision: str, rules: Sequence[int]) -> None:
        self.rows |= {(decision, rule) for rule in rules}

    def add(self, other: Touched) -> None:
        """What another process has touched, too."""
        self.elements |= other.elements
        self.flows |= other.flows
        self.rows |= other.rows

    def copy(self) -> Touched:
        return Touched(set(self.elements), set(self.flows), set(self.rows))

    def clear(self) -> None:
        for found in (self.elements, self.flows, self.rows):
            found.clear()


@dataclass(frozen=True)
class Part:
    """Something that should be touched: what kind of thing, where, what people call it, and whether it was."""

    kind: str
    owner: str
    id: str
    label: str
    touched: bool


KINDS: Mapping[str, tuple[str, str]] = {
    "end": ("结束", "ends"),
    "boundary": ("边界事件", "boundary events"),
    "branch": ("网关分支", "branches"),
    "row": ("规则行", "rule rows"),
}


def measure(programs: Iterable[Program], tables: Iterable[Model], touched: Touched) -> list[Part]:
    """Everything that counts, diagram by diagram and table by table."""
    parts = [part for program in programs for part in _diagram(program, touched)]
    return parts + [part for model in tables for part in _rows(model, touched)]


def _diagram(program: Program, touched: Touched) -> Iterator[Part]:
    for element in program.nodes:
        if element.kind in ("endEvent", "boundaryEvent"):
            kind = "end" if element.kind == "endEvent" else "boundary"
            shown = (program.key, _handler(element).id) in touched.elements
            yield Part(kind, program.key, element.id, _name(element), shown)
        elif element.kind.endswith("Gateway") and len(element.outgoing) > 1:
            for flow in element.outgoing:
                label = f"{_name(element)} {flow.name or ''} → {_name(flow.target)}"
                yield Part("branch", program.key, flow.id, label, _went(program.key, element, flow, touched))


def _handler(element: Element) -> Element:
    """What is entered when the event happens: no token passes a compensation event, its handler runs at once."""
    compensates = any(event.kind == "compensate" for event in element.events)
    activity = element.attached_to if compensates else None
    return activity.compensation if activity and activity.compensation else element


def _went(process: str, gateway: Element, flow: Flow, touched: Touched) -> bool:
    """No token goes on from an event-based gateway before its event, which then is entered."""
    if gateway.kind == "eventBasedGateway":
        return (process, flow.target.id) in touched.elements
    return (process, flow.id) in touched.flows


def _rows(model: Model, touched: Touched) -> Iterator[Part]:
    for key, decision in model.decisions.items():
        for number in range(1, (decision.table.rules if decision.table else 0) + 1):
            yield Part("row", key, str(number), f"{key} {number}", (key, number) in touched.rows)


def _name(element: Element) -> str:
    return element.name or element.id


def _process(definition: str) -> str:
    return definition.rpartition(":")[0] or definition


def told(parts: Sequence[Part]) -> Iterator[str]:
    """The report: what is missing, owner by owner, and the sums."""
    missing = [part for part in parts if not part.touched]
    for owner in dict.fromkeys(part.owner for part in missing):
        yield f"{owner}"
        for kind, (zh, en) in KINDS.items():
            found = [part for part in missing if part.owner == owner and part.kind == kind]
            if kind == "row" and found:
                yield f"  {zh} {en}: {'、'.join(part.id for part in found)}"
            elif found:
                yield from (f"  {zh} {en}: {part.id} {part.label}" for part in found)
    yield summary(parts)


def summary(parts: Sequence[Part]) -> str:
    """One line: touched of all, by kind."""
    sums = []
    for kind, (zh, en) in KINDS.items():
        of_kind = [part for part in parts if part.kind == kind]
        sums.append(f"{zh} {en} {sum(part.touched for part in of_kind)} / {len(of_kind)}")
    return "场景覆盖 / coverage: " + "，".join(sums)
