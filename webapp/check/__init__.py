"""Checks that a district's process owners run before publishing: scenarios written as TOML beside the diagrams."""

from webapp.check.scenario import Scenario, ScenarioInvalid, Step, collect, load
from webapp.check.scenarios import Outcome, ScenarioFailed, run, run_all

__all__ = [
    "Outcome",
    "Scenario",
    "ScenarioFailed",
    "ScenarioInvalid",
    "Step",
    "collect",
    "load",
    "run",
    "run_all",
]
