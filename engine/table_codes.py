"""Codes that decision tables give as answers: units, posts, rows of the district's lists.

Which columns hold them is written in table_codes.csv, so that no table is known here. A table that names a unit
nobody has heard of would dispatch to nobody; it is refused before it goes live, with the row and the code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.dmn import Finding
from engine.dmn.errors import InvalidDecision
from engine.dmn.xml import Element, attribute, children, local, parse, text_of
from engine.feel import FeelError
from engine.feel.functions import BUILTINS
from engine.feel.nodes import Binary, Call, If, ListNode, Literal, Name, Node
from engine.feel.parser import Parser
from engine.reference import Reference

LIST = "table_codes"
UNIT, ROLE, POST = "unit", "role", "post"
WORDY = tuple(name for name in BUILTINS if " " in name)
JOINING = frozenset({"append", "concatenate", "distinct values", "flatten", "union"})
"""Functions whose lists become part of the answer."""


@dataclass(frozen=True)
class Codes:
    """What a column may say: `known` is asked about each text, `where` names the list people look it up in."""

    known: Callable[[str], bool]
    where: str


def check(source: bytes, reference: Reference) -> Iterator[Finding]:
    """Answers of the tables of a DMN file that name something the district does not have."""
    declared = reference.tables.get(LIST, ())
    try:
        root = parse(source) if declared and reference.units else None
    except InvalidDecision:
        return  # told by the check of the file itself
    for decision in children(root, "decision") if root is not None else ():
        name = attribute(decision, "id") or attribute(decision, "name")
        for table in (each for each in decision.iter() if local(each) == "decisionTable"):
            yield from _table(name, table, declared, reference)


def _table(
    decision: str, table: Element, declared: Sequence[Mapping[str, Any]], reference: Reference
) -> Iterator[Finding]:
    inputs = len(list(children(table, "input")))
    for at, output in enumerate(children(table, "output")):
        codes = _codes(decision, attribute(output, "name"), declared, reference)
        if codes is None:
            continue
        label = attribute(output, "label") or attribute(output, "name")
        for row, rule in enumerate(children(table, "rule"), 1):
            entry = list(children(rule, "outputEntry"))[at : at + 1]
            for code in answers(text_of(entry[0]) or "") if entry else ():
                if not codes.known(code):
                    yield _unknown(decision, row, inputs + at + 1, label, code, codes)


def _codes(decision: str, column: str, declared: Sequence[Mapping[str, Any]], reference: Reference) -> Codes | None:
    """What a column may say; a line for the table itself before one for all tables (`*`)."""
    lines = [one for one in declared if one["column"] == column and one["decision"] in (decision, "*")]
    line = next((one for one in lines if one["decision"] == decision), lines[0] if lines else None)
    if line is None:
        return None
    kind, besides = str(line["codes"]), frozenset(str(line["besides"]).split(";"))
    known, where = _known(kind, reference)
    return Codes(lambda text: text in besides or known(text), where)


def _known(kind: str, reference: Reference) -> tuple[Callable[[str], bool], str]:
    roles = {str(row["role"]) for row in reference.tables.get("roles", ())}
    if kind == UNIT:
        return reference.units.__contains__, "org_units.csv"
    if kind == ROLE:
        return roles.__contains__, "roles.csv"
    if kind == POST:
        return partial(_is_post, roles=roles, units=reference.units), "roles.csv、org_units.csv"
    name, _dot, column = kind.partition(".")
    return {str(row.get(column)) for row in reference.tables.get(name, ())}.__contains__, f"{name}.csv"


def _is_post(text: str, roles: set[str], units: Mapping[str, Any]) -> bool:
    """`role@unit`, several with commas; of `"unit_head@" + …` only the role is written."""
    posts = [one.strip().partition("@") for one in text.split(",")]
    return all(role in roles and (not unit or unit in units) for role, _at, unit in posts)


def answers(text: str) -> Iterator[str]:
    """The texts a cell gives as its answer, whatever it asks about to choose between them."""
    try:
        node = Parser(text, (), WORDY).expression_only() if text.strip() else None
    except FeelError:
        return  # told by the check of the cells
    if node is not None:
        yield from _said(node)


def _said(node: Node) -> Iterator[str]:
    inside: tuple[Node, ...] = ()
    if isinstance(node, Literal) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ListNode):
        inside = node.items
    elif isinstance(node, If):
        inside = (node.then, node.otherwise)
    elif isinstance(node, Binary) and node.op == "+":
        inside = (node.left,)  # `"unit_head@" + unit`: what follows is not written down
    elif isinstance(node, Call) and isinstance(node.function, Name) and node.function.name in JOINING:
        inside = node.args
    for one in inside:
        yield from _said(one)


def _unknown(decision: str, row: int, column: int, label: str, code: str, codes: Codes) -> Finding:
    zh = f"第 {row} 行“{label}”的“{code}”不在 {codes.where} 中。"
    en = f"“{code}” in row {row}, column {column} ({label}) is not in {codes.where}."
    return Finding("dmn.cell.unknown_code", decision, "error", zh, en, row, column)
