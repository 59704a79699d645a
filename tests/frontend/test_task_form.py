"""Filling in a task's form in a browser: nothing typed is lost, whatever the server says."""

import io
import json
from typing import Any

import pytest
from PIL import Image

from tests.forms.build import component, options
from tests.frontend.site import Site

pytestmark = pytest.mark.browser


def picture(width: int = 3000, height: int = 2000) -> dict[str, Any]:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(file, "JPEG")
    return {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


@pytest.fixture
def form(site: Site, page: Any) -> Any:
    site.schema["components"] = [
        component("radio", "result", "结果", values=options("属实", "不属实"), validate={"required": True}),
        component("textarea", "note", "说明", validate={"required": True}, conditional={"hide": '=result = "属实"'}),
        component("photo", "photos", "照片", validate={"max": 2}),
        component("geopoint", "place", "位置"),
        component("dynamiclist", "items", "拆分", components=[component("textfield", "what", "内容")]),
    ]
    page.goto(f"{site.address}/page/task")
    page.get_by_label("不属实").check()
    page.get_by_label("说明").fill("现场没有发现")
    return page


def submit(page: Any) -> None:
    page.get_by_role("button", name="提交").click()
    page.wait_for_timeout(400)


def draft(page: Any) -> Any:
    return json.loads(page.evaluate("localStorage.getItem('cityloop.draft.task-7')") or "null")


def test_it_sends_only_what_is_visible(form: Any, site: Site) -> None:
    form.get_by_label("属实", exact=True).check()
    submit(form)
    [sent] = site.sent
    assert sent["data"] == {"result": "属实", "photos": [], "place": None, "items": [{"what": ""}]}
    assert sent["form"] == {"csrf_token": "token", "openedVersion": "3"}
    assert sent["token"] == "token"


def test_it_asks_in_chinese_before_it_sends(form: Any, site: Site) -> None:
    form.get_by_label("说明").fill("")
    submit(form)
    assert form.locator(".error-summary li").all_inner_texts() == ["请填写“说明”。"]
    assert site.sent == []
    form.locator(".error-summary button").click()
    assert form.evaluate("document.activeElement.tagName") == "TEXTAREA"


def test_it_sends_photos_small_and_the_device_s_place(form: Any, site: Site) -> None:
    form.locator(".fjs-form-field-photo input[multiple]").set_input_files(
        [picture(), {**picture(), "mimeType": "text/html"}]
    )
    form.get_by_role("button", name="定位").click()
    form.get_by_text("定位精度约 12 米").wait_for()
    form.get_by_text("不是 JPEG、PNG 或 WebP 照片").wait_for()
    submit(form)
    [sent] = site.sent
    assert sent["data"]["photos"] == ["files::photos::0"]
    assert sent["data"]["place"] == {"lon": 113.1, "lat": 23.02, "accuracy": 12}
    kind, size = sent["files"]["files::photos::0"]
    assert kind == "image/jpeg"
    assert size < len(picture()["buffer"])


def test_it_shows_the_server_s_sentences_at_the_fields(form: Any, site: Site) -> None:
    site.answer = (422, {"errors": {"items[0].what": ["内容重复。"], "elsewhere": ["还有别的问题。"]}})
    submit(form)
    assert form.locator(".error-summary li").all_inner_texts() == ["还有别的问题。", "内容重复。"]
    assert form.locator(".fjs-has-errors").inner_text().split() == ["内容", "内容重复。"]
    assert form.get_by_label("说明").input_value() == "现场没有发现"


@pytest.mark.parametrize(("status", "words"), [(409, "已被他人办理"), (403, "登录已过期"), (500, "没有接受（500）")])
def test_it_loses_nothing_when_the_server_refuses(form: Any, site: Site, status: int, words: str) -> None:
    site.answer = (status, {"message": "已被他人办理。"} if status == 409 else {})
    submit(form)
    assert words in form.locator(".error-summary").inner_text()
    assert form.get_by_label("说明").input_value() == "现场没有发现"
    assert draft(form)["data"]["note"] == "现场没有发现"


def test_it_restores_a_draft_and_forgets_it_once_sent(form: Any, site: Site) -> None:
    form.get_by_text("草稿已保存").wait_for()
    form.reload()
    assert form.get_by_label("说明").input_value() == "现场没有发现"
    site.answer = (200, {"location": "/page/list"})
    submit(form)
    form.wait_for_url("**/page/list")
    assert draft(form) is None


def test_it_discards_a_draft_on_request(form: Any) -> None:
    form.get_by_text("草稿已保存").wait_for()
    form.reload()
    form.get_by_role("button", name="放弃草稿").click()
    assert form.get_by_label("说明").input_value() == ""
    assert draft(form) is None


def test_it_does_not_bring_back_what_a_draft_only_showed(site: Site, page: Any) -> None:
    site.schema["components"] = [
        component("textfield", "caseNo", "案号", readonly=True),
        component("textfield", "x", "备注"),
    ]
    site.data = {"caseNo": "旧"}
    page.goto(f"{site.address}/page/task")
    page.get_by_label("备注").fill("a")
    page.get_by_text("草稿已保存").wait_for()
    site.data = {"caseNo": "新"}
    page.reload()
    assert (page.get_by_label("案号").input_value(), page.get_by_label("备注").input_value()) == ("新", "a")


def test_a_key_leads_to_the_first_field(form: Any) -> None:
    form.evaluate("document.activeElement.blur()")
    form.keyboard.press("f")
    assert form.evaluate("document.activeElement.labels[0].innerText") == "属实"
    form.get_by_label("说明").press("f")  # a letter, while somebody types
    assert form.get_by_label("说明").input_value().replace("f", "") == "现场没有发现"


def test_it_submits_by_keyboard_but_not_while_an_input_method_composes(form: Any, site: Site) -> None:
    note = form.get_by_label("说明")
    pressed = "{key: 'Enter', ctrlKey: true, isComposing: true, bubbles: true}"
    note.evaluate(f"e => e.dispatchEvent(new KeyboardEvent('keydown', {pressed}))")
    form.wait_for_timeout(200)
    assert site.sent == []
    note.press("Control+Enter")
    form.wait_for_timeout(400)
    assert len(site.sent) == 1


def test_it_keeps_stored_files_of_a_file_field(site: Site, page: Any) -> None:
    site.schema["components"] = [component("filepicker", "files", "附件", multiple=True)]
    site.data = {"files": ["f1"]}
    page.goto(f"{site.address}/page/task")
    page.locator("input.fjs-hidden").set_input_files([picture(10, 10)])
    submit(page)
    assert site.sent[0]["data"] == {"files": ["f1", "files::files::0"]}


def test_it_shows_no_stars_where_a_bold_value_is_empty(site: Site, page: Any) -> None:
    text = "结果：**{{result}}**\n\n**{{title}}** **{{place}}**：{{content}}\n\n**{{result}}{{none}}**完"
    site.schema["components"] = [component("text", "", "", text=text), component("textfield", "note", "说明")]
    site.data = {"title": "井盖", "place": "文明路", "content": "2**3 是 8"}
    page.goto(f"{site.address}/page/task")
    shown = page.locator(".fjs-form-field-text")
    shown.get_by_text("井盖").wait_for()
    assert shown.inner_text().split("\n\n") == ["结果：", "井盖 文明路：2**3 是 8", "完"]
    assert shown.locator("strong").all_inner_texts() == ["井盖", "文明路"]
