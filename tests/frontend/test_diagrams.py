"""Diagrams in a browser: where a case stands, and the process editor."""

from typing import Any

import pytest

from tests.frontend.site import Site

pytestmark = pytest.mark.browser


@pytest.fixture
def case(site: Site, page: Any) -> Any:
    page.goto(f"{site.address}/page/case")
    page.locator("[data-diagram][data-ready]").wait_for()
    return page


@pytest.fixture
def editor(site: Site, page: Any) -> Any:
    page.goto(f"{site.address}/page/editor")
    page.locator("[data-modeler][data-ready]").wait_for()
    return page


def test_it_marks_where_the_case_is_and_has_been(case: Any) -> None:
    assert case.locator(".djs-shape.is-active").get_attribute("data-element-id") == "confirm"
    done = case.locator(".djs-shape.is-done").evaluate_all("all => all.map(one => one.dataset.elementId)")
    assert sorted(done) == ["enrich", "start"]
    assert case.locator(".diagram__token").inner_text() == "2"
    assert case.locator(".djs-connection.is-done").count() == 2


def test_it_says_the_same_in_words(case: Any) -> None:
    case.get_by_text("以文字显示环节").click()
    assert case.locator("ol.timeline li").all_inner_texts() == [
        "上报 · 已经过",
        "补全要素 · 已经过",
        "立案核实 · 正在办理",
    ]


def test_it_opens_a_called_process_and_returns(case: Any) -> None:
    case.get_by_role("button", name="打开子流程").click()
    case.locator(".djs-shape.is-active[data-element-id=start]").wait_for()
    case.get_by_role("button", name="返回上级流程").click()
    case.locator(".djs-shape.is-active[data-element-id=confirm]").wait_for()


def test_it_keeps_the_library_s_mark_visible(case: Any) -> None:
    assert case.locator(".bjs-powered-by").is_visible()


def test_it_edits_properties_in_chinese(editor: Any) -> None:
    editor.locator("[data-element-id=confirm].djs-shape").click()
    panel = editor.locator(".bio-properties-panel")
    panel.get_by_text("人员分派").click()
    assert {"用户任务", "候选组（角色）", "截止时间", "表单", "扩展属性"} <= set(panel.inner_text().split("\n"))
    assert editor.locator("input[name=candidateGroups]").input_value() == "L-GRD"


def test_it_leads_from_a_finding_to_its_element(editor: Any, site: Site) -> None:
    site.findings = [{"rule": "r", "element": "confirm", "severity": "error", "zh": "没有候选角色。", "en": "No role."}]
    editor.get_by_role("button", name="校验").click()
    editor.get_by_role("button", name="没有候选角色。").click()
    editor.locator("[data-element-id=confirm].djs-shape.has-error.selected").wait_for()
    assert "1 个错误，0 个提醒" in editor.locator(".modeler__check").inner_text()


def test_it_saves_into_a_change_with_a_reason(editor: Any, site: Site) -> None:
    rename = "m => m.get('modeling').updateProperties(m.get('elementRegistry').get('end'), { name: '办结' })"
    editor.evaluate(f"({rename})(document.querySelector('[data-modeler]').cityloopEditor.modeler)")
    assert editor.locator(".modeler__state").inner_text() == "有未保存的修改"
    site.answer = (200, {"message": "已保存。", "change": "BG1", "digest": "d", "location": "/page/editor?change=BG1"})
    editor.get_by_role("button", name="保存到变更").click()
    editor.locator("dialog [name=title]").fill("统一名称")
    editor.locator("dialog [name=reason]").fill("各流程的结束事件用同一个名称")
    editor.locator("dialog .btn--primary").click()
    editor.get_by_text("已保存。").wait_for()
    [sent] = site.sent
    assert sent["form"] == {"title": "统一名称", "reason": "各流程的结束事件用同一个名称"}
    assert sent["files"]["source"][0] == "application/xml"
    assert editor.locator(".modeler__state").inner_text() == ""
    assert editor.get_by_text("变更 BG1").is_visible()


def test_it_undoes_and_redoes(editor: Any) -> None:
    editor.evaluate(
        "(m => m.get('modeling').removeShape(m.get('elementRegistry').get('end')))"
        "(document.querySelector('[data-modeler]').cityloopEditor.modeler)"
    )
    end = editor.locator("[data-element-id=end].djs-shape")
    assert end.count() == 0
    editor.get_by_role("button", name="撤销").click()
    assert end.count() == 1
    editor.get_by_role("button", name="重做").click()
    assert end.count() == 0
