"""Intake with a real browser: what may be the same thing on a map, and what the reporter sent by other means."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from engine import commands
from engine.ports import FileContent, Place, Report, Reporter
from tests.browser.conftest import PC, PHONE, Live, Somebody
from tests.browser.test_loop import photo, report
from tests.web.conftest import ACCEPT

pytestmark = pytest.mark.browser
Enter = Callable[..., Somebody]
SPOT = (114.902751, 21.700678)
SIZES = {"pc": PC, "phone": PHONE}


def told(live: Live, key: str, content: str, lon: float, lat: float, *files: FileContent) -> str:
    """The number of a report about a cover at a point."""
    sent = Report(
        source="public",
        source_order_no=key,
        channel="网上反映",
        content=content,
        received_at=live.wiring.clock(),
        reporter=Reporter("林小燕", ""),
        place=Place("榕荫大道榕树头广场旁", lon, lat, "990107001001", "990107001000"),
        files=files,
    )
    return live.wiring.engine.execute(commands.SubmitReport(sent)).no


def accepted(live: Live, no: str, **data: object) -> None:
    values = {**ACCEPT, "categoryCode": "C0103", **data}
    live.wiring.engine.execute(commands.CompleteTask(live.task(no, "UT_acc"), values, "SL01"))


def case_of(live: Live, no: str) -> str:
    return str(
        live.wait_for("select case_no from work_order where no = %(no)s and case_no is not null", no=no)["case_no"]
    )


@pytest.fixture(scope="module")
def alike(live: Live) -> tuple[str, list[str]]:
    """A report waiting to be compared, and the cases it may belong to, the likest first."""
    sharp = photo("井盖.jpg", "saddlebrown")
    shot = FileContent("井盖.jpg", "image/jpeg", bytes(sharp["buffer"]))  # type: ignore[call-overload]
    near = told(live, "近", "榕树头广场旁的沙井盖破了一个角，车经过很响。", *SPOT, shot)
    accepted(live, near)
    cases = [case_of(live, near)]
    far = told(live, "远", "广场东边的沙井盖破了，请修。", SPOT[0] + 0.0014, SPOT[1] + 0.0004)
    accepted(live, far)
    cases.append(case_of(live, far))
    same = told(live, "同", "广场旁边那个沙井盖坏了，老人差点绊脚，请修。", *SPOT)
    accepted(live, same, relation="由系统比对", facts={"lifeRisk": False, "vulnerable": True})
    live.task(same, "UT_dup")
    return same, cases


@pytest.mark.parametrize(("size", "locale"), [("pc", "zh"), ("phone", "en")])
def test_it_shows_on_a_map_what_may_be_the_same(
    live: Live, somebody: Enter, alike: tuple[str, list[str]], size: str, locale: str
) -> None:
    no, cases = alike
    acceptor = somebody(SIZES[size], locale).log_in("SL02")
    page, asked = acceptor.page, set[str]()
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    acceptor.open_task(no, "UT_dup")
    page.wait_for_selector(".place-map__map .leaflet-marker-icon")
    rows, pins = page.locator(".place-map__list > li"), page.locator(".place-map__map .place-pin:not(.place-pin--here)")
    assert [row.split("\n")[2] for row in rows.all_inner_texts()] == cases
    assert pins.all_inner_texts() == ["1", "2"]
    assert page.locator(".place-map__map .place-pin--here").count() == 1
    assert "榕树头广场" in page.locator(".place-map__map").inner_text()
    assert rows.nth(0).locator("img").count() == 1
    acceptor.picture(f"task-dup-{size}-{locale}", full=True)
    pins.nth(1).click()
    assert "is-chosen" in str(rows.nth(1).get_attribute("class"))
    assert page.locator(".place-map__map .place-pin.is-chosen").all_inner_texts() == ["2"]
    rows.nth(0).locator("button").click()
    assert page.locator(".place-map__map .place-pin.is-chosen").all_inner_texts() == ["1"]
    assert page.locator(".place-map__list .is-chosen button").get_attribute("aria-pressed") == "true"
    acceptor.picture(f"task-dup-chosen-{size}-{locale}")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert asked == {urlsplit(live.address).netloc}, "a map of our own asks nobody else"


def test_the_acceptor_adds_what_came_by_other_means(live: Live, somebody: Enter) -> None:
    no, code = report(somebody(PHONE))
    acceptor = somebody(PHONE).log_in("SL01").open_task(no, "UT_acc")
    files = [
        photo("现场.jpg", "teal"),
        {"name": "来电.amr", "mimeType": "audio/amr", "buffer": b"#!AMR\n" + bytes(60)},
        {"name": "程序.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"},
    ]
    field = acceptor.field("补充附件")
    field.locator("input[multiple]").set_input_files(files)
    field.locator(".file-tile").wait_for()
    assert field.locator(".photo-field__item").count() == 2
    assert "程序.exe" in field.inner_text()
    field.scroll_into_view_if_needed()
    acceptor.picture("task-accept-files-phone")
    acceptor.choose("诉求类型", "投诉").choose("与在办案件的关系", "新问题（与在办案件无关）")
    acceptor.choose("问题类别", "污水井盖", search="污水井盖").submit()
    case = case_of(live, no)
    stored = live.rows("select name from attachment a join work_order o on o.id = a.order_id where no = %(no)s", no=no)
    assert {"现场.jpg", "来电.amr"} < {row["name"] for row in stored}
    assert "来电.amr" in acceptor.go(f"/orders/{case}?tab=files").picture("case-files-phone").text
    citizen = somebody(PHONE).go(f"/follow?no={no}&code={code}").picture("citizen-accepted-phone", full=True)
    assert re.search(rf"已受理，编号 {no}，预计 20[0-9]{{2}}年[0-9]+月[0-9]+日 [0-9:]+ 前答复您", citizen.text)


@pytest.mark.parametrize(("size", "locale"), [("pc", "zh"), ("phone", "zh"), ("pc", "en"), ("phone", "en")])
def test_it_says_why_it_suggests_so(
    live: Live, somebody: Enter, alike: tuple[str, list[str]], size: str, locale: str
) -> None:
    hurt = "榕树头广场旁边那个沙井盖坏了，老人掉下去受伤流血。"
    no = told(live, f"理由{size}{locale}", hurt, *SPOT)
    acceptor = somebody(SIZES[size], locale).log_in("SL02").open_task(no, "UT_acc")
    said = acceptor.text
    chinese = "建议：应急联动（溺水/被困/电梯", "写有“沙井盖", "反映时带有坐标", "在办，0.", "；地点 1.00", "险情提示："
    english = "(danger: Drowning, trapped, lift, ", "report says “沙井盖", "came with a position", "(open, score 0."
    assert [words for words in (english if locale == "en" else chinese) if words not in said] == []
    acceptor.picture(f"task-accept-reasons-{size}-{locale}", full=True)
