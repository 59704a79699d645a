"""The loop through the engine's door: one report from intake to rating."""

from __future__ import annotations

from typing import Any

from engine import commands, tokens
from tests.engine.conftest import VILLAGE, District

ACCEPT = {"categoryCode": "C0103", "villageCode": VILLAGE, "relation": "无关", "specialCase": False}


def accepted(district: District, **changes: Any) -> tuple[str, str]:
    """A report that became a case: (appeal number, case number)."""
    appeal = district.report(**changes)
    district.do(appeal, "UT_acc", "SL01", **ACCEPT)
    return appeal, district.order(appeal)["case_no"]


def arrived(district: District, case: str) -> None:
    """The unit has signed, called the citizen and closed off the place."""
    district.do(case, "UT_dis", "PQ01", mainUnit="PS", mode="单办", opinion="请尽快处理")
    district.do(case, "UT_sign", "PS-01", signAction="签收")
    contact = {"contactConnected": True, "contactRecord": "TH0914", "contactSummary": "已告知今天到场。"}
    while "UT_contact" in district.tasks(case):
        district.do(case, "UT_contact", "PS-01", **contact)
    district.do(case, "UT_arr", "PS-01", hazard="已围蔽控制", arriveNote="已围蔽。")


def finished(district: District, case: str, process: str = "已更换井盖并复测，周边清理完毕。") -> None:
    """The unit hands its work in, and its head agrees."""
    district.do(case, "UT_hdl", "PS-01", resultCode="已解决", process=process)
    district.do(case, "UT_rev", "PS-02", reviewDecision="同意")


def handled(district: District, case: str) -> None:
    arrived(district, case)
    finished(district, case)


def verified(district: District, case: str) -> None:
    handled(district, case)
    district.do(case, "UT_site", "WG001001001", verifyResult="通过")


def test_it_gives_a_report_to_the_acceptors(district: District) -> None:
    no = district.report()
    assert no == "SQ2026091403000001"
    task = district.tasks(no)["UT_acc"]
    assert task["candidates"] == ["acceptor@CTR"]
    assert task["due_at"] == district.now.replace(minute=10)
    assert district.order(no)["status_code"] == 10


def test_it_runs_a_report_from_intake_to_rating(district: District) -> None:
    appeal, case = accepted(district)
    assert case == "HJ2026091403000001"
    assert district.order(case)["priority"] == "紧急"
    verified(district, case)
    assert district.order(case)["status_code"] == 60
    district.do(appeal, "UT_reply", "PS-01", replyText="井盖已于今天更换，感谢您的监督。")
    district.do(appeal, "UT_rrev", "PQ01", replyReview="通过")
    item = district.rows("select item from rating_link")[0]["item"]
    token = tokens.rating_token(district.wiring.settings.secret_key, appeal, item)
    district.execute(commands.RateAppeal(token, {"resolved": "是", "satisfied": "满意", "satisfaction": 5}))
    district.work()
    assert district.order(appeal)["status_code"] == 70
    assert district.order(case)["status_code"] == 70
    assert {row["status"] for row in district.rows("select status from work_order")} == {"completed"}
    assert not district.tasks(appeal)
    assert not district.tasks(case)
    assert not district.rows("select * from timer where status in ('armed', 'promoted')")
    assert not district.rows("select * from subscription")


def test_a_step_tells_what_it_changed_in_the_document_in_one_row_and_nothing_that_was_so_before(
    district: District,
) -> None:
    _, case = accepted(district)
    district.do(case, "UT_dis", "PQ01", mainUnit="PS", mode="单办", opinion="请尽快处理")
    changed = "select h.at, data->'values' as told from history h join work_order o on o.id = h.order_id "
    rows = district.rows(f"{changed} where o.no = %(no)s and h.kind = 'DocumentChanged' order by h.id", no=case)
    opened, *_, filled_in, followed = (row["told"] for row in rows)
    assert opened["returnCount"] == 0
    assert filled_in["mainUnit"] == "PS"
    assert followed["dispatchCount"] == 1
    assert "mainUnit" not in followed


def test_it_sends_a_failed_verification_back_to_the_same_unit(district: District) -> None:
    _, case = accepted(district)
    handled(district, case)
    district.do(case, "UT_site", "WG001001001", verifyResult="不通过", failReason="处置不到位")
    assert district.tasks(case)["UT_hdl"]["candidates"] == ["handler@PS", "field_worker@PS"]
    assert district.order(case)["document"]["reworkCount"] == 1


def test_it_takes_a_return_back_to_the_dispatcher(district: District) -> None:
    _, case = accepted(district)
    district.do(case, "UT_dis", "PQ01", mainUnit="PS", mode="单办", opinion="请尽快处理")
    basis = "该井盖属供水公司所有，权属标识为GS，见照片。"
    district.do(case, "UT_sign", "PS-01", signAction="退单", reasonCode="R03", basis=basis)
    district.do(case, "UT_rr", "PQ01", returnDecision="成立")
    assert "UT_dis" in district.tasks(case)
    assert district.order(case)["document"]["returnCount"] == 1


def test_it_warns_before_a_deadline_and_when_it_has_passed(district: District) -> None:
    _, case = accepted(district)
    district.do(case, "UT_dis", "PQ01", mainUnit="PS", mode="单办", opinion="请尽快处理")
    district.do(case, "UT_sign", "PS-01", signAction="签收")
    district.pass_time(hours=3, minutes=1)
    told = district.rows("select role from notice where unit = 'PS' order by id")
    assert [row["role"] for row in told] == ["handler", "unit_head", "unit_head"]
    district.pass_time(hours=1)
    texts = [row["text"] for row in district.rows("select text from notice where element = 'EE_late' order by id")]
    assert texts[-1].endswith("一级超时：时限已用 100%，请抓紧办理。")


def test_it_answers_every_caller_of_one_case(district: District) -> None:
    first, case = accepted(district)
    second = district.report(no="C-2")
    district.do(second, "UT_acc", "SL01", **{**ACCEPT, "relation": "同一事件", "masterCase": case})
    assert district.order(second)["case_no"] == case
    verified(district, case)
    for appeal in (first, second):
        district.do(appeal, "UT_reply", "PS-01", replyText="井盖已更换，感谢监督。")
        district.do(appeal, "UT_rrev", "PQ01", replyReview="通过")
        district.do(appeal, "UT_vis", "HF01", contacted=True, resolved="是", satisfied="满意", satisfaction=5)
    assert [district.order(no)["status_code"] for no in (first, second, case)] == [70, 70, 70]


def test_it_works_again_when_the_citizen_is_not_satisfied(district: District) -> None:
    appeal, case = accepted(district)
    verified(district, case)
    district.do(appeal, "UT_reply", "PS-01", replyText="井盖已更换，感谢监督。")
    district.do(appeal, "UT_rrev", "PQ01", replyReview="通过")
    district.do(appeal, "UT_vis", "HF01", contacted=True, resolved="否", satisfied="不满意", satisfaction=1)
    assert district.order(case)["document"]["redoCount"] == 1
    assert "UT_hdl" in district.tasks(case)
    finished(district, case, "重新更换并加固，现场复测合格。")
    district.do(case, "UT_site", "WG001001001", verifyResult="通过")
    assert "UT_reply" in district.tasks(appeal)
