"""Alerts of sensors and of image recognition: smoke, gas, water level, manhole covers, cameras.

A person-related alert carries no picture: only the number of the clue and the police station that holds it.
Source: interfaces document, section 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import RAISE, ValidationError, validates_schema

from connectors import contract
from connectors.fields import Anything, Choice, Degrees, Message, Moment, Part, Parts, Text, Whole, load
from connectors.settings import app_keys, channel
from connectors.signature import Seen, verify
from connectors.values import division, json_object, local_text
from engine.ports import BadMessage, Delivery, Inbound, Rejected, Request

NAME = "alerts"
FEEDBACK_PATH = "/feedback"
RAISED = "msg.alert.raised"
MESSAGES = {
    "RAISE": RAISED,
    "FAULT": RAISED,
    "TEST": RAISED,
    "HEARTBEAT_LOST": RAISED,
    "REPEAT": "msg.alert.repeat",
    "CLEAR": "msg.alert.cleared",
}
"""The platform's event → the BPMN message that it becomes; the event itself stays in the payload."""

BROKEN = frozenset(("FAULT", "HEARTBEAT_LOST"))


class Strict(Message):
    """What was not agreed on is refused: faces and number plates must not come in by a side door."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "不接受这一项，预警报文只能有约定的字段"}


class Location(Strict):
    address = Text("地址（location.address）", longest=300, load_default="")
    lon = Degrees("经度（location.lon）", 180)
    lat = Degrees("纬度（location.lat）", 90)
    gridCode = Text("网格编码（location.gridCode）", longest=15)
    floor = Text("楼层（location.floor）", longest=20)


class Subject(Strict):
    """The shop or household. The phone number is not in the message: `contactRef` is resolved by the call gateway."""

    subjectId = Text("主体编号（subject.subjectId）", longest=64)
    name = Text("主体名称（subject.name）", longest=100, load_default="")
    contactRef = Text("联系引用（subject.contactRef）", longest=64)


class Media(Strict):
    type = Text("附件类型（media.type）", longest=20)
    ref = Text("附件引用（media.ref）", required=True, longest=500)
    expireAt = Text("附件有效期（media.expireAt）", longest=40)


class Alert(Strict):
    """One event of one device."""

    alertId = Text("预警编号（alertId）", required=True, longest=64)
    seq = Whole("序号（seq）", required=True, least=1)
    eventType = Choice("事件类型（eventType）", tuple(MESSAGES), required=True)
    deviceId = Text("设备编号（deviceId）", required=True, longest=64)
    deviceType = Text("设备类型（deviceType）", required=True, longest=40)
    alarmType = Text("报警类型（alarmType）", longest=40, load_default="")
    alarmLevel = Whole("报警级别（alarmLevel）", most=9)
    value = Anything("读数（value）")
    unit = Text("读数单位（unit）", longest=20)
    confidence = Degrees("置信度（confidence）", 1)
    occurredAt = Moment("发生时间（occurredAt）", required=True)
    receivedAt = Moment("接收时间（receivedAt）")
    location = Part("位置（location）", Location, load_default=dict)
    subject = Part("主体（subject）", Subject, load_default=dict)
    media = Parts("附件（media）", Media, load_default=list)
    raw = Anything("原始数据（raw）")
    algorithm = Text("算法（algorithm）", longest=100)
    algorithmVersion = Text("算法版本（algorithmVersion）", longest=40)
    cameraId = Text("摄像机编号（cameraId）", longest=64)
    bbox = Anything("目标框（bbox）")
    snapshotRef = Text("截图引用（snapshotRef）", longest=500)
    dedupWindowMin = Whole("去重时段（dedupWindowMin）", most=1440)
    clueId = Text("线索编号（clueId）", longest=64)
    policeStation = Text("派出所（policeStation）", longest=64)

    @validates_schema
    def keep_pictures_of_people_out(self, data: Mapping[str, Any], **_: Any) -> None:
        if data.get("clueId") and (data["media"] or data.get("snapshotRef") or data.get("bbox")):
            raise ValidationError("涉及个人的预警只能带线索编号和派出所，不得带图片", "clueId")


class Feedback(Message):
    """The inputs of the operation `alerts.feedback`."""

    alertId = Text("预警编号（alertId）", required=True, longest=64)
    label = Choice("结论（label）", ("误报", "属实", "测试"), required=True)
    reason = Text("原因（reason）", longest=200, load_default="")
    by = Text("核实人（by）", longest=60, load_default="")
    at = Moment("核实时间（at）")


class AlertsConnector:
    """Takes alerts in and tells the platform which of them were false."""

    name = NAME
    title_zh = "物联与AI预警平台"
    title_en = "Sensor and image-recognition alerts"
    operations = frozenset({f"{NAME}.feedback"})
    messages = frozenset(MESSAGES.values())
    routes: tuple[str, ...] = ("alerts",)

    def __init__(self, settings: Mapping[str, Any], seen: Seen) -> None:
        self.channel, self.keys, self.seen = channel(settings), app_keys(settings), seen

    def parse(self, request: Request, now: datetime) -> Inbound:
        """One event of a device. Raises BadMessage."""
        verify(request, self.keys, self.seen, now)
        alert = load(Alert(), json_object(request.body, request.headers))
        kind, device = alert["eventType"], device_key(alert)
        return Inbound(
            source=NAME,
            business_key=alert["alertId"],
            message_type=kind,
            sequence=alert["seq"],
            message_id=f"{NAME}:{alert['alertId']}:{kind}:{alert['seq']}",
            occurred_at=alert["occurredAt"],
            message=MESSAGES[kind],
            payload=payload(alert, device),
            raw=request.body,
            key=device,
        )

    def answer(
        self, inbound: Inbound | None, result: Mapping[str, Any] | None, error: Exception | None
    ) -> tuple[int, Mapping[str, Any]]:
        return contract.answer(inbound, result, error)

    def deliver(self, delivery: Delivery, now: datetime) -> Mapping[str, Any]:
        """Tell the platform how an alert turned out."""
        if delivery.operation not in self.operations:
            raise Rejected(f"预警对接没有操作 {delivery.operation} / unknown operation", contract.INVALID_FIELD)
        try:
            given = load(Feedback(), delivery.payload)
        except BadMessage as error:
            raise Rejected(error.zh, error.code) from error
        at = given.pop("at", delivery.decided_at)
        body = {**given, "at": local_text(at), "seq": delivery.sequence}
        answer = self.channel.post(FEEDBACK_PATH, body, delivery.idempotency_key, now)
        return {"code": answer["code"], "sentAt": now.isoformat()}


def device_key(alert: Mapping[str, Any]) -> str:
    """What two alerts have in common that are one matter: a broken device is another matter than what it watches."""
    kind = "故障" if alert["eventType"] in BROKEN else alert["alarmType"]
    return "/".join(part for part in (alert["deviceId"], alert["deviceType"], kind) if part)


def payload(alert: Mapping[str, Any], device: str) -> dict[str, Any]:
    """The alert as a document: flat, with the codes of our reference data."""
    place, subject = alert["location"], alert["subject"]
    town, village = division((place.get("gridCode") or "")[:12])
    kept = (
        "eventType", "alertId", "deviceId", "deviceType", "alarmType", "alarmLevel", "confidence", "algorithm",
        "algorithmVersion", "cameraId", "snapshotRef", "dedupWindowMin", "clueId", "policeStation",
    )  # fmt: skip
    found = {
        **{key: alert[key] for key in kept if alert.get(key) is not None},
        "deviceKey": device,
        "reading": alert.get("value"),
        "readingUnit": alert.get("unit"),
        "occurredAt": alert["occurredAt"],
        "address": place.get("address"),
        "floorName": place.get("floor"),
        "lon": place.get("lon"),
        "lat": place.get("lat"),
        "gridCode": place.get("gridCode"),
        "villageCode": village,
        "townCode": town,
        "subjectId": subject.get("subjectId"),
        "subjectName": subject.get("name"),
        "contactRef": subject.get("contactRef"),
        "pictures": [item["ref"] for item in alert["media"]],
    }
    return {key: value for key, value in found.items() if value not in (None, "", [])}


def connect(settings: Mapping[str, Any], seen: Seen) -> AlertsConnector:
    """The connector as `[connectors.alerts]` of the settings describes it."""
    return AlertsConnector(settings, seen)
