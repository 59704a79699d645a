"""What counts as touched where no token goes the drawn way."""

from __future__ import annotations

from pathlib import Path

from engine import bpmn
from webapp.check.coverage import Touched, measure
from webapp.settings import ROOT


def untouched(path: Path, *entered: tuple[str, str]) -> set[str]:
    programs = bpmn.read(path.read_bytes())
    return {part.id for part in measure(programs, [], Touched(elements=set(entered))) if not part.touched}


def test_a_branch_of_an_event_gateway_is_touched_when_its_event_has_come() -> None:
    found = untouched(ROOT / "processes/city_emergency/city_emergency.bpmn", ("city_emergency", "ICE_safe"))
    assert "SF_EBG_rep_ICE_rn" in found
    assert "SF_EBG_rep_ICE_safe" not in found


def test_a_compensation_event_is_touched_when_its_handler_has_run() -> None:
    diagram = ROOT / "processes/shared/dispatch/dispatch.bpmn"
    (program,) = bpmn.read(diagram.read_bytes())
    (undo,) = [element for element in program.nodes if element.id == "BE_undo"]
    assert undo.attached_to is not None
    assert undo.attached_to.compensation is not None
    handler = undo.attached_to.compensation.id
    assert "BE_undo" in untouched(diagram)
    assert "BE_undo" not in untouched(diagram, ("dispatch", handler))
