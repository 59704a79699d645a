"""Does a step get dearer when a million cases are stored? And what would the same step cost as plain SQL?

A real waiting work order is copied by SQL, with its open task, armed timer and history; then the same steps are taken
among 10,000 and among 1,000,000 of them. The floor is pgbench with the statements of a step written by hand.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import make_url

from engine import commands, timers
from engine.executor import utc_now
from tests.benchmarks.measure import Figures, measure
from tests.benchmarks.step import FORM
from tests.benchmarks.world import ACTOR, district, open_tasks, start
from webapp.postgres_binaries import find_binaries
from webapp.wiring import Wiring

SMALL, LARGE = 10_000, 1_000_000
FIRST = 10_000_000
COPY = (
    "insert into work_order (id, no, kind, process_key, definition, status, status_code, version, state, document, "
    "clocks, source, title, opened_at, changed_at) overriding system value "
    "select n, 'COPY' || n, kind, process_key, definition, status, status_code, version, state, document, clocks, "
    "source, title, opened_at - n * interval '1 second', changed_at "
    "from work_order, generate_series(%(first)s::bigint, %(last)s::bigint) n where no = %(no)s",
    "insert into user_task (order_id, order_no, item, element, definition, name, candidates, status, title, "
    "created_at, due_at) select n, 'COPY' || n, item, element, t.definition, name, array['acceptor@COPY'], t.status, "
    "t.title, created_at, now() + n * interval '1 second' "
    "from user_task t, generate_series(%(first)s::bigint, %(last)s::bigint) n where t.order_no = %(no)s",
    "insert into timer (order_id, timer, element, due_at, status) select n, 1, 'BT_due', "
    "now() + interval '1 day' + n * interval '1 second', 'armed' "
    "from generate_series(%(first)s::bigint, %(last)s::bigint) n",
    "insert into history (at, order_id, kind, actor, element, data) select now(), n, 'TaskOpened', 'system', 'report', "
    "'{}' from generate_series(%(first)s::bigint, %(last)s::bigint) n",
)
FLOOR = """
\\set id random(:first, :last)
begin;
select id, no, definition, status, version, state, document, clocks from work_order where id = :id for update;
select id, item, element, version, status, assignee from user_task where order_id = :id;
update work_order set version = version + 1, status_code = 41, changed_at = now() where id = :id;
update user_task set version = version + 1 where order_id = :id;
insert into user_task (order_id, order_no, item, element, definition, name, candidates, status, created_at)
  values (:id, 'COPY', -(random() * 1e9)::int, 'next', 'five_tasks:1', 'next', array['acceptor@COPY'], 'open', now());
insert into history (at, order_id, kind, actor, element, data)
  select now(), :id, 'TaskCompleted', 'SL01', 'report', '{"answer": "go"}' from generate_series(1, 6);
commit;
"""


def run(units: int = 300) -> list[Figures]:
    """Steps among few and many stored cases, due timers among many, and the floor."""
    with district() as wiring:
        model = start(wiring, "model")
        _store(wiring, model, FIRST, FIRST + SMALL - 1)
        few = _steps(wiring, f"step among {SMALL:,} stored", units)
        _store(wiring, model, FIRST + SMALL, FIRST + LARGE - 1)
        many = _steps(wiring, f"step among {LARGE:,} stored", units)
        many.extra["ratio"] = round(many.cpu_ms / few.cpu_ms, 3)
        many.extra["wall_ratio"] = round(many.wall_ms / few.wall_ms, 3)
        return [few, many, _due(wiring), _floor(wiring, many)]


def _store(wiring: Wiring, model: str, first: int, last: int) -> None:
    with wiring.engine.database.transaction() as transaction:
        for sql in COPY:
            transaction.run(sql, {"no": model, "first": first, "last": last})
    connection = wiring.engine.database.engine.raw_connection()
    driver: Any = connection.driver_connection
    driver.autocommit = True
    driver.execute("vacuum analyze work_order, user_task, timer, history")
    driver.autocommit = False
    connection.close()


def _steps(wiring: Wiring, name: str, units: int) -> Figures:
    tasks = open_tasks(wiring, [start(wiring, f"{name}{k}") for k in range(units + 40)])
    found = [
        measure(name, 1, lambda t=task: wiring.engine.execute(  # type: ignore[misc]
            commands.CompleteTask(t["id"], FORM, ACTOR, t["version"])
        ))
        for task in tasks
    ][40:]  # fmt: skip
    return Figures(name, units, median(f.cpu_ms for f in found), median(f.wall_ms for f in found))


def _due(wiring: Wiring, rounds: int = 20) -> Figures:
    """The promoter's question when some timers are due among a million."""
    times = []
    for k in range(rounds):
        with wiring.engine.database.transaction() as transaction:
            late = {"first": FIRST + k * 10, "last": FIRST + k * 10 + 9}
            transaction.run("update timer set due_at = now() where order_id between %(first)s and %(last)s", late)
        with wiring.engine.database.transaction() as transaction:
            times.append(measure("due", 1, lambda tx=transaction: timers.promote(tx, utc_now())))  # type: ignore[misc]
    cpu, wall = median(t.cpu_ms for t in times), median(t.wall_ms for t in times)
    return Figures("10 due timers among 1,000,000", rounds, cpu, wall)


def _floor(wiring: Wiring, ours: Figures) -> Figures:
    """pgbench, one client, prepared statements: what PostgreSQL alone needs for such a step."""
    server = make_url(wiring.settings.database_url)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "floor.sql"
        script.write_text(FLOOR, encoding="utf-8")
        pgbench = find_binaries().program("pgbench")
        said = subprocess.run(
            [pgbench, "-n", "-M", "prepared", "-c", "1", "-T", "8", "-f", str(script),
             "-D", f"first={FIRST}", "-D", f"last={FIRST + LARGE - 1}", "-h", str(server.query.get("host")),
             "-U", str(server.username), str(server.database)],
            capture_output=True, text=True, check=True, env=os.environ,
        ).stdout  # fmt: skip
    latency = float(re.search(r"latency average = ([\d.]+) ms", said)[1])  # type: ignore[index]
    more = {"ours_to_floor_wall": round(ours.wall_ms / latency, 2)}
    return Figures("the same step in pgbench", 0, 0.0, latency, more)
