"""One decision table as plain data, and its DMN XML: what spreadsheets and editors exchange.

The XML is DMN 1.3 as the free desktop Modeler writes it, with a diagram so that it opens there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree

from engine.dmn.errors import Finding, InvalidDecision
from engine.dmn.xml import Element, attribute, child, children, local, note_of, parse, text_of

MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/"
DMNDI = "https://www.omg.org/spec/DMN/20191111/DMNDI/"
DC = "http://www.omg.org/spec/DMN/20180521/DC/"
DI = "http://www.omg.org/spec/DMN/20180521/DI/"
NAMESPACE = "https://cityloop.cn/dmn"


@dataclass(frozen=True, slots=True)
class InputColumn:
    """An input: what people read, the FEEL it tests, its type and its allowed values as FEEL."""

    label: str
    expression: str
    type: str = "string"
    values: str = ""


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """An output: what people read, its name, its type and its output values (best first) as FEEL."""

    label: str
    name: str
    type: str = "string"
    values: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: FEEL cells in the order of the columns, and a remark."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """Input data the table reads."""

    name: str
    type: str = "string"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A decision with one decision table."""

    id: str
    name: str
    hit_policy: str
    inputs: tuple[InputColumn, ...]
    outputs: tuple[OutputColumn, ...]
    rules: tuple[Rule, ...]
    aggregation: str = ""
    variables: tuple[Variable, ...] = field(default=())
    description: str = ""


def to_dmn(sheet: Sheet) -> bytes:
    """The sheet as a DMN 1.3 file."""
    root = etree.Element(
        f"{{{MODEL}}}definitions",
        nsmap={None: MODEL, "dmndi": DMNDI, "dc": DC, "di": DI},  # type: ignore[dict-item]  # stubs forget the default prefix
        id=f"definitions_{sheet.id}",
        name=sheet.name,
        namespace=NAMESPACE,
    )
    decision = _add(root, "decision", id=sheet.id, name=sheet.name)
    if sheet.description:
        _add(decision, "description").text = sheet.description
    _add(decision, "variable", id=f"{sheet.id}_variable", name=sheet.id)
    for variable in sheet.variables:
        requirement = _add(decision, "informationRequirement", id=f"{sheet.id}_needs_{variable.name}")
        _add(requirement, "requiredInput", href=f"#{sheet.id}_{variable.name}")
    _table(decision, sheet)
    for variable in sheet.variables:
        data = _add(root, "inputData", id=f"{sheet.id}_{variable.name}", name=variable.name)
        types = {} if variable.type == "Any" else {"typeRef": variable.type}
        _add(data, "variable", id=f"{sheet.id}_{variable.name}_variable", name=variable.name, **types)
    _diagram(root, sheet)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def from_dmn(source: bytes, decision_id: str | None = None) -> Sheet:
    """The sheet of a DMN file's decision table (of `decision_id`, else the first); InvalidDecision if none."""
    root = parse(source)
    for decision in children(root, "decision"):
        table = child(decision, "decisionTable")
        if table is not None and decision_id in (None, decision.get("id")):
            return _sheet(root, decision, table)
    raise InvalidDecision(
        [Finding("dmn.sheet.no_table", decision_id or "", "error", "文件中没有决策表。", "No decision table.")]
    )


def _add(parent: Element, tag: str, /, **attributes: str) -> Element:
    return etree.SubElement(parent, f"{{{MODEL}}}{tag}", attributes)


def _text(parent: Element, tag: str, text: str, /, **attributes: str) -> Element:
    element = _add(parent, tag, **attributes)
    _add(element, "text").text = text
    return element


def _table(decision: Element, sheet: Sheet) -> None:
    attributes = {"id": f"{sheet.id}_table", "hitPolicy": sheet.hit_policy}
    if sheet.aggregation:
        attributes["aggregation"] = sheet.aggregation
    table = _add(decision, "decisionTable", **attributes)
    for number, column in enumerate(sheet.inputs, 1):
        place = f"{sheet.id}_i{number}"
        element = _add(table, "input", id=place, label=column.label)
        _text(element, "inputExpression", column.expression, id=f"{place}_expression", typeRef=column.type)
        if column.values:
            _text(element, "inputValues", column.values, id=f"{place}_values")
    for number, output in enumerate(sheet.outputs, 1):
        place = f"{sheet.id}_o{number}"
        types = {} if output.type == "Any" else {"typeRef": output.type}
        element = _add(table, "output", id=place, label=output.label, name=output.name, **types)
        if output.values:
            _text(element, "outputValues", output.values, id=f"{place}_values")
    for number, rule in enumerate(sheet.rules, 1):
        _rule(table, f"{sheet.id}_r{number}", rule)


def _rule(table: Element, place: str, rule: Rule) -> None:
    element = _add(table, "rule", id=place)
    if rule.note:
        _add(element, "description").text = rule.note
    for number, cell in enumerate(rule.inputs, 1):
        _text(element, "inputEntry", cell, id=f"{place}_i{number}")
    for number, cell in enumerate(rule.outputs, 1):
        _text(element, "outputEntry", cell, id=f"{place}_o{number}")


def _diagram(root: Element, sheet: Sheet) -> None:
    width = max(len(sheet.variables) * 170, 180)
    holder = etree.SubElement(root, f"{{{DMNDI}}}DMNDI")
    diagram = etree.SubElement(holder, f"{{{DMNDI}}}DMNDiagram", id=f"{sheet.id}_diagram")
    _shape(diagram, sheet.id, 100 + (width - 180) // 2, 100, 180, 80)
    for number, variable in enumerate(sheet.variables):
        left = 100 + number * 170
        _shape(diagram, f"{sheet.id}_{variable.name}", left, 300, 150, 45)
        edge = etree.SubElement(
            diagram,
            f"{{{DMNDI}}}DMNEdge",
            id=f"{sheet.id}_{variable.name}_edge",
            dmnElementRef=f"{sheet.id}_needs_{variable.name}",
        )
        for x, y in ((left + 75, 300), (100 + width // 2, 180)):
            etree.SubElement(edge, f"{{{DI}}}waypoint", x=str(x), y=str(y))


def _shape(diagram: Element, element: str, x: int, y: int, width: int, height: int) -> None:
    shape = etree.SubElement(diagram, f"{{{DMNDI}}}DMNShape", id=f"{element}_shape", dmnElementRef=element)
    size = {"x": str(x), "y": str(y), "width": str(width), "height": str(height)}
    etree.SubElement(shape, f"{{{DC}}}Bounds", size)


def _sheet(root: Element, decision: Element, table: Element) -> Sheet:
    return Sheet(
        attribute(decision, "id"),
        attribute(decision, "name"),
        attribute(table, "hitPolicy", "UNIQUE"),
        tuple(_input(each) for each in children(table, "input")),
        tuple(_output(each) for each in children(table, "output")),
        tuple(_read_rule(each) for each in children(table, "rule")),
        attribute(table, "aggregation"),
        tuple(_variables(root, decision)),
        _description(decision),
    )


def _input(element: Element) -> InputColumn:
    expression = child(element, "inputExpression")
    return InputColumn(
        attribute(element, "label"),
        text_of(expression) or "",
        "Any" if expression is None else attribute(expression, "typeRef", "Any"),
        text_of(child(element, "inputValues")) or "",
    )


def _output(element: Element) -> OutputColumn:
    return OutputColumn(
        attribute(element, "label"),
        attribute(element, "name"),
        attribute(element, "typeRef", "Any"),
        text_of(child(element, "outputValues")) or "",
    )


def _read_rule(element: Element) -> Rule:
    return Rule(
        _cells(children(element, "inputEntry")),
        _cells(children(element, "outputEntry")),
        note_of(element),
    )


def _cells(entries: Iterator[Element]) -> tuple[str, ...]:
    return tuple(text_of(entry) or "" for entry in entries)


def _description(element: Element) -> str:
    holder = child(element, "description")
    return "" if holder is None else (holder.text or "").strip()


def _variables(root: Element, decision: Element) -> Iterator[Variable]:
    by_id = {attribute(each, "id"): each for each in children(root, "inputData")}
    for requirement in children(decision, "informationRequirement"):
        for target in requirement:
            element = by_id.get(attribute(target, "href").rpartition("#")[2])
            if local(target) == "requiredInput" and element is not None:
                variable = child(element, "variable")
                kind = "Any" if variable is None else attribute(variable, "typeRef", "Any")
                yield Variable(attribute(element, "name"), kind)


def columns_of(sheet: Sheet) -> Sequence[InputColumn | OutputColumn]:
    """The columns of a sheet as shown, inputs first."""
    return [*sheet.inputs, *sheet.outputs]
