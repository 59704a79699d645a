"""Checks a decision model before it goes live: does it parse, and do its tables decide every case once.

Cells that are plain sets (`-`, literals, number ranges) are compared exactly; a cell only FEEL understands may
match anything, so it hides a gap and never raises a false alarm. A column's domain is its allowed values, true
and false, or everything. An input nobody filled in is no gap, but a rule that takes it is reachable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.dmn.cell_check import check_cells
from engine.dmn.coverage import TooLarge, Walk, covered_by_one, overlaps
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
    """Misfitting cells, gaps, overlaps and unreachable rules of one decision table."""
    columns = list(children(table, "input"))
    rules = list(children(table, "rule"))
    cells = [[text_of(entry) or "-" for entry in children(rule, "inputEntry")] for rule in rules]
    domains = [_domain(column, [row[i] for row in cells]) for i, column in enumerate(columns)]
    labels = [_label(column) for column in columns]
    policy = attribute(table, "hitPolicy", "UNIQUE")
    findings = list(check_cells(element, table))
    if policy in ("UNIQUE", "ANY"):
        outputs = [tuple(text_of(entry) or "" for entry in children(rule, "outputEntry")) for rule in rules]
        findings += _overlaps(element, labels, domains, policy, outputs)
    gaps_matter = policy in ("UNIQUE", "ANY", "FIRST", "PRIORITY") and not _has_default(table)
    unreachable = covered_by_one(domains) if policy == "FIRST" else 0
    try:
        walk = Walk(domains) if gaps_matter or policy == "FIRST" else None
    except TooLarge:
        walk = None
        findings.append(_too_large(element))
    if walk is not None and gaps_matter:
        findings += _gaps(element, labels, walk.gaps)
    if walk is not None and policy == "FIRST":
        unreachable = ~walk.reachable
    return findings + [_unreachable(element, rule) for rule in range(len(rules)) if unreachable >> rule & 1]


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


def _gaps(element: str, labels: Sequence[str], gaps: Sequence[Sequence[Any]]) -> Iterable[Finding]:
    for values in gaps[:MAX_REPORTED]:
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
    domains: Sequence[Domain],
    policy: str,
    outputs: Sequence[tuple[str, ...]],
) -> Iterable[Finding]:
    wrong = [
        (pair, values)
        for pair, values in overlaps(domains).items()
        if policy == "UNIQUE" or outputs[pair[0]] != outputs[pair[1]]
    ]
    for (first, second), values in wrong[:MAX_REPORTED]:
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


def _unreachable(element: str, rule: int) -> Finding:
    return Finding(
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
        "决策表过大，未检查是否有空缺。",
        "The table is too large to be checked for gaps.",
    )
