"""Reads DMN files into models and links their requirements."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock

from engine.dmn.compiler import KINDS, Compiler, Names, result_type, typed
from engine.dmn.errors import Finding, InvalidDecision
from engine.dmn.expressions import BOXED
from engine.dmn.item_definitions import TypeBook
from engine.dmn.model import Decision, InputData, Knowledge, Model, Node, Requirement, Service
from engine.dmn.table_reader import read_table
from engine.dmn.types import ANY
from engine.dmn.xml import Element, attribute, child, children, local, normal_name, parse

KINDS.update(BOXED, decisionTable=read_table)

CACHE_SIZE = 512
MAX_DEPTH = 100
TIME = re.compile(rb"\b(?:now|today)\b")
"""What asks for the time, in whatever encoding without its zero bytes; found in a remark it does no harm."""
_cache: OrderedDict[tuple[object, ...], Model] = OrderedDict()
_lock = Lock()


def read(source: bytes, imports: Mapping[str, Model] | None = None, lenient: bool = False) -> Model:
    """The model of a DMN 1.1–1.5 file, compiled; the same bytes give the same model again.

    `imports` holds the models it imports by namespace. Raises InvalidDecision with every finding when something
    in it cannot be run; when `lenient`, what cannot be run is null instead and `Model.findings` says why.
    """
    imports = imports or {}
    key = (lenient, hashlib.sha256(source).digest(), *sorted((name, id(model)) for name, model in imports.items()))
    with _lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
    model = compile_model(parse(source), imports)
    model.timeless = not imports and not TIME.search(source.replace(b"\0", b""))
    errors = [finding for finding in model.findings if finding.severity == "error"]
    if errors and not lenient:
        raise InvalidDecision(errors)
    with _lock:
        _cache[key] = model
        while len(_cache) > CACHE_SIZE:
            _cache.popitem(last=False)
    return model


def compile_model(root: Element, imports: Mapping[str, Model]) -> Model:
    """The model of a `definitions` element; what is wrong is in its `findings`."""
    return _Reader(root, imports).model()


class _Reader:
    def __init__(self, root: Element, imports: Mapping[str, Model]) -> None:
        self.root = root
        self.findings: list[Finding] = []
        self.namespace = attribute(root, "namespace")
        self.imports = self._imported(imports)
        books = {prefix: model.book for prefix, model in self.imports.items()}
        self.book = TypeBook(root, books, self.findings.append)
        self.nodes: dict[str, Node] = {}
        self.elements: dict[str, Element] = {}

    def model(self) -> Model:
        for element in self.root:
            if local(element) in _NODES:
                self._add(element)
        for id_, element in self.elements.items():
            self._link(self.nodes[id_], element)
        self._refuse_cycles()
        for id_, element in self.elements.items():
            _NODES[local(element)][1](self, self.nodes[id_], element)
        self.book.report_unknown()
        return Model(attribute(self.root, "name"), self.namespace, self.nodes, self.imports, self.findings, self.book)

    def _imported(self, imports: Mapping[str, Model]) -> dict[str, Model]:
        found: dict[str, Model] = {}
        for element in children(self.root, "import"):
            namespace, prefix = attribute(element, "namespace"), normal_name(attribute(element, "name"))
            if namespace in imports:
                found[prefix] = imports[namespace]
            elif "DMN" in attribute(element, "importType"):
                self.report(
                    "dmn.import.missing",
                    prefix,
                    f"缺少导入的模型“{prefix}”({namespace})。",
                    f"The imported model “{prefix}” ({namespace}) is missing.",
                )
        return found

    def report(self, rule: str, element: str, zh: str, en: str) -> None:
        self.findings.append(Finding(rule, element, "error", zh, en))

    def _add(self, element: Element) -> None:
        name = variable_name = normal_name(attribute(element, "name"))
        id_ = attribute(element, "id") or name
        if id_ in self.nodes:
            self.report("dmn.id.duplicate", id_, f"编号“{id_}”重复。", f"The id “{id_}” is used twice.")
            return
        variable = child(element, "variable")
        type_ = ANY if variable is None else self.book.type_of(variable.get("typeRef"))
        if variable is not None and variable.get("name"):
            variable_name = normal_name(attribute(variable, "name"))
        self.nodes[id_] = _NODES[local(element)][0](id_, variable_name, type_, name=name)
        self.elements[id_] = element

    def _link(self, node: Node, element: Element) -> None:
        for holder in children(element, "informationRequirement", "knowledgeRequirement"):
            for target in children(holder, "requiredInput", "requiredDecision", "requiredKnowledge"):
                requirement = self.resolve(attribute(target, "href"), node)
                if requirement is not None:
                    node.requires.append(requirement)

    def resolve(self, href: str, node: Node) -> Requirement | None:
        """The requirement an href such as `#id` or `namespace#id` names; reported if there is none."""
        namespace, _, id_ = href.rpartition("#")
        if namespace in ("", self.namespace) and id_ in self.nodes:
            return Requirement(None, self.nodes[id_])
        for prefix, model in self.imports.items():
            if model.namespace == namespace and id_ in model.nodes:
                return Requirement(prefix, model.nodes[id_])
        self.report(
            "dmn.requirement.missing",
            node.id,
            f"“{node.name}”所需的“{href}”不存在。",
            f"“{node.name}” requires “{href}”, which does not exist.",
        )
        return None

    def _refuse_cycles(self) -> None:
        depths: dict[int, int] = {}
        for node in self.nodes.values():
            self._measure(node, depths, ())

    def _measure(self, node: Node, depths: dict[int, int], above: tuple[int, ...]) -> int:
        """How many nodes stand in a row under `node`; a row that never ends or is too long is reported."""
        if id(node) in above or len(above) > MAX_DEPTH:
            zh, en = ("直接或间接依赖自身", "requires itself, directly or through others")
            if id(node) not in above:
                zh, en = (f"的依赖超过 {MAX_DEPTH} 层", f"has more than {MAX_DEPTH} requirements in a row")
            self.report("dmn.requirement.cycle", node.id, f"“{node.name}”{zh}。", f"“{node.name}” {en}.")
            depths[id(node)] = 0
        if id(node) not in depths:
            # A knowledge model may call itself.
            required = [each.node for each in node.requires if each.node is not node]
            recursive = len(required) < len(node.requires) and not isinstance(node, Knowledge)
            under = [self._measure(each, depths, (*above, id(node))) for each in required + [node] * recursive]
            depths[id(node)] = 1 + max(under, default=0)
        return depths[id(node)]

    def names_of(self, node: Node) -> Names:
        """The names a node's logic may use: what it requires, and prefixes of imported models."""
        names = {requirement.node.variable for requirement in node.requires}
        names |= {requirement.prefix for requirement in node.requires if requirement.prefix}
        if self.open_scope():
            names |= {each.variable for each in self.nodes.values()}
        return frozenset(names)

    def open_scope(self) -> bool:
        """Whether the model declares no input data, so that its decisions read the context itself."""
        return not any(isinstance(node, InputData) for node in self.nodes.values())

    def compiler(self, node: Node) -> Compiler:
        return Compiler(self.book, node.id, self.findings.append, self.open_scope())


def _finish_input(reader: _Reader, node: InputData, element: Element) -> None:
    """Input data has no logic."""


def _finish_decision(reader: _Reader, node: Decision, element: Element) -> None:
    compiler = reader.compiler(node)
    logic = child(element, *KINDS)
    names = reader.names_of(node)
    if logic is not None and local(logic) == "decisionTable":
        # Kept apart from its type so that the matching rules can be shown.
        node.table = read_table(compiler, logic, names)
        node.fit = reader.book.type_of(logic.get("typeRef"))
        node.logic = typed(node.table, node.fit)
    else:
        node.logic = compiler.expression(logic, names)
    question = child(element, "question")
    node.question = "" if question is None else (question.text or "").strip()


def _finish_knowledge(reader: _Reader, node: Knowledge, element: Element) -> None:
    logic = child(element, "encapsulatedLogic")
    if logic is not None:
        names = reader.names_of(node) | {node.variable}
        node.make = reader.compiler(node).function(logic, names, node.variable, node.type)


def _finish_service(reader: _Reader, node: Service, element: Element) -> None:
    def referenced(*names: str) -> list[Requirement]:
        found = [reader.resolve(attribute(each, "href"), node) for each in children(element, *names)]
        return [requirement for requirement in found if requirement is not None]

    node.inputs = referenced("inputData") + referenced("inputDecision")
    node.outputs = referenced("outputDecision")
    node.result = result_type(node.type)


_NODES: dict[str, tuple[type[Node], Callable[..., None]]] = {
    "inputData": (InputData, _finish_input),
    "decision": (Decision, _finish_decision),
    "businessKnowledgeModel": (Knowledge, _finish_knowledge),
    "decisionService": (Service, _finish_service),
}
