"""What citizens do: report, follow up, rate."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask

from tests.web.conftest import REPLY, Person
from tests.web.test_tasks import photo
from webapp.pages.citizen import letters
from webapp.security import RateLimit

GOOD = {
    "content": "榕树头牌坊旁边的污水井盖破了一个洞，晚上很危险。",
    "address": "榕树头牌坊",
    "village": "990107001001",
    "name": "林小燕",
    "phone": "13800138000",
    "receipt": "abc",
}


def send(one: Person, **changes: object) -> tuple[str, str]:
    """Report; number and code as the page shows them."""
    data = {**GOOD, "csrf_token": one.token("/report"), **changes}
    response = one.client.post("/report", data=data, follow_redirects=True)
    no = re.search(r"data-receipt-no>([^<]+)", response.text)
    code = re.search(r"data-receipt-code>([^<]+)", response.text)
    assert no, response.text[:3000]
    assert code, response.text[:3000]
    return no[1], code[1]


def test_it_gives_a_number_and_a_code_that_open_the_progress(anybody: Person) -> None:
    no, code = send(anybody, photos=(photo(), "cover.jpg"))
    page = anybody.page(f"/follow?no={no}&code={code}")
    assert "已经收到" in page
    assert GOOD["content"] in page


def test_it_does_not_make_two_appeals_of_a_double_tap(anybody: Person) -> None:
    assert send(anybody)[0] == send(anybody)[0]
    assert send(anybody, receipt="another")[0] != send(anybody)[0]


def test_it_says_what_is_missing_and_keeps_what_was_typed(anybody: Person) -> None:
    data = {"content": "太短", "phone": "abc", "name": "林", "csrf_token": anybody.token("/report")}
    response = anybody.client.post("/report", data=data)
    assert response.status_code == 422
    for sentence in ("请写明发生了什么", "请写明地点", "正确的电话"):
        assert sentence in response.text
    assert 'value="林"' in response.text


def test_it_takes_few_words_of_danger_and_says_whom_to_call(anybody: Person) -> None:
    data = {**GOOD, "content": "有人要跳楼", "csrf_token": anybody.token("/report"), "receipt": "danger"}
    page = anybody.client.post("/report", data=data, follow_redirects=True).text
    assert "data-receipt-no" in page
    assert "不要等回复" in page
    send(anybody, receipt="harmless")
    assert "不要等回复" not in anybody.page("/reported")


def test_it_shows_nothing_without_the_right_code(anybody: Person) -> None:
    no, code = send(anybody)
    wrong = "000000" if code != "000000" else "111111"
    page = anybody.page(f"/follow?no={no}&code={wrong}", 404)
    assert "编号或查询码不正确" in page
    assert GOOD["content"] not in page


def test_it_stops_guessing(anybody: Person) -> None:
    no, code = send(anybody)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(10):
        anybody.page(f"/follow?no={no}&code={wrong}", 404)
    assert "15 分钟后" in anybody.page(f"/follow?no={no}&code={wrong}", 404)


def test_it_keeps_anonymous_reports_anonymous(anybody: Person, person: Callable[[str], Person]) -> None:
    no, _code = send(anybody, anonymous="1")
    shown = person("SL01").post(f"/orders/{no}/reporter", {"reason": "回拨核实"}, headers={"HX-Request": "true"})
    assert "林小燕" not in shown.text


def test_it_takes_one_rating_by_the_link(
    anybody: Person, answered: Callable[[], tuple[str, str]], app: object, work: Callable[[], None]
) -> None:
    from engine import tokens

    appeal, _case = answered()
    code = tokens.follow_up_code("a secret key of the tests", appeal)
    page = anybody.page(f"/follow?no={appeal}&code={code}")
    assert REPLY in page
    link = re.search(r'href="(/rate/[^"]+)"', page)[1]  # type: ignore[index]
    assert "问题解决了吗" in anybody.page(link)
    incomplete = anybody.client.post(link, data={"csrf_token": anybody.token(link)})
    assert incomplete.status_code == 422
    rating = {"resolved": "是", "satisfaction": "5", "words": "很快", "csrf_token": anybody.token(link)}
    assert "感谢您的评价" in anybody.client.post(link, data=rating).text
    work()
    assert "已经评价过了" in anybody.page(link)
    assert "/rate/" not in anybody.page(f"/follow?no={appeal}&code={code}")


def test_it_shows_what_was_written_to_the_reporters() -> None:
    case = {
        "document": {
            "letters": [
                {"at": "2026-09-14T09:00+08:00", "text": "预计 20 日前办结。"},
                {"at": "2026-09-18T09:00+08:00", "text": "已恢复办理。"},
            ]
        }
    }
    assert [one.text for one in letters([{"document": None}, case])] == ["已恢复办理。", "预计 20 日前办结。"]


def test_it_says_kindly_that_a_link_is_wrong(anybody: Person) -> None:
    assert "链接无效" in anybody.page("/rate/nothing", 404)


def test_it_limits_how_often_one_address_reports(anybody: Person, app: Flask) -> None:
    app.extensions["limits"]["report"] = RateLimit(2, 600)
    send(anybody, receipt="1")
    send(anybody, receipt="2")
    data = {**GOOD, "receipt": "3", "csrf_token": anybody.token("/report")}
    assert "提交太频繁" in anybody.client.post("/report", data=data).text
