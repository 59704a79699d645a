"""Absences on the pages: recorded by the person, approved by the head, and what a deputy sees then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from engine import queries
from tests.web.conftest import Person
from webapp.wiring import Wiring

Log = Callable[[str], Person]


def open_tasks(wiring: Wiring, no: str) -> dict[str, Any]:
    with wiring.engine.database.transaction() as transaction:
        found = transaction.rows(
            "select id, element from user_task where order_no = %(no)s and status = 'open'", {"no": no}
        )
    return {one["element"]: one["id"] for one in found}


def test_a_deputy_sees_whose_task_it_is(person: Log, wiring: Wiring) -> None:
    absent, head = person("PS-01"), person("PS-02")
    page = absent.page("/new/city_absence")
    assert "禾江排水公司抢修班长" in page, "somebody of the own unit may stand in"
    now = wiring.engine.clock()
    span = {"absenceFrom": now.isoformat(), "absenceTo": (now + timedelta(days=1)).isoformat()}
    data = {"absenceKind": "病假", "deputyUser": "PS-02", **span}
    begun = absent.json("POST", "/api/starts/city_absence", {"data": data})
    assert begun.status_code == 201, begun.text
    no = begun.json["no"]
    task = open_tasks(wiring, no)["UT_absence"]
    agreed = head.json("POST", f"/api/tasks/{task}/completion", {"data": {"approveDecision": "同意"}})
    assert agreed.status_code == 200, agreed.text
    with wiring.engine.database.engine.connect() as connection:
        who = queries.viewer(connection, "PS-02", now)
    assert who is not None
    assert [one.name for one in who.covers] == ["禾江排水公司调度"]
    assert who.stands_in({"candidates": ["handler@PS"], "assignee": None}) == "禾江排水公司调度"
    assert who.stands_in({"candidates": ["unit_head@PS"], "assignee": None}) is None
    assert "由 禾江排水公司抢修班长 代办" in absent.page(f"/orders/{no}")
