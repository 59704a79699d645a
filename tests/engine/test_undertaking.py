"""What people do on their own account: start a process, act on a running work order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine import commands
from engine.errors import Conflict, InvalidDeployment, InvalidInput, NotAllowed, NotFound
from engine.executor import Engine
from engine.offers import CITIZEN
from engine.ports import FileContent, Reporter
from tests.engine.conftest import VILLAGE, District
from webapp import check
from webapp.check.world import Clock
from webapp.wiring import Wiring

DIAGRAM = Path(__file__).with_name("requests.bpmn")
DATA = {"content": "需要二十个沙袋", "reporterName": "王小明", "reporterPhone": "12000000123"}


def form(*fields: tuple[str, str]) -> bytes:
    components = [{"type": kind, "key": key, "label": key, "id": key} for kind, key in fields]
    return json.dumps({"id": "f", "type": "default", "components": components, "schemaVersion": 18}).encode()


FILES = {
    "requests/requests.bpmn": DIAGRAM.read_bytes(),
    "forms/requests/request.form": form(
        ("textarea", "content"), ("textfield", "reporterName"), ("textfield", "reporterPhone"), ("textfield", "address")
    ),
    "forms/requests/answer.form": form(("textfield", "answer")),
    "forms/requests/urge.form": form(("textfield", "words")),
}


@pytest.fixture
def requests(district: District) -> District:
    district.execute(commands.Deploy(FILES, commands.SYSTEM, break_glass="another version"))
    return district


def start(district: District, by: str = "PS-01", **more: Any) -> str:
    return str(district.execute(commands.StartOrder("requests", DATA, by, **more)).no)


def document(district: District, no: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = district.order(no)["document"]
    return found


# ------------------------------------------------------------------ starting
def test_a_person_begins_a_process_with_its_form(requests: District) -> None:
    no = start(requests)
    found = document(requests, no)
    assert no.startswith("RQ20260914")
    assert found["content"] == found["title"] == "需要二十个沙袋"
    assert (found["startedBy"], found["startedUnit"], found["applicantUser"]) == ("PS-01", "PS", "PS-01")
    assert list(requests.tasks(no)) == ["UT_give"]


def test_what_is_typed_about_a_reporter_goes_to_the_vault(requests: District) -> None:
    no = start(requests)
    found = document(requests, no)
    assert (found["reporterName"], found["reporterPhone"]) == ("王**", "120******23")
    everything = [
        *requests.rows("select document::text from work_order"),
        *requests.rows("select data::text from history"),
    ]
    assert not [row for row in everything if "王小明" in str(row) or "12000000123" in str(row)]
    told = requests.execute(commands.RevealReporter(no, "需要当面核实情况", "SL01"))
    assert told == Reporter("王小明", "12000000123")


def test_only_those_named_may_start(requests: District) -> None:
    for by in ("PQ01", "ZB01", "nobody"):
        with pytest.raises(NotAllowed):
            start(requests, by)
    assert start(requests, "SL01").startswith("RQ")
    offered = {
        post: [one.process for one in requests.wiring.engine.starts({post})]
        for post in ("handler@CGJ", "dispatcher@CTR")
    }
    assert sorted(offered["handler@CGJ"]) == ["city_absence", "requests"], "everybody may be away"
    assert "requests" not in offered["dispatcher@CTR"]


def test_a_process_that_offers_no_start_cannot_be_started(requests: District) -> None:
    with pytest.raises(NotFound):
        requests.execute(commands.StartOrder("city_case", {}, "PS-01"))


def test_it_takes_over_what_it_is_about(requests: District) -> None:
    appeal = requests.report()
    found = document(requests, start(requests, about=appeal))
    assert (found["aboutNo"], found["aboutKind"], found["appealNo"]) == (appeal, "appeal", appeal)
    assert (found["villageCode"], found["address"]) == (VILLAGE, "松岭中心小学门口")
    assert found["content"] == "需要二十个沙袋"
    with pytest.raises(NotFound):
        start(requests, about="SQ0")
    with pytest.raises(InvalidInput):
        start(requests, about=start(requests))


def test_a_work_order_without_words_bears_the_name_of_its_process(requests: District) -> None:
    for content in (" \n ", None):
        no = requests.execute(commands.StartOrder("requests", {"content": content}, "PS-01")).no
        assert document(requests, no)["title"] == "申请调拨物资"


def test_a_second_click_starts_nothing(requests: District) -> None:
    assert start(requests, request_id="r1") == start(requests, request_id="r1")
    assert len(requests.rows("select 1 from work_order")) == 1


def test_its_files_are_kept(requests: District) -> None:
    no = start(requests, files={"F": FileContent("沙袋.jpg", "image/jpeg", b"\xff\xd8")})
    sql = "select a.id from attachment a join work_order o on o.id = a.order_id where o.no = %(no)s"
    assert [row["id"] for row in requests.rows(sql, no=no)] == ["F"]


def test_the_applicant_does_not_decide(requests: District) -> None:
    no = start(requests)
    assert requests.tasks(no)["UT_give"]["not_by"] == ["user:PS-01"]


# ------------------------------------------------------------------ acting
def act(district: District, no: str, element: str, by: str, **more: Any) -> None:
    data = {"words": "很急"} if element == "SE_urge" else {}
    district.execute(commands.SendAction(no, element, data, by, **more))


def test_those_with_an_open_task_and_named_posts_may_act(requests: District) -> None:
    no = start(requests)
    for by in ("PQ01", "ZB01"):
        act(requests, no, "SE_urge", by)
    found = document(requests, no)
    assert (found["urgeCount"], found["urgedBy"], found["urgeWords"]) == (2, "ZB01", "很急")
    with pytest.raises(NotAllowed):
        act(requests, no, "SE_urge", "CGJ-01")


def test_a_claimed_task_is_one_persons(requests: District) -> None:
    no = start(requests)
    requests.execute(commands.ClaimTask(requests.tasks(no)["UT_give"]["id"], "PQ02"))
    with pytest.raises(NotAllowed):
        act(requests, no, "SE_urge", "PQ01")
    act(requests, no, "SE_urge", "PQ02")


def test_everybody_with_an_open_task_is_told(requests: District) -> None:
    no = start(requests)
    act(requests, no, "SE_urge", "ZB01")
    rows = requests.rows("select role, unit, text from notice order by id")
    assert [(row["role"], row["unit"], row["text"]) for row in rows] == [("dispatcher", "CTR", "有人催办：很急")]
    requests.execute(commands.ClaimTask(requests.tasks(no)["UT_give"]["id"], "PQ02"))
    act(requests, no, "SE_urge", "ZB01")
    assert [row["role"] + row["unit"] for row in requests.rows("select * from notice order by id")][1:] == ["userPQ02"]


def test_the_reporter_may_act_where_the_diagram_says_so(requests: District) -> None:
    no = start(requests)
    act(requests, no, "SE_urge", CITIZEN)
    assert document(requests, no)["urgedBy"] == "citizen"
    with pytest.raises(NotAllowed):
        act(requests, no, "BM_stop", CITIZEN)


def test_a_person_worked_out_by_the_diagram_may_act(requests: District) -> None:
    no = start(requests)
    offered = requests.wiring.engine.actions
    assert [(one.element, one.text, one.form_key) for one in offered(no, "PS-01", {"user:PS-01"})] == [
        ("BM_stop", "撤回申请", None)
    ]
    with pytest.raises(NotAllowed):
        act(requests, no, "BM_stop", "CGJ-01")
    act(requests, no, "BM_stop", "PS-01")
    assert requests.order(no)["status_code"] == 80
    assert offered(no, "PS-01", {"user:PS-01"}) == []


def test_what_no_longer_waits_cannot_be_triggered(requests: District) -> None:
    no = start(requests)
    with pytest.raises(Conflict):
        act(requests, no, "UT_give", "PQ01")
    requests.do(no, "UT_give", "PQ01", answer="给")
    with pytest.raises(Conflict):
        act(requests, no, "SE_urge", "ZB01")


def test_a_second_click_acts_once(requests: District) -> None:
    no = start(requests)
    act(requests, no, "SE_urge", "ZB01", request_id="r1")
    act(requests, no, "SE_urge", "ZB01", request_id="r1")
    assert document(requests, no)["urgeCount"] == 1


def test_history_says_who_did_what(requests: District) -> None:
    no = start(requests)
    act(requests, no, "SE_urge", "ZB01")
    sql = "select kind, actor, data from history where kind in ('OrderStarted', 'ActionTaken') order by id"
    begun, acted = requests.rows(sql)
    assert (begun["actor"], begun["data"]["data"]["content"]) == ("PS-01", "需要二十个沙袋")
    assert (acted["actor"], acted["data"]["action"], acted["data"]["data"]) == ("ZB01", "催办", {"words": "很急"})


# ------------------------------------------------------------------ checked before a deployment
@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("handler@*", "nobody@*", "CL12"),
        ("acceptor@CTR", "acceptor@PS", "CL12"),
        ("shift_leader@CTR", "nobody@CTR", "CL12"),
        ('<bpmn:startEvent id="SE" camunda:formKey="requests/request">', '<bpmn:startEvent id="SE">', "CL21"),
        ("requests/request", "requests/missing", "CL11"),
        ("requests/urge", "requests/missing", "CL11"),
        ("citizen,assignee,shift_leader@CTR", "", "CL20"),
        ('name="notBy" value="applicant"', 'name="action" value="不行"', "CL19"),
    ],
)
def test_mistakes_are_found_before_a_deployment(district: District, old: str, new: str, rule: str) -> None:
    wrong = {**FILES, "requests/requests.bpmn": DIAGRAM.read_text().replace(old, new).encode()}
    with pytest.raises(InvalidDeployment) as refused:
        district.execute(commands.Deploy(wrong, commands.SYSTEM, break_glass="another version"))
    assert rule in {one.rule for one in refused.value.findings}


# ------------------------------------------------------------------ in stories
STORY = """
title = "申请与催办"
now = "2026-09-14T09:00"
[[step]]
do = "report"
of = "甲"
data = { content = "校门口的沙井盖坏了。" }
[[step]]
do = "start"
of = "乙"
process = "requests"
as = "PS-01"
about = "甲"
data = { content = "需要围挡" }
expect = { open = ["UT_give"] }
[[step]]
do = "start"
of = "丙"
process = "requests"
as = "PQ01"
refused = "NOT_ALLOWED"
[[step]]
do = "action"
of = "乙"
element = "SE_urge"
citizen = true
data = { words = "请快一点" }
expect = { document = { urgeCount = 1 }, notices = ["dispatcher@CTR"] }
[[step]]
do = "action"
of = "乙"
element = "BM_stop"
as = "CGJ-01"
refused = "NOT_ALLOWED"
[[step]]
do = "action"
of = "乙"
element = "BM_stop"
as = "PS-01"
expect = { done = true, status = 80 }
"""


def test_a_story_starts_processes_and_acts(requests: District, tmp_path: Path) -> None:
    path = tmp_path / "story.toml"
    path.write_text(STORY, encoding="utf-8")
    engine = requests.wiring.engine

    @contextmanager
    def world(clock: Clock) -> Iterator[Wiring]:
        yield replace(requests.wiring, clock=clock, engine=Engine(engine.database, engine.ports, clock))

    check.run(check.load(path), world)
