"""The acceptor gives a reason whenever the result is not the one suggested, in the browser as on the server."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

import forms
from tests.forms.browser import SUBMIT, form_page

REASON = "请填写“与建议不同的理由”。"
#: What the acceptor enters, and the result it comes to.
ENTERED: dict[str, dict[str, Any]] = {
    "受理": {},
    "应急联动": {"facts": {"lifeRisk": True}},
    "转110": {"specialCase": True, "policeCode": "X110"},
    "不予受理": {"specialCase": True, "procedureFlag": True},
    "转外单位": {"specialCase": True, "inDistrict": False},
    "直接答复": {"categoryCode": "W0101"},
    "补充信息": {"specialCase": True, "infoComplete": False},
    "拆分": {"specialCase": True, "splitFlag": True},
}


def document(suggested: str | None, life_risk: bool = False) -> dict[str, Any]:
    return {
        "title": "路灯不亮",
        "content": "文明路路灯不亮。",
        "appealType": "求助",
        "categoryCode": "C0108",
        "address": "文明路",
        "villageCode": "990107001002",
        "relation": "由系统比对",
        "facts": {"lifeRisk": life_risk},
        "screening": {"lifeRisk": life_risk, "text": ""},
        "suggestion": suggested and {"result": suggested, "text": f"建议：**{suggested}**"},
        "categories": [{"value": "C0108", "label": "路灯"}, {"value": "W0101", "label": "政策咨询"}],
        "villages": [{"value": "990107001002", "label": "文明里社区"}],
        "transferCodes": [{"value": "X110", "label": "报警"}],
        "openCases": [],
    }


def asked(document: dict[str, Any], entered: dict[str, Any]) -> bool:
    """Whether the server asks for the reason; whatever else it asks for is not the matter."""
    return forms.validate(forms.find("city_appeal/accept"), entered, context=document).errors.get("resultReason") == [
        REASON
    ]


@pytest.mark.parametrize(("suggested", "result"), list(product(ENTERED, ENTERED)))
def test_it_asks_why_whenever_the_result_differs(suggested: str, result: str) -> None:
    assert asked(document(suggested), ENTERED[result]) == (result != suggested)
    told = {**ENTERED[result], "resultReason": "已电话核实"}
    assert forms.validate(forms.find("city_appeal/accept"), told, context=document(suggested)).ok


def test_it_asks_nothing_when_nothing_was_suggested() -> None:
    assert not any(asked(document(None), entered) for entered in ENTERED.values())


def test_it_asks_once_why_a_danger_is_none() -> None:
    errors = forms.validate(
        forms.find("city_appeal/accept"), {"facts": {"lifeRisk": False}}, context=document("应急联动", life_risk=True)
    ).errors
    assert errors == {"riskReason": ["请填写“不按特急处理的理由”。"]}


@pytest.fixture(scope="module")
def page(chromium: Any) -> Iterator[Any]:
    with form_page(chromium) as opened:
        yield opened


@pytest.mark.browser
@pytest.mark.parametrize("suggested", [None, *ENTERED])
def test_it_asks_the_same_in_the_browser(page: Any, suggested: str | None) -> None:
    form = forms.find("city_appeal/accept")
    for result, entered in ENTERED.items():
        shown = document(suggested) | entered
        browser = page.evaluate(SUBMIT, [dict(form.schema), shown])
        server = forms.validate(form, browser["data"], context=shown)
        assert browser["data"]["result"] == result
        assert server.errors == browser["errors"]
        assert ("resultReason" in browser["errors"]) == (suggested not in (None, result))
