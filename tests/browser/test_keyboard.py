"""A case by the keyboard alone: Tab, arrows, space and Enter from the log-in to the verification."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import PHONE, Live, Somebody
from tests.browser.test_loop import case_of, report
from tests.web.conftest import PASSWORD

pytestmark = pytest.mark.browser
Enter = Callable[..., Somebody]
HERE = "box => box.contains(document.activeElement)"


class Typist:
    """Somebody whose mouse is broken."""

    def __init__(self, one: Somebody, user_id: str) -> None:
        self.one, self.page, self.keys = one, one.page, one.page.keyboard
        one.go("/login")
        self.to(self.page.locator("#user_id")).type(user_id)
        self.to(self.page.locator("#password")).type(PASSWORD)
        with self.page.expect_navigation():
            self.keys.press("Enter")

    def to(self, target: Any) -> Typist:
        """Tab until something in `target` has the focus."""
        target.wait_for()
        for _ in range(150):
            if target.evaluate(HERE):
                return self
            self.keys.press("Tab")
        raise AssertionError(f"Tab never comes to {target}")

    def type(self, text: str) -> Typist:
        self.keys.insert_text(text)
        return self

    def open_task(self, no: str, element: str) -> Typist:
        """From the work list: the link of the task, and Enter."""
        path = f"/tasks/{self.one.live.task(no, element)}"
        self.one.go("/tasks")
        self.to(self.page.locator(f"main a[href^='{path}']:visible").first)
        with self.page.expect_navigation():
            self.keys.press("Enter")
        self.page.wait_for_selector(".fjs-form .fjs-form-field")
        return self

    def field(self, label: str) -> Any:
        return self.one.field(label)

    def write(self, label: str, text: str) -> Typist:
        return self.to(self.field(label).locator("input, textarea").first).type(text)

    def choose(self, label: str, text: str) -> Typist:
        """Open a list, find the choice by typing or with the arrows, take it."""
        box = self.field(label)
        self.to(box)
        inputs = box.locator("input:not([type=hidden])")
        if inputs.count() and inputs.first.evaluate("one => one === document.activeElement && !one.readOnly"):
            self.type(text)
        else:
            self.keys.press("Enter")
        items = self.page.locator(".fjs-dropdownlist-item")
        items.first.wait_for()
        wanted = self.page.locator(".fjs-dropdownlist-item.focused", has_text=text)
        for _ in range(60):
            if wanted.count():
                self.keys.press("Enter")
                return self
            self.keys.press("ArrowDown")
        raise AssertionError(f"the arrows never come to {text}: {items.all_inner_texts()}")

    def tick(self, label: str, option: str) -> Typist:
        wanted = self.field(label).get_by_label(option, exact=True)
        self.to(self.field(label))
        for _ in range(10):
            if wanted.evaluate("one => one === document.activeElement"):
                self.keys.press("Space")
                return self
            self.keys.press("ArrowDown")
        raise AssertionError(f"the arrows never come to {option}")

    def submit(self) -> None:
        self.to(self.page.locator("[data-task-form] button[type=submit].btn--primary"))
        with self.page.expect_navigation():
            self.keys.press("Enter")


def test_a_case_goes_from_intake_to_signing_without_a_mouse(live: Live, somebody: Enter) -> None:
    no, _code = report(somebody(PHONE))
    acceptor = Typist(somebody(), "SL01").open_task(no, "UT_acc").choose("诉求类型", "投诉")
    acceptor.choose("问题类别", "污水井盖").choose("与在办案件的关系", "新问题（与在办案件无关）").submit()
    case = case_of(live, no)
    Typist(somebody(), "PQ01").open_task(case, "UT_dis").choose("主办单位", "排水").write(
        "派遣意见", "请尽快到场围蔽并更换井盖"
    ).submit()
    Typist(somebody(), "PS-01").open_task(case, "UT_sign").tick("怎样办理", "签收").submit()
    live.task(case, "UT_contact")
