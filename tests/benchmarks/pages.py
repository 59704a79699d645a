"""What pages cost in a district with 10,000 cases: work list, task, case, search; and the operators' lists.

A few cases are driven through the engine to different stages and then cloned by SQL, with towns, categories and times
spread, so that lists are as long and as mixed as in a district that has worked for a year.
"""

from __future__ import annotations

import re
import time
from statistics import median
from typing import Any

from flask.testing import FlaskClient

from engine.executor import utc_now
from tests.benchmarks.http import PASSWORD, prepare
from tests.benchmarks.measure import Figures
from tests.benchmarks.world import district
from tests.engine.conftest import District
from tests.engine.test_loop import accepted, arrived, handled, verified
from webapp import create_app, models
from webapp.wiring import Wiring

CASES = 10_000
ROUNDS = 20
COLUMNS = {
    "user_task": "item, element, definition, name, form_key, stage, candidates, not_by, assignee, status, version, "
    "title, category_code, priority, completed_by, completed_unit",
    "job": "item, element, kind, topic, payload, sequence, status, attempts, result, error",
    "history": "kind, actor, element, data",
    "notice": "element, role, unit, text, level, seen_by",
    "subscription": "item, element, event, kind, name, key",
}
TIMES = {
    "user_task": "created_at, warn_at, due_at, closed_at",
    "job": "created_at, next_at, closed_at",
    "history": "at",
    "notice": "at",
    "subscription": "",
}
CLONE_ORDERS = """
insert into work_order (no, kind, process_key, definition, status, status_code, version, state, document, clocks,
  case_no, source, title, category_code, town_code, village_code, main_unit, priority, search, opened_at, changed_at,
  closed_at)
select o.no || '-' || n, o.kind, process_key, definition, status, status_code, version, state, document, clocks,
  case_no || '-' || n, source, title || ' ' || n, (array(select code from category order by code))[1 + n %% 100],
  (array(select code12 from division where level = '镇街' order by code12))[1 + n %% 8], village_code, main_unit,
  priority, search || ' ' || o.no || '-' || n || ' ' || md5(n::text), opened_at - n * interval '30 minutes',
  changed_at - n * interval '30 minutes', closed_at - n * interval '30 minutes'
from work_order o, generate_series(1, %(copies)s) n order by n, o.id
"""


def run(cases: int = CASES) -> list[Figures]:
    """Server milliseconds of each page: median of twenty requests, CPU and wall."""
    with district() as wiring:
        prepare(wiring)
        numbers = _originals(wiring)
        copies = cases // sum(number.startswith("HJ") for number in numbers)
        _clone(wiring, copies)
        app = create_app(wiring.settings, wiring)
        try:
            return [_page(app.test_client(), *one) for one in _pages(wiring, numbers)]
        finally:
            with app.app_context():
                models.dispose()


# ------------------------------------------------------------------ a district that has worked for a year
def _originals(wiring: Wiring) -> list[str]:
    """Cases at every stage; the numbers of all work orders."""
    drive = District(wiring, now=utc_now())
    drive.report(no="new")
    for number, further in enumerate((_waits, _signed, handled, verified)):
        _, case = accepted(drive, no=f"O-{number}")
        further(drive, case)
    return [row["no"] for row in drive.rows("select no from work_order order by id")]


def _waits(drive: District, case: str) -> None:
    """This one stays where it is: with the dispatcher."""


def _signed(drive: District, case: str) -> None:
    arrived(drive, case)


def _clone(wiring: Wiring, copies: int) -> None:
    with wiring.engine.database.transaction() as transaction:
        transaction.run("create temporary table original on commit drop as select id, no from work_order")
        transaction.run(CLONE_ORDERS, {"copies": copies})
        for table in COLUMNS:
            transaction.run(_clone_rows(table), {"copies": copies})
    connection: Any = wiring.engine.database.engine.raw_connection()
    connection.driver_connection.autocommit = True
    connection.driver_connection.execute("vacuum analyze")
    connection.driver_connection.autocommit = False
    connection.close()


def _clone_rows(table: str) -> str:
    columns, times = COLUMNS[table], [one for one in TIMES[table].split(", ") if one]
    extra = {"user_task": ["order_no", "town_code"], "job": ["order_no", "idempotency_key"], "notice": ["order_no"]}
    more = extra.get(table, [])
    values = {
        "order_no": "c.no",
        "town_code": "c.town_code",
        "idempotency_key": "r.idempotency_key || ':' || n",
    }
    into = ", ".join(["order_id", columns, *more, *times])
    taken = ", ".join(f"r.{one.strip()}" for one in columns.split(","))
    shifted = [f"r.{one} - n * interval '30 minutes' + interval '1 day' * (n %% 40)" for one in times]
    if table == "history":
        shifted = ["r.at"]
    chosen = ", ".join(["c.id", taken, *[values[one] for one in more], *shifted])
    return (
        f"insert into {table} ({into}) select {chosen} from generate_series(1, %(copies)s) n cross join original o "
        f"join work_order c on c.no = o.no || '-' || n join {table} r on r.order_id = o.id order by n, r.id"
    )


# ------------------------------------------------------------------ pages
def _pages(wiring: Wiring, numbers: list[str]) -> list[tuple[str, str, str]]:
    """(name, who, address)"""
    with wiring.engine.database.transaction() as transaction:
        sql = "select id from user_task where element = %(element)s and status = 'open' order by id limit 1"
        tasks = {element: transaction.rows(sql, {"element": element})[0]["id"] for element in ("UT_dis", "UT_hdl")}
    case = next(number for number in reversed(numbers) if number.startswith("HJ"))
    return [
        ("work list, dispatcher", "PQ01", "/tasks"),
        ("work list, unit", "PS-01", "/tasks"),
        ("work list, by words", "PQ01", "/tasks?q=沙井盖"),
        ("task page, dispatching", "PQ01", f"/tasks/{tasks['UT_dis']}"),
        ("task page, handling", "PS-01", f"/tasks/{tasks['UT_hdl']}"),
        ("case page", "SL01", f"/orders/{case}"),
        ("case page, unit", "PS-01", f"/orders/{case}"),
        ("case page, intervening", "ZB01", f"/orders/{case}?tab=operate"),
        ("search, newest", "SL01", "/search"),
        ("search, common word", "SL01", "/search?q=沙井盖"),
        ("search, rare word", "SL01", "/search?q=c4ca4238a0b9"),
        ("search, unit, newest", "PS-01", "/search"),
        ("search, unit, rare word", "PS-01", "/search?q=c4ca4238a0b9"),
        ("search, grid worker, nothing", "WG001001001", "/search?q=没有这样的内容"),
        ("incidents", "JC01", "/operations/incidents"),
        ("migrations", "ZB01", "/operations/migrations"),
    ]


def _page(client: FlaskClient, name: str, who: str, address: str) -> Figures:
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/login").text)
    assert token is not None, "the log-in page carries a token"
    client.post("/login", data={"user_id": who, "password": PASSWORD, "csrf_token": token[1]})
    walls, cpus = [], []
    for turn in range(ROUNDS + 2):
        wall, cpu = time.perf_counter(), time.process_time()
        response = client.get(address)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        assert response.status_code == 200, f"{address}: {response.status_code} {response.text[:500]}"
        if turn >= 2:
            walls.append(wall * 1000)
            cpus.append(cpu * 1000)
    more = {"worst_ms": round(max(walls), 1), "kb": round(len(response.data) / 1024)}
    return Figures(name, ROUNDS, median(cpus), median(walls), more)
