"""Checks the cells of a decision table against the types and allowed values of their columns.

Only plain literals are looked at: `"A"` in a number column can never match, an output of the wrong type is null, and
one that is not among the allowed values is known to nobody who asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.dmn.cells import Cell, Literal, cell, literal, split_list
from engine.dmn.errors import Finding, Severity
from engine.dmn.types import SimpleType, builtin
from engine.dmn.xml import Element, attribute, child, children, text_of


def check_cells(element: str, table: Element) -> Iterator[Finding]:
    """Cells of one table whose literals do not fit their column."""
    inputs, outputs = list(children(table, "input")), list(children(table, "output"))
    for row, rule in enumerate(children(table, "rule"), 1):
        for number, (column, entry) in enumerate(zip(inputs, children(rule, "inputEntry"), strict=False), 1):
            plain = cell(text_of(entry) or "-") or Cell()
            expression = child(column, "inputExpression")
            type_name = "" if expression is None else attribute(expression, "typeRef")
            allowed = text_of(child(column, "inputValues"))
            yield from _misfits(element, row, number, plain.literals, type_name, allowed, "warning")
        results = zip(outputs, children(rule, "outputEntry"), strict=False)
        for number, (column, entry) in enumerate(results, len(inputs) + 1):
            value = [one for one in literal(text_of(entry) or "") or () if one is not None]  # null is no answer
            allowed = text_of(child(column, "outputValues"))
            yield from _misfits(element, row, number, value, attribute(column, "typeRef"), allowed, "error")


def _misfits(
    element: str,
    row: int,
    column: int,
    values: Sequence[Literal],
    type_name: str,
    allowed: str | None,
    severity: Severity,
) -> Iterator[Finding]:
    type_ = builtin(type_name.rpartition(":")[2]) if type_name else None
    listed = [literal(part) for part in split_list(allowed)] if allowed else []
    closed = bool(listed) and all(listed)
    for value in values:
        at_zh, at_en = f"第 {row} 行第 {column} 列的“{value}”", f"“{value}” in row {row}, column {column}"
        if isinstance(type_, SimpleType) and not type_.accepts(value):
            zh, en = f"{at_zh}不是 {type_name} 类型。", f"{at_en} is not of type {type_name}."
            yield Finding("dmn.cell.type", element, "error", zh, en, row, column)
        elif closed and (value,) not in listed:
            zh = f"{at_zh}不在允许值之内（{allowed}）。"
            en = f"{at_en} is not one of the allowed values ({allowed})."
            yield Finding("dmn.cell.not_allowed", element, severity, zh, en, row, column)
