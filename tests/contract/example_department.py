"""A department's own system: it gets the cases we dispatch to it and reports signing, returning and handling."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors import contract, envelope
from connectors.fields import Message, Text, load
from connectors.settings import app_keys, channel
from connectors.signature import Seen, verify
from connectors.values import local_text
from engine.ports import BadMessage, Delivery, Inbound, Rejected, Request

NAME = "example_department"
MESSAGES = {"case.signed": "msg.unit.signed", "case.returned": "msg.unit.returned", "case.handled": "msg.unit.handled"}


class Job(Message):
    """The inputs of the operation `example_department.dispatch`."""

    caseNo = Text("案件号（caseNo）", required=True)
    content = Text("问题描述（content）", required=True, longest=20000)
    address = Text("地址（address）", longest=300, load_default="")


class ExampleDepartment:
    name = NAME
    title_zh = "示例部门系统"
    title_en = "Example department system"
    operations = frozenset({f"{NAME}.dispatch"})
    messages = frozenset(MESSAGES.values())
    routes: tuple[str, ...] = ("example/messages",)

    def __init__(self, settings: Mapping[str, Any], seen: Seen) -> None:
        self.channel, self.keys, self.seen = channel(settings), app_keys(settings), seen

    def parse(self, request: Request, now: datetime) -> Inbound:
        verify(request, self.keys, self.seen, now)
        opened = envelope.open_envelope(request)
        if opened["messageType"] not in MESSAGES:
            errors = {"messageType": "消息类型未约定"}
            raise BadMessage(contract.INVALID_FIELD, "消息类型未约定。", "the message type is not agreed", errors)
        return envelope.inbound(opened, NAME, MESSAGES[opened["messageType"]], opened["payload"], request.body)

    def answer(
        self, inbound: Inbound | None, result: Mapping[str, Any] | None, error: Exception | None
    ) -> tuple[int, Mapping[str, Any]]:
        return contract.answer(inbound, result, error)

    def deliver(self, delivery: Delivery, now: datetime) -> Mapping[str, Any]:
        if delivery.operation not in self.operations:
            raise Rejected(f"没有操作 {delivery.operation} / unknown operation")
        try:
            job = load(Job(), delivery.payload)
        except BadMessage as error:
            raise Rejected(error.zh, error.code) from error
        body = job | {"seq": delivery.sequence, "decidedAt": local_text(delivery.decided_at)}
        answer = self.channel.post("/api/cases", body, delivery.idempotency_key, now)
        return {"code": answer["code"], "sentAt": now.isoformat()}


def connect(settings: Mapping[str, Any], seen: Seen) -> ExampleDepartment:
    """The connector as `[connectors.example_department]` of the settings describes it."""
    return ExampleDepartment(settings, seen)
