"""Choosing a place with a real browser: by its name with the keyboard, by a part's code, and on the map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import PC, PHONE, Live, Somebody

pytestmark = pytest.mark.browser
Enter = Callable[..., Somebody]


def value(page: Any, label: str) -> str:
    return str(
        page.locator(".fjs-form-field", has=page.locator("label", has_text=label)).last.locator("input").input_value()
    )


def test_the_acceptor_finds_a_place_with_the_keyboard(live: Live, somebody: Enter) -> None:
    acceptor = somebody(PC).log_in("SL01").go("/new/city_appeal")
    page, box = acceptor.page, acceptor.page.get_by_placeholder("查地名、路名、部件编码")
    box.type("文明路")
    page.locator(".place-search__list [role=option]").first.wait_for()
    box.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == page.locator("[role=option]").first.get_attribute("id")
    acceptor.picture("place-search-pc")
    box.press("Enter")
    page.get_by_text("已选：文明路").wait_for()
    assert value(page, "地址") == "文明路"
    assert "文明里社区" in acceptor.field("所属村居").inner_text() + value(page, "所属村居")
    point = [acceptor.field("地图位置").locator("input[type=number]").nth(at).input_value() for at in (0, 1)]
    assert point == ["114.902867", "21.703377"]
    box.fill("9901070108000001")
    page.locator("[role=option]", has_text="路灯").wait_for()
    box.press("Enter")
    page.get_by_text("权属").first.wait_for()
    assert value(page, "部件编码") == "9901070108000001"
    assert value(page, "地址") == "榕荫大道12号对面"
    box.press("Escape")


@pytest.mark.parametrize("size", ["pc", "phone"])
def test_a_place_is_chosen_on_the_map(live: Live, somebody: Enter, size: str) -> None:
    acceptor = somebody({"pc": PC, "phone": PHONE}[size]).log_in("SL01").go("/new/city_appeal")
    page = acceptor.page
    page.get_by_role("button", name="在地图上选").click()
    page.locator(".place-search .leaflet-tooltip").first.wait_for()
    frame = page.locator(".place-search .place-map__map")
    assert frame.evaluate("one => one === document.activeElement")
    frame.press("ArrowUp")
    page.wait_for_timeout(600)
    frame.press("Enter")
    page.get_by_text("已选：").wait_for()
    number = acceptor.field("地图位置").locator("input[type=number]").first
    first = number.input_value()
    assert first.startswith("114.")
    frame.click(position={"x": 40, "y": 60})
    page.wait_for_function("([one, was]) => one.value !== was", arg=[number.element_handle(), first])
    frame.scroll_into_view_if_needed()
    acceptor.picture(f"place-map-{size}")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_citizen_finds_the_place_on_a_phone(live: Live, somebody: Enter) -> None:
    citizen = somebody(PHONE).go("/report")
    page = citizen.page
    page.fill("#content", "广场的垃圾桶满了，没有人清理，气味很大。")
    page.locator("#address").type("榕树头广")
    page.locator("[role=option]", has_text="榕树头广场").click()
    page.get_by_text("已选：榕树头广场").wait_for()
    assert (page.input_value("#village"), page.input_value("#place-lon")) == ("990107001001", "114.90275")
    page.get_by_role("button", name="在地图上选").click()
    page.locator(".leaflet-tooltip").first.wait_for()
    page.get_by_role("button", name="选十字所在的点").click()
    page.wait_for_timeout(300)
    citizen.picture("citizen-report-map-phone", full=True)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/reported")
    found = live.wait_for("select lon, lat, village_code from work_order where village_code = '990107001001'")
    assert (round(found["lon"], 3), round(found["lat"], 3)) == (114.903, 21.701)
