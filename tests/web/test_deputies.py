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


def absence(deputy: str, begins: str, ends: str, **more: Any) -> dict[str, Any]:
    span = {"absenceFrom": f"{begins}:00+08:00", "absenceTo": f"{ends}:00+08:00"}
    return {"data": {"absenceKind": "病假", "deputyUser": deputy, **span, **more}}


def approve(wiring: Wiring, no: str, by: Person, locale: str = "zh") -> Any:
    by.client.set_cookie("locale", locale)
    task = open_tasks(wiring, no)["UT_absence"]
    return by.json("POST", f"/api/tasks/{task}/completion", {"data": {"approveDecision": "同意"}})


def test_a_deputy_who_is_away_too_is_refused_with_the_time(person: Log, wiring: Wiring) -> None:
    worker, head, above = person("PS-01"), person("PS-02"), person("ZX02")
    asked = worker.json("POST", "/api/starts/city_absence", absence("PS-02", "2026-09-16T08:00", "2026-09-16T18:00"))
    away = head.json("POST", "/api/starts/city_absence", absence("ZX02", "2026-09-15T08:00", "2026-09-16T12:00"))
    assert approve(wiring, away.json["no"], above).status_code == 200

    data = absence("PS-02", "2026-09-16T11:00", "2026-09-17T18:00")
    refused = worker.json("POST", "/api/starts/city_absence", data)
    assert refused.status_code == 422
    [sentence] = refused.json["errors"]["deputyUser"]
    assert sentence == (
        "禾江排水公司抢修班长（禾江排水公司）这段时间自己也请假（2026-09-15 08:00 – 2026-09-16 12:00），请另选代办人。"
    )
    later = absence("PS-02", "2026-09-16T12:00", "2026-09-17T18:00")
    assert worker.json("POST", "/api/starts/city_absence", later).status_code == 201

    late = approve(wiring, asked.json["no"], head, "en")
    assert late.status_code == 422
    assert "The deputy is away too in that time (2026-09-15 08:00 – 2026-09-16 12:00)" in late.text


def test_a_head_records_the_absence_of_somebody_else_and_others_approve_it(person: Log, wiring: Wiring) -> None:
    worker, head, above = person("PS-01"), person("PS-02"), person("ZX02")
    assert "请假的人" in head.page("/new/city_absence")
    data = absence("PS-02", "2026-09-15T08:00", "2026-09-16T12:00", absentUser="PS-01")
    no = head.json("POST", "/api/starts/city_absence", data).json["no"]
    assert no in head.page(f"/orders/{no}")
    assert no in worker.page(f"/orders/{no}")
    assert approve(wiring, no, head).status_code == 403
    assert approve(wiring, no, above).status_code == 200
    assert "提前回来，销假" in worker.page(f"/orders/{no}")
    assert "由 禾江排水公司抢修班长 代办" in worker.page(f"/orders/{no}")

    mine = absence("PS-02", "2026-09-20T08:00", "2026-09-21T12:00", absentUser="PS-02")
    no = worker.json("POST", "/api/starts/city_absence", mine).json["no"]
    shown = worker.json("GET", f"/api/orders/{no}").json
    assert shown["document"].get("recordedBy") is None, "only a head records others"
