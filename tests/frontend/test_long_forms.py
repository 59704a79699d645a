"""A long list of codes as a tree, and a long checklist in groups that fold away."""

from typing import Any

import pytest

from tests.forms.build import component, options
from tests.frontend.site import Site

pytestmark = pytest.mark.browser

CODES = [
    ("C0101", "上水井盖", "公用设施", "自来水井盖"),
    ("C0102", "污水井盖", "公用设施", "下水道盖"),
    ("E0101", "暴露垃圾", "市容环境", "垃圾成堆"),
    ("E0102", "道路破损", "市容环境", "坑洼"),
]


@pytest.fixture
def tree(site: Site, page: Any) -> Any:
    """The box of a tree with two proposals."""
    site.schema["components"] = [
        component(
            "select", "code", "类别", valuesKey="codes", tree=True, suggested="=proposed", validate={"required": True}
        )
    ]
    site.data = {
        "proposed": ["E0102", "C0101"],
        "codes": [
            {"value": code, "label": f"{group} · {name}（{code}）", "name": name, "group": group, "words": words}
            for code, name, group, words in CODES
        ],
    }
    page.goto(f"{site.address}/page/task")
    return page.get_by_role("combobox", name="类别")


def press(box: Any, *keys: str) -> None:
    for key in keys:
        box.press(key)


def test_a_tree_shows_its_groups_and_unfolds_them_with_the_arrows(tree: Any) -> None:
    tree.click()
    assert tree.page.get_by_role("treeitem").count() == 2
    press(tree, "ArrowDown", "ArrowDown", "ArrowRight")
    assert tree.page.get_by_role("treeitem").count() == 4
    press(tree, "ArrowRight", "ArrowDown", "Enter")
    assert tree.input_value() == "市容环境 · 道路破损（E0102）"
    assert tree.get_attribute("aria-expanded") == "false"


def test_a_tree_opens_where_its_value_is_and_folds_with_the_left_arrow(tree: Any) -> None:
    press(tree, "1", "ArrowDown")
    marked = tree.page.locator(f"[id='{tree.get_attribute('aria-activedescendant')}']")
    assert marked.inner_text().startswith("道路破损")
    press(tree, "ArrowLeft", "ArrowLeft")
    assert tree.page.get_by_role("treeitem").count() == 2


@pytest.mark.parametrize("typed", ["污水", "下水道", "c0102", "公用 污水"])
def test_a_tree_is_searched_by_name_everyday_word_and_code(tree: Any, typed: str) -> None:
    tree.fill(typed)
    assert tree.page.get_by_role("treeitem").count() == 2
    press(tree, "Enter")
    assert tree.input_value() == "公用设施 · 污水井盖（C0102）"


def test_one_key_takes_a_proposal(tree: Any, site: Site) -> None:
    press(tree, "2")
    assert tree.page.locator("[aria-pressed='true']").inner_text().endswith("上水井盖")
    tree.page.get_by_role("button", name="提交").click()
    tree.page.wait_for_timeout(400)
    assert site.sent[0]["data"] == {"code": "C0101"}


def test_what_is_typed_and_not_chosen_is_no_answer(tree: Any, site: Site) -> None:
    tree.fill("什么都不是")
    assert "没有匹配" in tree.page.get_by_role("tree").inner_text()
    press(tree, "Escape")
    assert tree.input_value() == ""
    tree.page.get_by_role("button", name="提交").click()
    tree.page.wait_for_timeout(400)
    assert site.sent == []


def question(key: str, label: str, fails: str = "否", fine: str = "是", **settings: Any) -> dict[str, Any]:
    quick = [{"label": "其余正常", "value": fine}]
    validate = {"required": True}
    values = options("是", "否")
    return component("radio", key, label, values=values, fails=fails, quick=quick, validate=validate, **settings)


@pytest.fixture
def checklist(site: Site, page: Any) -> Any:
    site.schema["components"] = [
        component("group", "", "消防", id="fire", collapsible=True, components=[
            question("a.c1", "1 灭火器在有效期", description="按异常处理"), question("a.c2", "2 出口畅通"),
            question("a.c3", "3 通道被占", fails="是", fine="否"),
            component("textfield", "a.n1", "情况", conditional={"hide": '=a.c1 != "否"'}),
        ]),
        component("group", "", "食品", id="food", collapsible=True, components=[
            question(f"b.c{no}", f"{no} 项") for no in range(4, 9)
        ]),
    ]  # fmt: skip
    site.data = {}
    page.goto(f"{site.address}/page/task")
    page.locator(".fold").first.wait_for()
    return page


def summaries(page: Any) -> list[list[str]]:
    return [one.inner_text().split("\n") for one in page.locator(".fold > summary").all()]


def test_the_first_group_with_something_left_is_open(checklist: Any) -> None:
    assert summaries(checklist) == [["消防", "已答 0/3"], ["食品", "已答 0/5"]]
    assert [one.get_attribute("open") is not None for one in checklist.locator(".fold").all()] == [True, False]


def test_one_press_answers_the_rest_and_goes_on_to_the_next_group(checklist: Any, site: Site) -> None:
    first = checklist.locator(".fold").first
    first.get_by_label("否").first.check()
    assert first.get_by_text("按异常处理").count() == 1
    checklist.get_by_label("情况").fill("三只过期")
    first.get_by_role("button", name="其余正常").click()
    checklist.wait_for_timeout(200)
    assert summaries(checklist) == [["消防", "异常 1", "✓ 已答 3/3"], ["食品", "已答 0/5"]]
    assert checklist.evaluate("document.activeElement.textContent").startswith("食品")
    checklist.get_by_role("button", name="其余正常").click()
    checklist.get_by_role("button", name="提交").click()
    checklist.wait_for_timeout(400)
    assert site.sent[0]["data"] == {
        "a": {"c1": "否", "c2": "是", "c3": "否", "n1": "三只过期"},
        "b": {f"c{no}": "是" for no in range(4, 9)},
    }


def test_what_is_missing_in_a_folded_group_is_one_line_that_unfolds_it(checklist: Any, site: Site) -> None:
    checklist.get_by_role("button", name="其余正常").first.click()
    checklist.wait_for_timeout(200)
    checklist.locator(".fold > summary").nth(1).click()
    checklist.get_by_role("button", name="提交").click()
    lines = checklist.locator(".error-summary li")
    lines.first.wait_for()
    assert lines.all_inner_texts() == ["“食品”还有 5 项要填。"]
    checklist.locator(".error-summary button").click()
    assert checklist.locator(".fold").nth(1).get_attribute("open") is not None
    assert site.sent == []


def test_a_rule_over_the_whole_form_is_said_at_its_field(site: Site, page: Any) -> None:
    rule = {"refuseWhen": "=away and x != null", "refuseMessage": "{{name}}那天不在。"}
    site.schema["components"] = [
        component("textfield", "name", "姓名"),
        component("checkbox", "away", "不在"),
        component("radio", "x", "代办", values=options("是", "否"), validate=rule),
    ]
    page.goto(f"{site.address}/page/task")
    page.get_by_label("姓名").fill("张三")
    page.get_by_label("不在").check()
    page.get_by_label("是").check()
    page.get_by_role("button", name="提交").click()
    line = page.locator(".error-summary li")
    line.first.wait_for()
    assert line.all_inner_texts() == ["张三那天不在。"]
    page.get_by_label("不在").uncheck()
    page.get_by_role("button", name="提交").click()
    page.wait_for_timeout(400)
    assert site.sent[0]["data"]["x"] == "是"
