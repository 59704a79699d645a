"""All rules, in the order their findings are shown."""

from __future__ import annotations

from engine.bpmn.linter import activities, cityloop, collaboration, data, events, formal, gateways, structure
from engine.bpmn.linter.model import Rule

RULES: tuple[Rule, ...] = (
    *structure.RULES,
    *gateways.RULES,
    *events.RULES,
    *activities.RULES,
    *data.RULES,
    *collaboration.RULES,
    *formal.RULES,
    *cityloop.RULES,
)
