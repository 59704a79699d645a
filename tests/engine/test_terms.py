"""What the terms of a stage may depend on besides its decision row: shares, promises, extensions, policies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from engine import commands
from tests.bpmn.diagrams import (
    boundary,
    document,
    end,
    extensions,
    flows,
    message,
    process,
    properties,
    start,
    timer,
    user,
)
from tests.engine.conftest import ZONE, District

SEVEN_HOURS = "C0104"
WORK = {"camunda_candidateGroups": "handler@PS", "camunda_formKey": "verify/confirm"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def diagram(*more: str, stage: str = "处置") -> bytes:
    """One task of a stage, with whatever else."""
    return document(
        process(
            start("s", message("M1"), extensions(properties(orderKind="terms", numberPrefix="TM"))),
            user("a", extensions(properties(stage=stage)), **WORK),
            end(),
            flows("s>a>e"),
            *more,
            id="terms",
        )
    )


Begin = Callable[..., str]


@pytest.fixture
def begin(district: District) -> Begin:
    def begin(source: bytes, moment: str = "2026-09-14T08:30", **values: Any) -> str:
        district.execute(commands.Deploy({"terms/terms.bpmn": source}, commands.SYSTEM, break_glass="another version"))
        district.now = at(moment)
        payload = {"categoryCode": SEVEN_HOURS, "priority": "一般", **values}
        return district.execute(commands.DeliverMessage("m1", None, payload, "1")).order_no

    return begin


def due(district: District, no: str) -> datetime | None:
    found: datetime | None = district.tasks(no)["a"]["due_at"]
    return found


def armed(district: District, no: str) -> dict[str, datetime]:
    sql = (
        "select element, due_at from timer t join work_order o on o.id = t.order_id "
        "where no = %(no)s and t.status = 'armed'"
    )
    return {row["element"]: row["due_at"] for row in district.rows(sql, no=no)}


def change(district: District, no: str, **values: Any) -> None:
    district.execute(commands.SetVariables(no, {}, "情况有变", "ZB01", document=values))


def beside(percent: int) -> tuple[str, ...]:
    date = timer(f'=share("处置", {percent})', "Date")
    return (
        boundary(f"b{percent}", "a", date, interrupting=False),
        end(f"e{percent}"),
        flows(f"b{percent}>e{percent}"),
    )


def test_shares_of_a_limit_are_counted_on_its_own_clock(district: District, begin: Begin) -> None:
    no = begin(diagram(*beside(75), *beside(100), *beside(150), *beside(200)))
    assert armed(district, no) == {
        "b75": at("2026-09-14T15:45"),
        "b100": at("2026-09-14T17:30"),
        "b150": at("2026-09-15T12:00"),
        "b200": at("2026-09-15T17:30"),
    }


def test_timers_at_a_share_move_with_the_stage(district: District, begin: Begin) -> None:
    no = begin(diagram(*beside(150)))
    district.now = at("2026-09-14T09:30")
    change(district, no, categoryCode="C0103")  # four hours, day and night
    assert armed(district, no) == {"b150": at("2026-09-14T14:30")}


@pytest.mark.parametrize(
    ("asked", "moment"),
    [
        ('due("领导首报")', "2026-09-16T17:30"),
        ('due("处置")', "2026-09-14T17:30"),
        ('due(stage: "领导首报", start: now + duration("P1D"))', None),
        ('due(clock: "领导首报", start: now + duration("P1D"))', "2026-09-17T17:30"),
        ('due(if true then "没有的环节" else "处置")', None),
        ('due("工作时", 2)', None),
    ],
)
def test_a_limit_is_reckoned_by_the_name_of_its_stage(
    district: District, begin: Begin, asked: str, moment: str | None
) -> None:
    """For instances of a loop, which cannot share one clock."""
    task = user("a", **WORK, camunda_dueDate=f"={asked}")
    start_event = start("s", message("M1"), extensions(properties(orderKind="terms", numberPrefix="TM")))
    no = begin(document(process(start_event, task, end(), flows("s>a>e"), id="terms")))
    assert due(district, no) == (at(moment) if moment else None)


def test_a_share_beyond_the_deadline_waits_while_the_clock_stands_still(district: District, begin: Begin) -> None:
    """The deadline has passed and stays; what comes after it is put off."""
    hold = (
        user("h", extensions(properties(pauses="处置", stage="核查复核", role="other")), **WORK),
        boundary("b120", "a", timer('=share("处置", 120)', "Date"), interrupting=False),
        end("eh"),
        flows("b120>h>eh"),
    )
    no = begin(diagram(*hold, *beside(150)))
    district.now = at("2026-09-15T09:54")
    district.pass_time(minutes=0)
    assert due(district, no) == at("2026-09-14T17:30")
    assert armed(district, no) == {}
    district.now = at("2026-09-15T10:54")
    district.do(no, "h", "PS-01")
    assert armed(district, no) == {"b150": at("2026-09-15T15:00")}


def test_a_case_keeps_the_earliest_promise(district: District, begin: Begin) -> None:
    no = begin(diagram(stage="全程"))
    assert due(district, no) == at("2026-09-16T17:30"), "seven hours and two working days, the day's end"
    change(district, no, promiseAt="2026-09-15T12:00:00+08:00")
    assert due(district, no) == at("2026-09-15T12:00")
    change(district, no, promiseAt="2026-09-30T12:00:00+08:00")
    assert due(district, no) == at("2026-09-16T17:30"), "a later promise does not lengthen the limit"


def test_an_extension_moves_the_deadline_and_every_share_of_the_limit(district: District, begin: Begin) -> None:
    no = begin(diagram(*beside(75), *beside(150)))
    change(district, no, extendedTo="2026-09-15T17:30:00+08:00")  # as long again
    assert due(district, no) == at("2026-09-15T17:30")
    assert armed(district, no) == {"b75": at("2026-09-15T12:00"), "b150": at("2026-09-16T17:30")}


def test_a_policy_holds_from_one_moment_until_another(district: District, begin: Begin) -> None:
    expression = '=due("紧急工作时", if policy("防汛响应") = "Ⅲ级" then 1 else 2, "小时")'
    watch = (boundary("b", "a", timer(expression, "Date"), interrupting=False), end("eb"), flows("b>eb"))
    no = begin(diagram(*watch), "2026-06-06T08:00", policy="a plain value of that name hides no function")
    assert armed(district, no) == {"b": at("2026-06-06T09:00")}
    later = {"categoryCode": SEVEN_HOURS}
    district.now = at("2026-06-08T20:00")
    other = district.execute(commands.DeliverMessage("m1", None, later, "2")).order_no
    assert armed(district, other) == {"b": at("2026-06-08T22:00")}
