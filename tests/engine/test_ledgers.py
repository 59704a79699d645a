"""Ledgers: what diagrams write down for later work orders, and read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine import bpmn, commands
from engine.errors import StepFailed
from tests.bpmn.diagrams import (
    TERMINATE,
    boundary,
    document,
    end,
    extensions,
    flows,
    gateway,
    mapping,
    message,
    multi,
    process,
    properties,
    start,
    task,
    timer,
    user,
)
from tests.engine.conftest import District

BEGIN = extensions(properties(orderKind="noted", numberPrefix="NT"))
WORK = {"camunda_candidateGroups": "handler@PS", "camunda_formKey": "verify/confirm"}


def noted(ledger: str = "credit", key: str = "=mainUnit", entry: str = "={points: 1}") -> str:
    return properties(ledger=ledger, ledgerKey=key, ledgerEntry=entry)


def begin(district: District, *parts: str, message_id: str = "1", **values: Any) -> str:
    source = document(process(start("s", message("M1"), BEGIN), *parts, id="noted"))
    district.execute(commands.Deploy({"noted/noted.bpmn": source}, commands.SYSTEM, break_glass="another version"))
    payload = {"mainUnit": "PS", "categoryCode": "C0103", **values}
    return district.execute(commands.DeliverMessage("m1", None, payload, message_id)).order_no


def entries(district: District) -> list[tuple[str, str, Any]]:
    return [(row["ledger"], row["key"], row["data"]) for row in district.rows("select * from ledger_entry order by id")]


def test_a_task_writes_when_it_is_done_with_what_was_filled_in(district: District) -> None:
    entry = '={points: if 分数 = "好" then 2 else -1, reason: comment}'
    staged = extensions(properties(stage="核查复核", ledger="credit", ledgerKey="=mainUnit", ledgerEntry=entry))
    no = begin(district, user("a", staged, **WORK), end(), flows("s>a>e"))
    assert entries(district) == []
    district.do(no, "a", "PS-01", 分数="好", comment="及时")
    assert entries(district) == [("credit", "PS", {"points": 2, "reason": "及时"})]
    kinds = [row["kind"] for row in district.rows("select kind from history where kind = 'LedgerEntered'")]
    assert kinds == ["LedgerEntered"]


def test_an_interrupted_task_writes_nothing_and_the_end_behind_it_does(district: District) -> None:
    staged = extensions(properties(stage="核查复核", ledger="credit", ledgerKey="a", ledgerEntry="={n: 1}"))
    late = extensions(noted("device", "D-1", '={kind: "late"}'))
    no = begin(
        district,
        user("a", staged, **WORK),
        boundary("b", "a", timer("PT1H")),
        end("late", TERMINATE, late),
        end(),
        flows("s>a>e", "b>late"),
    )
    district.pass_time(hours=2)
    assert entries(district) == [("device", "D-1", {"kind": "late"})]
    assert district.order(no)["status"] == "completed"


def test_a_list_writes_one_entry_each_and_null_none(district: District) -> None:
    several = "=for u in coUnits return {key: u, points: -1}"
    none = "=if 1 = 2 then {points: 1} else null"
    begin(
        district,
        task("t", extensions(noted(entry=several))),
        task("n", extensions(noted(entry=none))),
        end(),
        flows("s>t>n>e"),
        coUnits=["CF", "GS"],
    )
    assert entries(district) == [("credit", "CF", {"points": -1}), ("credit", "GS", {"points": -1})]


def test_each_instance_of_a_loop_writes_its_own(district: District) -> None:
    loop = multi(camunda_collection="coUnits", camunda_elementVariable="u")
    entry = noted("handoff", "=u", "={turn: loopCounter}")
    begin(district, task("t", loop, extensions(entry)), end(), flows("s>t>e"), coUnits=["CF", "GS"])
    assert entries(district) == [("handoff", "CF", {"turn": 0}), ("handoff", "GS", {"turn": 1})]


def test_later_work_orders_read_the_newest_first(district: District) -> None:
    ruling = noted("precedent", '=categoryCode + "|" + townCode', "={unit: mainUnit}")
    read = mapping(
        outputs={
            "document.precedent": '=ledger("precedent", categoryCode + "|" + townCode)[1].unit',
            "document.times": '=count(ledger("precedent", categoryCode + "|" + townCode))',
            "document.recent": '=count(ledger("precedent", categoryCode + "|" + townCode, now - duration("PT90M")))',
            "document.either": '=count(ledger("precedent", [categoryCode + "|T1", categoryCode + "|T2"]))',
            "document.from": '=ledger("precedent", categoryCode + "|" + townCode)[1].orderNo',
        }
    )
    parts = (task("r", extensions(read)), task("w", extensions(ruling)), end(), flows("s>r>w>e"))
    first = begin(district, *parts, townCode="T1")
    assert district.order(first)["document"]["times"] == 0, "a step does not see its own entries"
    district.now += timedelta(hours=1)
    begin(district, *parts, message_id="2", townCode="T1", mainUnit="CF")
    begin(district, *parts, message_id="other", townCode="T2", mainUnit="GS")
    district.now += timedelta(hours=1)
    third = district.order(begin(district, *parts, message_id="3", townCode="T1"))["document"]
    assert (third["precedent"], third["times"], third["recent"], third["either"]) == ("CF", 2, 1, 3)
    assert third["from"] == district.rows("select order_no from ledger_entry order by id")[1]["order_no"]


def test_entries_decide_ways_on(district: District) -> None:
    third = '=count(ledger("device", mainUnit)) >= 2'
    parts = (
        gateway("exclusive", "g", default="default_g"),
        user("fix", extensions(properties(stage="核查复核")), **WORK),
        task("count", extensions(noted("device", "=mainUnit", '={cause: "误报"}'))),
        end(),
        flows(f"s>g>fix?{third}", "g>count?*", "fix>e", "count>e"),
    )
    numbers = [begin(district, *parts, message_id=str(turn)) for turn in range(3)]
    assert [district.order(no)["status"] for no in numbers] == ["completed", "completed", "active"]


def test_an_entry_that_is_no_context_stops_the_step_with_a_sentence(district: District) -> None:
    with pytest.raises(StepFailed, match="ledger entry") as refused:
        begin(district, task("t", extensions(noted(entry="=3"))), end(), flows("s>t>e"))
    assert "台账" in refused.value.zh


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ({"ledger": "credit"}, "CL17"),
        ({"ledgerEntry": "={n: 1}"}, "CL17"),
        ({"ledger": "credit", "ledgerEntry": "{n: "}, "EX03"),
    ],
)
def test_the_check_names_an_incomplete_entry(written: dict[str, str], rule: str) -> None:
    source = document(process(start(), task("t", extensions(properties(**written))), end(), flows("s>t>e")))
    assert rule in {finding.rule for finding in bpmn.lint(source, bpmn.Known())}
