"""Random walks over the district's own diagrams: whatever people, timers and messages do, the invariants hold."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from engine import feel
from engine.bpmn import Complete, DeliverMessage, DeliverSignal, FireTimer, Machine, Program, StepFailed, read
from tests.bpmn.driver import BEGIN, Case, Environment, Shelf

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
MAX_STATE = 2048


class Chance(Environment):
    """What the diagram cannot know by itself is left to chance, always the same for a seed and a number of asks."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed

    def evaluate(self, expression: str, scopes: Sequence[Mapping[str, Any]]) -> Any:
        value = feel.evaluate(expression, *scopes)
        names = sorted({str(k) for scope in scopes for k, v in scope.items() if v is not None and isinstance(k, str)})
        return random.Random(f"{self.seed}{expression}{names}").choice([True, False]) if value is None else value

    def decide(self, decision_ref: str, scopes: Sequence[Mapping[str, Any]], element: Any) -> Any:
        return {}


class OwnCase(Case):
    """A case over programs that are read already."""

    def __init__(self, programs: Sequence[Program], main: Program, seed: int) -> None:
        self.shelf, self.environment, self.now = Shelf(programs), Chance(seed), BEGIN
        self.machine = Machine(self.shelf, self.environment)
        self.rows, self.effects, self.last = {}, [], ()
        due = defaultdict(lambda: "2026-10-01T00:00:00+08:00")
        self.context = {"caseNo": "HJ1", "appealNo": "SQ1", "deadlines": due, "warnings": due}
        start = main.starts[0]
        at = start.id if start.events else None
        self._take(self.machine.start(main, {}, self.now, context=self.context, at=at, payload={}))


def programs() -> list[Program]:
    return [p for file in sorted(PROCESSES.rglob("*.bpmn")) for p in read(file.read_bytes())]


@pytest.mark.parametrize("seed", range(40))
def test_a_random_walk_keeps_the_invariants_and_a_small_state(seed: int) -> None:
    every = programs()
    if not every:
        pytest.skip("no diagrams in processes/")
    rng = random.Random(seed)
    case = None
    main = rng.choice([p for p in every if p.key.startswith("city_")] or every)
    try:
        case = OwnCase(every, main, seed)
        for _ in range(60):
            if case.status != "running":
                break
            _one_step(case, rng)
    except StepFailed:
        pass  # chance gave a timer a date that is none: the step is refused, what stands is checked below
    if case is not None and case.status == "running":
        case.check()
        assert len(case.state) <= MAX_STATE


def _one_step(case: Case, rng: random.Random) -> None:
    row = rng.choice(sorted(case.rows, key=str))
    if row[0] == "timer":
        case.now = max(case.now, case.rows[row][2])
        case.send(FireTimer(row[1]))
    elif row[0] == "subscription":
        kind, name, key = case.rows[row]
        case.send(DeliverSignal(name, key) if kind == "signal" else DeliverMessage(row[1], row[2], {}, row[3]))
    else:
        case.send(Complete(row[1], {"outcome": rng.choice(["ok", "redo", "returned"])}))
