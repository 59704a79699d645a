"""The alert platform's connector holds the contract; what it lets in and keeps out."""

from __future__ import annotations

from typing import Any

import pytest

from connectors import alerts
from engine.ports import BadMessage
from tests.contract.connector_contract import NOW, ConnectorContract

SMOKE: dict[str, Any] = {
    "alertId": "YG-20260927-060003-0077",
    "seq": 1,
    "eventType": "RAISE",
    "deviceId": "YG0077",
    "deviceType": "烟感",
    "alarmType": "火警",
    "alarmLevel": 2,
    "value": None,
    "unit": None,
    "confidence": None,
    "occurredAt": "2026-09-27T06:00:03+08:00",
    "receivedAt": "2026-09-27T06:00:05+08:00",
    "location": {
        "address": "叶墩大街41号饼店",
        "lon": 114.9139,
        "lat": 21.6871,
        "gridCode": "990107002006003",
        "floor": "1",
    },
    "subject": {"subjectId": "SZ20391", "name": "饼店", "contactRef": "CONTACT-8831"},
    "media": [{"type": "image", "ref": "ai-store://2026/09/27/0077.jpg", "expireAt": "2026-10-27"}],
    "raw": {"vendor": "X", "code": "0x02"},
}


class TestAlerts(ConnectorContract):
    make = staticmethod(alerts.connect)
    path = "/open/v1/alerts"
    sample = SMOKE
    required = {
        "alertId": "预警编号",
        "seq": "序号",
        "eventType": "事件类型",
        "deviceId": "设备编号",
        "deviceType": "设备类型",
        "occurredAt": "发生时间",
    }
    deliveries = {
        "alerts.feedback": {
            "alertId": "YG-20260927-060003-0077",
            "label": "误报",
            "reason": "蒸汽",
            "by": "网格员",
            "at": "2026-09-27T06:02:00+08:00",
        }
    }

    def test_it_becomes_a_document_with_our_codes(self) -> None:
        inbound = self.connector().parse(self.request(), NOW)
        assert (inbound.message, inbound.business_key) == ("msg.alert.raised", SMOKE["alertId"])
        assert inbound.payload["villageCode"] == "990107002006"
        assert inbound.payload["deviceKey"] == inbound.key == "YG0077/烟感/火警"
        assert "raw" not in inbound.payload

    @pytest.mark.parametrize(
        ("event", "message"),
        [("REPEAT", "msg.alert.repeat"), ("CLEAR", "msg.alert.cleared"), ("TEST", "msg.alert.raised")],
    )
    def test_each_event_has_its_message(self, event: str, message: str) -> None:
        assert self.connector().parse(self.request({**SMOKE, "eventType": event}), NOW).message == message

    def test_a_broken_device_is_another_matter_than_what_it_watches(self) -> None:
        fault = self.connector().parse(self.request({**SMOKE, "eventType": "FAULT"}), NOW)
        assert fault.key == "YG0077/烟感/故障"

    @pytest.mark.parametrize("extra", [{"faceId": "F1"}, {"location": {"plate": "粤A12345"}}])
    def test_faces_and_number_plates_are_not_accepted(self, extra: dict[str, Any]) -> None:
        error = self.refused(self.request({**SMOKE, **extra}), "1001")
        assert "约定" in error.zh

    def test_a_person_related_alert_brings_no_picture(self) -> None:
        clue = {**SMOKE, "clueId": "XS-1", "policeStation": "叶墩派出所"}
        error = self.refused(self.request(clue), "1001")
        assert "不得带图片" in error.errors["clueId"]
        inbound = self.connector().parse(self.request({**clue, "media": []}), NOW)
        assert inbound.payload["clueId"] == "XS-1"
        assert "pictures" not in inbound.payload

    def test_an_unknown_verdict_is_not_sent(self) -> None:
        with pytest.raises(BadMessage):
            alerts.load(alerts.Feedback(), {"alertId": "A", "label": "不知道"})
