"""Appeals and cases: the page, who may see it, the timeline, the diagram, search."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest

from engine import audit, commands
from tests.web.conftest import ACCEPT, CONTACTED, Person
from webapp.crypto import sm3
from webapp.wiring import Wiring

Log = Callable[[str], Person]
Pair = Callable[[], tuple[str, str]]


def test_it_runs_the_whole_loop_through_forms(
    person: Log, answered: Pair, submit: Callable[..., None], pass_time: Callable[..., None]
) -> None:
    appeal, case = answered()
    pass_time(hours=25)
    submit("HF01", appeal, contacted=True, contactedByUnit=True, resolved="是", satisfied="满意")
    acceptor = person("SL01")
    assert acceptor.json("GET", f"/api/orders/{appeal}").json["statusCode"] == 70
    assert acceptor.json("GET", f"/api/orders/{case}").json["statusCode"] == 70
    page = acceptor.page(f"/orders/{case}")
    assert "排水" in page
    assert "完成“处置”" in page
    assert "已更换污水井盖并复测平稳" in page
    assert appeal in page
    assert "依据 《立案、处置及结案精细化管理标准》第六条、《“一网统管”办法》第十七条" in page
    assert "《“一网统管”办法》第六条：派遣时限：特急一分钟" in page
    assert "是哪些规则（" in page, "what rules say is folded away"
    said = re.findall("状态变为“[^”]+”", page)
    assert all(one != after for one, after in itertools.pairwise(said)), "a status is said when it changes"


def test_it_masks_the_reporter_until_somebody_gives_a_reason(person: Log, accepted: Pair) -> None:
    appeal, _case = accepted()
    acceptor = person("SL01")
    page = acceptor.page(f"/orders/{appeal}")
    assert "林小燕" not in page
    assert "13800138000" not in page
    assert "林**" in page
    refused = acceptor.post(f"/orders/{appeal}/reporter", {"reason": ""}, headers={"Accept": "application/json"})
    assert refused.status_code == 422
    shown = acceptor.post(f"/orders/{appeal}/reporter", {"reason": "回拨核实地点"}, headers={"HX-Request": "true"})
    assert "13800138000" in shown.text
    assert "理由：回拨核实地点" in acceptor.page(f"/orders/{appeal}")
    handler = person("PS-01")
    assert handler.post(f"/orders/{appeal}/reporter", {"reason": "想知道是谁"}).status_code == 403


def test_a_service_company_does_not_see_who_reported_and_a_town_sees_a_mask(
    person: Log, accepted: Callable[..., tuple[str, str]], submit: Callable[..., None]
) -> None:
    """What dmn_visibility says of each role: 公共服务单位 sees nobody's name, 镇街 a masked one."""
    appeal, case = accepted()
    submit("PQ01", case, mode="单办", mainUnit="PS", opinion="请尽快到场处置")
    assert "林**" not in person("PS-01").page(f"/orders/{appeal}")
    assert "林**" in person("RY-D1").page(f"/orders/{appeal}")


def test_a_case_shows_the_contact_of_every_appeal_that_joined_it(
    person: Log, accepted: Pair, report: Callable[..., str], submit: Callable[..., None]
) -> None:
    """Masked for who handles it; who wants to stay unknown is only marked; few may open one, with a reason."""
    appeal, case = accepted()
    sealed = report(content="榕树头牌坊旁边的井盖破了，请不要透露我的姓名和电话。")
    submit("SL01", sealed, **{**ACCEPT, "relation": "同一事件", "masterCase": case})
    submit("PQ01", case, mode="单办", mainUnit="JJD", opinion="请尽快到场处置", deviationReason="道路由交警管理")
    handler, acceptor = person("JJD-01"), person("SL01")
    task = handler.json("GET", f"/api/tasks?q={case}").json["items"][0]["id"]
    for page in (handler.page(f"/orders/{case}"), handler.page(f"/tasks/{task}")):
        assert page.count("林**") == 1
        assert appeal in page
        assert sealed in page
        assert "要求保密" in page
        assert f"reveal-{appeal}" not in page
    page = acceptor.page(f"/orders/{case}")
    assert page.count("林**") == 2
    assert f'id="reveal-{appeal}"' in page
    assert f'id="reveal-{sealed}"' in page
    shown = acceptor.post(f"/orders/{sealed}/reporter", {"reason": "代承办单位联系"}).text
    assert "13800138000" in shown
    assert f'id="reporter-{sealed}"' in shown


def test_it_shows_nothing_of_a_confidential_reporter_to_others(
    person: Log, accepted: Callable[..., tuple[str, str]], submit: Callable[..., None]
) -> None:
    appeal, case = accepted(content="学校门口井盖破损，请不要透露我的姓名和电话。")
    submit("PQ01", case, mode="单办", mainUnit="PS", opinion="请尽快到场处置")
    assert "林**" in person("SL01").page(f"/orders/{appeal}")
    for name in ("PQ01", "PS-01", "HF01"):
        other = person(name)
        assert "林**" not in other.page(f"/orders/{appeal}")
        document = other.json("GET", f"/api/orders/{appeal}").json["document"]
        assert not [key for key in document if key.startswith("reporter")]
        assert other.post(f"/orders/{appeal}/reporter", {"reason": "想联系反映人"}).status_code == 403


def test_it_lets_nobody_export_a_confidential_report_and_keeps_the_try(
    person: Log, accepted: Callable[..., tuple[str, str]], wiring: Wiring
) -> None:
    appeal, case = accepted(content="西塘巷9号深夜装修，请不要透露我的姓名和电话。")
    for name in ("SL01", "ZB01", "GLSJ"):
        for no in (appeal, case):
            refused = person(name).post(f"/orders/{no}/export", headers={"Accept": "application/json"})
            assert (refused.status_code, "要求保密" in refused.json["message"]) == (403, True)
    page = person("ZB01").post(f"/orders/{appeal}/export", follow=True).text
    assert "反映人要求保密，这件工单任何人都不能导出" in page
    assert 'class="sealed"' in page
    assert "data-print" not in page
    assert "想导出工单，被拒绝" in page
    assert person("SL01").post(f"/orders/{appeal}/reporter", {"reason": "首次联系"}).status_code == 200
    log = _audit(wiring)
    tries = [(row["actor"], row["object"]) for row in log if row["act"] == "EXPORT_REFUSED"]
    assert tries == [*((who, no) for who in ("SL01", "ZB01", "GLSJ") for no in (appeal, case)), ("ZB01", appeal)]
    assert [(row["actor"], row["reason"]) for row in log if row["act"] == "REVEAL"] == [("SL01", "首次联系")]
    assert audit.verify(log, sm3).broken == ()


def test_it_exports_other_work_orders_without_who_reported(person: Log, accepted: Pair, wiring: Wiring) -> None:
    appeal, _case = accepted()
    refused = person("PQ01").post(f"/orders/{appeal}/export", headers={"Accept": "application/json"})
    assert (refused.status_code, "不能导出" in refused.json["message"]) == (403, True)
    assert f"/orders/{appeal}/export" not in person("PQ01").page(f"/orders/{appeal}")
    leader = person("ZB01")
    assert f"/orders/{appeal}/export" in leader.page(f"/orders/{appeal}")
    given = leader.post(f"/orders/{appeal}/export")
    sheet = list(csv.reader(io.StringIO(given.text.removeprefix("\ufeff"))))
    assert given.headers["Content-Disposition"] == f'attachment; filename="{appeal}.csv"'
    assert ["编号", appeal] in sheet
    assert any("完成“受理登记”" in row[1] for row in sheet if len(row) == 3)
    assert ["city_appeal", "城市诉求", "1"] in [row[:3] for row in sheet]
    assert sheet[-1] == []
    for told in ("林小燕", "林**", "13800138000"):
        assert told not in given.text
    assert [row["act"] for row in _audit(wiring) if row["object"] == appeal] == ["EXPORT_REFUSED", "EXPORT"]


def _audit(wiring: Wiring) -> list[dict[str, Any]]:
    with wiring.engine.database.transaction() as transaction:
        return transaction.rows("select id, at, actor, act, object, reason, data, hash from audit order by id")


def test_it_hides_from_units_who_did_a_task_marked_so(
    person: Log, accepted: Pair, submit: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    _appeal, case = accepted()
    submit("PQ01", case, mode="单办", mainUnit="PS", opinion="请尽快到场处置")
    monkeypatch.setattr("webapp.discretion.element_properties", lambda *_: {"UT_dis": {"hideDoer": "true"}})
    for name, told in (("PQ02", True), ("PS-01", False)):
        reader = person(name)
        order = reader.json("GET", f"/api/orders/{case}").json
        assert ("UT_dis" in order["document"].get("doneBy", {})) is told
        assert ("完成“人工派遣”" in reader.page(f"/orders/{case}")) is told


def test_it_shows_units_the_last_digits_of_a_police_record(
    person: Log, report: Callable[..., str], submit: Callable[..., None]
) -> None:
    record = "990107260914090001"
    appeal = report(source="police_110", source_order_no=record, channel="110分流")
    submit("SL01", appeal, **ACCEPT)
    case = person("SL01").json("GET", f"/api/orders/{appeal}").json["caseNo"]
    submit("PQ01", case, mode="单办", mainUnit="PS", opinion="请尽快到场处置")
    for name, told in (("PQ02", record), ("PS-01", "…0001")):
        reader = person(name)
        assert reader.json("GET", f"/api/orders/{appeal}").json["document"]["sourceOrderNo"] == told
        page, history = reader.page(f"/orders/{appeal}"), reader.json("GET", f"/api/orders/{appeal}/history").text
        assert (told in page, record in page + history) == (True, name == "PQ02")


def test_it_shows_work_orders_to_those_concerned_only(person: Log, accepted: Pair, submit: Callable[..., None]) -> None:
    appeal, case = accepted()
    assert person("GS-01").get(f"/orders/{case}").status_code == 403
    submit("PQ01", case, mode="单办", mainUnit="PS", opinion="请尽快到场处置")
    handler = person("PS-01")
    assert case in handler.page(f"/orders/{case}")
    assert appeal in handler.page(f"/orders/{appeal}")
    assert case in handler.page("/search")
    assert case not in person("GS-01").page("/search")
    assert person("WG001001001").get(f"/orders/{case}").status_code == 200
    assert "不属于您的单位" in person("GS-01").page(f"/orders/{case}", 403)


def test_it_folds_the_many_tasks_of_a_roll_call(person: Log, wiring: Wiring) -> None:
    """Eleven task forces: ten are listed, the eleventh is folded below, and their clocks are one."""
    data = {"responseLevel": "Ⅱ", "rollReason": "暴雨橙色预警"}
    no = wiring.engine.execute(commands.StartOrder("city_rollcall", data, "ZB01")).no
    page = person("ZB01").page(f"/orders/{no}")
    assert "本人报到 × 11" in page
    assert "另外 1 项" in page
    assert "同一分钟还有 10 条类似的" in page


def test_it_shows_where_the_tokens_are_also_in_called_processes(person: Log, accepted: Pair) -> None:
    _appeal, case = accepted()
    drawn = person("PQ01").get(f"/orders/{case}/diagram.json").json
    assert "CA_dis" in drawn["active"]
    assert "UT_dis" in drawn["called"]["CA_dis"]["active"]
    assert "BRT_pri" in drawn["done"]
    assert person("PQ01").get(drawn["called"]["CA_dis"]["xmlUrl"]).mimetype == "application/xml"
    assert "data-diagram" in person("PQ01").page(f"/orders/{case}?tab=diagram")


def test_it_finds_by_number_words_and_place(person: Log, accepted: Pair) -> None:
    appeal, case = accepted()
    acceptor = person("SL01")
    assert acceptor.get(f"/search?q={case}").location == f"/orders/{case}"
    for words in ("污水井盖", "榕树头牌坊"):
        assert case in acceptor.page(f"/search?q={words}")
    assert "没有找到工单" in acceptor.page("/search?q=100%25_没有")
    assert appeal not in acceptor.page("/search?kind=case")


def test_it_says_kindly_that_there_is_no_such_order(person: Log) -> None:
    page = person("SL01").page("/orders/HJ000", 404)
    assert "没有找到工单 HJ000" in page


def test_it_speaks_english_on_the_case_page(person: Log, answered: Pair) -> None:
    _appeal, case = answered()
    page = person("SL01").page(f"/orders/{case}?lang=en")
    assert "finished" in page
    assert "Timeline" in page


def test_the_history_says_what_a_duty_desk_did_for_a_unit_that_sleeps(
    person: Log, accepted: Pair, submit: Callable[..., None], pass_time: Callable[..., None]
) -> None:
    _, case = accepted()
    submit("PQ01", case, mode="单办", mainUnit="LD", opinion="请尽快到场处置", deviationReason="井盖在路灯井上。")
    pass_time(hours=9, minutes=30)
    submit("ZB01", case, "UT_contact", **CONTACTED)
    assert "（区城市运行中心(指挥中心)代" in person("ZB01").page(f"/orders/{case}")
    english = person("ZB01")
    english.client.set_cookie("locale", "en")
    assert "(区城市运行中心(指挥中心) for " in english.page(f"/orders/{case}")


def test_it_finds_what_stands_out_by_its_mark(person: Log, accepted: Pair, wiring: Wiring) -> None:
    appeal, case = accepted()
    marked = "update work_order set marks = '{多跨}' where no = %(no)s returning no"
    with wiring.engine.database.transaction() as transaction:
        transaction.rows(marked, {"no": case})
    acceptor = person("SL01")
    assert "多跨" in acceptor.page(f"/orders/{case}")
    found = acceptor.page("/search?mark=多跨")
    assert case in found
    assert appeal not in found
    listed = acceptor.json("GET", "/api/orders?mark=多跨").json["items"]
    assert [(one["no"], one["marks"]) for one in listed] == [(case, ["多跨"])]
