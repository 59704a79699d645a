"""What people do with a task among themselves: hand on, delegate, ask, copy; deputies, absences, units outside."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from engine import commands, queries
from engine.errors import NotAllowed, OpinionPending, TaskClaimed, TaskDelegatedAway
from tests.engine.conftest import MONDAY_NINE, District
from tests.engine.test_loop import accepted

ACCEPT = {"appealType": "求助", "categoryCode": "C0103", "relation": "无关"}
DAY = timedelta(days=1)


def acceptance(district: District) -> int:
    return int(district.tasks(district.report())["UT_acc"]["id"])


def asked(district: District, task: int) -> list[dict[str, Any]]:
    return district.rows("select * from task_request where task_id = %(task)s order by id", task=task)


def sees(district: District, user: str, no: str) -> bool:
    with district.wiring.engine.database.engine.connect() as connection:
        who = queries.viewer(connection, user, district.now)
        assert who is not None
        wanted = queries.OrderFilter(text=no)
        return no in [one["no"] for one in queries.search_orders(connection, who, wanted, None, 10)]


def away(district: District, user: str, start: datetime, until: datetime) -> None:
    district.rows(
        "insert into absence (user_id, from_at, to_at) values (%(user)s, %(start)s, %(until)s) returning 1",
        user=user,
        start=start,
        until=until,
    )


def stand_in(district: District, user: str, deputy: str, scope: str = "{}") -> None:
    """From nine o'clock on Monday for a day."""
    district.rows(
        "insert into deputy (user_id, deputy, from_at, to_at, scope) "
        "values (%(user)s, %(deputy)s, %(start)s, %(until)s, %(scope)s) returning 1",
        user=user,
        deputy=deputy,
        start=MONDAY_NINE,
        until=MONDAY_NINE + DAY,
        scope=scope,
    )


def test_what_somebody_has_claimed_they_alone_hand_on_and_only_within_the_post(district: District) -> None:
    task = acceptance(district)
    district.execute(commands.ClaimTask(task, "SL01"))
    with pytest.raises(TaskClaimed):
        district.execute(commands.AssignTask(task, "SL03", "SL02"))
    with pytest.raises(NotAllowed):
        district.execute(commands.AssignTask(task, "PS-01", "SL01"))
    district.execute(commands.AssignTask(task, "SL02", "SL01"))
    with pytest.raises(TaskClaimed):
        district.execute(commands.CompleteTask(task, ACCEPT, "SL01"))
    district.execute(commands.CompleteTask(task, ACCEPT, "SL02"))


def test_a_delegated_task_comes_back_to_its_owner(district: District) -> None:
    task = acceptance(district)
    district.execute(commands.DelegateTask(task, "SL02", "请先核实地点", "SL01"))
    with pytest.raises(TaskDelegatedAway):
        district.execute(commands.CompleteTask(task, ACCEPT, "SL01"))
    [request] = asked(district, task)
    with pytest.raises(NotAllowed):
        district.execute(commands.AnswerRequest(request["id"], "不是我的", "SL03"))
    district.execute(commands.AnswerRequest(request["id"], "在牌坊东侧十米", "SL02"))
    district.execute(commands.CompleteTask(task, ACCEPT, "SL01"))


def test_a_delegated_task_can_be_taken_back(district: District) -> None:
    task = acceptance(district)
    district.execute(commands.DelegateTask(task, "SL02", "请先核实地点", "SL01"))
    [request] = asked(district, task)
    with pytest.raises(NotAllowed):
        district.execute(commands.WithdrawRequest(request["id"], "SL02"))
    district.execute(commands.WithdrawRequest(request["id"], "SL01"))
    district.execute(commands.CompleteTask(task, ACCEPT, "SL01"))


def test_a_task_waits_for_the_opinion_that_was_asked_for(district: District) -> None:
    task = acceptance(district)
    district.execute(commands.AskOpinion(task, "handler@PS", "井盖是不是贵单位的？", "SL01"))
    district.execute(commands.AskOpinion(task, "user:L03", "要不要报镇街？", "SL01"))
    with pytest.raises(OpinionPending):
        district.execute(commands.CompleteTask(task, ACCEPT, "SL01"))
    unit, leader = asked(district, task)
    district.execute(commands.AnswerRequest(unit["id"], "是本单位的", "PS-01"))
    district.execute(commands.WithdrawRequest(leader["id"], "SL01"))
    district.execute(commands.CompleteTask(task, ACCEPT, "SL01"))


def test_who_gets_a_copy_may_read_and_nothing_more(district: District) -> None:
    no = district.report()
    task = district.tasks(no)["UT_acc"]["id"]
    assert not sees(district, "ZJJ-01", no)
    district.execute(commands.CopyTask(task, ["handler@ZJJ", "user:L03"], "请知悉", "SL01"))
    assert sees(district, "ZJJ-01", no)
    assert {"handler", "user"} <= {row["role"] for row in district.rows("select role from notice")}
    with pytest.raises(NotAllowed):
        district.execute(commands.CompleteTask(task, ACCEPT, "ZJJ-01"))


def test_a_deputy_works_from_the_day_to_the_day_for_the_roles_named(district: District) -> None:
    _, case = accepted(district)
    task = district.tasks(case)["UT_dis"]["id"]
    with pytest.raises(NotAllowed):
        district.execute(commands.ClaimTask(task, "PS-01"))
    stand_in(district, "PQ01", "PS-01", "{dispatcher}")
    stand_in(district, "PQ02", "ZJJ-01", "{handler}")
    with pytest.raises(NotAllowed):
        district.execute(commands.ClaimTask(task, "ZJJ-01"))
    district.now = MONDAY_NINE + DAY
    with pytest.raises(NotAllowed):
        district.execute(commands.ClaimTask(task, "PS-01"))
    district.now = MONDAY_NINE + timedelta(minutes=1)
    district.do(case, "UT_dis", "PS-01", mainUnit="GS", mode="单办", opinion="请尽快处理")
    sql = "select completed_by, completed_unit from user_task where element = 'UT_dis'"
    assert district.rows(sql) == [{"completed_by": "PS-01", "completed_unit": "CTR"}]


def test_what_somebody_absent_has_claimed_may_be_taken_over(district: District) -> None:
    task = acceptance(district)
    district.execute(commands.ClaimTask(task, "SL01"))
    with pytest.raises(TaskClaimed):
        district.execute(commands.ClaimTask(task, "SL02"))
    away(district, "SL01", MONDAY_NINE, MONDAY_NINE + DAY)
    district.execute(commands.CompleteTask(task, ACCEPT, "SL02"))


def test_a_unit_outside_the_administration_sees_its_own_work_only(district: District) -> None:
    district.rows(
        "insert into account (user_id, display_name, unit_code, active) values ('W0001-1', '物业01', 'W0001', true) "
        "returning 1"
    )
    district.rows("insert into account_role values ('W0001-1', 'handler', 'W0001') returning 1")
    _, own = accepted(district)
    other, _ = accepted(district, source_order_no="C-2", content="榕荫大道的路灯不亮，晚上很黑。")
    district.do(own, "UT_dis", "PQ01", mainUnit="W0001", mode="单办", opinion="请尽快处理")
    assert sees(district, "W0001-1", own)
    assert not sees(district, "W0001-1", other)
    assert sees(district, "V001001-Z", other)
