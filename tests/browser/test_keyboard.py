"""A case by the keyboard alone: Tab, arrows, space and Enter from the log-in to the verification."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from PIL import Image

from tests.browser.conftest import PHONE, Live, Somebody
from tests.browser.test_loop import case_of, report
from tests.web.conftest import PASSWORD
from webapp import exif
from webapp.times import ZONE

pytestmark = pytest.mark.browser
Enter = Callable[..., Somebody]
LIKE = "已到场围蔽，更换污水井盖一座，复测平稳，周边清理完毕。"
HERE = "box => box.contains(document.activeElement)"


def picture(colour: str) -> Any:
    out, taken = io.BytesIO(), exif.write(exif.Shot(datetime.now(ZONE)), secrets.token_hex(8))
    Image.new("RGB", (640, 480), colour).save(out, "JPEG", exif=taken)
    return {"name": "照片.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


class Typist:
    """Somebody whose mouse is broken."""

    def __init__(self, one: Somebody, user_id: str) -> None:
        self.one, self.page, self.keys = one, one.page, one.page.keyboard
        self.page.on("filechooser", lambda _: None)  # from the start: what opens before is the system's own
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
        typed = box.get_by_role("combobox")
        self.to(typed if typed.count() else box)
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

    def shoot(self, label: str, colour: str) -> Typist:
        """Enter on the button opens the system's own choice of files."""
        box = self.field(label)
        shown = box.locator(".photo-field__item img").count()
        self.to(box.locator(".photo-field__buttons button").last)
        with self.page.expect_file_chooser() as chosen:
            self.keys.press("Enter")
        chosen.value.set_files(picture(colour))
        box.locator(".photo-field__item img").nth(shown).wait_for()
        return self

    def place(self, label: str) -> Typist:
        boxes = self.field(label).locator("input[type=number]")
        self.to(boxes.nth(0)).type("114.903")
        return self.to(boxes.nth(1)).type("21.7")

    def today(self, label: str) -> Typist:
        """The calendar opens with the focus; an arrow leads into it, Enter takes the day, then a time."""
        self.to(self.field(label).locator("input").first)
        self.keys.press("ArrowDown")
        day = self.page.locator(".flatpickr-calendar.open .flatpickr-day.today")
        for _ in range(5):
            if day.evaluate("one => one === document.activeElement"):
                break
            self.keys.press("ArrowDown")
        self.keys.press("Enter")
        self.to(self.field(label).locator("input:visible").last).type("00:00")
        self.keys.press("Enter")
        return self

    def submit(self) -> None:
        self.to(self.page.locator("[data-task-form] button[type=submit].btn--primary"))
        with self.page.expect_navigation():
            self.keys.press("Enter")


def test_a_case_goes_from_intake_to_verification_without_a_mouse(live: Live, somebody: Enter) -> None:
    no, _code = report(somebody(PHONE))
    acceptor = Typist(somebody(), "SL01").open_task(no, "UT_acc").choose("诉求类型", "投诉")
    acceptor.choose("问题类别", "污水井盖").choose("与在办案件的关系", "新问题（与在办案件无关）").submit()
    case = case_of(live, no)
    Typist(somebody(), "PQ01").open_task(case, "UT_dis").choose("主办单位", "排水").write(
        "派遣意见", "请尽快到场围蔽并更换井盖"
    ).submit()
    Typist(somebody(), "PS-01").open_task(case, "UT_sign").tick("怎样办理", "签收").submit()
    handle(Typist(somebody(), "PS-01"), case)
    Typist(somebody(), "PS-02").open_task(case, "UT_rev").tick("审核结论", "同意").submit()
    verifier = Typist(somebody(), "WG001001001").open_task(case, "UT_site")
    verifier.shoot("现场照片", "seagreen").shoot("现场照片", "olive").place("核查位置").tick(
        "核查结果", "通过"
    ).submit()
    live.wait_for("select 1 as verified from work_order where no = %(no)s and status_code = 60", no=case)


def handle(handler: Typist, case: str) -> None:
    handler.to(handler.open_task(case, "UT_contact").field("已联系上").locator("input")).keys.press("Space")
    handler.write("记录编号", "TH-20260914-01").write("联系情况", "已电话告知反映人今天到场更换。").submit()
    handler.open_task(case, "UT_arr").choose("险情", "已围蔽控制").write("现场说明", "井口已围蔽，摆放警示锥。")
    handler.place("到场位置").shoot("围蔽照片", "orange").submit()
    handler.open_task(case, "UT_hdl").choose("办理结果", "已解决").write("办理经过", LIKE)
    handler.shoot("处置后照片", "seagreen").today("完成时间").submit()
