"""The keys of a work list, and display settings that are remembered."""

from typing import Any

import pytest

from tests.frontend.site import Site

pytestmark = pytest.mark.browser


@pytest.fixture
def work(site: Site, page: Any) -> Any:
    page.goto(f"{site.address}/page/list")
    page.wait_for_load_state("networkidle")
    return page


def current(page: Any) -> int:
    return int(page.evaluate("[...document.querySelectorAll('[data-row]')].findIndex(r => r.matches('.is-current'))"))


def test_it_moves_and_opens_by_keys(work: Any) -> None:
    for key, row in (("j", 0), ("j", 1), ("J", 2), ("j", 2), ("k", 1)):
        work.keyboard.press(key)
        assert current(work) == row
    work.keyboard.press("Enter")
    work.wait_for_url("**/page/list?opened=1")


def test_it_selects_by_keys_and_shows_the_bulk_bar(work: Any) -> None:
    assert work.locator("[data-bulk]").is_hidden()
    for key in "jxjx":
        work.keyboard.press(key)
    assert work.locator("[data-bulk-count]").inner_text() == "2"
    work.keyboard.press("Escape")
    assert work.locator("[data-bulk]").is_hidden()


def test_it_leaves_typing_and_input_methods_alone(work: Any) -> None:
    work.keyboard.press("/")
    work.keyboard.type("jx?")
    assert work.locator("[data-search]").input_value() == "jx?"
    assert current(work) == -1
    work.locator("main").click()
    work.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'j', isComposing: true, bubbles: true}))"
    )
    assert current(work) == -1


def test_it_explains_its_keys(work: Any) -> None:
    work.keyboard.press("?")
    assert "下一条" in work.locator("dialog[open]").inner_text()


def test_it_remembers_dark_and_large(work: Any) -> None:
    work.locator("details.menu summary").click()
    work.get_by_role("button", name="深色模式").click()
    work.get_by_role("button", name="大字模式").click()
    work.reload()
    shown = work.evaluate("[document.documentElement.dataset.theme, document.documentElement.dataset.text]")
    assert shown == ["dark", "large"]
