"""The canonical envelope for systems that have no format of their own. Source: interfaces document, section 0.1."""

from __future__ import annotations

from typing import Any

from connectors.fields import Anything, Message, Moment, Text, Whole, load
from connectors.values import json_object
from engine.ports import Inbound, Request


class Envelope(Message):
    """One message; (source, businessKey, messageType, sequence) makes it unique."""

    messageId = Text("消息编号", required=True, longest=64)
    messageType = Text("消息类型", required=True, longest=64)
    source = Text("来源系统", longest=32, load_default="")
    businessKey = Text("业务编号", required=True, longest=64)
    caseNo = Text("案件号", longest=32, load_default="")
    sequence = Whole("序号", required=True, least=1)
    occurredAt = Moment("发生时间", required=True)
    payload = Anything("业务内容", load_default=dict)


def open_envelope(request: Request) -> dict[str, Any]:
    """The checked envelope. Raises BadMessage."""
    return load(Envelope(), json_object(request.body, request.headers))


def inbound(envelope: dict[str, Any], source: str, message: str, payload: dict[str, Any], raw: bytes) -> Inbound:
    """A BPMN message for the work order that the envelope names: by our number, or by the sender's."""
    return Inbound(
        source=source,
        business_key=envelope["caseNo"] or envelope["businessKey"],
        message_type=envelope["messageType"],
        sequence=envelope["sequence"],
        message_id=envelope["messageId"],
        occurred_at=envelope["occurredAt"],
        message=message,
        payload=payload,
        raw=raw,
    )
