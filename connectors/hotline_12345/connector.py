"""The connector to the city's 12345 hotline, in mirror mode: the city's platform is the master of number and limit.

Source: interfaces document, section 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from connectors import contract
from connectors.downloads import Downloads
from connectors.fields import load
from connectors.hotline_12345 import incoming, schema
from connectors.http import Channel
from connectors.settings import app_keys, channel, downloads
from connectors.signature import AppKey, Seen, verify
from connectors.values import local_text
from engine.ports import BadMessage, Delivery, FileContent, Inbound, Rejected, RemoteFile, Report, Request

NAME = "hotline_12345"
FEEDBACK_PATH = "/api/order/feedback"

EVIDENCE_KINDS = {"before": "处置前", "safe": "现场围蔽", "after": "处置后", "verify": "核查"}


class HotlineConnector:
    """Takes the hotline's orders and gives back what becomes of them.

    签收, 先行联系, 阶段反馈, 延期申请, 退单申请, 办结提交.
    """

    name = NAME
    title_zh = "市12345热线平台"
    title_en = "City 12345 hotline"
    operations = frozenset(f"{NAME}.{word}" for word in ("sign", "contact", "progress", "extend", "return", "finish"))
    messages = frozenset({*incoming.MESSAGES.values(), incoming.NOT_REACHED})
    routes: tuple[str, ...] = ("hotline/orders",)

    def __init__(
        self,
        channel: Channel,
        keys: Mapping[str, AppKey],
        seen: Seen,
        downloads: Downloads,
        unit_code: str,
        categories: Mapping[str, str],
    ) -> None:
        self.channel, self.keys, self.seen, self.downloads = channel, keys, seen, downloads
        self.unit_code, self.categories = unit_code, categories

    def parse(self, request: Request, now: datetime) -> Inbound:
        """A new order or news about one. Raises BadMessage."""
        verify(request, self.keys, self.seen, now)
        return incoming.read(request, self.name, self.categories, now)

    def fetch(self, remote: RemoteFile) -> FileContent:
        """An attachment of a report, at once, because its address expires. Raises TryLater or Rejected."""
        return self.downloads.fetch(remote)

    def answer(
        self, inbound: Inbound | None, result: Mapping[str, Any] | None, error: Exception | None
    ) -> tuple[int, Mapping[str, Any]]:
        """A class of theirs that we cannot map is no error: the acceptor chooses; they are told which code it was."""
        if inbound and inbound.report and result is not None:
            result = {**result, **unmapped(inbound.report)}
        return contract.answer(inbound, result, error)

    def deliver(self, delivery: Delivery, now: datetime) -> Mapping[str, Any]:
        """Send one feedback. `seq` and the idempotency key are the job's, so a repeat repeats them."""
        action, body = self.feedback(delivery)
        head = {"orderNo": body.pop("orderNo"), "seq": delivery.sequence, "action": action, "unitCode": self.unit_code}
        answer = self.channel.post(FEEDBACK_PATH, head | body, delivery.idempotency_key, now)
        return {"action": action, "seq": delivery.sequence, "code": answer["code"], "sentAt": now.isoformat()}

    def feedback(self, delivery: Delivery) -> tuple[str, dict[str, Any]]:
        """Action and content of a feedback. Raises Rejected when the diagram left out something they demand."""
        if delivery.operation not in FEEDBACKS:
            raise Rejected(f"热线对接没有操作 {delivery.operation} / unknown operation", contract.INVALID_FIELD)
        action, make = FEEDBACKS[delivery.operation]
        try:
            return action, make(delivery)
        except BadMessage as error:
            raise Rejected(error.zh, error.code) from error


def unmapped(report: Report) -> dict[str, Any]:
    """The warning 1002 about their class of appeals, if they gave one that we have no category for."""
    code = str(report.extra.get("hotline", {}).get("appealClassCode", ""))
    if not code or report.category_code:
        return {}
    sentence = "分类未对应到本区类别，转受理员选定"
    warning = {"code": contract.UNMAPPED_CODE, "field": "appealClassCode", "value": code, "message": sentence}
    return {"warnings": [warning]}


def sign(delivery: Delivery) -> dict[str, Any]:
    """签收: who signed for which unit, and when."""
    given = load(schema.Sign(), plain(delivery.payload))
    return {
        "orderNo": given["orderNo"],
        "signUnit": given.get("signUnit", ""),
        "signBy": given["signBy"],
        "signAt": local_text(given.get("signAt", delivery.decided_at)),
    }


def contact(delivery: Delivery) -> dict[str, Any]:
    """先行联系: how the handling unit tried to reach the citizen, and whether it did; a failed try, too."""
    given = load(schema.Contact(), plain(delivery.payload))
    return {
        "orderNo": given["orderNo"],
        "contactAt": local_text(given.get("contactAt", delivery.decided_at)),
        "contactMode": given["contactMode"],
        "connected": "Y" if given["connected"] else "N",
        "times": given["times"],
    }


def progress(delivery: Delivery) -> dict[str, Any]:
    """阶段反馈: one sentence about how the order is getting on."""
    given = load(schema.Progress(), plain(delivery.payload))
    return {
        "orderNo": given["orderNo"],
        "text": given["text"],
        "at": local_text(given.get("at", delivery.decided_at)),
    }


def extend(delivery: Delivery) -> dict[str, Any]:
    """延期申请: approved in our house, so it names both who applied and who approved. Their limit is theirs to move."""
    given = load(schema.Extend(), plain(delivery.payload))
    asked = {name: given[name] for name in ("orderNo", "kind", "days", "reason", "plan", "applyBy", "approverInUnit")}
    until = {"handleUntil": local_text(given["handleUntil"])} if "handleUntil" in given else {}
    at = local_text(given.get("at", delivery.decided_at))
    return asked | until | {"files": papers(given["files"], "延期佐证"), "applyAt": at}


def give_back(delivery: Delivery) -> dict[str, Any]:
    """退单申请: upheld in our house; until they decide, the unit goes on."""
    given = load(schema.Return(), plain(delivery.payload))
    asked = {name: given[name] for name in ("orderNo", "reasonCode", "reason", "basis", "suggestUnit")}
    at = local_text(given.get("at", delivery.decided_at))
    return asked | {"files": papers(given["files"], "退单佐证"), "applyAt": at}


def papers(files: Any, kind: str) -> list[dict[str, str]]:
    """Supporting documents, as the evidence of an answer is given."""
    return [evidence(item) | {"type": kind} for item in files or []]


def finish(delivery: Delivery) -> dict[str, Any]:
    """办结提交. `finishedAt` is when we decided it, however late it gets through."""
    given = load(schema.Finish(), plain(delivery.payload))
    return {
        "orderNo": given["orderNo"],
        "result": {
            "resultCode": given["resultCode"],
            "reply": given["reply"],
            "process": given["process"],
            "basis": given["basis"],
        },
        "evidence": [evidence(item) for item in given["evidence"] or []],
        "handler": {"unit": given["handleUnit"], "name": given["handler"]},
        "finishedAt": local_text(given.get("finishedAt", delivery.decided_at)),
    }


def evidence(item: Any) -> dict[str, str]:
    """A file: its id, or a mapping with `fileId` (or `id`) and `phase`."""
    if isinstance(item, Mapping):
        kind = EVIDENCE_KINDS.get(str(item.get("phase", "after")), "处置后")
        return {"type": kind, "fileId": str(item.get("fileId") or item.get("id") or "")}
    return {"type": EVIDENCE_KINDS["after"], "fileId": str(item)}


def plain(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Times as texts, as they are after their way through the database."""
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in payload.items()}


FEEDBACKS: Mapping[str, tuple[str, Callable[[Delivery], dict[str, Any]]]] = {
    f"{NAME}.sign": ("SIGN", sign),
    f"{NAME}.contact": ("CONTACT", contact),
    f"{NAME}.progress": ("PROGRESS", progress),
    f"{NAME}.extend": ("EXTEND", extend),
    f"{NAME}.return": ("RETURN", give_back),
    f"{NAME}.finish": ("FINISH", finish),
}


# ------------------------------------------------------------------ settings
def connect(settings: Mapping[str, Any], seen: Seen) -> HotlineConnector:
    """The connector as the settings describe it.

    Besides what `connectors.settings` reads:
    unit_code    what the city calls us (six digits)
    categories   their class code → our category
    """
    return HotlineConnector(
        channel=channel(settings),
        keys=app_keys(settings),
        seen=seen,
        downloads=downloads(settings),
        unit_code=str(settings.get("unit_code", "990107")),
        categories=dict(settings.get("categories", {})),
    )
