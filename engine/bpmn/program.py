"""The program: what the reader makes of a process, and all the token machine looks at.

Elements are numbered in document order; state bytes name them by that number, so the order is part of the format.
Nothing changes after `Program.seal`. Source: BPMN 2.0.2, chapters 10 and 13.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

EventKind = Literal[
    "message", "signal", "timer", "conditional", "error", "escalation", "compensate", "cancel", "terminate", "link"
]
TimerForm = Literal["date", "duration", "cycle"]
EMPTY: Mapping[str, str] = MappingProxyType({})

TASKS = frozenset(
    (
        "task",
        "userTask",
        "manualTask",
        "scriptTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "businessRuleTask",
    )
)
SUB_PROCESSES = frozenset(("subProcess", "transaction", "adHocSubProcess"))
ACTIVITIES = TASKS | SUB_PROCESSES | {"callActivity"}
SCOPES = SUB_PROCESSES | {"process"}
SEQUENCES = ("incoming", "outgoing", "boundaries", "children", "initial", "event_starts", "inputs", "outputs")


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """One event definition of an event, or the message of a send or receive task.

    `name` is the message or signal name, the link name, the error or escalation code (None catches all) or the id
    of the activity to compensate (None: all). `expression` is the timer or condition text, as drawn. `timer` is
    date, duration or cycle. `key` is the correlation-key expression. `retrievals` pairs, for BPMN correlation
    subscriptions, (dataPath, messagePath) of each property of the key.
    """

    kind: EventKind
    name: str | None = None
    expression: str | None = None
    timer: TimerForm | None = None
    wait: bool = True
    attributes: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    retrievals: tuple[tuple[str | None, str | None], ...] = ()
    payload: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True, eq=False)
class Flow:
    """A sequence flow."""

    index: int
    id: str
    source: Element
    target: Element
    name: str | None = None
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Loop:
    """Loop characteristics of an activity. Source: BPMN 2.0.2, section 10.3.8."""

    kind: Literal["standard", "sequential", "parallel"]
    condition: str | None = None
    maximum: int | None = None
    test_before: bool = False
    cardinality: str | None = None
    collection: str | None = None
    item: str | None = None
    out_collection: str | None = None
    out_item: str | None = None
    throws: tuple[tuple[str | None, EventDefinition], ...] = ()
    throw_once: bool = False
    stops: bool = False


@dataclass(frozen=True, slots=True)
class CallMapping:
    """One `camunda:in` or `camunda:out` of a call activity."""

    target: str | None
    source: str | None = None
    expression: str | None = None
    everything: bool = False


@dataclass(slots=True, eq=False, repr=False)
class Element:
    """A process or flow node.

    For readers outside this room: `id`, `name`, `kind` (the BPMN tag name), `properties` (camunda:property name →
    value as drawn), `attributes` (camunda:* attributes as drawn), `documentation`, `lane`, `scope` (id of the
    containing process or sub-process), `events`, `inputs`/`outputs` (camunda:inputOutput, (name, text) pairs).
    """

    index: int
    id: str
    kind: str
    parent: Element | None
    name: str | None = None
    lane: str | None = None
    documentation: str | None = None
    properties: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    attributes: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    inputs: Sequence[tuple[str, Any]] = ()
    outputs: Sequence[tuple[str, Any]] = ()
    events: Sequence[EventDefinition] = ()
    incoming: list[Flow] = field(default_factory=list)
    outgoing: list[Flow] = field(default_factory=list)
    default: Flow | None = None
    interrupting: bool = True
    parallel_multiple: bool = False
    instantiate: bool = False
    boundaries: Sequence[Element] = ()
    attached_to: Element | None = None
    loop: Loop | None = None
    start_quantity: int = 1
    completion_quantity: int = 1
    script: str | None = None
    called: str | None = None
    call_in: Sequence[CallMapping] | None = None
    call_out: Sequence[CallMapping] | None = None
    condition: str | None = None
    sequential: bool = False
    cancel_remaining: bool = True
    for_compensation: bool = False
    compensation: Element | None = None
    event_sub: bool = False
    data_in: Sequence[tuple[str, str]] = ()
    data_out: Sequence[tuple[str, str]] = ()
    stores: frozenset[str] = frozenset()
    locals: Sequence[str] = ()
    children: list[Element] = field(default_factory=list)
    # derived by Program.seal
    initial: Sequence[Element] = ()
    event_starts: Sequence[Element] = ()
    compensation_start: Element | None = None
    listeners: Sequence[Element] = ()
    watches: bool = False  #: one of those that listen at it waits for a condition
    reach: Mapping[int, frozenset[int]] = field(default_factory=dict)
    link: Element | None = None

    @property
    def scope(self) -> str | None:
        """Id of the containing process or sub-process; None for the process itself."""
        return self.parent.id if self.parent is not None else None

    @property
    def local_data(self) -> bool:
        """Property `dataScope` = local: what people fill in becomes variables, not part of the document."""
        return self.properties.get("dataScope") == "local"

    def __repr__(self) -> str:
        return f"<{self.kind} {self.id}>"


class Program:
    """One executable process (or global task): `key` is its id, `definition` the name the engine stores in states."""

    def __init__(self, key: str, name: str | None, definition: str) -> None:
        self.key = key
        self.name = name or key
        self.definition = definition
        self.nodes: Sequence[Element] = []
        self.flows: Sequence[Flow] = []
        self.elements: Mapping[str, Element] = {}
        self.starts: Sequence[Element] = ()
        self.conditional = False
        self.executable = True
        self.version_tag: str | None = None
        self.root = self.add(key, "process", None)

    def add(self, id: str, kind: str, parent: Element | None) -> Element:
        """Append an element; only before `seal`."""
        element = Element(len(self.nodes), id, kind, parent)
        assert isinstance(self.nodes, list), "the program is sealed"
        assert isinstance(self.elements, dict), "the program is sealed"
        self.nodes.append(element)
        self.elements[id] = element
        if parent is not None:
            parent.children.append(element)
        return element

    def connect(self, id: str, source: Element, target: Element, name: str | None, condition: str | None) -> Flow:
        """Append a sequence flow; only before `seal`."""
        assert isinstance(self.flows, list), "the program is sealed"
        flow = Flow(len(self.flows), id, source, target, name, condition)
        self.flows.append(flow)
        source.outgoing.append(flow)
        target.incoming.append(flow)
        return flow

    def seal(self) -> Program:
        """Derive what the machine looks up at run time and make every collection read-only."""
        for element in self.nodes:
            if element.kind in SCOPES:
                _derive_scope(element)
        for element in self.nodes:
            self.conditional |= any(e.kind == "conditional" for e in element.events)
            element.listeners = tuple(_listeners(element))
            heard = (*element.event_starts, *element.listeners)
            element.watches = any(e.kind == "conditional" for listener in heard for e in listener.events)
            if element.kind in ("inclusiveGateway", "complexGateway") and len(element.incoming) > 1:
                element.reach = MappingProxyType({f.index: _reaching(f, element) for f in element.incoming})
            for name in SEQUENCES:
                setattr(element, name, tuple(getattr(element, name)))
        self.nodes, self.flows = tuple(self.nodes), tuple(self.flows)
        self.elements = MappingProxyType(dict(self.elements))
        self.starts = tuple(_entries(self.root))
        return self


def _entries(root: Element) -> Iterable[Element]:
    """Where an instance can begin: plain starts, typed starts, instantiating receive tasks and event gateways."""
    yield from root.initial
    for child in root.children:
        if child.kind == "startEvent" and child not in root.initial:
            yield child
        if child.instantiate and child.kind == "receiveTask":
            yield child
        elif child.instantiate and child.kind == "eventBasedGateway":
            yield from (flow.target for flow in child.outgoing)


def _derive_scope(scope: Element) -> None:
    links = {c.events[0].name: c for c in scope.children if is_link(c, "intermediateCatchEvent")}
    event_starts = []
    for child in scope.children:
        if is_link(child, "intermediateThrowEvent"):
            child.link = links.get(child.events[0].name)
        if child.event_sub:
            start = next((s for s in child.children if s.kind == "startEvent" and s.events), None)
            if start is not None and any(e.kind == "compensate" for e in start.events):
                scope.compensation_start = start
            elif start is not None:
                event_starts.append(start)
    scope.event_starts = event_starts
    scope.initial = tuple(_initial(scope))


def _initial(scope: Element) -> Iterable[Element]:
    starts = [c for c in scope.children if c.kind == "startEvent"]
    if scope.event_sub:
        return starts
    plain = [s for s in starts if not s.events]
    if plain or starts:
        return plain
    return [c for c in scope.children if _implicit_start(c)]


def _implicit_start(element: Element) -> bool:
    """Without start events every node without incoming flow starts (BPMN 2.0.2, section 13.2)."""
    return not (
        element.incoming
        or element.event_sub
        or element.for_compensation
        or element.instantiate
        or element.kind == "boundaryEvent"
        or is_link(element, "intermediateCatchEvent")
    )


def is_link(element: Element, kind: str) -> bool:
    return element.kind == kind and bool(element.events) and element.events[0].kind == "link"


def _listeners(element: Element) -> Iterable[Element]:
    """Catching elements that are armed while an item stands at this element."""
    for boundary in element.boundaries:
        if any(e.kind not in ("compensate", "cancel") for e in boundary.events):
            yield boundary
    if element.kind in ("intermediateCatchEvent", "receiveTask"):
        yield element
    elif element.kind == "eventBasedGateway":
        yield from (flow.target for flow in element.outgoing)


def _reaching(flow: Flow, gate: Element) -> frozenset[int]:
    """Indices of the elements from which a token can still arrive on `flow` without passing `gate`."""
    seen: set[int] = set()
    todo = [flow.source]
    while todo:
        element = todo.pop()
        if element is gate or element.index in seen:
            continue
        seen.add(element.index)
        todo.extend(f.source for f in element.incoming)
        if element.attached_to is not None:
            todo.append(element.attached_to)
        if is_link(element, "intermediateCatchEvent") and element.parent is not None:
            todo.extend(c for c in element.parent.children if c.link is element)
    return frozenset(seen)
