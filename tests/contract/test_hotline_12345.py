"""The hotline's connector: the contract, its mapping of orders, and what its feedback looks like."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.hotline_12345 import connector, incoming
from connectors.values import SHANGHAI
from engine.ports import Rejected
from tests.contract.connector_contract import NOW, ConnectorContract, with_value
from tests.contract.other_side import OtherSide

ORDER = {
    "orderNo": "9901002026091507420001",
    "seq": 1,
    "eventType": "DISPATCH",
    "parentOrderNo": None,
    "orderType": "首次",
    "channel": "电话",
    "callTime": "2026-09-15 07:42:00",
    "caller": {
        "name": "王**",
        "gender": "未知",
        "phone": "12000000123",
        "idNo": "990107190001010000",
        "callerTags": ["家长"],
        "secrecy": False,
        "wantReply": True,
    },
    "appealType": "求助",
    "appealClassCode": "05020103",
    "appealClassName": "城乡建设/市政设施/井盖",
    "title": "学校门口井盖破损",
    "content": "沙埔镇松岭中心小学门口的井盖破了。",
    "demand": "尽快更换",
    "incident": {
        "divisionCode": "990107100000",
        "address": "沙埔镇松岭中心小学门口往公交站约30米",
        "lon": None,
        "lat": None,
        "time": "2026-09-15 07:30:00",
    },
    "urgency": "紧急",
    "dispatch": {"by": "市热线", "at": "2026-09-15 07:45:10", "toUnitCode": "990107", "opinion": "请处理"},
    "limits": {"replyDeadline": "2026-09-16 17:30:00", "canReturn": True, "returnDeadline": ""},
    "attachments": [
        {
            "id": "A1",
            "name": "现场.jpg",
            "mime": "image/jpeg",
            "size": 381221,
            "url": "https://12345.example.invalid/f/A1",
            "expireAt": "2026-09-16 07:45:10",
        }
    ],
    "ext": {},
}

FINISH = {
    "orderNo": "9901002026091507420001",
    "resultCode": "已解决",
    "reply": "已更换井盖并复测，感谢监督。",
    "process": "7:58签收，11:05更换，11:20核查通过",
    "handleUnit": "禾江排水公司",
    "handler": "抢修班长",
    "evidence": ["F1", {"fileId": "F2", "phase": "before"}],
}

EXTEND = {
    "orderNo": "9901002026091507420001",
    "kind": "延期",
    "days": 1,
    "reason": "材料采购",
    "plan": "雨水篦子已下单，明天到货后当天更换。",
    "applyBy": "禾江排水公司",
    "approverInUnit": "区城市运行中心派遣值班长",
    "handleUntil": "2026-09-16T09:00:00+08:00",
    "files": ["F3"],
}

CONTACT = {
    "orderNo": "9901002026091507420001",
    "contactAt": "2026-09-15T09:20:00+08:00",
    "contactMode": "电话",
    "connected": False,
    "times": 2,
}

RETURN = {
    "orderNo": "9901002026091507420001",
    "reasonCode": "R02",
    "reason": "路灯所提出：该路灯位于邻市辖区，不在本区管养范围。",
    "basis": "权责清单第三条",
    "suggestUnit": "市城管局",
    "files": [{"fileId": "F4"}],
}


class TestHotline(ConnectorContract):
    make = staticmethod(connector.connect)
    path = "/open/v1/hotline/orders"
    sample = ORDER
    identity = ("王**", "12000000123", "990107190001010000")
    required = {"orderNo": "市工单号", "seq": "序号", "eventType": "事件类型", "content": "诉求内容"}
    deliveries = {
        "hotline_12345.sign": {"orderNo": "9901002026091507420001", "signUnit": "区城市运行中心", "signBy": "陈受理"},
        "hotline_12345.contact": CONTACT,
        "hotline_12345.progress": {
            "orderNo": "9901002026091507420001",
            "text": "承办单位申请延期1日，审批中。",
        },
        "hotline_12345.extend": EXTEND,
        "hotline_12345.return": RETURN,
        "hotline_12345.finish": FINISH,
    }

    def take(self, body: Any = None, **settings: Any) -> Any:
        return self.connector(**settings).parse(self.request(body), NOW)

    # -------------------------------------------------------------- a new order
    def test_a_new_order_becomes_a_report(self) -> None:
        report = self.take().report
        assert (report.source, report.source_order_no, report.channel) == (
            "hotline_12345",
            "9901002026091507420001",
            "12345热线",
        )
        assert (report.title, report.demand, report.urgency) == ("学校门口井盖破损", "尽快更换", "紧急")
        assert (report.reporter.name, report.reporter.phone) == ("王**", "12000000123")
        assert report.reporter.wants_reply
        assert report.received_at == datetime(2026, 9, 15, 7, 45, 10, tzinfo=SHANGHAI)
        assert report.occurred_at == datetime(2026, 9, 15, 7, 30, tzinfo=SHANGHAI)
        assert report.reply_due_at == datetime(2026, 9, 16, 17, 30, tzinfo=SHANGHAI)
        assert report.extra["hotline"]["limits"] == {"replyDeadline": "2026-09-16T17:30:00+08:00", "canReturn": True}
        [file] = report.remote_files
        assert (file.name, file.size) == ("现场.jpg", 381221)

    @pytest.mark.parametrize(
        ("code", "town", "village"),
        [
            ("990107100000", "990107100000", None),
            ("990107001008", "990107001000", "990107001008"),
            ("990107000000", None, None),
            ("990107", None, None),
            (None, None, None),
        ],
    )
    def test_the_division_code_says_town_and_village(self, code: Any, town: Any, village: Any) -> None:
        place = self.take(with_value(ORDER, "incident.divisionCode", code)).report.place
        assert (place.town_code, place.village_code) == (town, village)

    def test_a_class_that_is_not_mapped_is_taken_with_a_warning(self) -> None:
        unit = self.connector()
        inbound = unit.parse(self.request(), NOW)
        status, body = unit.answer(inbound, {"no": "SQ1", "duplicate": False}, None)
        assert (status, body["code"], body["data"]["accepted"]) == (200, "0", True)
        assert [(w["code"], w["value"]) for w in body["data"]["warnings"]] == [("1002", "05020103")]
        assert self.take(categories={"05020103": "C0103"}).report.category_code == "C0103"

    def test_an_order_without_a_class_needs_no_warning(self) -> None:
        unit = self.connector()
        inbound = unit.parse(self.request(with_value(ORDER, "appealClassCode", None)), NOW)
        assert "warnings" not in unit.answer(inbound, {"no": "SQ1"}, None)[1]["data"]

    def test_an_order_without_a_title_keeps_its_whole_content(self) -> None:
        report = self.take(with_value(with_value(ORDER, "title", None), "content", "很长的内容" * 1000)).report
        assert report.title == ("很长的内容" * 6)
        assert len(report.content) == 5000

    def test_rare_characters_survive(self) -> None:
        content = "叶墩大街囧字招牌与𠮷祥饼店"
        assert self.take(with_value(ORDER, "content", content)).report.content == content

    # -------------------------------------------------------------- news about an order
    @pytest.mark.parametrize(("event", "message"), list(incoming.MESSAGES.items()))
    def test_each_event_becomes_its_message(self, event: str, message: str) -> None:
        body = {"orderNo": "99", "seq": 3, "eventType": event, "text": "家长又打电话来", "visit": {"resolved": "是"}}
        inbound = self.take(body)
        assert (inbound.message, inbound.business_key, inbound.sequence) == (message, "99", 3)
        assert inbound.report is None
        assert inbound.payload["by"] == "12345"

    def test_a_decision_on_an_extension_brings_the_new_deadline(self) -> None:
        body = {"orderNo": "99", "seq": 3, "eventType": "EXTEND_DECISION", "decision": "同意", "text": "等配件"}
        inbound = self.take(body | {"deadline": "2026-09-18 16:00:00"})
        assert inbound.message == "msg.12345.EXTEND_DECISION"
        assert inbound.payload == {
            "by": "12345",
            "decision": "同意",
            "text": "等配件",
            "deadline": "2026-09-18T16:00:00+08:00",
        }

    def test_handling_again_brings_its_reason(self) -> None:
        inbound = self.take({"orderNo": "99", "seq": 4, "eventType": "REDO", "text": "晚上又不亮了"})
        assert (inbound.message, inbound.payload) == ("msg.12345.REDO", {"by": "12345", "text": "晚上又不亮了"})

    def test_an_unknown_event_is_named(self) -> None:
        error = self.refused(self.request({"orderNo": "99", "seq": 3, "eventType": "DANCE"}), "1001")
        assert "事件类型" in error.errors["eventType"]

    def test_a_visit_result_is_a_rating(self) -> None:
        visit = {"contacted": True, "resolved": "部分", "satisfaction": 2, "words": "只修了一半"}
        payload = self.take({"orderNo": "99", "seq": 5, "eventType": "VISIT_RESULT", "visit": visit}).payload
        assert (payload["resolved"], payload["satisfied"], payload["satisfaction"]) == ("部分", "不满意", 2)
        error = self.refused(
            self.request({"orderNo": "99", "seq": 5, "eventType": "VISIT_RESULT", "visit": {"satisfaction": 6}}), "1001"
        )
        assert error.errors == {"visit.satisfaction": "满意度（visit.satisfaction）应在1到5之间"}

    def test_a_visit_that_reached_nobody_is_no_rating(self) -> None:
        body = {"orderNo": "99", "seq": 5, "eventType": "VISIT_RESULT", "visit": {"contacted": False}}
        inbound = self.take(body)
        assert inbound.message == "msg.12345.VISIT_NOT_REACHED"
        assert inbound.payload["contacted"] is False

    def test_a_citizen_who_gave_no_opinion_declined_to_rate(self) -> None:
        body = {"orderNo": "99", "seq": 5, "eventType": "VISIT_RESULT", "visit": {"contacted": True}}
        payload = self.take(body).payload
        assert payload["resolved"] == "拒绝评价"
        assert "satisfied" not in payload

    # -------------------------------------------------------------- what goes back
    def test_signing_says_who_when_and_for_which_order(self, other_side: OtherSide) -> None:
        self.connector(other_side.url).deliver(self.delivery("hotline_12345.sign"), NOW)
        [request] = other_side.got
        assert request.path == "/api/order/feedback"
        assert json.loads(request.body) == {
            "orderNo": "9901002026091507420001",
            "seq": 4,
            "action": "SIGN",
            "unitCode": "990107",
            "signUnit": "区城市运行中心",
            "signBy": "陈受理",
            "signAt": "2026-09-15 06:42:00",
        }

    def test_a_contact_says_how_whether_and_for_the_how_manyth_time(self, other_side: OtherSide) -> None:
        self.connector(other_side.url).deliver(self.delivery("hotline_12345.contact"), NOW)
        assert json.loads(other_side.got[0].body) == {
            "orderNo": "9901002026091507420001",
            "seq": 4,
            "action": "CONTACT",
            "unitCode": "990107",
            "contactAt": "2026-09-15 09:20:00",
            "contactMode": "电话",
            "connected": "N",
            "times": 2,
        }

    def test_progress_is_a_sentence_and_when_it_was_true(self, other_side: OtherSide) -> None:
        self.connector(other_side.url).deliver(self.delivery("hotline_12345.progress"), NOW + timedelta(hours=2))
        assert json.loads(other_side.got[0].body) == {
            "orderNo": "9901002026091507420001",
            "seq": 4,
            "action": "PROGRESS",
            "unitCode": "990107",
            "text": "承办单位申请延期1日，审批中。",
            "at": "2026-09-15 06:42:00",
        }

    def test_asking_for_more_time_names_who_applied_and_who_approved(self, other_side: OtherSide) -> None:
        self.connector(other_side.url).deliver(self.delivery("hotline_12345.extend"), NOW)
        [request] = other_side.got
        assert request.path == "/api/order/feedback"
        assert json.loads(request.body) == {
            "orderNo": "9901002026091507420001",
            "seq": 4,
            "action": "EXTEND",
            "unitCode": "990107",
            "kind": "延期",
            "days": 1,
            "reason": "材料采购",
            "plan": "雨水篦子已下单，明天到货后当天更换。",
            "applyBy": "禾江排水公司",
            "approverInUnit": "区城市运行中心派遣值班长",
            "handleUntil": "2026-09-16 09:00:00",
            "files": [{"type": "延期佐证", "fileId": "F3"}],
            "applyAt": "2026-09-15 06:42:00",
        }

    def test_a_suspension_has_no_limit_of_ours(self, other_side: OtherSide) -> None:
        delivery = replace(
            self.delivery("hotline_12345.extend"), payload=EXTEND | {"kind": "挂账", "handleUntil": None}
        )
        self.connector(other_side.url).deliver(delivery, NOW)
        assert "handleUntil" not in json.loads(other_side.got[0].body)

    def test_giving_back_says_why_and_who_should_take_it(self, other_side: OtherSide) -> None:
        self.connector(other_side.url).deliver(self.delivery("hotline_12345.return"), NOW)
        body = json.loads(other_side.got[0].body)
        assert (body["action"], body["reasonCode"], body["suggestUnit"]) == ("RETURN", "R02", "市城管局")
        assert body["files"] == [{"type": "退单佐证", "fileId": "F4"}]

    @pytest.mark.parametrize(
        ("operation", "left_out", "sentence"),
        [
            ("hotline_12345.extend", {"approverInUnit": None}, "审批人"),
            ("hotline_12345.extend", {"days": 0}, "申请天数"),
            ("hotline_12345.return", {"reason": "不是我们的"}, "不足20个字"),
        ],
    )
    def test_what_they_demand_is_checked_before_it_is_sent(
        self, other_side: OtherSide, operation: str, left_out: dict[str, Any], sentence: str
    ) -> None:
        delivery = self.delivery(operation)
        with pytest.raises(Rejected, match=sentence):
            self.connector(other_side.url).deliver(replace(delivery, payload=delivery.payload | left_out), NOW)
        assert other_side.got == []

    def test_finishing_carries_the_answer_and_the_business_time(self, other_side: OtherSide) -> None:
        unit = self.connector(other_side.url)
        unit.deliver(self.delivery("hotline_12345.finish"), NOW + timedelta(hours=2))
        body = json.loads(other_side.got[0].body)
        assert body["action"] == "FINISH"
        assert body["result"]["reply"] == FINISH["reply"]
        assert body["handler"] == {"unit": "禾江排水公司", "name": "抢修班长"}
        assert body["evidence"] == [{"type": "处置后", "fileId": "F1"}, {"type": "处置前", "fileId": "F2"}]
        assert body["finishedAt"] == "2026-09-15 06:42:00"

    def test_a_result_they_do_not_know_is_rejected_before_it_is_sent(self, other_side: OtherSide) -> None:
        delivery = replace(self.delivery("hotline_12345.finish"), payload=FINISH | {"resultCode": "办好了"})
        with pytest.raises(Rejected, match="办理结果"):
            self.connector(other_side.url).deliver(delivery, NOW)
        assert other_side.got == []
