"""The linter: what is wrong with a diagram, before it is deployed.

Rules are grouped by module; every finding has a stable rule id, the element's id, a sentence in Chinese and English
and, where there is one, a repair.
"""

from __future__ import annotations

from lxml import etree

from engine.bpmn import xml
from engine.bpmn.errors import InvalidDiagram
from engine.bpmn.findings import Finding
from engine.bpmn.linter.model import Known, Model, Rule, finding

__all__ = ["Known", "check", "finding", "lint"]


def lint(source: bytes, known: Known | None = None, *, allow_scripts: bool = False) -> list[Finding]:
    """Every finding about a diagram, errors first. `known`: names that must exist outside the diagram."""
    try:
        root = xml.parse(source)
    except InvalidDiagram as error:
        return list(error.findings)
    found = check(root, known, allow_scripts=allow_scripts)
    return sorted(found, key=lambda f: f.severity != "error")


def check(root: etree._Element, known: Known | None, *, allow_scripts: bool = False) -> list[Finding]:
    """Findings about a parsed diagram, in the order of the rules."""
    from engine.bpmn.linter.rules import RULES
    from engine.bpmn.reader import schema_findings

    model = Model(root, known or Known(), allow_scripts)
    found: list[Finding] = schema_findings(root)
    for rule in RULES:
        found.extend(_apply(rule, model, broken=any(f.severity == "error" for f in found)))
    return list(dict.fromkeys(found))


def _apply(rule: Rule, model: Model, *, broken: bool) -> list[Finding]:
    """The findings of a rule. Where the schema is broken already, a rule may meet what it cannot read: its finding is
    the schema's then."""
    try:
        return list(rule(model))
    except (ValueError, TypeError, AttributeError, KeyError):
        if not broken:
            raise
        return []
