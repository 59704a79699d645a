"""What the engine refuses, and that refusing changes nothing; what it does once although it is asked twice."""

from __future__ import annotations

import threading

import pytest

from engine import commands
from engine.errors import InvalidInput, NotAllowed, StaleVersion, TaskClaimed, TaskClosed
from engine.ports import Reporter
from tests.engine.conftest import District
from tests.engine.test_loop import ACCEPT, accepted, handled


def test_it_takes_the_same_report_in_once(district: District) -> None:
    assert district.report() == district.report()
    assert len(district.rows("select * from work_order")) == 1


def test_it_takes_the_same_report_in_once_from_many_hands(district: District) -> None:
    numbers: list[str] = []
    threads = [threading.Thread(target=lambda: numbers.append(district.report())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(numbers) == 6
    assert len(set(numbers)) == 1
    assert len(district.rows("select * from work_order")) == 1


def test_it_refuses_an_empty_report(district: District) -> None:
    with pytest.raises(InvalidInput) as refused:
        district.report(content=" ")
    assert "诉求内容" in refused.value.errors["content"][0]
    assert not district.rows("select * from work_order")


def test_it_refuses_a_task_of_another_post(district: District) -> None:
    no = district.report()
    with pytest.raises(NotAllowed):
        district.do(no, "UT_acc", "PQ01", **ACCEPT)
    assert "UT_acc" in district.tasks(no)


def test_it_refuses_a_form_that_was_opened_before_somebody_claimed_the_task(district: District) -> None:
    task = district.tasks(district.report())["UT_acc"]
    district.execute(commands.ClaimTask(task["id"], "SL01"))
    with pytest.raises(StaleVersion):
        district.execute(commands.CompleteTask(task["id"], ACCEPT, "SL01", task["version"]))


def test_it_names_who_has_claimed_a_task(district: District) -> None:
    task = district.tasks(district.report())["UT_acc"]
    district.execute(commands.ClaimTask(task["id"], "SL01"))
    with pytest.raises(TaskClaimed) as refused:
        district.execute(commands.ClaimTask(task["id"], "SL02"))
    assert "受理员01" in refused.value.zh


def test_it_lets_only_one_of_two_claim_at_the_same_moment(district: District) -> None:
    task = district.tasks(district.report())["UT_acc"]
    outcomes: list[str] = []

    def claim(user: str) -> None:
        try:
            district.execute(commands.ClaimTask(task["id"], user))
            outcomes.append("claimed")
        except TaskClaimed:
            outcomes.append("refused")

    threads = [threading.Thread(target=claim, args=(f"SL0{k}",)) for k in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["claimed", "refused", "refused", "refused"]


def test_it_finishes_a_task_once(district: District) -> None:
    no = district.report()
    task = district.tasks(no)["UT_acc"]
    command = commands.CompleteTask(task["id"], ACCEPT, "SL01", task["version"])
    district.execute(command)
    with pytest.raises(TaskClosed):
        district.execute(command)
    district.work()
    assert len(district.rows("select * from work_order where kind = 'case'")) == 1


def test_it_hands_a_task_to_a_colleague_and_back(district: District) -> None:
    task = district.tasks(district.report())["UT_acc"]
    district.execute(commands.AssignTask(task["id"], "SL02", "SL01"))
    with pytest.raises(NotAllowed):
        district.execute(commands.ReleaseTask(task["id"], "SL01"))
    district.execute(commands.ReleaseTask(task["id"], "SL02"))
    district.execute(commands.ClaimTask(task["id"], "SL03"))


def test_it_keeps_who_handled_from_verifying(district: District) -> None:
    _, case = accepted(district)
    handled(district, case)
    sql = (
        "update user_task set candidates = array['handler@PS', 'verifier@V001001'] "
        "where element = 'UT_site' returning id"
    )
    task = district.rows(sql)[0]["id"]
    with pytest.raises(NotAllowed) as refused:
        district.execute(commands.CompleteTask(task, {"verifyResult": "通过"}, "PS-01"))
    assert "不同的单位" in refused.value.zh


def test_it_carries_a_job_out_once_although_it_comes_twice(district: District) -> None:
    no = district.report()
    task = district.tasks(no)["UT_acc"]
    district.execute(commands.CompleteTask(task["id"], ACCEPT, "SL01"))
    job = district.rows("select id from job where kind = 'message' and status = 'due'")[0]["id"]
    for _ in range(3):
        district.wiring.courier.carry(job)
    assert len(district.rows("select * from work_order where kind = 'case'")) == 1


def test_it_fires_a_timer_once(district: District) -> None:
    _, case = accepted(district)
    district.do(case, "UT_dis", "PQ01", mainUnit="PS", mode="单办", opinion="请尽快处理")
    district.do(case, "UT_sign", "PS-01", signAction="签收")
    district.now = district.now.replace(hour=12, minute=30)
    timer = district.rows("select id from timer where element = 'BT_75'")[0]["id"]
    for _ in range(2):
        district.execute(commands.FireTimer(timer))
    assert len(district.rows("select * from notice where element = 'EE_late'")) == 2


def test_it_keeps_the_reporter_in_the_vault(district: District) -> None:
    no = district.report(reporter=Reporter("欧阳娜娜", "12000000123", confidential=True))
    seen = str(district.rows("select document, search, title from work_order")) + str(
        district.rows("select data from history")
    )
    assert "欧阳娜娜" not in seen
    assert "12000000123" not in seen
    assert b"12000000123" not in bytes(district.rows("select sealed from reporter")[0]["sealed"])
    with pytest.raises(NotAllowed):
        district.execute(commands.RevealReporter(no, "想看看是谁", "PS-01"))
    with pytest.raises(InvalidInput):
        district.execute(commands.RevealReporter(no, " ", "SL01"))
    reporter = district.execute(commands.RevealReporter(no, "先行联系群众", "SL01"))
    assert (reporter.name, reporter.phone) == ("欧阳娜娜", "12000000123")
    assert [row["reason"] for row in district.rows("select reason from audit")] == ["先行联系群众"]


def test_a_request_for_confidentiality_in_the_words_is_kept_too(district: District) -> None:
    told = "西塘巷9号有人深夜装修，请不要透露我的姓名和电话。"
    no = district.report(content=told, reporter=Reporter("欧阳娜娜", "12000000123"))
    document = district.order(no)["document"]
    assert document["confidential"] is True
    assert document["reporterMark"] == ""
    acceptors = "select user_id from account_role where role = 'acceptor'"
    roles = (
        f"select distinct on (role) user_id from account_role where user_id not in ({acceptors}) order by role, user_id"
    )
    others = [row["user_id"] for row in district.rows(roles)]
    assert {"GLSJ", "HF01", "ZB01", "PQ01"} <= set(others)
    for who in others:
        with pytest.raises(NotAllowed):
            district.execute(commands.RevealReporter(no, "想联系反映人", who))
    assert district.rows("select reason from audit") == []
    assert district.execute(commands.RevealReporter(no, "先行联系群众", "SL01")).phone == "12000000123"
    assert [row["actor"] for row in district.rows("select actor from audit")] == ["SL01"]
