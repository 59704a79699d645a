"""Diagrams become programs. The only module that knows SpiffWorkflow, which parses files, processes, lanes and tables.

Its runtime specifications are not built: a flow node becomes our own `Element`, and flows keep their ids.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser, BpmnValidator
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException

from engine.bpmn import building, linter, xml
from engine.bpmn.building import FLOW_NODES, GLOBAL_TASKS, Tables
from engine.bpmn.errors import InvalidDiagram
from engine.bpmn.findings import Finding
from engine.bpmn.program import SUB_PROCESSES, Element, Program


def read(
    source: bytes,
    definition_of: Callable[[str], str] | None = None,
    *,
    allow_scripts: bool = False,
    deployed: bool = False,
) -> list[Program]:
    """The executable processes and global tasks of a diagram.

    `definition_of` gives the name a process key is stored under in states (default: the key itself). Script tasks
    are refused unless `allow_scripts`. `deployed`: the diagram was accepted when it was deployed and is not checked
    again, so that a rule that came later keeps no running case from going on. Raises InvalidDiagram with every reason.
    """
    root = xml.parse(source)
    if not deployed:
        wrong = [f for f in linter.check(root, None, allow_scripts=allow_scripts) if f.severity == "error"]
        if wrong:
            raise InvalidDiagram(wrong)
    parser = DefinitionParser()
    try:
        parser.add_bpmn_xml(root)
        return parser.programs(definition_of or str)
    except ValidationException as error:
        raise xml.refused("XML05", str(getattr(error, "tag", None) or "definitions"), str(error), str(error)) from error


def keys(source: bytes) -> set[str]:
    """What the executable processes and global tasks of a diagram are called, whatever is wrong with it otherwise.

    Raises InvalidDiagram when it is no XML.
    """
    root = xml.parse(source)
    processes = (node for node in root.iter(xml.tag("process")) if node.get("isExecutable", "true") == "true")
    return {str(node.get("id")) for node in (*processes, *root.iter(*map(xml.tag, GLOBAL_TASKS)))}


@lru_cache(maxsize=1)
def _validator() -> Any:
    return BpmnValidator()


def schema_findings(root: etree._Element) -> list[Finding]:
    """What the BPMN 2.0 XML schema says about a diagram."""
    validator = _validator()
    validator.preprocess(root)
    if validator.validator.validate(root):
        return []
    found = []
    for entry in validator.validator.error_log:
        node = next((n for n in root.iter() if isinstance(n.tag, str) and n.sourceline == entry.line), None)
        message = entry.message.replace("{" + xml.BPMN + "}", "")
        found.append(
            linter.finding("XML06", node, f"不符合 BPMN 2.0 格式：{message}", f"not valid BPMN 2.0: {message}")
        )
    return found


class ScopeParser(ProcessParser):  # type: ignore[misc]
    """A process with everything inside it, sub-processes included."""

    def program(self, definition_of: Callable[[str], str], tables: Tables) -> Program:
        """The sealed program of this process."""
        program = Program(self.bpmn_id, self.get_name(), definition_of(self.bpmn_id))
        program.version_tag = xml.camunda(self.node, "versionTag")
        building.fill(program.root, self.node, tables)
        self._container(program, self.node, program.root, tables)
        for node in self.node.iter(xml.tag("sequenceFlow")):
            self._flow(program, node)
        self._handlers(program)
        return program.seal()

    def _container(self, program: Program, node: Any, scope: Element, tables: Tables) -> None:
        for child in xml.children(node):
            kind = xml.local(child)
            if kind not in FLOW_NODES:
                continue
            element = program.add(str(child.get("id")), kind, scope)
            element.lane = self.get_lane_name(element.id)
            building.fill(element, child, tables)
            element.data_in, element.data_out, element.stores = building.associations(child, tables)
            if kind in SUB_PROCESSES:
                self._container(program, child, element, tables)
        for child in xml.children(node, "boundaryEvent"):
            element = program.elements[str(child.get("id"))]
            element.attached_to = program.elements[xml.reference(child.get("attachedToRef")) or ""]
            element.attached_to.boundaries = [*element.attached_to.boundaries, element]

    def _flow(self, program: Program, node: Any) -> None:
        source, target = (program.elements[xml.reference(node.get(k)) or ""] for k in ("sourceRef", "targetRef"))
        condition = (self.parse_condition(node) or "").strip() or None
        flow = program.connect(node.get("id"), source, target, node.get("name"), condition)
        if xml.reference(self.get_node_by_id(source.id).get("default")) == flow.id:
            source.default, flow.condition = flow, None

    def _handlers(self, program: Program) -> None:
        """Associations from compensation boundary events to their handlers."""
        for node in self.document_root.iter(xml.tag("association")):
            boundary = program.elements.get(xml.reference(node.get("sourceRef")) or "")
            handler = program.elements.get(xml.reference(node.get("targetRef")) or "")
            if boundary is None or handler is None or boundary.attached_to is None:
                continue
            if any(e.kind == "compensate" for e in boundary.events):
                handler.for_compensation = True
                boundary.attached_to.compensation = handler


class DefinitionParser(BpmnParser):  # type: ignore[misc]
    """A file. Data stores and correlations are ours: the library refuses or drops them."""

    PROCESS_PARSER_CLASS = ScopeParser

    def add_bpmn_xml(self, bpmn: etree._Element, filename: str | None = None) -> None:
        self.root = bpmn
        super().add_bpmn_xml(bpmn, filename)

    def _add_data_stores(self, bpmn: etree._Element) -> None:
        self.data_stores: dict[str, Any] = {}

    def _add_correlations(self, bpmn: etree._Element) -> None:
        self.retrievals = _retrievals(bpmn)

    def programs(self, definition_of: Callable[[str], str]) -> list[Program]:
        tables = self._tables()
        found = [p.program(definition_of, tables) for p in self.process_parsers.values() if p.process_executable]
        for node in self.root.iter(*map(xml.tag, GLOBAL_TASKS)):
            found.append(_global_task(node, definition_of, tables))
        return found

    def _tables(self) -> Tables:
        return Tables(
            self.messages,
            self.signals,
            {key: value["error_code"] for key, value in self.errors.items()},
            {key: value["escalation_code"] for key, value in self.escalations.items()},
            {str(node.get("id")): node for node in self.root.iter() if isinstance(node.tag, str) and node.get("id")},
            self.retrievals,
        )


def _global_task(node: etree._Element, definition_of: Callable[[str], str], tables: Tables) -> Program:
    """A global task is a process with one activity."""
    key = str(node.get("id"))
    program = Program(key, node.get("name"), definition_of(key))
    element = program.add(key + ":task", GLOBAL_TASKS[xml.local(node)], program.root)
    building.fill(element, node, tables)
    return program.seal()


def _retrievals(root: etree._Element) -> dict[str, tuple[tuple[str | None, str | None], ...]]:
    """For each message, the (dataPath, messagePath) of every correlation property it carries."""
    paths: dict[str, str | None] = {}
    for binding in root.iter(xml.tag("correlationPropertyBinding")):
        paths[xml.reference(binding.get("correlationPropertyRef")) or ""] = xml.child_text(binding, "dataPath")
    found: dict[str, list[tuple[str | None, str | None]]] = {}
    for prop in root.iter(xml.tag("correlationProperty")):
        for retrieval in xml.children(prop, "correlationPropertyRetrievalExpression"):
            message = xml.reference(retrieval.get("messageRef")) or ""
            path = xml.child_text(retrieval, "messagePath") or xml.text(retrieval)
            found.setdefault(message, []).append((paths.get(str(prop.get("id"))), path))
    return {message: tuple(pairs) for message, pairs in found.items()}
