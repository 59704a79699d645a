"""Turns what the hotline pushes into one `Inbound`. Source: interfaces document, section 1.1."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from connectors.fields import Message, load
from connectors.hotline_12345 import schema
from connectors.values import division, json_object
from engine.ports import Inbound, Place, RemoteFile, Report, Reporter, Request

MESSAGES = {
    "URGE": "msg.appeal.urged",
    "SUPPLEMENT": "msg.appeal.supplemented",
    "WITHDRAW": "msg.appeal.withdrawn",
    "VISIT_RESULT": "msg.rating",
    "RETURN_DECISION": "msg.12345.RETURN_DECISION",
    "EXTEND_DECISION": "msg.12345.EXTEND_DECISION",
    "SUPERVISE": "msg.12345.SUPERVISE",
    "REDO": "msg.12345.REDO",
    "CLOSE": "msg.12345.CLOSE",
}
"""The hotline's event → the BPMN message that it becomes."""

NOT_REACHED = "msg.12345.VISIT_NOT_REACHED"
"""A visit that reached nobody is no rating: our own visitor goes on trying."""

SATISFIED = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
NO_ANSWER = "拒绝评价"

CONTENT_TITLE = 30
"""Characters of the content that stand in for a missing title on lists; the content itself stays whole."""


def read(request: Request, source: str, categories: Mapping[str, str], now: datetime) -> Inbound:
    """The message in a request whose signature was checked. Raises BadMessage."""
    data = json_object(request.body, request.headers)
    kind = load(schema.Event(), data)["eventType"]
    event = load(SCHEMAS.get(kind, schema.Remark)(), data)
    common: dict[str, Any] = {
        "source": source,
        "business_key": event["orderNo"],
        "message_type": kind,
        "sequence": event["seq"],
        "message_id": event.get("messageId") or f"{source}:{event['orderNo']}:{kind}:{event['seq']}",
        "raw": request.body,
    }
    if kind == "DISPATCH":
        report = to_report(event, source, categories, now)
        return Inbound(**common, occurred_at=report.received_at, report=report)
    payload = PAYLOADS.get(kind, remark)(event)
    return Inbound(
        **common, occurred_at=event.get("occurredAt", now), message=message_of(event), payload={"by": "12345"} | payload
    )


def message_of(event: Mapping[str, Any]) -> str:
    """The BPMN message that an event becomes."""
    if event["eventType"] == "VISIT_RESULT" and not event["visit"]["contacted"]:
        return NOT_REACHED
    return MESSAGES[event["eventType"]]


def to_report(event: Mapping[str, Any], source: str, categories: Mapping[str, str], now: datetime) -> Report:
    """A new order as a report. Who called goes into the reporter and nowhere else."""
    place, caller = event["incident"], event["caller"]
    town, village = division(place.get("divisionCode"))
    return Report(
        source=source,
        source_order_no=event["orderNo"],
        channel="12345热线",
        title=event["title"] or event["content"][:CONTENT_TITLE],
        content=event["content"],
        demand=event["demand"],
        appeal_type=event["appealType"],
        urgency=event["urgency"],
        received_at=event["dispatch"].get("at") or event.get("callTime") or now,
        occurred_at=place.get("time"),
        reply_due_at=event["limits"].get("replyDeadline"),
        category_code=categories.get(event.get("appealClassCode", "")),
        reporter=Reporter(
            name=caller.get("name", ""),
            phone=caller.get("phone", ""),
            confidential=caller.get("secrecy", False),
            wants_reply=caller.get("wantReply", True),
        ),
        place=Place(
            address=place.get("address", ""),
            lon=place.get("lon"),
            lat=place.get("lat"),
            town_code=town,
            village_code=village,
        ),
        remote_files=tuple(remote_file(item) for item in event["attachments"]),
        extra=extra(event),
    )


def remote_file(item: Mapping[str, Any]) -> RemoteFile:
    return RemoteFile(
        name=item["name"],
        url=item["url"],
        mime=item["mime"],
        size=item.get("size"),
        sm3=item.get("sm3"),
        expires_at=item.get("expireAt"),
    )


def extra(event: Mapping[str, Any]) -> dict[str, Any]:
    """What the hotline tells beyond a report: its own limits (never changed by us), class and opinion."""
    kept = ("parentOrderNo", "orderType", "appealClassCode", "appealClassName", "repeatCount", "relatedOrders")
    hotline: dict[str, Any] = {key: event[key] for key in kept if key in event}
    hotline["callChannel"] = event.get("channel", "")
    hotline["dispatchOpinion"] = event["dispatch"].get("opinion", "")
    hotline["attachments"] = [{"name": item["name"], "url": item["url"]} for item in event["attachments"]]
    hotline["limits"] = {
        key: value.isoformat() if isinstance(value, datetime) else value for key, value in event["limits"].items()
    }
    return {"hotline": hotline}


def remark(event: Mapping[str, Any]) -> dict[str, Any]:
    """Text, decision and new deadline of an urging, a supplement, a decision …"""
    payload = {key: event[key] for key in ("text", "decision") if event.get(key)}
    if "deadline" in event:
        payload["deadline"] = event["deadline"].isoformat()
    return payload


def rating(event: Mapping[str, Any]) -> dict[str, Any]:
    """The citizen's rating as the hotline heard it, in the words of our rating table (decision dmn_rating)."""
    visit = event["visit"]
    if not visit["contacted"]:
        return {"contacted": False, "words": visit["words"]}
    payload = {"contacted": True, "resolved": visit.get("resolved", NO_ANSWER), "words": visit["words"]}
    if "satisfaction" in visit:
        payload |= {"satisfaction": visit["satisfaction"], "satisfied": SATISFIED[visit["satisfaction"]]}
    return payload


SCHEMAS: Mapping[str, type[Message]] = {"DISPATCH": schema.Dispatch, "VISIT_RESULT": schema.VisitResult}
PAYLOADS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {"VISIT_RESULT": rating}
