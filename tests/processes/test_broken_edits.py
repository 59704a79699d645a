"""Ten mistakes a process owner makes in a diagram: each is refused with a sentence that names process and element."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import make_url

from engine import commands
from engine.errors import InvalidDeployment
from tests.conftest import ROOT, Databases
from webapp import bootstrap
from webapp.settings import load_settings
from webapp.wiring import wire

CASE, VERIFY = "city_case/city_case.bpmn", "shared/verify/verify.bpmn"
DISPATCH, RETURN = "shared/dispatch/dispatch.bpmn", "shared/return/return.bpmn"
RATE = "shared/rate/rate.bpmn"
LONELY = (
    '<bpmn:userTask id="UT_more" name="再看一眼" camunda:formKey="verify/phone" camunda:candidateGroups="visitor@CTR"'
    ' camunda:dueDate="=deadlines.核查"><bpmn:extensionElements><camunda:properties><camunda:property name="fallback" '
    'value="shift_leader"/></camunda:properties></bpmn:extensionElements></bpmn:userTask>'
)
SHAPE = '<bpmndi:BPMNShape id="UT_more_di" bpmnElement="UT_more"><dc:Bounds x="0" y="0" width="9" height="9"/>'
Edit = tuple[str, str, str]
TOGETHER: tuple[Edit, ...] = (
    (CASE, 'sourceRef="GW_tover" targetRef="CA_ver"', 'sourceRef="GW_tover" targetRef="XG_ver"'),
    (CASE, "<bpmn:incoming>SF_GW_tover_CA_ver</bpmn:incoming>", ""),
    (CASE, "(<bpmn:incoming>)(SF_CA_ver_XG_ver<)", r"\1SF_GW_tover_CA_ver</bpmn:incoming>\1\2"),
    (CASE, ' default="SF_XG_em_BRT_conf"', ""),
    (CASE, 'decisionRef="dmn_star"', 'decisionRef="dmn_stra"'),
    (VERIFY, 'candidateGroups="visitor@CTR"', 'candidateGroups="vistor@CTR"'),
    (VERIFY, ' camunda:formKey="verify/photo"', ""),
    (VERIFY, "<bpmn:flowNodeRef>UT_video</bpmn:flowNodeRef>", "<bpmn:flowNodeRef>UT_more</bpmn:flowNodeRef>"),
    (VERIFY, '(<bpmn:userTask id="UT_phone")', rf"{LONELY}\1"),
    (VERIFY, "(</bpmndi:BPMNPlane>)", rf"{SHAPE}</bpmndi:BPMNShape>\1"),
    (DISPATCH, r">=deadlines\.派遣<", ">=deadlines.派遗<"),
    (CASE, 'calledElement="arbitrate"', 'calledElement="arbitrat"'),
)
"""What the rules and the ten conditions find, all at once."""
APART: tuple[Edit, ...] = (
    (RATE, r"(<bpmn:timeDate [^>]*>)[^<]*<", r"\1一天<"),
    (VERIFY, 'id="UT_video"', 'id="UT_photo"'),
    (RETURN, '=returnRule.next = "驳回"', '=returnRule.next == "驳回"'),
)
"""What cannot be read at all."""
EXPECTED = [
    (
        "I1",
        "EE_closed",
        "城市案件“已结案”：不经核查就能结案：",
        "city_case, EE_closed: the case can be closed without",
    ),
    ("CL08", "SF_XG_em_BRT_conf", "城市案件“特急？ → 是否先核实”：", "city_case, SF_XG_em_BRT_conf: this flow has no"),
    (
        "CL13",
        "BRT_star",
        "城市案件“能否自动评价”：决策表“dmn_stra”不存在",
        "city_case, BRT_star: the decision 'dmn_stra'",
    ),
    ("CL12", "UT_phone", "核查“电话核查”：岗位角色“vistor@CTR”不存在", "verify, UT_phone: the role 'vistor@CTR'"),
    ("I2", "UT_photo", "核查“照片核查”：没有表单", "verify, UT_photo: it has no form"),
    ("CL23", "UT_video", "核查“视频核查”：不在任何泳道里", "verify, UT_video: stands in no lane"),
    ("CL06", "UT_more", "核查“再看一眼”：从开始事件走不到这里", "verify, UT_more: cannot be reached"),
    ("I2", "BT_dis", "派遣“派遣超时”：用到环节“派遗”", "dispatch, BT_dis: it reckons by the stage 派遗"),
    ("CL16", "CA_own", "城市案件“确权裁定”：流程“arbitrat”不存在", "city_case, CA_own: the process 'arbitrat'"),
    ("EX06", "", "“一天”不是 ISO 8601", "rate, "),
    ("ST01", "UT_photo", "编号“UT_photo”用了不止一次", "verify, UT_photo: the id 'UT_photo' is used"),
    ("EX03", "", "请把“==”写成 =", "return, "),
]


@pytest.fixture(scope="module")
def told(databases: Databases, district_template: str) -> Iterator[list[Any]]:
    """Every error of the two sets of mistakes."""
    url = databases.create(district_template)
    wiring = wire(replace(load_settings(), database_url=url))
    files = bootstrap.collect(ROOT / "processes", ROOT / "forms")
    found = []
    for edits in (TOGETHER, APART):
        broken = commands.Deploy(_edited(files, edits), commands.SYSTEM, "", "检验改坏的图")
        with pytest.raises(InvalidDeployment) as refused:
            wiring.engine.execute(broken)
        found += [one for one in refused.value.findings if one.severity == "error"]
    yield found
    wiring.close()
    databases.drop(make_url(url).render_as_string(hide_password=False))


def _edited(files: Mapping[str, bytes], edits: tuple[Edit, ...]) -> dict[str, bytes]:
    changed = dict(files)
    for name, old, new in edits:
        text, times = re.subn(old, new, changed[name].decode(), count=1)
        assert times == 1, (name, old)
        changed[name] = text.encode()
    return changed


@pytest.mark.parametrize(("rule", "element", "zh", "en"), EXPECTED, ids=[f"{one[0]}-{one[1]}" for one in EXPECTED])
def test_a_mistake_is_refused_and_says_where(told: list[Any], rule: str, element: str, zh: str, en: str) -> None:
    said = [one for one in told if one.rule == rule and (one.element == element or not element)]
    assert any(zh in one.zh and one.en.startswith(en) for one in said), [(one.zh, one.en) for one in said]
