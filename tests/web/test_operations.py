"""Operators: the panel on the case page, incidents, migrations; the same through the interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from engine import commands
from engine.ports import Delivery, Rejected
from tests.web.conftest import ACCEPT, Person
from webapp.settings import ROOT
from webapp.wiring import Wiring

Log = Callable[[str], Person]
Pair = Callable[[], tuple[str, str]]
REASON = "等待上级答复意见"


def act(one: Person, no: str, asked: str, **fields: Any) -> str:
    """Send a dialog of the panel; the page that follows."""
    return one.post(f"/orders/{no}/operations", {"act": asked, "reason": REASON, **fields}, follow=True).text


def definition_of(one: Person, no: str) -> str:
    return str(one.json("GET", f"/api/orders/{no}").json["definition"])


@pytest.fixture
def incident(wiring: Wiring, report: Callable[..., str], submit: Callable[..., None]) -> Callable[[], tuple[str, int]]:
    """A hotline appeal whose signing the hotline refused: (number, job)."""

    def refuse(delivery: Delivery, now: Any) -> Mapping[str, Any]:
        raise Rejected("对方系统不认识这个单号 / unknown order number")

    def make() -> tuple[str, int]:
        no = report(source="hotline_12345", source_order_no="990")
        with wiring.engine.database.transaction() as transaction:
            task = transaction.rows("select id from user_task where order_no = %(no)s", {"no": no})[0]
        wiring.engine.execute(commands.CompleteTask(task["id"], ACCEPT, "SL01"))
        courier = replace(wiring.courier, deliver=refuse)
        sql = "select id from job where status = 'due' and topic like 'hotline_12345.%%' order by id"
        with wiring.engine.database.transaction() as transaction:
            job = transaction.rows(sql)[0]["id"]
        courier.carry(job)
        return no, job

    return make


@pytest.fixture
def version(wiring: Wiring) -> Callable[..., str]:
    """Makes another version live, with some texts replaced; its name."""

    def deploy(path: str, *changes: tuple[str, str]) -> str:
        source = (ROOT / "processes" / path).read_text(encoding="utf-8")
        for old, new in changes or (("</bpmn:definitions>", "<!-- again --></bpmn:definitions>"),):
            source = source.replace(old, new)
        key = path.rpartition("/")[2].removesuffix(".bpmn")
        deploy = commands.Deploy({path: source.encode()}, commands.SYSTEM, break_glass="another version")
        done = wiring.engine.execute(deploy)
        return f"{key}:{done.versions[f'process:{key}']}"

    return deploy


def test_it_shows_the_panel_to_operators_only(person: Log, accepted: Pair) -> None:
    _appeal, case = accepted()
    page = person("ZB01").page(f"/orders/{case}?tab=operate")
    assert "人工派遣" in page
    assert "UT_dis" in page
    assert 'data-dialog="act-suspend"' in page
    page = person("SL01").page(f"/orders/{case}?tab=operate")
    assert "act-suspend" not in page
    assert "干预" not in page
    refused = person("SL01").post(f"/orders/{case}/operations", {"act": "cancel", "reason": REASON})
    assert refused.status_code == 403


def test_it_suspends_and_resumes(person: Log, accepted: Pair) -> None:
    _appeal, case = accepted()
    leader = person("ZB01")
    page = act(leader, case, "suspend")
    assert "已暂停" in page
    assert "UT_dis" in page
    assert "act-resume" in page
    assert "act-suspend" in act(leader, case, "resume")
    timeline = leader.page(f"/orders/{case}")
    assert f"暂停了工单，原因：{REASON}" in timeline
    assert f"恢复了工单，原因：{REASON}" in timeline


def test_it_moves_and_corrects_and_ends(person: Log, accepted: Pair) -> None:
    _appeal, case = accepted()
    leader = person("ZB01")
    assert "请选择要取消" in act(leader, case, "move")
    assert "UT_sign" in act(leader, case, "move", cancel=["CA_dis"], start_before="CA_hdl")
    act(leader, case, "set", where=["document", "variables"], name=["address", "appealCount"], value=["文明路口", "3"])
    document = leader.json("GET", f"/api/orders/{case}").json["document"]
    assert document["address"] == "文明路口"
    assert "已经结束" in act(leader, case, "cancel")
    assert leader.json("GET", f"/api/orders/{case}").json["status"] == "cancelled"


def test_it_wants_a_reason(person: Log, accepted: Pair) -> None:
    _appeal, case = accepted()
    page = person("ZB01").post(f"/orders/{case}/operations", {"act": "cancel", "reason": " "}, follow=True).text
    assert "请写明原因" in page


def test_it_lists_incidents_and_sends_one_again_with_other_data(
    person: Log, incident: Callable[[], tuple[str, int]], wiring: Wiring
) -> None:
    no, job = incident()
    page = person("JC01").page("/operations/incidents")
    assert no in page
    assert "对方系统不认识这个单号" in page
    assert "对方系统不认识这个单号" in person("JC01").page(f"/orders/{no}?tab=jobs")
    sent = {"job": job, "act": "retry", "reason": REASON, "payload": '{"orderNo": "991"}', "order": no}
    assert "已处理" in person("JC01").post("/operations/jobs", sent, follow=True).text
    with wiring.engine.database.transaction() as transaction:
        (row,) = transaction.rows("select status, payload from job where id = %(id)s", {"id": job})
    assert row == {"status": "due", "payload": {"orderNo": "991"}}
    assert "更正了" in person("JC01").page(f"/orders/{no}")


def test_it_works_off_many_with_a_result_for_each(
    person: Log, incident: Callable[[], tuple[str, int]], wiring: Wiring
) -> None:
    no, job = incident()
    sent = {"job": [job, job + 1000], "act": "retry", "reason": REASON, "field": "orderNo", "value": "号 992"}
    page = person("JC01").post("/operations/jobs", sent).text
    assert "共 2 项，成功 1 项" in page
    assert "没有找到这项对接任务" in page
    with wiring.engine.database.transaction() as transaction:
        (row,) = transaction.rows("select payload from job where id = %(id)s", {"id": job})
    assert row["payload"]["orderNo"] == "号 992"
    again = person("JC01").post("/operations/jobs", {"job": job, "act": "skip", "reason": REASON}).text
    assert "没有处于异常状态" in again
    assert no in again


def test_it_refuses_data_that_is_no_object(person: Log, incident: Callable[[], tuple[str, int]]) -> None:
    _no, job = incident()
    sent = {"job": job, "act": "retry", "reason": REASON, "payload": "[1"}
    assert person("JC01").post("/operations/jobs", sent).status_code == 422


def test_it_previews_migrates_and_reverts_on_the_page(person: Log, accepted: Pair, version: Callable[..., str]) -> None:
    _appeal, case = accepted()
    target = version("city_case/city_case.bpmn")
    leader = person("ZB01")
    assert "city_case:1" in leader.page("/operations/migrations")
    page = leader.page(f"/operations/migrations?source=city_case:1&target={target}")
    assert "可以迁移 1" in page
    assert definition_of(leader, case) == "city_case:1"
    done = leader.post("/operations/migrations", {"source": "city_case:1", "target": target, "reason": REASON}).text
    assert "共 1 件，成功 1 件" in done
    assert definition_of(leader, case) == target
    assert "迁移了流程版本（city_case:1 → city_case:2）" in leader.page(f"/orders/{case}")
    assert case in leader.page("/operations/migrations")
    back = leader.post("/operations/migrations/revert", {"order": [case], "reason": REASON}).text
    assert "成功 1 件" in back
    assert definition_of(leader, case) == "city_case:1"


def test_it_offers_steps_for_what_has_gone(person: Log, accepted: Pair, version: Callable[..., str]) -> None:
    _appeal, case = accepted()
    version("shared/dispatch/dispatch.bpmn", ("UT_dis", "UT_new"), ("BT_dis", "BT_new"))
    target = version("city_case/city_case.bpmn")
    address = f"/operations/migrations?order={case}&target={target}"
    leader = person("ZB01")
    page = leader.page(address)
    assert "不能迁移 1" in page
    assert "新版本里没有这个环节" in page
    assert '<option value="UT_new">' in page
    assert "no such element" in leader.page(address + "&lang=en")
    renamed = [("UT_dis", "UT_new"), ("BT_dis", "BT_new"), ("BT_dis_200", "BT_new_200")]
    assert "可以迁移 1" in leader.page(address + "".join(f"&old={old}&new={new}" for old, new in renamed))
    refused = leader.post("/operations/migrations", {"order": case, "target": target, "reason": REASON}).text
    assert "未迁移" in refused


def test_it_keeps_the_pages_from_everybody_else(person: Log) -> None:
    for path in ("/operations/incidents", "/operations/migrations"):
        assert "没有使用这个页面的权限" in person("SL01").page(path, 403)
        assert "版本迁移" in person("ZB01").page(path)


# ------------------------------------------------------------------ the interface
def test_it_intervenes_through_the_interface(person: Log, accepted: Pair) -> None:
    _appeal, case = accepted()
    leader = person("ZB01")
    path = f"/api/orders/{case}/operations"
    assert leader.json("POST", path, {"act": "suspend", "reason": REASON}).json == {"orderNo": case, "definitions": {}}
    assert leader.json("GET", f"/api/orders/{case}").json["status"] == "suspended"
    assert leader.json("POST", path, {"act": "suspend", "reason": REASON}).status_code == 409
    assert leader.json("POST", path, {"act": "explode", "reason": REASON}).status_code == 422
    assert leader.json("POST", path, {"act": "resume", "reason": "短"}).status_code == 422
    assert leader.json("POST", path, {"act": "resume", "reason": REASON}).status_code == 200
    moved = {"act": "move", "reason": REASON, "cancel": ["CA_dis"], "startBefore": ["CA_hdl"]}
    assert leader.json("POST", path, moved).status_code == 200
    (task,) = leader.json("GET", f"/api/orders/{case}").json["tasks"]
    assert task["element"] == "UT_sign"
    assert person("PS-01").json("POST", path, {"act": "cancel", "reason": REASON}).status_code == 403


def test_it_deals_with_incidents_through_the_interface(person: Log, incident: Callable[[], tuple[str, int]]) -> None:
    no, job = incident()
    one = person("JC01")
    assert one.json("POST", f"/api/jobs/{job}/skip", {"reason": REASON}).json["orderNo"] == no
    assert one.json("POST", f"/api/jobs/{job}/retry", {"reason": REASON}).status_code == 409
    assert one.json("POST", "/api/jobs/999999/retry", {"reason": REASON}).status_code == 404


def test_it_migrates_through_the_interface(person: Log, accepted: Pair, version: Callable[..., str]) -> None:
    _appeal, case = accepted()
    target = version("city_case/city_case.bpmn")
    one = person("JC01")
    asked = {"source": "city_case:1", "target": target}
    found = one.json("POST", "/api/migrations/preview", asked).json
    assert (found["total"], found["possible"], found["stuck"]) == (1, 1, [])
    assert {"process": "city_case", "kind": "item", "source": "CA_dis", "target": "CA_dis", "orders": 1,
            "zh": None, "en": None} in found["lines"]  # fmt: skip
    (done,) = one.json("POST", "/api/migrations/run", {**asked, "reason": REASON}).json
    assert (done["orderNo"], done["done"], done["definitions"]) == (case, True, {"city_case:1": target})
    assert one.json("POST", "/api/migrations/run", {**asked, "reason": REASON}).json == []
    unknown = {"source": "city_case:1", "target": "city_case:99"}
    assert one.json("POST", "/api/migrations/preview", unknown).status_code == 404
    back = one.json("POST", f"/api/orders/{case}/operations", {"act": "revert", "reason": REASON}).json
    assert back["definitions"] == {target: "city_case:1"}


@pytest.fixture
def failed_start(wiring: Wiring) -> tuple[int, datetime]:
    """The roll call of this morning could not start: (start, moment)."""
    with wiring.engine.database.transaction() as transaction:
        (row,) = transaction.rows("select id, due_at from timer_start where process_key = 'city_rollcall'")
        moment: datetime = wiring.clock() - timedelta(minutes=5)
        transaction.run("update timer_start set due_at = %(at)s where id = %(id)s", {"at": moment, "id": row["id"]})
    wiring.engine.execute(commands.FailStart(row["id"], moment, "台账的条目应是……"))
    return row["id"], moment


def start_of(wiring: Wiring, start_id: int) -> dict[str, Any]:
    with wiring.engine.database.transaction() as transaction:
        return transaction.rows("select due_at, status, problem from timer_start where id = %(id)s", {"id": start_id})[
            0
        ]


def test_it_shows_a_start_by_time_that_failed_and_starts_it_again(
    person: Log, wiring: Wiring, failed_start: tuple[int, datetime]
) -> None:
    start, moment = failed_start
    page = person("JC01").page("/operations/incidents")
    assert "点名报到" in page
    assert "台账的条目应是" in page
    assert "没有异常" not in page
    refused = person("JC01").post(f"/operations/starts/{start}", {"act": "retry", "reason": "好"}, follow=True).text
    assert "至少 4 个字" in refused
    done = person("JC01").post(f"/operations/starts/{start}", {"act": "retry", "reason": REASON}, follow=True)
    assert "已处理" in done.text
    assert start_of(wiring, start) == {"due_at": moment, "status": "armed", "problem": None}
    assert wiring.engine.execute(commands.StartByTime(start, moment)).order_no.startswith("DM")
    assert "点名报到" not in person("JC01").page("/operations/incidents")
    with wiring.engine.database.transaction() as transaction:
        (entry,) = transaction.rows("select actor, reason from audit where act = 'START_RETRIED'")
    assert entry == {"actor": "JC01", "reason": REASON}


def test_it_skips_a_start_by_time_that_failed(person: Log, wiring: Wiring, failed_start: tuple[int, datetime]) -> None:
    start, moment = failed_start
    assert person("SL01").post(f"/operations/starts/{start}", {"act": "skip", "reason": REASON}).status_code == 403
    person("JC01").post(f"/operations/starts/{start}", {"act": "skip", "reason": REASON})
    found = start_of(wiring, start)
    assert found["status"] == "armed"
    assert found["due_at"] > wiring.clock()
    again = person("JC01").post(f"/operations/starts/{start}", {"act": "skip", "reason": REASON}, follow=True).text
    assert "没有处于异常状态" in again
    assert moment < found["due_at"]
