"""What one step costs: completing a user task through the engine's door, and a whole five-task work order."""

from __future__ import annotations

from engine import commands
from tests.benchmarks.measure import Figures, counting, measure
from tests.benchmarks.world import ACTOR, district, open_tasks, start
from webapp.wiring import Wiring

FORM = {"answer": "go", "process": "已更换井盖并复测，周边清理完毕。", "resultCode": "已解决"}
WARM = 60


def run(units: int = 400) -> list[Figures]:
    """Figures of single steps and of whole work orders."""
    with district() as wiring:
        _rounds(wiring, [start(wiring, f"warm{k}") for k in range(WARM)])
        return [_steps(wiring, units), _whole(wiring, units // 4)]


def _steps(wiring: Wiring, units: int) -> Figures:
    numbers = [start(wiring, f"step{k}") for k in range(units)]
    tasks = open_tasks(wiring, numbers)

    def work() -> None:
        for task in tasks:
            wiring.engine.execute(commands.CompleteTask(task["id"], FORM, ACTOR, task["version"]))

    with counting() as count:
        found = measure("complete a user task", units, work)
    found.extra = {
        "statements": round(count.statements / units, 2),
        "round_trips": round(count.round_trips / units, 2),
        "commits": 1,
        "state_bytes": _state_size(wiring),
    }
    return found


def _whole(wiring: Wiring, units: int) -> Figures:
    def work() -> None:
        _rounds(wiring, [start(wiring, f"whole{k}") for k in range(units)])

    return measure("a whole five-task work order", units, work)


def _rounds(wiring: Wiring, numbers: list[str]) -> None:
    for _ in range(5):
        for task in open_tasks(wiring, numbers):
            wiring.engine.execute(commands.CompleteTask(task["id"], FORM, ACTOR, task["version"]))


def _state_size(wiring: Wiring) -> int:
    with wiring.engine.database.transaction() as transaction:
        row = transaction.row("select max(length(state)) as size from work_order where status = 'active'")
    return int(row["size"] or 0) if row else 0
