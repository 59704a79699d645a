"""Who gets a task when a unit sleeps, and for whom they work."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.assignment import resolve, stands_for
from engine.duty import Duties, DutyRole
from engine.errors import NotAllowed
from engine.reference import Reference
from tests.engine.conftest import MONDAY_NINE, District
from tests.engine.test_loop import accepted, handled

UNITS = {
    "CTR": {"name": "中心", "parent": None, "duty24h": True},
    "LD": {"name": "路灯所", "parent": "CTR", "duty24h": False},
}
HOLDERS = {"shift_leader@CTR": ["ZB01"], "handler@LD": ["LD-01"]}
DISTRICT = Reference(
    units=UNITS, holders=HOLDERS, duties=Duties(roles={"shift_leader": DutyRole("值班长", person=False, desk=True)})
)


def test_a_task_nobody_can_do_goes_to_the_duty_desk() -> None:
    assert resolve(["handler@CTR"], "unit_head", DISTRICT) == ["shift_leader@CTR"]
    assert resolve(["grid_worker@LD"], None, DISTRICT) == ["shift_leader@CTR"]


def test_a_task_of_somebody_who_has_left_goes_to_the_post_written_for_that_case() -> None:
    assert resolve(["user:LD-01"], "shift_leader@CTR", DISTRICT) == ["user:LD-01"]
    assert resolve(["user:LD-09"], "shift_leader@CTR", DISTRICT) == ["shift_leader@CTR"]
    assert resolve(["user:LD-09"], "shift_leader", DISTRICT) == ["user:LD-09"]


def test_a_post_of_another_unit_works_for_the_one_the_diagram_names() -> None:
    assert stands_for(["handler@LD"], ["shift_leader@CTR", "handler@LD"]) == {"shift_leader@CTR": "LD"}
    assert stands_for(["handler@CTR"], ["shift_leader@CTR"]) == {}
    assert stands_for(["user:L03"], ["shift_leader@CTR"]) == {}


def at_night(district: District) -> str:
    """The units' offices are closed when the case comes to its handling; its number."""
    _, case = accepted(district)
    district.do(case, "UT_dis", "PQ01", mainUnit="LD", mode="单办", opinion="请尽快处理")
    district.do(case, "UT_sign", "LD-01", signAction="签收")
    district.do(
        case, "UT_contact", "LD-01", contactConnected=True, contactRecord="TH1", contactSummary="已告知今天到场。"
    )
    district.pass_time(hours=9)
    district.do(case, "UT_arr", "LD-01", hazard="已围蔽控制", arriveNote="已围蔽。")
    return case


def test_what_the_duty_desk_does_at_night_is_the_work_of_the_unit_that_sleeps(district: District) -> None:
    case = at_night(district)
    task = district.tasks(case)["UT_hdl"]
    assert task["candidates"] == ["shift_leader@CTR", "handler@LD", "field_worker@LD"]
    district.do(case, "UT_hdl", "ZB01", resultCode="已解决", process="已请抢修队更换并复测，周边清理完毕。")
    assert district.order(case)["document"]["doneBy"]["UT_hdl"] == {"user": "ZB01", "unit": "LD"}
    sql = "select completed_by, completed_unit from user_task where element = 'UT_hdl' order by id desc limit 1"
    assert district.rows(sql) == [{"completed_by": "ZB01", "completed_unit": "LD"}]


def test_who_worked_at_the_desk_does_not_verify_it_but_their_colleagues_may(district: District) -> None:
    case = at_night(district)
    district.do(case, "UT_hdl", "ZB01", resultCode="已解决", process="已请抢修队更换并复测，周边清理完毕。")
    district.do(case, "UT_rev", "ZB02", reviewDecision="同意")
    verifying = district.tasks(case)["UT_site"]
    assert {"user:ZB01", "unit:LD"} <= set(verifying["not_by"])
    assert "unit:CTR" not in verifying["not_by"]
    with pytest.raises(NotAllowed):
        district.do(case, "UT_site", "LD-01", verifyResult="通过")
    district.now += timedelta(minutes=1)
    district.do(case, "UT_site", "WG001001001", verifyResult="通过")


def test_who_reported_does_not_verify(district: District) -> None:
    _, case = accepted(district)
    with district.wiring.engine.database.engine.begin() as connection:
        connection.exec_driver_sql(
            'update work_order set document = document || \'{"reporterUser": "WG001001001"}\' where no = %s', (case,)
        )
    handled(district, case)
    task = district.tasks(case)["UT_site"]
    assert "user:WG001001001" in task["not_by"]
    assert "user:WG001001001" not in task["candidates"], "another grid's worker was picked"
    district.rows(
        "update user_task set candidates = array['verifier@V001001'] where id = %(task)s returning 1", task=task["id"]
    )
    with pytest.raises(NotAllowed):
        district.do(case, "UT_site", "WG001001001", verifyResult="通过")
    district.do(case, "UT_site", "WG001001002", verifyResult="通过")


def test_a_head_who_handled_leaves_the_review_to_the_shift_leader(district: District) -> None:
    case = at_night(district)
    district.now = MONDAY_NINE + timedelta(days=1)
    district.do(case, "UT_hdl", "LD-02", resultCode="已解决", process="已更换灯具并复测，周边清理完毕。")
    assert district.tasks(case)["UT_rev"]["candidates"] == ["unit_head@LD", "shift_leader@CTR"]
    with pytest.raises(NotAllowed):
        district.do(case, "UT_rev", "LD-02", reviewDecision="同意")
    district.do(case, "UT_rev", "ZB01", reviewDecision="同意")
