"""What a submission may contain, and the sentences a person reads when it does not."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

import forms
from tests.forms.build import component, form, options

JPEG = forms.FileInfo("a.jpg", "image/jpeg", 1000)


def errors(one: dict[str, Any], value: Any, **more: Any) -> list[str]:
    """Sentences at a single field called ``x`` when it is given `value`."""
    return forms.validate(form(one), {"x": value}, **more).errors.get("x", [])


def field(kind: str, /, **settings: Any) -> dict[str, Any]:
    return component(kind, "x", "标题", **settings)


@pytest.mark.parametrize(
    "kind", ["textfield", "textarea", "number", "datetime", "filepicker", "photo", "files", "geopoint"]
)
@pytest.mark.parametrize("empty", [None, ""])
def test_it_asks_for_required_values(kind: str, empty: Any) -> None:
    [sentence] = errors(field(kind, validate={"required": True}), empty)
    assert "标题" in sentence
    assert errors(field(kind), empty) == []


def test_it_asks_in_the_language_of_the_person() -> None:
    needed = field("textfield", validate={"required": True})
    assert errors(needed, "", locale="zh") == ["请填写“标题”。"]
    assert errors(needed, "", locale="en") == ["“标题” is required."]


def test_it_wants_a_required_check_box_ticked() -> None:
    assert errors(field("checkbox", validate={"required": True}), False) == ["请勾选“标题”。"]
    assert errors(field("checkbox", validate={"required": True}), True) == []
    assert errors(field("checkbox"), "yes") == ["“标题”的内容类型不正确。"]


def test_it_keeps_what_was_not_touched_as_it_was_shown() -> None:
    subject = form(field("textfield", validate={"required": True}), component("number", "n", defaultValue=3))
    assert forms.validate(subject, {}, context={"x": "原文"}) == forms.Result({"x": "原文", "n": 3}, {})


def test_it_drops_keys_the_form_does_not_ask_for() -> None:
    result = forms.validate(form(field("textfield")), {"x": "a", "mainUnit": "PS", "__proto__": {}})
    assert result.clean == {"x": "a"}


@pytest.mark.parametrize("setting", [{"disabled": True}, {"readonly": True}, {"readonly": "=locked"}])
def test_it_does_not_accept_values_for_fields_that_are_only_shown(setting: dict[str, Any]) -> None:
    subject = form(field("textfield", validate={"required": True}, **setting))
    result = forms.validate(subject, {"x": "改写"}, context={"x": "原文", "locked": True})
    assert result == forms.Result({}, {})


def test_it_neither_asks_for_nor_keeps_hidden_fields() -> None:
    subject = form(
        component("radio", "result", values=options("属实", "不属实")),
        component("textarea", "reason", validate={"required": True}, conditional={"hide": '=result = "属实"'}),
    )
    assert forms.validate(subject, {"result": "属实", "reason": "x"}).clean == {"result": "属实"}
    assert set(forms.validate(subject, {"result": "不属实"}).errors) == {"reason"}


def test_it_hides_everything_inside_a_hidden_group() -> None:
    inner = component("textfield", "address", validate={"required": True})
    subject = form(component("group", "place", components=[inner], conditional={"hide": "=online"}))
    assert forms.validate(subject, {}, context={"online": True}) == forms.Result({}, {})
    assert set(forms.validate(subject, {}, context={"online": False}).errors) == {"place.address"}


def test_it_treats_a_hidden_answer_as_not_given() -> None:
    subject = form(
        component("checkbox", "a"),
        component("checkbox", "b", conditional={"hide": "=a"}),
        component("textfield", "c", conditional={"hide": "=not(b = true)"}),
    )
    assert forms.validate(subject, {"a": True, "b": True, "c": "x"}).clean == {"a": True}


def test_it_reads_conditions_from_the_document_not_from_slipped_in_keys() -> None:
    subject = form(field("textfield", validate={"required": True}, conditional={"hide": "=isLeader"}))
    assert errors_of(subject, {"isLeader": True}, {"isLeader": False}) == {"x"}


def errors_of(subject: forms.Form, data: dict[str, Any], context: dict[str, Any]) -> set[str]:
    return set(forms.validate(subject, data, context=context).errors)


@pytest.mark.parametrize(
    ("rules", "value", "sentence"),
    [
        ({"min": 1}, 0, "“标题”不能小于 1。"),
        ({"max": 10}, 10.5, "“标题”不能大于 10。"),
        ({"max": "=limit"}, 8, "“标题”不能大于 7。"),
        ({}, "abc", "“标题”应填写数字。"),
        ({}, True, "“标题”应填写数字。"),
        ({}, "NaN", "“标题”应填写数字。"),
        ({}, "1e999999", "“标题”应填写数字。"),
        ({}, [1], "“标题”应填写数字。"),
    ],
)
def test_it_refuses_numbers_outside_their_limits(rules: dict[str, Any], value: Any, sentence: str) -> None:
    assert errors(field("number", validate=rules), value, context={"limit": 7}) == [sentence]


def test_it_measures_decimals_and_steps_exactly() -> None:
    assert errors(field("number", decimalDigits=2), 0.1 + 0.2) == ["“标题”最多保留 2 位小数。"]
    assert errors(field("number", decimalDigits=2), "0.30") == []
    assert errors(field("number", decimalDigits=0), 1.5) == ["“标题”应填写整数。"]
    assert errors(field("number", increment=0.1), 0.3) == []
    assert errors(field("number", increment=0.1), 0.35) == ["“标题”应为 0.1 的倍数。"]


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-9999, max_value=9999),
    st.integers(1, 900),
)
def test_it_accepts_exactly_the_multiples_of_an_increment(value: Decimal, thousandths: int) -> None:
    step = Decimal(thousandths) / 1000
    accepted = not errors(field("number", increment=str(step)), str(value))
    assert accepted == (int(value * 1000) % thousandths == 0)


def test_it_counts_characters_as_the_browser_does() -> None:
    assert errors(field("textfield", validate={"maxLength": 3}), "一二三") == []
    assert errors(field("textfield", validate={"maxLength": 3}), "  一二三　") == []
    assert errors(field("textfield", validate={"maxLength": 3}), "😀😀") == ["“标题”最多填写 3 个字。"]
    assert errors(field("textfield", validate={"minLength": 3}), "一 ") == ["“标题”至少填写 3 个字。"]


@given(st.text(max_size=40), st.integers(0, 40))
def test_it_measures_trimmed_utf_16_length(text: str, most: int) -> None:
    sendable = "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
    length = (
        len(
            text.strip(
                "\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
            ).encode("utf-16-le", "surrogatepass")
        )
        // 2
    )
    accepted = not errors(field("textarea", validate={"maxLength": most}), text)
    assert accepted == (text == "" or (sendable and length <= most))


def test_it_refuses_text_no_database_can_store() -> None:
    assert errors(field("textfield"), "a\0b") == ["“标题”的内容类型不正确。"]
    assert errors(field("textfield"), "\ud83d") == ["“标题”的内容类型不正确。"]
    assert errors(field("textarea"), "长" * 20_001) == ["“标题”最多填写 20000 个字。"]


def test_it_checks_patterns_with_the_forms_own_sentence() -> None:
    mobile = field("textfield", validate={"pattern": r"^1[3-9]\d{9}$", "patternErrorMessage": "请填 11 位手机号。"})
    assert errors(mobile, "13800000000") == []
    assert errors(mobile, "1380000000") == ["请填 11 位手机号。"]
    assert errors(mobile, "13800000000\n") == ["请填 11 位手机号。"]


@pytest.mark.parametrize("value", ["a@b.cn", "first.last@sub.example.org"])
def test_it_knows_e_mail_addresses(value: str) -> None:
    rules = {"validationType": "email"}
    assert errors(field("textfield", validate=rules), value) == []
    assert errors(field("textfield", validate=rules), value.replace("@", " ")) != []


def test_it_knows_international_telephone_numbers() -> None:
    rules = {"validationType": "phone"}
    assert errors(field("textfield", validate=rules), "+8613800000000") == []
    assert errors(field("textfield", validate=rules), "13800000000") == ["“标题”不是有效的电话号码。"]


def test_it_accepts_only_options_on_offer() -> None:
    radio = field("radio", values=options("A", "B", 1, False))
    assert errors(radio, "A") == errors(radio, 1) == errors(radio, False) == []
    assert errors(radio, "C") == errors(radio, True) == errors(radio, ["A"]) == ["“标题”的选项无效，请重新选择。"]


def test_it_reads_options_from_the_document_alone() -> None:
    select = field("select", valuesKey="units")
    assert errors(select, "PS", context={"units": [{"label": "排水", "value": "PS"}]}) == []
    forged = forms.validate(form(select), {"x": "ZZ", "units": ["ZZ"]}, context={"units": ["PS"]})
    assert forged.errors["x"] == ["“标题”的选项无效，请重新选择。"]


def test_it_reads_options_from_an_expression() -> None:
    select = field("select", valuesExpression='=if level = "A" then ["甲"] else ["乙"]')
    assert errors(select, "甲", context={"level": "A"}) == []
    assert errors(select, "甲", context={"level": "B"}) != []


def test_it_dispatches_to_people_of_the_lead_unit_only() -> None:
    staff = [{"value": "CF-02", "label": "抢修班长", "unit": "CF"}, {"value": "PS-01", "label": "经办", "unit": "PS"}]
    told = {"target": "个人", "mode": "单办", "mainUnit": "CF", "targetPerson": "PS-01"}
    context = {"staff": staff, "units": [{"value": one, "label": one} for one in ("CF", "PS")]}
    found = forms.validate(forms.find("dispatch/dispatch"), told, context=context).errors
    assert found["targetPerson"] == ["“人员”的选项无效，请重新选择。"]
    other = {**told, "mainUnit": "PS"}
    assert "targetPerson" not in forms.validate(forms.find("dispatch/dispatch"), other, context=context).errors


def test_it_takes_each_choice_of_a_checklist_once() -> None:
    checklist = form(field("checklist", values=options("及时", "规范", "态度")))
    assert forms.validate(checklist, {"x": ["及时", "态度", "及时"]}).clean == {"x": ["及时", "态度"]}
    assert "x" in forms.validate(checklist, {"x": ["及时", "敷衍"]}).errors
    assert "x" in forms.validate(checklist, {"x": "及时"}).errors


@pytest.mark.parametrize(
    ("subtype", "good", "bad"),
    [
        ("date", "2026-02-28", "2026-02-29"),
        ("date", "2024-02-29", "20240229"),
        ("time", "08:30", "24:00"),
        ("time", "17:30+08:00", "17.30"),
        ("datetime", "2026-09-15T08:30+08:00", "2026-09-15 08:30"),
        ("datetime", "2026-09-15T00:30:00Z", "2026-13-15T00:30Z"),
    ],
)
def test_it_knows_dates_and_times(subtype: str, good: str, bad: str) -> None:
    assert errors(field("datetime", subtype=subtype), good) == []
    assert errors(field("datetime", subtype=subtype), bad) != []
    assert errors(field("datetime", subtype=subtype), 20260915) != []


def test_it_computes_formulas_itself() -> None:
    subject = form(
        component("number", "price"),
        component("number", "count"),
        component("expression", "total", expression="=price * count", computeOn="change"),
    )
    assert forms.validate(subject, {"price": 3, "count": 4, "total": 1}).clean["total"] == 12


ITEMS = component(
    "dynamiclist", "items", "拆分项",
    components=[
        component("textfield", "content", "内容", validate={"required": True}),
        component("textfield", "why", "理由", validate={"required": True}, conditional={"hide": '=this.content = "a"'}),
    ],
)  # fmt: skip


def test_it_judges_every_row_of_a_list() -> None:
    rows = [{"content": "a", "why": "x", "evil": 1}, {"content": "", "why": "z"}, {"content": "b"}]
    result = forms.validate(form(ITEMS), {"items": rows})
    assert result.errors == {"items[1].content": ["请填写“内容”。"], "items[2].why": ["请填写“理由”。"]}
    assert result.clean["items"][0] == {"content": "a"}


def test_it_starts_an_untouched_list_with_one_empty_row() -> None:
    assert set(forms.validate(form(ITEMS), {}).errors) == {"items[0].content", "items[0].why"}
    assert forms.validate(form(ITEMS), {"items": []}).clean == {"items": []}


@pytest.mark.parametrize(
    ("count", "sentence", "english"),
    [
        (1, "“拆分项”至少要有 2 项。", "“拆分项” needs at least 2 entries."),
        (2, "", ""),
        (5, "", ""),
        (6, "“拆分项”最多 5 项。", "“拆分项” takes at most 5 entries."),
    ],
)
def test_it_counts_the_rows_of_a_list(count: int, sentence: str, english: str) -> None:
    subject = form({**ITEMS, "validate": {"minRows": 2, "maxRows": 5}})
    sent = {"items": [{"content": "a"}] * count}
    assert forms.validate(subject, sent).errors == ({"items": [sentence]} if sentence else {})
    assert forms.validate(subject, sent, locale="en").errors == ({"items": [english]} if english else {})
    assert forms.validate(subject, sent).clean["items"] == [{"content": "a"}] * count, "nothing is lost"


@pytest.mark.parametrize("rows", [3, "text", [1], [{}] * 201, {"0": {}}])
def test_it_refuses_lists_that_are_none(rows: Any) -> None:
    assert list(forms.validate(form(ITEMS), {"items": rows}).errors) == ["items"]


def test_it_takes_photos_the_server_knows() -> None:
    photos = field("photo", validate={"min": 1, "max": 2})
    known = {"f1": JPEG, "files::x::0": JPEG, "f3": JPEG}
    result = forms.validate(form(photos), {"x": ["f1", "files::x::0", "f1"]}, files=known)
    assert result == forms.Result({"x": ["f1", "files::x::0"]}, {})
    assert errors(photos, [], files=known) == ["“标题”至少需要 1 张照片。"]
    assert errors(photos, ["f1", "f3", "files::x::0"], files=known) == ["“标题”最多 2 张照片。"]
    assert errors(photos, ["stranger"], files=known) == ["“标题”中有文件没有上传成功，请重新选择。"]
    assert errors(photos, [{"id": "f1"}], files=known) == ["“标题”的内容类型不正确。"]


def test_it_refuses_photos_of_a_wrong_kind_or_size() -> None:
    files = {
        "pdf": forms.FileInfo("a.pdf", "application/pdf", 10),
        "big": forms.FileInfo("b.jpg", "image/jpeg", 10_485_761),
    }
    assert errors(field("photo"), ["pdf"], files=files) == ["“标题”只接受 JPEG、PNG 或 WebP 照片。"]
    assert errors(field("photo"), ["big"], files=files) == ["“标题”的每张照片不能超过 10 MB。"]


def test_it_takes_recordings_and_documents_where_files_are_asked_for() -> None:
    files = {
        "call": forms.FileInfo("a.amr", "audio/amr", 10),
        "letter": forms.FileInfo("b.pdf", "application/pdf", 10),
        "page": forms.FileInfo("c.html", "text/html", 10),
        "big": forms.FileInfo("d.mp4", "video/mp4", 10_485_761),
    }
    subject = field("files", validate={"max": 2})
    assert forms.validate(form(subject), {"x": ["call", "letter", "call"]}, files=files).clean == {
        "x": ["call", "letter"]
    }
    assert errors(subject, ["page"], files=files) == ["“标题”只接受照片、录音、视频、PDF 和 Word 文件。"]
    assert errors(subject, ["big"], files=files) == ["“标题”的每个文件不能超过 10 MB。"]
    assert errors(subject, ["call", "letter", "big", "page"], files=files)[-1] == "“标题”最多 2 个文件。"
    assert errors(field("files", validate={"required": True}), []) == ["请为“标题”选择文件。"]


def test_it_puts_stored_ids_where_new_files_were_named() -> None:
    data = {"x": ["f1", "files::x::0"], "rows": [{"p": ["files::rows[0].p::0"]}], "note": "files"}
    ids = {"files::x::0": "f9", "files::rows[0].p::0": "f8"}
    assert forms.replace_files(data, ids) == {"x": ["f1", "f9"], "rows": [{"p": ["f8"]}], "note": "files"}


def test_it_takes_a_place_on_earth() -> None:
    place = form(field("geopoint"))
    sent = {"lon": 113.1, "lat": "23.02", "accuracy": 12, "evil": 1}
    assert forms.validate(place, {"x": sent}).clean == {"x": {"lon": 113.1, "lat": 23.02, "accuracy": 12.0}}
    by_hand = {"lon": 113, "lat": 23}
    assert forms.validate(place, {"x": by_hand}, context={"x": sent}).clean["x"]["accuracy"] is None


@pytest.mark.parametrize(
    "value",
    [
        {"lon": 181, "lat": 0},
        {"lon": 0, "lat": -91},
        {"lon": 0},
        {"lon": 0, "lat": 0, "accuracy": -1},
        "113,23",
        {"lon": "NaN", "lat": 0},
    ],
)
def test_it_refuses_places_that_are_none(value: Any) -> None:
    assert errors(field("geopoint"), value) != []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["x", "lon", "lat", "content"]), inner, max_size=3)
    ),
    max_leaves=8,
)
EVERYTHING = form(
    component("textfield", "text", validate={"minLength": 1, "pattern": "^a"}),
    component("number", "number", decimalDigits=1, increment=0.5, validate={"min": 0}),
    component("checkbox", "check"),
    component("select", "one", values=options("a", 1)),
    component("taglist", "many", values=options("a", 1)),
    component("datetime", "when", subtype="datetime"),
    component("filepicker", "file"),
    component("photo", "photo"),
    component("geopoint", "place"),
    component("group", "group", components=[component("textfield", "x")]),
    ITEMS,
)
NAMES = [
    "text",
    "number",
    "check",
    "one",
    "many",
    "when",
    "file",
    "photo",
    "place",
    "group",
    "items",
    "other",
]


@given(st.dictionaries(st.sampled_from(NAMES), JSON))
def test_it_survives_anything_and_keeps_only_what_it_accepts_again(data: dict[str, Any]) -> None:
    first = forms.validate(EVERYTHING, data)
    assert set(first.clean) <= set(NAMES) - {"other"}
    if first.ok:
        assert forms.validate(EVERYTHING, first.clean) == first


SUBTASKS = component(
    "dynamiclist",
    "tasks",
    "子任务",
    allowAddRemove=True,
    components=[
        component("textfield", "unit", "单位", readonly=True),
        component("textfield", "note", "说明", conditional={"hide": '=this.unit = "PS"'}),
    ],
)


def test_it_keeps_the_read_only_columns_of_rows_that_moved() -> None:
    document = {"tasks": [{"unit": "PS"}, {"unit": "CF"}]}
    sent = {"tasks": [{"unit": "CF", "note": "已办"}]}
    assert forms.validate(form(SUBTASKS), sent, context=document).clean == {"tasks": [{"unit": "CF", "note": "已办"}]}


def test_it_does_not_believe_a_read_only_column_the_document_does_not_have() -> None:
    document = {"tasks": [{"unit": "PS"}]}
    sent = {"tasks": [{"unit": "ZZ", "note": "x"}]}
    assert forms.validate(form(SUBTASKS), sent, context=document).clean == {"tasks": [{"unit": "", "note": "x"}]}


def test_it_hides_where_a_condition_is_null_as_form_js_does() -> None:
    subject = form(field("textfield", validate={"required": True}, conditional={"hide": "=days > 3"}))
    assert forms.validate(subject, {}, context={}).ok
    assert not forms.validate(subject, {}, context={"days": 1}).ok


def test_it_shows_a_field_whose_condition_cannot_be_read() -> None:
    assert errors(field("textfield", validate={"required": True}, conditional={"hide": "=days >"}), "") != []


def test_it_takes_null_for_a_row_in_which_nothing_is_visible() -> None:
    sent = {"tasks": [None, {"unit": "", "note": "x"}]}
    [empty, full] = forms.validate(form(SUBTASKS), sent).clean["tasks"]
    assert (empty, full) == ({"unit": "", "note": ""}, {"unit": "", "note": "x"})


NOON = datetime(2026, 9, 14, 12, 0, tzinfo=timezone(timedelta(hours=8)))


@pytest.mark.parametrize(
    ("subtype", "rule", "value", "said"),
    [
        ("datetime", {"notAfter": "=now"}, "2026-09-14T12:01+08:00", "“标题”不能晚于现在。"),
        ("datetime", {"notAfter": "=now"}, "2026-09-14T04:00Z", None),
        ("datetime", {"notAfter": "=now"}, "2026-09-14T11:59", None),
        ("datetime", {"notBefore": "=now"}, "2026-09-14T11:59", "“标题”不能早于现在。"),
        ("date", {"notBefore": "=now"}, "2026-09-14", None),
        ("date", {"notBefore": "=now"}, "2026-09-13", "“标题”不能早于现在。"),
        ("date", {"notAfter": "2026-12-31"}, "2027-01-01", "“标题”不能晚于 2026-12-31。"),
        ("datetime", {"notBefore": "=began"}, "2026-09-14T08:00+08:00", "“标题”不能早于 2026-09-14 09:00。"),
        ("datetime", {"notBefore": "=unknown"}, "2026-09-14T08:00+08:00", None),
    ],
)
def test_it_holds_moments_to_their_limits(subtype: str, rule: dict[str, str], value: str, said: str | None) -> None:
    asked = field("datetime", subtype=subtype, validate=rule)
    found = errors(asked, value, now=NOON, context={"began": "2026-09-14T09:00:00@Asia/Shanghai"})
    assert found == ([said] if said else [])


def test_a_rule_over_the_whole_form_says_its_own_sentence() -> None:
    rule = {
        "refuseWhen": "=count(people[value = x][1].away) > 0",
        "refuseMessage": "{{people[value = x][1].label}}不在。",
    }
    box = component("select", "x", "代办人", valuesKey="people", validate={"required": True, **rule})
    people = [{"value": "a", "label": "张三", "away": ["今天"]}, {"value": "b", "label": "李四", "away": []}]
    assert errors(box, "a", context={"people": people}) == ["张三不在。"]
    assert errors(box, "b", context={"people": people}) == []
    assert errors(box, "", context={"people": people}) == ["请选择“代办人”。"]


def test_a_moment_is_kept_with_the_seconds_that_feel_asks_for() -> None:
    box = field("datetime", subtype="datetime")
    for sent, kept in (
        ("2026-09-15T08:30+08:00", "2026-09-15T08:30:00+08:00"),
        ("2026-09-15T08:30:07+08:00", "2026-09-15T08:30:07+08:00"),
        ("2026-09-15T08:30", "2026-09-15T08:30:00"),
    ):
        assert forms.validate(form(box), {"x": sent}).clean == {"x": kept}
