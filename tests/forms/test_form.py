"""Finding forms and listing what they bind."""

from pathlib import Path

import pytest

import forms
from tests.forms.build import component, form, options, source


def test_it_finds_a_form_by_its_key(tmp_path: Path) -> None:
    (tmp_path / "city_appeal").mkdir()
    (tmp_path / "city_appeal" / "accept.form").write_bytes(source(component("textfield", "content", "诉求内容")))
    found = forms.find("city_appeal/accept", tmp_path)
    assert (found.key, found.id) == ("city_appeal/accept", "Form_test")
    assert found.fields == (forms.Field("content", "textfield", "诉求内容", False),)


def test_it_sees_a_form_that_was_saved_again(tmp_path: Path) -> None:
    file = tmp_path / "accept.form"
    file.write_bytes(source(component("textfield", "one")))
    assert forms.find("accept", tmp_path).fields[0].key == "one"
    file.write_bytes(source(component("textfield", "another")))
    import os

    os.utime(file, ns=(1, 1))
    assert forms.find("accept", tmp_path).fields[0].key == "another"


@pytest.mark.parametrize("key", ["nowhere", "../secret", "/etc/passwd", "", "a//b", "a/../b", "a\0b", "a.form/"])
def test_it_refuses_unknown_and_unsafe_keys(tmp_path: Path, key: str) -> None:
    with pytest.raises(forms.FormNotFound) as error:
        forms.find(key, tmp_path)
    assert error.value.code == "form.not_found"
    assert "找不到" in error.value.message_zh


@pytest.mark.parametrize("text", [b"{", b"[]", b'{"components": 3}', b"\xff\xfe", b"[" * 100_000])
def test_it_refuses_what_is_not_a_form(text: bytes) -> None:
    with pytest.raises(forms.FormInvalid):
        forms.Form.from_bytes(text)


def test_it_lists_fields_of_groups_and_lists_by_path() -> None:
    subject = form(
        component("group", "place", "地点", components=[component("textfield", "address", "地址")]),
        component("group", "", "分组", components=[component("number", "cost", "费用", validate={"required": True})]),
        component("dynamiclist", "items", "拆分项", components=[component("select", "unit", "单位")]),
        {"type": "text", "text": "说明"},
    )
    assert [(one.key, one.required) for one in subject.fields] == [
        ("place.address", False),
        ("cost", True),
        ("items[].unit", False),
    ]


def test_it_lists_every_document_key_it_shows_or_reads() -> None:
    subject = form(
        component("textarea", "opinion", conditional={"hide": '=dispatchMode = "联办"'}),
        component("select", "unit", valuesKey="unitChoices"),
        component("number", "days", validate={"max": "=limits.days"}),
        {"type": "text", "text": "案号 {{caseNo}}，等级 {{level}}"},
        {"type": "text", "text": "= reporterName"},
    )
    assert subject.bindings() == {
        "opinion", "dispatchMode", "unit", "unitChoices", "days", "limits", "caseNo", "level", "reporterName",
    }  # fmt: skip


def test_it_does_not_call_form_js_names_document_keys() -> None:
    subject = form(
        component("dynamiclist", "rows", components=[component("textfield", "x", conditional={"hide": "=this.y"})])
    )
    assert subject.bindings() == {"rows[].x"}


def test_it_reads_static_options() -> None:
    subject = form(component("radio", "result", values=options("属实", "不属实")))
    assert forms.validate(subject, {"result": "属实"}).clean == {"result": "属实"}
