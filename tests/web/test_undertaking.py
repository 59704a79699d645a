"""新建 and the buttons of a work order's page, for staff and reporters."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from engine.commands import SYSTEM, Deploy
from tests.engine.test_undertaking import FILES
from tests.web.conftest import Person
from tests.web.test_tasks import photo
from webapp.wiring import Wiring

Log = Callable[[str], Person]
DATA = {"content": "需要二十个沙袋", "reporterName": "王小明", "reporterPhone": "12000000123"}
PHOTOS = json.dumps(
    {
        "id": "f",
        "type": "default",
        "schemaVersion": 18,
        "components": [
            {"type": "textarea", "key": "content", "label": "内容", "id": "content", "validate": {"required": True}},
            {"type": "photo", "key": "photos", "label": "照片", "id": "photos"},
            {"type": "select", "key": "unit", "label": "单位", "id": "unit", "valuesKey": "units"},
        ],
    }
).encode()


@pytest.fixture(autouse=True)
def requests(wiring: Wiring) -> None:
    wiring.engine.execute(Deploy(FILES, SYSTEM, break_glass="another version"))


def begin(one: Person, **more: Any) -> dict[str, Any]:
    response = one.json("POST", "/api/starts/requests", {"data": DATA, **more})
    assert response.status_code == 201, response.text
    return dict(response.json)


# ------------------------------------------------------------------ starting
def test_it_lists_what_a_person_may_start(person: Log) -> None:
    handler, dispatcher = person("PS-01"), person("PQ01")
    assert "申请调拨物资" in handler.page("/new")
    assert 'href="/new"' in handler.page("/tasks")
    assert "申请调拨物资" not in dispatcher.page("/new")
    assert sorted(one["process"] for one in handler.json("GET", "/api/starts").json) == ["city_absence", "requests"]
    assert "requests" not in [one["process"] for one in dispatcher.json("GET", "/api/starts").json]


def test_it_refuses_other_posts(person: Log) -> None:
    dispatcher = person("PQ01")
    assert dispatcher.get("/new/requests").status_code == 403
    assert dispatcher.json("POST", "/api/starts/requests", {"data": DATA}).status_code == 403
    assert dispatcher.post("/new/requests", {"data": json.dumps(DATA)}).status_code == 403


def test_it_needs_a_log_in_and_a_token(anybody: Person, person: Log) -> None:
    assert anybody.client.get("/new").status_code == 302
    assert person("PS-01").client.post("/new/requests", data={"data": json.dumps(DATA)}).status_code == 400


def test_it_starts_from_the_page_and_tells_the_number(person: Log) -> None:
    handler = person("PS-01")
    page = handler.page("/new/requests")
    assert "向区运行中心申请应急物资" in page
    assert 'data-draft=""' in page, "what is typed about a reporter does not stay on the device"
    answer = handler.post("/new/requests", {"data": json.dumps(DATA), "requestId": "r1"}, follow=True)
    assert re.search(r"已建立 RQ\d+。请告知反映人编号和查询码 \d{6}", answer.text)
    assert "王小明" not in answer.text
    assert "王** 120******23" in answer.text
    assert re.search(r"申请调拨物资 RQ\d+ 建立", answer.text), "a kind without a name of ours goes by its process"
    assert "办理中" in answer.text, "its diagram sets no status of its own"
    assert "待受理" not in answer.text


def test_the_page_says_who_started_it_and_no_channel(person: Log) -> None:
    handler = person("PS-01")
    no = begin(handler)["no"]
    (source,) = re.findall(r"<dt>来源</dt><dd>([^<]+)", handler.page(f"/orders/{no}"))
    assert source.strip().endswith("（禾江排水公司）新建")
    assert "窗口登记" not in source


def test_it_starts_through_rest_once(person: Log) -> None:
    handler = person("PS-01")
    first, second = begin(handler, requestId="r1"), begin(handler, requestId="r1")
    assert first["no"] == second["no"]
    assert second["duplicate"]
    assert re.fullmatch(r"\d{6}", first["followUpCode"])


def test_it_is_about_a_work_order_the_person_may_see(person: Log, report: Callable[..., str]) -> None:
    appeal = report()
    acceptor, outsider = person("SL01"), person("GS-01")
    assert f"/new/requests?about={appeal}" in acceptor.page(f"/orders/{appeal}")
    page = acceptor.page(f"/new/requests?about={appeal}")
    assert "榕树头牌坊" in page
    answer = acceptor.json("POST", f"/api/starts/requests?about={appeal}", {"data": {"content": "需要围挡"}})
    document = acceptor.json("GET", f"/api/orders/{answer.json['no']}").json["document"]
    assert (document["aboutNo"], document["address"]) == (appeal, "榕树头牌坊")
    assert outsider.get(f"/new/requests?about={appeal}").status_code == 403
    assert outsider.json("POST", f"/api/starts/requests?about={appeal}", {"data": DATA}).status_code == 403


def test_it_names_the_fields_that_are_wrong(person: Log, wiring: Wiring) -> None:
    wiring.engine.execute(
        Deploy({**FILES, "forms/requests/request.form": PHOTOS}, SYSTEM, break_glass="another version")
    )
    handler = person("PS-01")
    refused = handler.json("POST", "/api/starts/requests", {"data": {}})
    assert refused.status_code == 422
    assert list(refused.json["errors"]) == ["content"]
    detail = handler.json("GET", "/api/starts/requests").json
    assert {"value": "CGJ", "label": "区城市管理和综合执法局"} in detail["context"]["units"]


def test_it_keeps_photos(person: Log, wiring: Wiring) -> None:
    wiring.engine.execute(
        Deploy({**FILES, "forms/requests/request.form": PHOTOS}, SYSTEM, break_glass="another version")
    )
    handler = person("PS-01")
    data = json.dumps({"content": "需要沙袋", "photos": ["files::photos::0"]})
    body = {"data": data, "files::photos::0": (photo(), "a.jpg")}
    answer = handler.post("/new/requests", body, follow=True, content_type="multipart/form-data")
    number = re.search(r"RQ\d+", answer.text)
    assert number
    assert "/files/" in handler.page(f"/orders/{number[0]}?tab=files")


# ------------------------------------------------------------------ acting
def test_it_offers_actions_to_those_who_may(person: Log) -> None:
    no = begin(person("PS-01"))["no"]
    assert "撤回申请" in person("PS-01").page(f"/orders/{no}")
    leader = person("ZB01")
    page = leader.page(f"/orders/{no}")
    assert f"/orders/{no}/actions/SE_urge" in page
    assert "撤回申请" not in page
    assert [one["text"] for one in leader.json("GET", f"/api/orders/{no}/actions").json] == ["催办"]
    assert leader.json("POST", f"/api/orders/{no}/actions/BM_stop", {"data": {}}).status_code == 409


def test_it_acts_from_the_page_and_tells_the_timeline(person: Log) -> None:
    no = begin(person("PS-01"))["no"]
    leader = person("ZB01")
    assert "data-form" in leader.page(f"/orders/{no}/actions/SE_urge")
    page = leader.post(f"/orders/{no}/actions/SE_urge", {"data": json.dumps({"words": "很急"})}, follow=True).text
    assert "“催办”已提交" in page
    assert "值班长01（区城市运行中心(指挥中心)）：催办" in page
    assert "很急" in page
    assert "禾江排水公司调度（禾江排水公司）新建" in page


def test_it_acts_without_a_form_after_a_question(person: Log) -> None:
    no = begin(person("PS-01"))["no"]
    handler = person("PS-01")
    assert "不再需要时撤回" in handler.page(f"/orders/{no}/actions/BM_stop")
    assert handler.json("POST", f"/api/orders/{no}/actions/BM_stop", {"data": {}}).status_code == 200
    assert handler.json("GET", f"/api/orders/{no}").json["status"] == "completed"
    assert handler.get(f"/orders/{no}/actions/BM_stop").status_code == 409


def test_it_hides_a_work_order_from_those_who_may_not_see_it(person: Log) -> None:
    no = begin(person("PS-01"))["no"]
    outsider = person("GS-01")
    assert outsider.json("GET", f"/api/orders/{no}/actions").status_code == 403
    assert outsider.json("POST", f"/api/orders/{no}/actions/SE_urge", {"data": {}}).status_code == 403


# ------------------------------------------------------------------ reporters
def test_a_reporter_acts_with_number_and_code(person: Log, anybody: Person) -> None:
    begun = begin(person("PS-01"))
    no, code = begun["no"], begun["followUpCode"]
    page = anybody.page(f"/follow?no={no}&code={code}")
    assert "催办" in page
    assert "撤回申请" not in page
    assert "data-form" in anybody.page(f"/follow/actions/SE_urge?no={no}&code={code}")
    token = anybody.token("/report")
    sent = {"no": no, "code": code, "data": json.dumps({"words": "还没有来"}), "csrf_token": token}
    answer = anybody.client.post("/follow/actions/SE_urge", data=sent, follow_redirects=True)
    assert "“催办”已提交" in answer.text
    document = person("SL01").json("GET", f"/api/orders/{no}").json["document"]
    assert (document["urgedBy"], document["urgeWords"]) == ("citizen", "还没有来")
    assert "群众：催办" in person("SL01").page(f"/orders/{no}")


def test_a_reporter_without_the_code_can_do_nothing(person: Log, anybody: Person) -> None:
    begun = begin(person("PS-01"))
    wrong = "000000" if begun["followUpCode"] != "000000" else "111111"
    token = anybody.token("/report")
    sent = {"no": begun["no"], "code": wrong, "data": "{}", "csrf_token": token}
    assert anybody.client.post("/follow/actions/SE_urge", data=sent).status_code == 404
    assert anybody.get(f"/follow/actions/SE_urge?no={begun['no']}&code={wrong}").status_code == 404
    right = {**sent, "code": begun["followUpCode"]}
    assert anybody.client.post("/follow/actions/BM_stop", data=right).status_code == 409
    assert anybody.client.post("/follow/actions/SE_urge", data={**right, "csrf_token": ""}).status_code == 400


def test_after_too_many_wrong_codes_the_right_one_waits(person: Log, anybody: Person) -> None:
    begun = begin(person("PS-01"))
    for wrong in range(11):
        anybody.get(f"/follow?no={begun['no']}&code=x{wrong}")
    assert anybody.get(f"/follow?no={begun['no']}&code={begun['followUpCode']}").status_code == 404
