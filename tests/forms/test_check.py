"""Forms that cannot work are refused when they are deployed."""

from typing import Any

import pytest

import forms
from tests.forms.build import component, options, source


def rules(*components: dict[str, Any], **settings: Any) -> list[tuple[str, str]]:
    return [(one.rule, one.element) for one in forms.check(source(*components, **settings))]


def test_it_accepts_a_sound_form() -> None:
    assert rules(
        component("radio", "result", "核实结果", values=options("属实", "不属实"), validate={"required": True}),
        component("textarea", "note", "说明", validate={"maxLength": 500}, conditional={"hide": '=result = "属实"'}),
        component("photo", "photos", "照片", validate={"min": 1, "max": 9}),
        component("geopoint", "geo", "位置"),
        component("select", "unit", "单位", valuesKey="units", tree=True, suggested="=proposals.unit"),
        component("radio", "a", "项", values=options("是", "否"), fails="否", quick=[{"label": "都好", "value": "是"}]),
        component("group", "", "组", collapsible=True, components=[
            component("number", "cost", "费用", validate={"min": "=floor"}),
        ]),
        {"type": "text", "id": "t", "text": "案号 {{caseNo}}"},
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (component("signature", "x", "签名"), "component-type"),
        ({"type": "textfield", "id": "f", "label": "a"}, "missing-key"),
        (component("textfield", "a b", "标题"), "key-name"),
        (component("textfield", "1a", "标题"), "key-name"),
        ({"type": "textfield", "id": "f", "key": "x"}, "missing-label"),
        (component("select", "x", "选择"), "missing-options"),
        (component("select", "x", "选择", values=options("a", "a")), "duplicate-option"),
        (component("textfield", "x", "标题", conditional={"hide": "=a >"}), "expression"),
        (component("textfield", "x", "标题", conditional={"hide": "a > 1"}), "condition"),
        (component("select", "x", "选择", valuesExpression="=[1,"), "expression"),
        (component("expression", "x", "计算", expression="1 + 1"), "expression"),
        (component("textfield", "x", "标题", validate={"pattern": "("}), "pattern"),
        (component("textfield", "x", "标题", validate={"pattern": "(a+)+"}), "pattern"),
        (component("number", "x", "数", validate={"min": "many"}), "limit"),
        (component("textarea", "x", "文", validate={"minLength": 9, "maxLength": 3}), "limit"),
        (component("dynamiclist", "", "列表", components=[]), "missing-path"),
        (component("radio", "x", "项", values=options("是", "否"), fails="无"), "quick"),
        (component("radio", "x", "项", values=options("是", "否"), quick=[{"label": "都好", "value": "好"}]), "quick"),
        (component("radio", "x", "项", values=options("是", "否"), quick=["是"]), "quick"),
        (component("select", "x", "项", values=options("是", "否"), fails="是"), "quick"),
        (component("radio", "x", "项", values=options("是"), tree=True), "setting"),
        (component("textfield", "x", "项", collapsible=True), "setting"),
        (component("textfield", "x", "项", validate={"refuseWhen": "=x = 1"}), "refuse"),
        (component("textfield", "x", "项", validate={"refuseWhen": "x = 1", "refuseMessage": "不行。"}), "refuse"),
    ],
)
def test_it_finds_what_would_fail(broken: dict[str, Any], rule: str) -> None:
    found = forms.check(source(broken))
    assert rule in {one.rule for one in found}
    assert all(one.zh and one.en for one in found)


def test_it_finds_keys_used_twice() -> None:
    twice = [
        component("textfield", "x", "一"),
        component("group", "", "组", components=[component("number", "x", "二")]),
    ]
    assert ("duplicate-key", "x") in rules(*twice)
    row = component("dynamiclist", "rows", "行", components=[component("textfield", "x", "一", id="row_x")])
    assert rules(component("textfield", "x", "二"), row) == []
    inside = [component("geopoint", "place", "地点"), component("textfield", "place.lon", "经度")]
    assert ("duplicate-key", "place.lon") in rules(*inside)


@pytest.mark.parametrize("validate", ["two", {"minRows": "2"}, {"minRows": 3, "maxRows": 2}, {"maxRows": -1}])
def test_it_refuses_row_limits_that_make_no_sense(validate: Any) -> None:
    rows = component("dynamiclist", "rows", "行", components=[], validate=validate)
    assert rules(rows) == [("row-limits", "rows")]
    assert rules({**rows, "validate": {"minRows": 2}}) == []


def test_it_warns_of_the_telephone_check() -> None:
    phone = component("textfield", "phone", "电话", validate={"validationType": "phone"})
    [finding] = forms.check(source(phone))
    assert (finding.rule, finding.severity) == ("phone", "warning")


def test_it_refuses_forms_of_a_newer_editor() -> None:
    assert rules(schemaVersion=20) == [("schema-version", "Form_test")]


def test_it_refuses_what_is_too_big_to_run() -> None:
    deep: dict[str, Any] = component("textfield", "x", "底")
    for level in range(14):
        deep = component("group", f"g{level}", "组", components=[deep])
    assert rules(deep) == [("form-size", "")]
    assert [one.rule for one in forms.check(b" " * 1_000_001)] == ["form-size"]
    assert [one.rule for one in forms.check(b"{")] == ["form-json"]


def test_a_place_fills_fields_beside_it_with_what_is_known_of_places() -> None:
    village = component("textfield", "village", "村居")
    point = component("geopoint", "spot", "位置", search=True, fills={"villageCode": "village"})
    assert rules(point, village) == []
    assert rules(point) == [("fills", "spot")]
    assert rules({**point, "fills": {"colour": "village"}}, village) == [("fills", "spot")]
    assert rules(component("dynamiclist", "items", "各件", components=[point, village])) == []
    assert ("fills", "spot") in rules(component("dynamiclist", "items", "各件", components=[point]), village)
