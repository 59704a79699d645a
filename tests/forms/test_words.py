"""A form in other words: labels, help and options change, what is stored and compared does not."""

from __future__ import annotations

import forms
from forms import Form, words

ENGLISH = {
    "结果": "Result",
    "怎么样了": "How it went",
    "已解决": "Solved",
    "未解决": "Not solved",
    "是": "Yes",
    "元": "yuan",
    "接收": "Take it",
    "结果：{{结果}}": "Result: {{结果}}",
    "组": "Group",
}


def _form(*components: dict[str, object]) -> Form:
    return Form("form", "form", {"type": "default", "components": list(components)})


def _english(*components: dict[str, object]) -> list[dict[str, object]]:
    told = words.in_words(_form(*components), lambda text: ENGLISH.get(text, text))
    return [dict(one) for one in told.schema["components"]]


CHOICE = {
    "type": "radio",
    "key": "result",
    "label": "结果",
    "description": "怎么样了",
    "validate": {"required": True},
    "values": [{"label": "已解决", "value": "已解决"}, "未解决", {"label": "是", "value": True}, {"label": "自己的"}],
}


def test_it_words_labels_and_keeps_values() -> None:
    (told,) = _english(CHOICE)
    assert (told["label"], told["description"], told["key"]) == ("Result", "How it went", "result")
    assert told["values"] == [
        {"label": "Solved", "value": "已解决"},
        {"label": "Not solved", "value": "未解决"},
        {"label": "Yes", "value": True},
        {"label": "自己的"},
    ]


def test_an_option_that_is_its_label_keeps_the_label_as_value() -> None:
    (told,) = _english({"type": "select", "key": "x", "label": "x", "values": [{"label": "已解决"}]})
    assert told["values"] == [{"label": "Solved", "value": "已解决"}]


def test_a_button_that_answers_for_many_keeps_its_answer() -> None:
    (told,) = _english({**CHOICE, "quick": [{"label": "接收", "value": "已解决"}]})
    assert told["quick"] == [{"label": "Take it", "value": "已解决"}]


def test_it_words_what_stands_inside_groups_and_beside_fields() -> None:
    inner = {"type": "number", "key": "cost", "label": "x", "appearance": {"suffixAdorner": "元"}}
    (told,) = _english({"type": "group", "label": "组", "components": [inner]})
    assert told["label"] == "Group"
    assert told["components"][0]["appearance"] == {"suffixAdorner": "yuan"}  # type: ignore[index]


def test_it_labels_the_constants_an_expression_offers_and_no_others() -> None:
    source = '=if mode = "接收" and x in ["接收"] then ["接收", "别的"] else concatenate(others[a = "接收"], ["接收"])'
    (told,) = _english({"type": "radio", "key": "x", "label": "x", "valuesExpression": source})
    labelled = '{value: "接收", label: "Take it"}'
    assert told["valuesExpression"] == (
        f'=if mode = "接收" and x in ["接收"] then [{labelled}, "别的"] '
        f'else concatenate(others[a = "接收"], [{labelled}])'
    )


def test_it_judges_in_the_words_shown_and_stores_the_same() -> None:
    told = words.in_words(_form(CHOICE), lambda text: ENGLISH.get(text, text))
    assert forms.validate(told, {}, context={}, files={}, locale="en").errors == {
        "result": ["Choose a value for “Result”."]
    }
    assert forms.validate(told, {"result": "已解决"}, context={}, files={}, locale="en").clean == {"result": "已解决"}
    offered = {"type": "radio", "key": "way", "label": "x", "valuesExpression": '=["接收", "别的"]'}
    told = words.in_words(_form(offered), lambda text: ENGLISH.get(text, text))
    assert forms.validate(told, {"way": "接收"}, context={}, files={}, locale="en").clean == {"way": "接收"}


def test_it_lists_every_text_and_leaves_the_form_alone() -> None:
    form = _form(CHOICE, {"type": "text", "text": "结果：{{结果}}"})
    found = list(words.texts(form))
    assert found == ["结果", "怎么样了", "已解决", "未解决", "是", "自己的", "结果：{{结果}}"]
    assert form.schema["components"][0] == CHOICE
