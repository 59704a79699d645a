"""Compiles `decisionTable` elements (DMN 1.5, chapter 8)."""

from __future__ import annotations

from typing import Any

import engine.feel
from engine.dmn.cells import cell, literal
from engine.dmn.compiler import Compiler, Names, null
from engine.dmn.table import AGGREGATIONS, HIT_POLICIES, Column, Logic, Output, Scopes, Table
from engine.dmn.types import ConstrainedType, NamedType, Type
from engine.dmn.xml import Element, attribute, child, children, normal_name, note_of, text_of


def read_table(compiler: Compiler, element: Element, names: Names) -> Table:
    """The compiled table; what is wrong with it is reported to the compiler."""
    policy = attribute(element, "hitPolicy", "UNIQUE")
    aggregation = attribute(element, "aggregation")
    if policy not in HIT_POLICIES or aggregation not in AGGREGATIONS:
        compiler.report(
            "dmn.table.hit_policy",
            f"命中策略“{policy} {aggregation}”不存在。",
            f"There is no hit policy “{policy} {aggregation}”.",
        )
        policy, aggregation = "UNIQUE", ""
    rules = list(children(element, "rule"))
    columns = [_column(compiler, each, names, i) for i, each in enumerate(children(element, "input"), 1)]
    outputs = [_output(compiler, each, names) for each in children(element, "output")]
    if not outputs:
        compiler.report("dmn.table.no_output", "决策表没有输出列。", "The decision table has no output.")
    for row, rule in enumerate(rules, 1):
        _rule(compiler, rule, names, row, columns, outputs)
    return Table(columns, outputs, len(rules), policy, aggregation, [note_of(rule) for rule in rules])


def _column(compiler: Compiler, element: Element, names: Names, number: int) -> Column:
    expression = child(element, "inputExpression")
    text = text_of(expression)
    if not text:
        compiler.report(
            "dmn.table.no_input_expression",
            f"第 {number} 个输入列没有表达式。",
            f"Input column {number} has no expression.",
            column=number,
        )
        return Column(null)
    if expression is not None:
        compiler.language(expression)
    allowed = text_of(child(element, "inputValues"))
    return Column(compiler.feel(text, names), compiler.unary(allowed, names) if allowed else None)


def _output(compiler: Compiler, element: Element, names: Names) -> Output:
    type_ = compiler.book.type_of(element.get("typeRef"))
    listed = text_of(child(element, "outputValues")) or _allowed_text(type_)
    default = text_of(child(element, "defaultOutputEntry"))
    return Output(
        normal_name(attribute(element, "name")),
        type_,
        _priorities(listed),
        _entry(compiler, default, names) if default else None,
    )


def _allowed_text(type_: Type) -> str | None:
    while isinstance(type_, NamedType):
        type_ = type_.target
    return type_.text if isinstance(type_, ConstrainedType) else None


def _priorities(text: str | None) -> list[Any]:
    """The listed output values, best first; empty when the list is not one of values."""
    if not text:
        return []
    try:
        values = engine.feel.evaluate(f"[{text}]")
    except engine.feel.FeelError:
        return []
    return values if isinstance(values, list) else []


def _rule(
    compiler: Compiler, rule: Element, names: Names, row: int, columns: list[Column], outputs: list[Output]
) -> None:
    entries = list(children(rule, "inputEntry"))
    results = list(children(rule, "outputEntry"))
    if len(entries) != len(columns) or len(results) != len(outputs):
        compiler.report(
            "dmn.table.shape",
            f"第 {row} 行有 {len(entries)} 个输入、{len(results)} 个输出，"
            f"表头为 {len(columns)} 个和 {len(outputs)} 个。",
            f"Row {row} has {len(entries)} inputs and {len(results)} outputs, "
            f"the header {len(columns)} and {len(outputs)}.",
            row=row,
        )
        return
    for entry in (*entries, *results):
        compiler.language(entry)
    for number, (column, entry) in enumerate(zip(columns, entries, strict=True), 1):
        text = text_of(entry) or "-"
        test = compiler.unary(text, names | {"?"}, row=row, column=number)
        column.add(row - 1, cell(text), test or _never)
    for number, (output, result) in enumerate(zip(outputs, results, strict=True), len(columns) + 1):
        output.cells.append(_entry(compiler, text_of(result), names, row=row, column=number))


def _entry(compiler: Compiler, text: str | None, names: Names, **place: int) -> Logic:
    if not text or text == "-":
        return null
    plain = literal(text)
    if plain is None:
        return compiler.feel(text, names, **place)
    value = plain[0]

    def constant(scopes: Scopes) -> Any:
        return value

    return constant


def _never(*_: Any) -> bool:
    return False
