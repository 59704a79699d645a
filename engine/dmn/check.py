"""Checks a decision model before it goes live: does it parse, and do its tables decide every case once.

Cells that are plain sets (`-`, literals, number ranges) are compared exactly; a cell only FEEL understands may
match anything, so it hides a gap and never raises a false alarm. A column's domain is its allowed values, true
and false, or everything. An input nobody filled in is no gap, but a rule that takes it is reachable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.dmn.cell_check import check_cells
from engine.dmn.coverage import Coverage, TooLarge, cover
from engine.dmn.domains import Domain, domain_of
from engine.dmn.errors import Finding, InvalidDecision
from engine.dmn.model import Model
from engine.dmn.reader import compile_model
from engine.dmn.xml import Element, attribute, child, children, local, parse, text_of

MAX_REPORTED = 20


def check(source: bytes, imports: Mapping[str, Model] | None = None) -> list[Finding]:
    """What is wrong with a DMN file: errors it cannot run with, then warnings about its tables."""
    try:
        root = parse(source)
    except InvalidDecision as refused:
        return refused.findings
    findings = list(compile_model(root, imports or {}).findings)
    broken = {finding.element for finding in findings if finding.severity == "error"}
    for decision in children(root, "decision", "businessKnowledgeModel"):
        name = attribute(decision, "id") or attribute(decision, "name")
        if name in broken:
            continue
        for table in (each for each in decision.iter() if local(each) == "decisionTable"):
            findings += check_table(name, table)
    return findings


def check_table(element: str, table: Element) -> list[Finding]:
    """Gaps, overlaps and unreachable rules of one decision table."""
    columns = list(children(table, "input"))
    rules = list(children(table, "rule"))
    cells = [[text_of(entry) or "-" for entry in children(rule, "inputEntry")] for rule in rules]
    outputs = [tuple(text_of(entry) or "" for entry in children(rule, "outputEntry")) for rule in rules]
    domains = [_domain(column, [row[i] for row in cells]) for i, column in enumerate(columns)]
    try:
        coverage = cover(domains)
    except TooLarge:
        return [_too_large(element)]
    labels = [_label(column) for column in columns]
    cell_findings = list(check_cells(element, table))
    policy = attribute(table, "hitPolicy", "UNIQUE")
    findings = cell_findings if _has_default(table) else cell_findings + list(_gaps(element, labels, coverage, policy))
    findings += _overlaps(element, labels, coverage, policy, outputs)
    if policy == "FIRST":
        findings += _unreachable(element, coverage, len(rules))
    return findings


def _domain(column: Element, cells: Sequence[str]) -> Domain:
    expression = child(column, "inputExpression")
    type_name = "" if expression is None else attribute(expression, "typeRef")
    return domain_of(type_name, text_of(child(column, "inputValues")), cells)


def _label(column: Element) -> str:
    text = text_of(child(column, "inputExpression")) or ""
    return text if text.isidentifier() else attribute(column, "label") or text


def _has_default(table: Element) -> bool:
    return any(child(output, "defaultOutputEntry") is not None for output in children(table, "output"))


def _example(labels: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(labels, values, strict=True))


def _shown(example: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {_as_feel(value)}" for name, value in example.items())


def _as_feel(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _gaps(element: str, labels: Sequence[str], coverage: Coverage, policy: str) -> Iterable[Finding]:
    if policy in ("COLLECT", "RULE ORDER", "OUTPUT ORDER"):
        return
    for values in coverage.gaps[:MAX_REPORTED]:
        example = _example(labels, values)
        yield Finding(
            "dmn.table.gap",
            element,
            "warning",
            f"没有规则覆盖：{_shown(example)}。",
            f"No rule covers {_shown(example)}.",
            example=example,
        )


def _overlaps(
    element: str,
    labels: Sequence[str],
    coverage: Coverage,
    policy: str,
    outputs: Sequence[tuple[str, ...]],
) -> Iterable[Finding]:
    if policy not in ("UNIQUE", "ANY"):
        return
    shown = 0
    for (first, second), values in sorted(coverage.overlaps.items()):
        if policy == "ANY" and outputs[first] == outputs[second] or shown == MAX_REPORTED:
            continue
        shown += 1
        example = _example(labels, values)
        yield Finding(
            "dmn.table.overlap",
            element,
            "error",
            f"第 {first + 1} 行与第 {second + 1} 行同时命中：{_shown(example)}（{policy} 策略不允许）。",
            f"Rows {first + 1} and {second + 1} both match {_shown(example)}, which {policy} does not allow.",
            row=second + 1,
            example=example,
        )


def _unreachable(element: str, coverage: Coverage, rules: int) -> Iterable[Finding]:
    for rule in range(rules):
        if not coverage.reachable >> rule & 1:
            yield Finding(
                "dmn.table.unreachable",
                element,
                "warning",
                f"第 {rule + 1} 行永远不会命中：前面的规则已覆盖它。",
                f"Row {rule + 1} can never match: earlier rows cover it.",
                row=rule + 1,
            )


def _too_large(element: str) -> Finding:
    return Finding(
        "dmn.table.too_large",
        element,
        "warning",
        "决策表过大，未检查空缺与重叠。",
        "The table is too large to be checked for gaps and overlaps.",
    )
