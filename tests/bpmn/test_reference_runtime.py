"""The same random models on SpiffWorkflow's own runtime, over the patterns it gets right (each join reached once)."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from lxml import etree
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from tests.bpmn.diagrams import document, process
from tests.bpmn.driver import Case
from tests.bpmn.models import Blocks

PATTERNS = ("seq", "xor", "and", "or", "sub")


class Plain(Blocks):
    """Only the patterns the reference runs correctly."""

    def _block(self, depth: int, times: int, parts: list[str]) -> tuple[str, str]:
        kind = self.random.choice(("script", "user") if depth == 0 else ("script", *PATTERNS))
        if kind in ("script", "user"):
            return self._leaf(kind, times, parts)
        found: tuple[str, str] = getattr(self, f"_{kind}")(depth, times, parts)
        return found


def reference_trace(model: Blocks, order: random.Random) -> Counter[str]:
    """Scripts that ran on the reference runtime; user tasks completed in random order."""
    root = etree.fromstring(document(process(*model.parts)))
    for script in root.iter("{*}script"):
        script.text = f"ran_{script.text} = True"
    parser = BpmnParser()
    parser.add_bpmn_xml(root)
    workflow = BpmnWorkflow(parser.get_spec("p"), parser.get_subprocess_specs("p"))
    workflow.task_tree.data.update(model.variables)
    workflow.do_engine_steps()
    while ready := sorted(workflow.get_tasks(state=TaskState.READY, manual=True), key=lambda t: t.task_spec.bpmn_id):
        order.choice(ready).run()
        workflow.do_engine_steps()
    assert workflow.is_completed()
    done: list[Any] = workflow.get_tasks(state=TaskState.COMPLETED)
    return Counter(t.task_spec.bpmn_id for t in done if t.task_spec.bpmn_id in model.expect)


@pytest.mark.parametrize("seed", range(25))
def test_both_run_the_same_scripts(seed: int) -> None:
    model = Plain(seed, depth=4, certain=True)
    rng = random.Random(seed)
    case = Case(*model.parts, variables=model.variables)
    while case.status == "running":
        case.do(rng.choice(sorted(v for k, v in case.rows.items() if k[0] == "task")))
    assert Counter(case.environment.trace) == reference_trace(model, rng) == +model.expect
