"""What a process owner decides stands in a file: each edit below changes one, and the next case goes another way."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.conftest import ROOT, Databases
from webapp import bootstrap, check
from webapp.check.world import Clock
from webapp.settings import load_settings
from webapp.wiring import Wiring, wire

Edit = tuple[str, str, str]
Play = Callable[..., None]

REPORT = """
title = "改动之后的一件案件"
now = "2026-09-14T09:00"
[[step]]
do = "report"
of = "甲"
data = { content = "榕荫大道雨水井盖松动，车过有响声，请检修。", address = "榕荫大道", villageCode = "990107001001" }
[[step]]
do = "complete"
of = "甲"
task = "UT_acc"
as = "SL01"
data = { appealType = "求助", categoryCode = "C0103" }
"""
DISPATCHED = (
    REPORT
    + """
[[step]]
do = "complete"
of = "甲.case"
task = "UT_dis"
as = "PQ01"
data = { mainUnit = "PS", opinion = "请尽快到场围蔽并更换井盖。" }
"""
)
VERIFIED = (
    DISPATCHED
    + """
[[step]]
do = "complete"
of = "甲.case"
task = "UT_sign"
as = "PS-01"
data = { signAction = "签收" }
[[step]]
do = "complete"
of = "甲.case"
task = "UT_contact"
as = "PS-01"
data = { contactConnected = true, contactSummary = "已电话联系反映人，说明今天到场处置。" }
[[step]]
do = "complete"
of = "甲.case"
task = "UT_arr"
as = "PS-01"
data = { hazard = "已围蔽控制", arriveNote = "已到场围蔽。" }
[[step]]
do = "complete"
of = "甲.case"
task = "UT_hdl"
as = "PS-01"
data = { resultCode = "已解决", process = "08:20 到场围蔽，11:05 更换雨水井盖并复测平稳，周边已清理。" }
[[step]]
do = "complete"
of = "甲.case"
task = "UT_rev"
as = "PS-02"
data = { reviewDecision = "同意" }
[[step]]
do = "complete"
of = "甲.case"
task = "UT_site"
as = "WG001001001"
data = { verifyResult = "通过" }
"""
)


def expecting(story: str, expect: str) -> str:
    return f'{story}\n[[step]]\ndo = "expect"\nof = "甲.case"\nexpect = {expect}\n'


@pytest.fixture
def play(tmp_path: Path, databases: Databases, district_template: str) -> Iterator[Play]:
    """Plays a story in the district as it is after these edits (file, pattern, new text)."""
    made: list[str] = []

    def _play(story: str, *edits: Edit) -> None:
        url = databases.create(district_template)
        made.append(url)
        _edit(tmp_path / "processes", url, edits)
        path = tmp_path / "story.toml"
        path.write_text(story, encoding="utf-8")

        @contextmanager
        def world(clock: Clock) -> Iterator[Wiring]:
            wiring = wire(replace(load_settings(), database_url=url), clock=clock)
            try:
                yield wiring
            finally:
                wiring.close()

        check.run(check.load(path), world)

    yield _play
    for url in made:
        databases.drop(make_url(url).render_as_string(hide_password=False))


def _edit(folder: Path, url: str, edits: tuple[Edit, ...]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "processes", folder)
    for name, old, new in edits:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        changed, times = re.subn(old, new, text, flags=re.DOTALL)
        assert times == 1, f"{name}: {old!r} occurs {times} times"
        path.write_text(changed, encoding="utf-8")
    if edits:
        bootstrap.load_reference(url, folder / "reference")
        bootstrap.deploy(url, folder, break_glass="检验改文件即改规则")


def test_another_unit_gets_a_category(play: Play) -> None:
    row = r"(C0103,部件,公用设施,雨水井盖\(沙井盖\),A,紧急工作时,4,60,0,OWNER,)PS"
    play(expecting(REPORT, '{ document = { suggestedUnit = "PS" } }'))
    play(expecting(REPORT, '{ document = { suggestedUnit = "GS" } }'), ("reference/categories.csv", row, r"\1GS"))


def test_a_stage_gets_another_limit(play: Play) -> None:
    row = r'(<text>"签收"</text>\s*</inputEntry>\s*<inputEntry[^>]*>\s*<text>"紧急"</text>.*?)<text>30</text>'
    play(expecting(DISPATCHED, '{ due = { UT_sign = "2026-09-14T09:30" } }'))
    shorter = ("city_case/dmn_sla.dmn", row, r"\1<text>15</text>")
    play(expecting(DISPATCHED, '{ due = { UT_sign = "2026-09-14T09:15" } }'), shorter)


def test_a_crowd_makes_a_case_urgent_at_another_threshold(play: Play) -> None:
    story = REPORT.replace('"C0103"', '"E0401", facts = { crowd = 6 }')
    play(expecting(story, '{ document = { priority = "一般" } }'))
    earlier = ("city_case/dmn_priority.dmn", "<text>&gt;= 10</text>", "<text>&gt;= 5</text>")
    play(expecting(story, '{ document = { priority = "加急" } }'), earlier)


def test_a_late_dispatch_is_told_to_another_level(play: Play) -> None:
    story = f'{REPORT}\n[[step]]\ndo = "wait"\nfor = "PT6M"\n'
    play(expecting(story, '{ notices = ["shift_leader@CTR"] }'))
    higher = (
        "shared/dispatch/dispatch.bpmn",
        r'(id="EE_dis_late".*?name="notify" value=")shift_leader@CTR',
        r"\1shift_leader@CTR,supervisor@CTR",
    )
    play(expecting(story, '{ notices = ["shift_leader@CTR", "supervisor@CTR"] }'), higher)


def test_a_step_is_added_behind_the_verification(play: Play) -> None:
    task = (
        '<bpmn:userTask id="UT_town" name="街道复核" camunda:formKey="verify/confirm" '
        'camunda:candidateGroups="=&quot;town_dispatcher@&quot; + place.townUnit" '
        'camunda:dueDate="=due(&quot;工作时&quot;, 2, &quot;小时&quot;)">'
        "<bpmn:incoming>SF_CA_ver_XG_ver</bpmn:incoming><bpmn:outgoing>SF_UT_town_XG_ver</bpmn:outgoing>"
        '</bpmn:userTask><bpmn:sequenceFlow id="SF_UT_town_XG_ver" sourceRef="UT_town" targetRef="XG_ver"/>'
    )
    case = "city_case/city_case.bpmn"
    edits = (
        (case, "<bpmn:incoming>SF_CA_ver_XG_ver</bpmn:incoming>", "<bpmn:incoming>SF_UT_town_XG_ver</bpmn:incoming>"),
        (
            case,
            '<bpmn:sequenceFlow id="SF_CA_ver_XG_ver" sourceRef="CA_ver" targetRef="XG_ver"/>',
            f'<bpmn:sequenceFlow id="SF_CA_ver_XG_ver" sourceRef="CA_ver" targetRef="UT_town"/>{task}',
        ),
    )
    play(expecting(VERIFIED, "{ status = 60, open = [] }"))
    play(expecting(VERIFIED, '{ open = ["UT_town"] }'), *edits)
