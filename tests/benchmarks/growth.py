"""Does a step get dearer with age? Work orders with 10 and with 1,000 finished tasks behind them take steps in turn."""

from __future__ import annotations

from statistics import median

from engine import commands
from tests.benchmarks.measure import Figures, measure
from tests.benchmarks.step import FORM
from tests.benchmarks.world import ACTOR, district, open_tasks, start
from webapp.wiring import Wiring

AGAIN = {**FORM, "answer": "again"}


def run(pairs: int = 120) -> list[Figures]:
    """Young and old in turn, so that the machine's noise meets both; `ratio` of the medians is what to read."""
    with district() as wiring:
        old = start(wiring, "old")
        _advance(wiring, old, 1000)
        young = [_aged(wiring, k, 10) for k in range(pairs)]
        times: dict[str, list[float]] = {"young": [], "old": []}
        for number in young:
            times["young"].append(_step(wiring, number))
            times["old"].append(_step(wiring, old))
        first = _figures(wiring, "step with 10 tasks behind it", times["young"], young[0])
        second = _figures(wiring, "step with 1,000 tasks behind it", times["old"], old)
        second.extra["ratio"] = round(second.cpu_ms / first.cpu_ms, 3)
        return [first, second]


def _aged(wiring: Wiring, key: int, steps: int) -> str:
    number = start(wiring, f"young{key}")
    _advance(wiring, number, steps)
    return number


def _advance(wiring: Wiring, number: str, steps: int) -> None:
    for _ in range(steps):
        _step(wiring, number)


def _step(wiring: Wiring, number: str) -> float:
    """CPU milliseconds of one completed task."""
    task = open_tasks(wiring, [number])[0]
    command = commands.CompleteTask(task["id"], AGAIN, ACTOR, task["version"])
    return measure("step", 1, lambda: wiring.engine.execute(command)).cpu_ms


def _figures(wiring: Wiring, name: str, cpu: list[float], number: str) -> Figures:
    with wiring.engine.database.transaction() as transaction:
        row = transaction.row("select length(state) as size from work_order where no = %(no)s", {"no": number})
    return Figures(name, len(cpu), median(cpu), 0.0, {"state_bytes": int(row["size"]) if row else 0})
