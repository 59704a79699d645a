"""What a million waiting timers cost: what a worker's tick does when none of them is due."""

from __future__ import annotations

import os
import time
from datetime import datetime
from typing import Any

from engine import timers
from engine.database import Transaction
from engine.executor import utc_now
from tests.benchmarks.measure import Figures, counting, measure
from tests.benchmarks.world import district
from webapp.wiring import Wiring

WAITING = 1_000_000
FILL = (
    "insert into timer (order_id, timer, element, due_at, status) "
    "select n, 1, 'BT_due', now() + interval '1 day' + (n %% 100000) * interval '1 minute', 'armed' "
    "from generate_series(%(first)s::bigint, %(last)s::bigint) n"
)


def run(units: int = 1000) -> list[Figures]:
    """Ticks with few and with a million timers waiting, then seconds in which nothing is asked at all."""
    with district() as wiring:
        _fill(wiring, 1, 100)
        found = [_ticks(wiring, units, "tick, 100 timers wait")]
        _fill(wiring, 101, WAITING)
        found.append(_ticks(wiring, units, "tick, 1,000,000 timers wait"))
        found.append(_nothing(wiring, seconds=5))
        return found


def _fill(wiring: Wiring, first: int, last: int) -> None:
    with wiring.engine.database.transaction() as transaction:
        transaction.run(FILL, {"first": first, "last": last})
    connection = wiring.engine.database.engine.raw_connection()
    try:
        driver: Any = connection.driver_connection
        driver.rollback()
        driver.autocommit = True
        driver.execute("vacuum analyze timer")
        driver.autocommit = False
    finally:
        connection.close()


def _ticks(wiring: Wiring, units: int, name: str) -> Figures:
    def tick(now: datetime) -> int:
        with wiring.engine.database.transaction() as transaction:
            return timers.promote(transaction, now)

    for _ in range(50):  # warm: prepared statement, cached pages
        tick(utc_now())
    before = server_cpu(wiring)
    with counting() as count:
        promoted: list[int] = []
        found = measure(name, units, lambda: promoted.extend(tick(utc_now()) for _ in range(units)))
    assert sum(promoted) == 0, "none of these timers is due"
    found.extra = {
        "statements": count.statements / units,
        "postgres_cpu_us": round((server_cpu(wiring) - before) / units * 1e6, 1),
    }
    return found


def _nothing(wiring: Wiring, seconds: float) -> Figures:
    """Timers are rows: between two ticks nobody looks at them."""
    before, cpu = server_cpu(wiring), time.process_time()
    with counting() as count:
        time.sleep(seconds)
    cpu, server = time.process_time() - cpu, server_cpu(wiring) - before
    more = {"statements": count.statements, "postgres_cpu_ms": round(server * 1000, 1)}
    return Figures(f"{seconds:g} s between ticks", 1, cpu * 1000, seconds * 1000, more)


def server_cpu(wiring: Wiring) -> float:
    """CPU seconds PostgreSQL's client processes have used, those of this database."""
    with wiring.engine.database.transaction() as transaction:
        rows = _pids(transaction)
    return sum(process_cpu(pid) for pid in rows)


def _pids(transaction: Transaction) -> list[int]:
    sql = "select pid from pg_stat_activity where datname = current_database() and pid <> 0"
    return [row["pid"] for row in transaction.rows(sql)]


def process_cpu(pid: int) -> float:
    """CPU seconds of a process; 0 when it has ended or the system has no /proc."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
