"""How long until a report is a dispatcher's task: intake, acceptance, the message to the new case, its first task.

Real time with a real worker beside it, since that is what a person waits for.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from statistics import median, quantiles

from engine import commands
from engine.executor import utc_now
from engine.ports import Place, Report, Reporter
from tests.benchmarks.measure import Figures
from tests.benchmarks.world import district
from webapp.settings import ROOT
from webapp.wiring import Wiring

ACCEPT = {"categoryCode": "C0103", "villageCode": "990107001001", "relation": "无关", "specialCase": False}
PATIENCE = 30.0
DISPATCH = "element = 'UT_dis' and order_no in (select no from work_order where document->>'appealNo' = %(no)s)"


def run(units: int = 30) -> list[Figures]:
    """Milliseconds from the report to the open task 派遣, and from the acceptor's click."""
    with district() as wiring:
        env = {**os.environ, "DATABASE_URL": wiring.settings.database_url}
        worker = subprocess.Popen([sys.executable, "-m", "webapp.cli", "worker"], cwd=ROOT, env=env)
        try:
            _one(wiring, 0)  # the worker is up when the first has come through
            times = [_one(wiring, number) for number in range(1, units + 1)]
        finally:
            worker.terminate()
            worker.wait()
    return [_figures("report → dispatcher's task", times)]


def _one(wiring: Wiring, number: int) -> float:
    begin = time.perf_counter()
    report = Report(
        "public", f"L{number}", "小程序", "沙井盖破损。", utc_now(), reporter=Reporter(), place=Place("校门口")
    )
    appeal = wiring.engine.execute(commands.SubmitReport(report)).no
    task = _task(wiring, "order_no = %(no)s", appeal)
    wiring.engine.execute(commands.CompleteTask(task, ACCEPT, "SL01"))
    _task(wiring, DISPATCH, appeal)
    return (time.perf_counter() - begin) * 1000


def _task(wiring: Wiring, where: str, no: str) -> int:
    end = time.perf_counter() + PATIENCE
    while time.perf_counter() < end:
        with wiring.engine.database.transaction() as transaction:
            row = transaction.row(f"select id from user_task where status = 'open' and {where}", {"no": no})
        if row:
            return int(row["id"])
        time.sleep(0.005)
    raise TimeoutError(f"no task for {no} after {PATIENCE:g} s")


def _figures(name: str, times: list[float]) -> Figures:
    return Figures(name, len(times), 0.0, median(times), {"p95_ms": round(quantiles(times, n=20)[18], 1)})
