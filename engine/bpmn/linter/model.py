"""What the rules look at: the XML with its ids, flows and references indexed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from engine.bpmn import xml
from engine.bpmn.building import FLOW_NODES
from engine.bpmn.findings import Finding, Severity

Node = etree._Element


@dataclass(frozen=True, slots=True)
class Known:
    """Names that exist outside the diagram; None: not checked.

    `roles` holds those somebody has, alone and at units; `role_names` also those nobody has yet.
    """

    forms: AbstractSet[str] | None = None
    roles: AbstractSet[str] | None = None
    decisions: AbstractSet[str] | None = None
    topics: AbstractSet[str] | None = None
    messages: AbstractSet[str] | None = None
    processes: AbstractSet[str] | None = None
    tables: AbstractSet[str] | None = None
    role_names: AbstractSet[str] | None = None


class Model:
    """An indexed diagram."""

    def __init__(self, root: Node, known: Known, allow_scripts: bool) -> None:
        self.root, self.known, self.allow_scripts = root, known, allow_scripts
        self.all: list[Node] = [n for n in root.iter() if isinstance(n.tag, str)]
        everything = [n for n in self.all if xml.local(n)]
        self.by_id: dict[str, Node] = {}
        for node in everything:
            if node.get("id"):
                self.by_id.setdefault(str(node.get("id")), node)
        drawn_only = {d for p in everything if _documentary(p) for d in p.iter()}
        self.bpmn: list[Node] = [n for n in everything if n not in drawn_only]
        self._named: dict[str, list[Node]] = {}
        for node in self.bpmn:
            self._named.setdefault(xml.local(node), []).append(node)
        self._order = {node: position for position, node in enumerate(self.bpmn)}
        self.incoming: dict[str, list[Node]] = {}
        self.outgoing: dict[str, list[Node]] = {}
        for flow in self.named("sequenceFlow"):
            self.outgoing.setdefault(xml.reference(flow.get("sourceRef")) or "", []).append(flow)
            self.incoming.setdefault(xml.reference(flow.get("targetRef")) or "", []).append(flow)

    def named(self, *names: str) -> Iterator[Node]:
        """All BPMN elements of these names, in document order."""
        if len(names) == 1:
            return iter(self._named.get(names[0], ()))
        found = [node for name in dict.fromkeys(names) for node in self._named.get(name, ())]
        return iter(sorted(found, key=self._order.__getitem__))

    @property
    def flow_nodes(self) -> Iterator[Node]:
        return (node for node in self.bpmn if xml.local(node) in FLOW_NODES)

    @cached_property
    def boundaries(self) -> dict[Node | None, list[Node]]:
        """Boundary events by the activity they stand on."""
        found: dict[Node | None, list[Node]] = {}
        for node in self.named("boundaryEvent"):
            found.setdefault(self.target(node.get("attachedToRef")), []).append(node)
        return found

    @cached_property
    def associated(self) -> dict[Node | None, list[Node]]:
        """Targets of associations by their source."""
        found: dict[Node | None, list[Node]] = {}
        for node in self.named("association"):
            target = self.target(node.get("targetRef"))
            if target is not None:
                found.setdefault(self.target(node.get("sourceRef")), []).append(target)
        return found

    def into(self, node: Node) -> list[Node]:
        return self.incoming.get(str(node.get("id")), [])

    def out_of(self, node: Node) -> list[Node]:
        return self.outgoing.get(str(node.get("id")), [])

    def target(self, value: str | None) -> Node | None:
        """The element a reference means."""
        return self.by_id.get(xml.reference(value) or "")

    def kind_of(self, value: str | None) -> str:
        """Name of the element a reference means; empty when there is none."""
        found = self.target(value)
        return xml.local(found) if found is not None else ""

    @property
    def service_bound(self) -> bool:
        """True for a diagram of the plain standard with typed messages or interfaces: messages then need operations."""
        if xml.CAMUNDA in self.root.nsmap.values():
            return False
        typed = any(node.get("itemRef") for node in self.named("message"))
        return typed or any(True for _ in self.named("interface"))


def _documentary(node: Node) -> bool:
    """A process that is drawn but not run."""
    return xml.local(node) == "process" and node.get("isExecutable") == "false"


def definitions(model: Model, node: Node) -> list[tuple[str, Node]]:
    """(kind, definition) of an event, references resolved; kind is message, timer, …"""
    found = []
    for child in xml.children(node):
        name = xml.local(child)
        target: Node | None = child
        if name == "eventDefinitionRef":
            target = model.target(child.text)
            name = xml.local(target) if target is not None else ""
        if target is not None and name.endswith("EventDefinition"):
            found.append((name.removesuffix("EventDefinition"), target))
    return found


def texts(node: Node, name: str) -> list[str]:
    """References in child elements of this name."""
    return [ref for c in xml.children(node, name) if (ref := xml.reference(xml.text(c))) is not None]


Rule = Callable[[Model], Iterable[Finding]]


def name_of(node: Node | None) -> str:
    """The id of an element, or of the nearest one around it that has one."""
    while node is not None:
        if node.get("id"):
            return str(node.get("id"))
        node = node.getparent()
    return "definitions"


def finding(
    rule: str,
    node: Node | None,
    zh: str,
    en: str,
    repair: tuple[str, str] | None = None,
    severity: Severity = "error",
) -> Finding:
    """A finding about an element; its sentences begin with process and element."""
    zh_repair, en_repair = repair or (None, None)
    zh_where, en_where = _where(node)
    return Finding(rule, name_of(node), severity, zh_where + zh, en_where + en, zh_repair, en_repair)


def _called(node: Node) -> str:
    """What people call an element: its name, the ends of a flow, the event of a definition."""
    around = node.getparent()
    if xml.local(node) == "sequenceFlow":
        ends = (node.get("sourceRef"), node.get("targetRef"))
        by_id = {one.get("id"): one.get("name") for one in (() if around is None else around)}
        return " → ".join(str(by_id.get(end) or end) for end in ends)
    if xml.local(node).endswith("EventDefinition") and around is not None and around.get("name"):
        return str(around.get("name"))
    return str(node.get("name") or node.get("id"))


def _where(node: Node | None) -> tuple[str, str]:
    """Process and element, as the diagram names them and by their ids; nothing in a file without a process."""
    while node is not None and not node.get("id"):
        node = node.getparent()
    if node is None:
        return "", ""
    around = (one for one in (node, *node.iterancestors()) if xml.local(one) == "process")
    process = next(around, None)
    if process is None:  # a message, a pool, a shape: the file's own process
        process = next((one for one in node.getroottree().iter(f"{{{xml.BPMN}}}process")), None)
    if process is None:
        return "", ""
    element = _called(node).replace("\n", " ")
    return f"{process.get('name') or process.get('id')}“{element}”：", f"{process.get('id')}, {node.get('id')}: "
