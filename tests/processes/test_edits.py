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

from engine import commands
from engine.errors import InvalidDeployment
from tests.conftest import ROOT, Databases
from tests.diagram_edits import PLANE_END, drawing
from tests.invariants.worlds import way
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
data = { contactConnected = true, contactRecord = "TH0914", contactSummary = "已电话联系反映人，说明今天到场处置。" }
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


def until(scenario: str, task: str, *, looked: bool = False, times: int = 1) -> str:
    """A scenario through the step that finishes this task for the first (or `times`-th) time.

    `looked`: with what is expected of that step."""
    step = f'task = "{task}"'
    parts = (ROOT / "processes" / scenario).read_text(encoding="utf-8").split(step)
    rest = parts[times].partition("[[step]]")[0]
    return step.join(parts[:times]) + step + (rest if looked else rest.partition("expect =")[0])


def expecting(story: str, expect: str) -> str:
    return f'{story}\n[[step]]\ndo = "expect"\nof = "甲.case"\nexpect = {expect}\n'


@pytest.fixture
def play(tmp_path: Path, databases: Databases, district_template: str) -> Iterator[Play]:
    """Plays a story in the district as it is after these edits (file, pattern, new text)."""
    made: list[str] = []

    def _play(story: str, *edits: Edit) -> None:
        url = databases.create(district_template)
        made.append(url)
        _edit(tmp_path, url, edits)
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


def _edit(root: Path, url: str, edits: tuple[Edit, ...]) -> None:
    """Change copies of the files and put them into force. A name below `forms/` is a form, any other a process file."""
    for name in ("processes", "forms"):
        shutil.rmtree(root / name, ignore_errors=True)
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, old, new in edits:
        path = root / name if name.startswith("forms/") else root / "processes" / name
        text = path.read_text(encoding="utf-8")
        changed, times = re.subn(old, new, text, flags=re.DOTALL)
        assert times == 1, f"{name}: {old!r} occurs {times} times"
        path.write_text(changed, encoding="utf-8")
    if edits:
        bootstrap.load_reference(url, root / "processes" / "reference")
        wiring = wire(replace(load_settings(), database_url=url))
        try:
            files = bootstrap.collect(root / "processes", root / "forms")
            wiring.engine.execute(commands.Deploy(files, commands.SYSTEM, "", "检验改文件即改规则"))
        finally:
            wiring.close()


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


CASE = "city_case/city_case.bpmn"


def town_drawn(target: str) -> Edit:
    return CASE, PLANE_END, drawing("UT_town", f"SF_UT_town_{target}") + PLANE_END


IN_LANE = (CASE, "(<bpmn:flowNodeRef>)(CA_ver</bpmn:flowNodeRef>)", r"\1UT_town</bpmn:flowNodeRef>\1\2")


def town_step(flow: str, target: str) -> str:
    """街道先行复核: a task between `flow`, drawn to it, and `target`."""
    return (
        '<bpmn:userTask id="UT_town" name="街道先行复核" camunda:formKey="verify/confirm" '
        'camunda:candidateGroups="=&quot;town_dispatcher@&quot; + place.townUnit" '
        'camunda:dueDate="=due(&quot;工作时&quot;, 2, &quot;小时&quot;)">'
        f"<bpmn:incoming>{flow}</bpmn:incoming><bpmn:outgoing>SF_UT_town_{target}</bpmn:outgoing></bpmn:userTask>"
        f'<bpmn:sequenceFlow id="SF_UT_town_{target}" sourceRef="UT_town" targetRef="{target}"/>'
    )


TO_VERIFICATION = '<bpmn:sequenceFlow id="SF_GW_tover_CA_ver" sourceRef="GW_tover" targetRef="CA_ver"/>'
TOWN_BEFORE = (
    (CASE, "<bpmn:incoming>SF_GW_tover_CA_ver</bpmn:incoming>", "<bpmn:incoming>SF_UT_town_CA_ver</bpmn:incoming>"),
    (
        CASE,
        TO_VERIFICATION,
        TO_VERIFICATION.replace('"CA_ver"', '"UT_town"') + town_step("SF_GW_tover_CA_ver", "CA_ver"),
    ),
    town_drawn("CA_ver"),
    IN_LANE,
)
"""街道先行复核 in front of 核查: the one flow that leads there goes to the new task."""


@pytest.mark.parametrize(
    ("story", "order"),
    [
        (VERIFIED.rpartition("[[step]]")[0], "甲.case"),
        (until("shared/joint/scenarios/joint.toml", "UT_sum"), "甲.case"),
        (until("city_case/scenarios/own.toml", "UT_dis", times=2), "乙"),
        (until("city_case/scenarios/confirm.toml", "UT_false"), "甲.case"),
    ],
    ids=["handled", "jointly", "by the grid worker", "not true"],
)
def test_a_step_is_added_before_the_verification(play: Play, story: str, order: str) -> None:
    agreed = f'''
[[step]]
do = "expect"
of = "{order}"
expect = {{ open = ["UT_town"] }}

[[step]]
do = "complete"
of = "{order}"
task = "UT_town"
as = "RY-D1"
data = {{ confirmResult = "同意" }}
'''
    play(story + agreed, *TOWN_BEFORE)


def test_the_verification_cannot_be_left_out(play: Play) -> None:
    """The way that would close a case unverified is named."""
    edits = (
        (CASE, r'<bpmn:callActivity id="CA_ver".*?</bpmn:callActivity>', ""),
        (CASE, "<bpmn:flowNodeRef>CA_ver</bpmn:flowNodeRef>", ""),
        (CASE, '<bpmn:sequenceFlow id="SF_CA_ver_XG_ver" sourceRef="CA_ver" targetRef="XG_ver"/>', ""),
        (CASE, "<bpmn:incoming>SF_CA_ver_XG_ver</bpmn:incoming>", "<bpmn:incoming>SF_GW_tover_CA_ver</bpmn:incoming>"),
        (CASE, TO_VERIFICATION, TO_VERIFICATION.replace('"CA_ver"', '"XG_ver"')),
        (CASE, r'<bpmndi:BPMNShape id="CA_ver_di".*?</bpmndi:BPMNShape>', ""),
        (CASE, r'<bpmndi:BPMNEdge id="SF_CA_ver_XG_ver_di".*?</bpmndi:BPMNEdge>', ""),
    )
    with pytest.raises(InvalidDeployment) as refused:
        play(REPORT, *edits)
    (finding,) = [one for one in refused.value.findings if one.rule == "I1"]
    assert finding.element == "EE_closed"
    assert {"UT_dis", "GW_tover", "XG_ver"} <= set(way(finding))


def test_a_step_is_added_behind_the_verification(play: Play) -> None:
    edits = (
        (CASE, "<bpmn:incoming>SF_CA_ver_XG_ver</bpmn:incoming>", "<bpmn:incoming>SF_UT_town_XG_ver</bpmn:incoming>"),
        (
            CASE,
            '<bpmn:sequenceFlow id="SF_CA_ver_XG_ver" sourceRef="CA_ver" targetRef="XG_ver"/>',
            '<bpmn:sequenceFlow id="SF_CA_ver_XG_ver" sourceRef="CA_ver" targetRef="UT_town"/>'
            + town_step("SF_CA_ver_XG_ver", "XG_ver"),
        ),
        town_drawn("XG_ver"),
        IN_LANE,
    )
    play(expecting(VERIFIED, "{ status = 60, open = [] }"))
    play(expecting(VERIFIED, '{ open = ["UT_town"] }'), *edits)


def test_a_power_is_delegated_to_the_towns(play: Play) -> None:
    story = REPORT.replace('"C0103"', '"E0302"')
    play(expecting(story, '{ document = { suggestedUnit = "ZJJ" } }'))
    row = ("reference/delegated_powers.csv", r"\Z", "25,E0302,SQ025,镇街综合执法队,2026-09-01,综合执法证\n")
    play(expecting(story, '{ document = { suggestedUnit = "RY" } }'), row)


def test_a_category_goes_to_the_towns_at_once(play: Play) -> None:
    story = REPORT.replace('"C0103"', '"E0302"')
    row = ("reference/dispatch_policies.csv", r"\Z", "E0302,*,属地优先,2026-09-01,,\n")
    play(expecting(story, '{ document = { suggestedUnit = "RY", coUnits = ["ZJJ"] } }'), row)


def test_a_category_is_added(play: Play) -> None:
    story = REPORT.replace('"C0103"', '"E0499"')
    row = "E0499,事件,街面秩序,共享单车淤积,C,工作时,8,,0,LINE,JTJ,,前后照,照片,Y,共享单车,占用人行道,清理规整\n"
    play(expecting(story, '{ document = { suggestedUnit = "JTJ" } }'), ("reference/categories.csv", r"\Z", row))


def test_a_form_asks_for_more(play: Play) -> None:
    story = DISPATCHED.replace("opinion =", 'siteContact = "学校保安室", opinion =')
    field = (
        '"components": [{"type": "textfield", "key": "siteContact", "label": "现场联系人", "id": "siteContact", '
        '"validate": {"required": true, "maxLength": 60}},'
    )
    form = ("forms/dispatch/dispatch.form", r'\A(\{\s*)"components": \[', rf"\1{field}")
    play(f'{DISPATCHED}refused = "INVALID_INPUT"\n', form)
    play(expecting(story, '{ document = { siteContact = "学校保安室" } }'), form)


def test_an_extension_is_approved_one_level_higher(play: Play) -> None:
    story = until("shared/deadline/scenarios/extension.toml", "UT_ap1")
    play(expecting(story, '{ open = ["UT_hdl"] }'))
    row = r'(<rule id="dmn_extension_r2">.{1,1500}?)派遣值班长(.{1,400}?<rule id="dmn_extension_r3">)'
    higher = ("shared/deadline/dmn_extension.dmn", row, r"\1中心分管领导\2")
    play(expecting(story, '{ open = ["UT_ap2"] }'), higher)


def test_more_verifications_of_photos_are_done_on_site(play: Play) -> None:
    story = until("shared/handle/scenarios/overdue.toml", "UT_rev")
    play(expecting(story, '{ open = ["UT_photo"] }'))
    most = ("shared/verify/dmn_verify.dmn", r"(照片核查\+抽查现场.*?<text>)10<", r"\g<1>90<")
    play(expecting(story, '{ open = ["UT_site"] }'), most)


def test_a_working_day_becomes_a_holiday(play: Play) -> None:
    story = REPORT.replace('"C0103"', '"W0101", resultReason = "只是询问"')
    due = '\nexpect = { due = { UT_ans = "2026-09-%s" } }\n'
    play(story + due % "14T11:00")
    play(
        story + due % "15T10:30", ("reference/calendar_2025_2026.csv", "2026-09-14,一,1,工作日", "2026-09-14,一,0,放假")
    )


def test_somebody_else_is_on_duty(play: Play) -> None:
    story = (ROOT / "processes/city_leader/scenarios/holiday.toml").read_text(encoding="utf-8")
    first = "[[step]]".join(story.split("[[step]]")[:2])
    play(first)
    swapped = ("reference/duty_roster.csv", "(2026-10-03,全日,轮值指挥长,)L04", r"\1L02")
    play(first.replace("user:L04", "user:L02"), swapped)


def test_the_unit_is_warned_at_another_share_of_the_limit(play: Play) -> None:
    story = until("shared/handle/scenarios/overdue.toml", "UT_contact", looked=True)
    story += '[[step]]\ndo = "wait"\nuntil = "2026-09-28T11:31"\n'
    play(expecting(story, "{ notices = [] }"))
    earlier = ("shared/handle/handle.bpmn", r'share\("处置", 75\)', 'share("处置", 50)')
    play(expecting(story, '{ notices = ["handler@PS", "unit_head@PS"] }'), earlier)


UP = until("shared/escalate/scenarios/taken.toml", "UT_tw").rpartition("[[step]]")[0]
AREA = (
    ("reference/org_units.csv", r"\A([^\n]*\n)", r"\1PA1,东片区指挥部,片区,片区,CTR,,Y,N\n"),
    ("reference/org_units.csv", r"(RY,[^\n]*,镇街,镇街,)CTR", r"\1PA1"),
    ("reference/staff.csv", r"\Z", "PA1-D1,东片区调度员01,PA1,片区,area_dispatcher;handler\n"),
)


def test_a_tier_is_added_between_town_and_district(play: Play) -> None:
    """片区: what the town passes up reaches its area, and the area answers for its towns; no diagram is changed."""
    passed = '\n[[step]]\ndo = "complete"\nof = "甲.case"\ntask = "UT_tw"\nas = "{}"\ndata = {{ upDecision = "{}" }}\n'
    town, area = passed.format("RY-D1", "继续上行"), passed.format("PA1-D1", "继续上行")
    play(UP + town + 'expect = { open = ["UT_ds"] }\n')
    waits = 'expect = { open = ["UT_tw"], candidates = { UT_tw = ["area_dispatcher@PA1"] } }\n'
    play(UP + town + waits + area + 'expect = { open = ["UT_ds"] }\n', *AREA)
    taken = passed.format("PA1-D1", "接收办理")
    play(UP + town + taken + 'expect = { document = { mainUnit = "PA1", tier = "片区" } }\n', *AREA)


def test_a_role_is_added(play: Play) -> None:
    """楼长: may report, and confirm what is said of their own building."""
    story = """
title = "楼长上报"
now = "2026-09-14T09:00"
[[step]]
do = "start"
of = "甲"
process = "city_appeal"
as = "V001001-L2"
data = { content = "楼门口路灯坏了很多天", appealType = "求助", address = "榕荫大道8号", villageCode = "990107001001" }
"""
    play(story + 'refused = "NOT_FOUND"\n')
    head = ("reference/staff.csv", r"\Z", "V001001-L2,榕树头社区楼长02,V001001,村居,building_head\n")
    play(story + 'expect = { open = ["UT_acc"] }\n', head)


BUILDING = (
    *AREA,
    ("reference/staff.csv", r"\Z", "PA1-L1,东片区指挥部负责人,PA1,片区,unit_head\n"),
    ("reference/org_units.csv", r"\Z", "LD8,榕荫大道8号楼,楼栋,楼栋,V001001,,Y,N\n"),
    ("reference/staff.csv", r"\Z", "LD8-1,榕荫大道8号楼楼长,LD8,楼栋,handler\n"),
    ("reference/staff.csv", r"\Z", "V001001-L,榕树头社区书记,V001001,村居,unit_head\n"),
)


def test_a_case_is_passed_down_and_reviewed_through_five_tiers(play: Play) -> None:
    """中心、片区、镇街、村居、楼栋: down one by one, the result reviewed upwards one by one; no diagram is changed."""

    def step(task: str, by: str, data: str, then: str = "") -> str:
        done = f'\n[[step]]\ndo = "complete"\nof = "甲.case"\ntask = "{task}"\nas = "{by}"\ndata = {{ {data} }}\n'
        return done + (f"expect = {{ {then} }}\n" if then else "")

    def passed(by: str, lower: str) -> str:
        then = f'candidates = {{ UT_sign = ["handler@{lower}"] }}, document = {{ mainUnit = "PA1" }}'
        return step("UT_sign", by, f'signAction = "转下级", lowerUnit = "{lower}"', then)

    def agreed(by: str, then: str) -> str:
        return step("UT_rev", by, 'reviewDecision = "同意"', then)

    down = passed("PA1-D1", "RY") + passed("RY-Z1", "V001001") + passed("V001001-Z", "LD8")
    proof = 'returnProof = { clause = "社区网格责任清单第二条" }'
    not_ours = 'reasonCode = "R01", basis = "这段人行道不属于本楼栋，由社区网格负责。", suggestUnit = "V001001"'
    returned = step(
        "UT_sign",
        "LD8-1",
        f'signAction = "退单", {not_ours}, {proof}',
        'candidates = { UT_sign = ["handler@V001001"] }, document = { mainUnit = "PA1", returnCount = 0 }',
    )
    again = passed("V001001-Z", "LD8") + step("UT_sign", "LD8-1", 'signAction = "签收"')
    contact = 'contactConnected = true, contactRecord = "TH1", contactSummary = "已当面说明，今天劝离。"'
    work = step("UT_contact", "LD8-1", contact) + step(
        "UT_hdl", "LD8-1", 'resultCode = "已解决", process = "楼长上门劝离摊贩，清理杂物，恢复人行道通行。"'
    )
    up = (
        agreed("V001001-L", 'candidates = { UT_rev = ["unit_head@RY"] }')
        + agreed("RY-L1", 'candidates = { UT_rev = ["unit_head@PA1"] }')
        + agreed("PA1-L1", 'status = 50, document = { mainUnit = "PA1", workUnit = "LD8" }')
    )
    start = until("shared/handle/scenarios/pass_down.toml", "UT_dis").rpartition("[[step]]")[0]
    sent = step("UT_dis", "PQ01", 'mainUnit = "PA1", opinion = "请到现场核实处置。", deviationReason = "片区统筹。"')
    play(start + sent + down + returned + again + work + up, *BUILDING)


def test_the_enforcement_part_of_joint_handling_takes_the_certificate(play: Play) -> None:
    story = """
title = "联办中镇街的执法部分由持证人员办"
now = "2026-09-14T09:00"
[[step]]
do = "message"
of = "甲"
name = "msg.case.opened"
data = { title = "占道卖水果", content = "校门口占道卖水果，堵住人行道。", address = "榕荫大道12号", villageCode = "990107001001", categoryCode = "E0401", channel = "网格", facts = {  } }
[[step]]
do = "complete"
of = "甲"
task = "UT_dis"
as = "PQ01"
data = { mode = "联办", mainUnit = "CGJ", coUnits = ["RY"], opinion = "城管牵头整治，街道协办。", deviationReason = "多处摊点，统一整治。" }
[[step]]
do = "complete"
of = "甲"
task = "UT_plan"
as = "CGJ-01"
data = { jointPlan = "城管牵头劝离，街道查处。", subtasks = [
    { unit = "RY", content = "查处占道经营", deadline = "2026-09-14T12:00+08:00", dependsOn = "", mandatory = true, deliverable = "执法文书" },
] }
[[step]]
do = "complete"
of = "甲"
task = "UT_cs"
as = "RY-Z1"
data = { csAction = "接收" }
expect = { candidates = { UT_co = [WHO] } }
"""  # noqa: E501
    play(story.replace("WHO", '"handler@RY"'))
    lost = ("reference/certificates.csv", "RY-Z1,综合执法证,HJZF-001,2025-01-01,2029-12-31\n", "")
    nearest = ["LQ-Z1", "WJ-Z1", "XH-Z1", "HF-Z1", "SP-Z1", "LZ-Z1", "BG-Z1", "CGJ-01"]
    asked = ", ".join(f'"{one}"' for one in ["handler@RY", *(f"user:{one}" for one in nearest)])
    play(story.replace("WHO", asked), lost)
