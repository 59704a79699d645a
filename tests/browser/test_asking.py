"""Two acceptors: one delegates, asks a unit for its opinion and sends copies, on a PC; the other answers on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.commands import SubmitReport
from engine.ports import Place, Report, Reporter
from tests.browser.conftest import PHONE, Live, Somebody

pytestmark = pytest.mark.browser
Enter = Callable[..., Somebody]


def send(page: Any, dialog: str) -> None:
    """Submit a dialog; the page that answers has been loaded with its scripts afterwards."""
    with page.expect_navigation():
        page.click(f"#{dialog} button[type=submit]")


def test_colleagues_are_asked_and_answer(live: Live, somebody: Enter) -> None:
    report = Report(
        source="public",
        source_order_no="ASK-1",
        channel="小程序",
        content="榕树头牌坊旁边的污水井盖破了一个洞，晚上很危险，希望尽快更换。",
        received_at=live.wiring.clock(),
        reporter=Reporter("林小燕", "12000000123"),
        place=Place("榕树头牌坊东侧人行道", village_code="990107001001"),
    )
    no = live.wiring.engine.execute(SubmitReport(report)).no
    task = live.task(no, "UT_acc")
    owner = somebody().log_in("SL01")
    page = owner.go(f"/tasks/{task}").page
    page.click("[data-dialog=ask]")
    page.fill("#ask-whom", "handler@PS")
    page.fill("#ask-text", "井盖权属是否属于排水公司？")
    owner.picture("task-ask-dialog")
    send(page, "ask")
    page.click("[data-dialog=copy]")
    page.fill("#copy-to", "L03，unit_head@CGJ")
    page.fill("#copy-text", "请知悉")
    send(page, "copy")
    page.click("[data-dialog=delegate]")
    page.select_option("#delegate-to", "SL02")
    page.fill("#delegate-text", "请先联系反映人核实地点")
    send(page, "delegate")
    page.wait_for_selector("#requests")
    owner.picture("task-requests", full=True)

    colleague = somebody(PHONE).log_in("SL02")
    colleague.go("/tasks").picture("task-asked-list-phone")
    phone = colleague.page
    phone.click("section[aria-labelledby=asked-title] a")
    phone.fill("#requests textarea", "已联系，位于牌坊东侧十米。")
    colleague.picture("task-asked-phone", full=True)
    phone.click("#requests button.btn--primary")
    phone.wait_for_url("**/tasks")
    assert phone.locator("section[aria-labelledby=asked-title]").count() == 0
    assert "已联系，位于牌坊东侧十米。" in owner.go(f"/tasks/{task}").page.inner_text("#requests")
    assert live.rows("select assignee, owner from user_task where id = %(id)s", id=task) == [
        {"assignee": "SL01", "owner": None}
    ]
