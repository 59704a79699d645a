"""What operators do when something has gone wrong, and that it is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from engine import commands
from engine.errors import Conflict, InvalidInput, NotAllowed
from engine.ports import Delivery, Rejected, TryLater
from tests.engine.conftest import District
from tests.engine.test_loop import ACCEPT, accepted, handled
from webapp import housekeeping


def acts(district: District, no: str) -> list[str]:
    sql = (
        "select coalesce(data->>'act', h.kind) as act from history h join work_order o on o.id = h.order_id "
        "where no = %(no)s and h.kind in ('OperatorActed', 'OrderSuspended', 'OrderResumed', 'IncidentResolved') "
        "order by h.id"
    )
    return [row["act"] for row in district.rows(sql, no=no)]


def refusing(delivery: Delivery) -> Mapping[str, Any]:
    raise Rejected("对方系统不认识这个单号 / unknown order number")


def busy(delivery: Delivery) -> Mapping[str, Any]:
    raise TryLater("对方系统繁忙")


def incident(district: District) -> tuple[str, int]:
    """A hotline appeal whose signing the hotline refuses."""
    no = district.report(source="hotline_12345", source_order_no="990")
    district.answer = refusing
    district.do(no, "UT_acc", "SL01", **ACCEPT)
    return no, district.rows("select id from job where status = 'incident'")[0]["id"]


def test_it_stops_and_goes_on(district: District) -> None:
    _, case = accepted(district)
    district.execute(commands.SuspendOrder(case, "等待上级答复", "ZB01"))
    with pytest.raises(Conflict):
        district.do(case, "UT_dis", "PQ01", mainUnit="PS")
    district.now += timedelta(minutes=7)
    district.pass_time(minutes=1)
    assert not district.rows("select * from notice")
    district.execute(commands.ResumeOrder(case, "上级已答复", "ZB01"))
    district.pass_time(minutes=1)
    assert len(district.rows("select * from notice where element = 'EE_dis_late'")) == 1
    district.do(case, "UT_dis", "PQ01", mainUnit="PS")
    assert acts(district, case) == ["OrderSuspended", "OrderResumed"]


def test_it_cancels_a_work_order_with_everything_in_it(district: District) -> None:
    _, case = accepted(district)
    district.execute(commands.CancelOrder(case, "重复立案，误操作", "ZB01"))
    assert district.order(case)["status"] == "cancelled"
    assert not district.tasks(case)
    armed = "select * from timer where order_id = %(id)s and status = 'armed'"
    assert not district.rows(armed, id=district.order(case)["id"])


def test_it_moves_a_token_to_another_step(district: District) -> None:
    _, case = accepted(district)
    handled(district, case)
    district.execute(commands.MoveToken(case, "照片传错，退回派遣", "ZB01", ["CA_ver"], ["CA_dis"]))
    assert set(district.tasks(case)) == {"UT_dis"}
    assert acts(district, case) == ["move"]


def test_it_corrects_a_variable(district: District) -> None:
    _, case = accepted(district)
    district.execute(commands.SetVariables(case, {"appealCount": 2}, "补登一件诉求", "ZB01", {"address": "文明路口"}))
    assert district.order(case)["document"]["address"] == "文明路口"


def test_it_raises_an_incident_and_sends_it_again(district: District) -> None:
    no, job = incident(district)
    district.answer = lambda delivery: {}
    district.execute(commands.RetryJob(job, "对方已修复", "JC01"))
    district.work()
    assert district.rows("select status from job where id = %(id)s", id=job)[0]["status"] == "done"
    assert acts(district, no) == ["IncidentResolved"]


def test_a_refusal_with_a_code_that_no_boundary_event_catches_is_an_incident(district: District) -> None:
    no = district.report(source="hotline_12345", source_order_no="990")

    def refuse(delivery: Delivery) -> Mapping[str, Any]:
        raise Rejected("对方系统不认识这个单号 / unknown order number", "UNKNOWN")

    district.answer = refuse
    district.do(no, "UT_acc", "SL01", **ACCEPT)
    assert [row["topic"] for row in district.rows("select topic from job where status = 'incident'")] == [
        "hotline_12345.sign"
    ]


def test_it_corrects_the_data_of_an_incident(district: District) -> None:
    _, job = incident(district)
    district.answer = lambda delivery: {}
    district.execute(commands.RetryJob(job, "单号更正", "JC01", {"orderNo": "991"}))
    district.work()
    assert district.delivered[-1].payload == {"orderNo": "991"}


def test_it_skips_an_incident_that_was_dealt_with_by_hand(district: District) -> None:
    no, job = incident(district)
    district.execute(commands.SkipJob(job, "已电话告知对方", "JC01"))
    assert district.rows("select status from job where id = %(id)s", id=job)[0]["status"] == "done"
    assert acts(district, no) == ["skip"]


def test_it_tries_again_later_without_touching_the_units_clock(district: District) -> None:
    no = district.report(source="hotline_12345", source_order_no="990")
    district.answer = busy
    district.do(no, "UT_acc", "SL01", **ACCEPT)
    waits = []
    for _ in range(4):
        job = district.rows("select id, next_at, attempts from job where topic = 'hotline_12345.sign'")[0]
        waits.append(round((job["next_at"] - district.now).total_seconds()))
        district.now = job["next_at"]
        district.work()
    assert waits == [10, 30, 60, 300]
    signed = [one for one in district.delivered if one.operation == "hotline_12345.sign"]
    assert len({delivery.idempotency_key for delivery in signed}) == 1


@pytest.mark.parametrize("user", ["PS-01", "SL01", "LC01"])
def test_it_lets_only_operators_intervene(district: District, user: str) -> None:
    no = district.report()
    with pytest.raises(NotAllowed):
        district.execute(commands.CancelOrder(no, "不想办了吧", user))


def test_it_wants_a_reason(district: District) -> None:
    no = district.report()
    with pytest.raises(InvalidInput) as refused:
        district.execute(commands.CancelOrder(no, " ", "ZB01"))
    assert "原因" in refused.value.errors["reason"][0]


def test_it_waits_with_messages_to_a_suspended_work_order(district: District) -> None:
    _, case = accepted(district)
    district.execute(commands.SuspendOrder(case, "等待上级答复", "ZB01"))
    second = district.report(no="C-2")
    district.do(second, "UT_acc", "SL01", **{**ACCEPT, "relation": "同一事件", "masterCase": case})
    assert not district.rows("select * from job where status = 'incident'")
    district.execute(commands.ResumeOrder(case, "上级已答复", "ZB01"))
    district.now += timedelta(seconds=3)
    district.work()
    assert district.order(second)["case_no"] == case


def test_it_turns_a_timer_that_cannot_fire_into_an_incident(district: District) -> None:
    _, case = accepted(district)
    timer = district.rows("select id from timer where element = 'BT_dis'")[0]["id"]
    district.execute(commands.FailTimer(timer, "流程图无法继续"))
    job = district.rows("select id, error from job where status = 'incident'")[0]
    assert job["error"] == "流程图无法继续"
    district.now += timedelta(hours=2)
    district.execute(commands.RetryJob(job["id"], "流程已修正", "JC01"))
    district.work()
    assert district.rows("select status from timer where id = %(id)s", id=timer)[0]["status"] == "fired"


def test_it_queues_again_what_lost_its_place_in_the_queue(district: District) -> None:
    no = district.report()
    task = district.tasks(no)["UT_acc"]
    district.execute(commands.CompleteTask(task["id"], ACCEPT, "SL01"))
    district.rows("delete from procrastinate_jobs returning id")
    district.now += timedelta(minutes=2)
    for _ in range(2):
        housekeeping.requeue(district.wiring)
    assert len(district.rows("select * from procrastinate_jobs")) == 1


def test_it_sends_the_messages_of_a_work_order_in_turn(district: District) -> None:
    _, case = accepted(district)
    sql = (
        "insert into job (order_id, order_no, element, kind, topic, payload, idempotency_key, status, created_at) "
        "select id, no, 'x', 'message', 'msg.nobody', '{\"name\": \"msg.nobody\"}', %(key)s, 'due', %(at)s "
        "from work_order where no = %(no)s returning id"
    )
    lost, later = (district.rows(sql, key=key, at=district.now, no=case)[0]["id"] for key in ("lost", "later"))
    district.now += timedelta(minutes=5)
    assert district.wiring.courier.carry(later) is not None
    assert district.wiring.courier.carry(lost) is None
    assert district.wiring.courier.carry(later) is None


def test_what_one_system_gets_goes_out_in_order(district: District) -> None:
    """It would drop the earlier one as out of date; other systems wait for nobody."""
    no = district.report(source="hotline_12345", source_order_no="990")
    district.answer = busy
    district.do(no, "UT_acc", "SL01", **ACCEPT)
    sql = (
        "insert into job (order_id, order_no, element, kind, topic, payload, idempotency_key, status, created_at) "
        "select id, no, 'x', 'service', %(topic)s, '{}', %(topic)s, 'due', %(at)s "
        "from work_order where no = %(no)s returning id"
    )
    for topic in ("hotline_12345.finish", "elsewhere.push"):
        district.rows(sql, topic=topic, at=district.now, no=no)
    district.answer = lambda delivery: {}
    district.delivered.clear()
    district.work()
    assert "elsewhere.push" in [one.operation for one in district.delivered]
    for _ in range(2):
        district.now += timedelta(seconds=11)
        district.work()
    sent = [one.operation for one in district.delivered if not one.operation.startswith("query.")]
    assert sent == ["elsewhere.push", "hotline_12345.sign", "hotline_12345.finish"]
