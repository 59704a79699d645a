"""All rules, in the order their findings are shown."""

from __future__ import annotations

from engine.bpmn.linter import structure
from engine.bpmn.linter.model import Rule

RULES: tuple[Rule, ...] = (*structure.RULES,)
