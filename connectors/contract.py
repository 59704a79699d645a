"""Business codes and the answer that every sender expects. Source: interfaces document, section 0.3."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Protocol

from engine.ports import BadMessage, Connector, FileContent, Inbound, RemoteFile

ACCEPTED = "0"
INVALID_FIELD = "1001"
UNMAPPED_CODE = "1002"
STATE_CONFLICT = "1003"
STALE_SEQUENCE = "1004"
BAD_SIGNATURE = "2001"
NOT_AUTHORISED = "2002"
BUSY = "3001"
INTERNAL = "9999"

HTTP_STATUS = {
    ACCEPTED: 200,
    INVALID_FIELD: 400,
    UNMAPPED_CODE: 200,
    STATE_CONFLICT: 409,
    STALE_SEQUENCE: 409,
    BAD_SIGNATURE: 401,
    NOT_AUTHORISED: 403,
    BUSY: 503,
    INTERNAL: 500,
}
"""Most senders read the business code only; the status is for those that do not."""

ENGINE_CODES = {
    "INVALID_INPUT": INVALID_FIELD,
    "NOT_FOUND": STATE_CONFLICT,
    "CONFLICT": STATE_CONFLICT,
    "TASK_CLOSED": STATE_CONFLICT,
    "STALE_VERSION": STATE_CONFLICT,
    "MESSAGE_NOT_CORRELATED": STATE_CONFLICT,
    "NOT_ALLOWED": NOT_AUTHORISED,
}
"""What a refusal by the engine means to the sender; everything else is ours to mend: 9999."""

REPEAT_CODES = frozenset({BUSY, INTERNAL})
"""The other side asks for a repeat."""


class FetchingConnector(Connector, Protocol):
    """A connector whose messages name files that lie at the sender."""

    def fetch(self, remote: RemoteFile) -> FileContent:
        """The file's content. Raises TryLater or Rejected."""


class RoutedConnector(Connector, Protocol):
    """A connector that other systems can call.

    routes   addresses below `/open/v1/`, e.g. `hotline/orders`
    """

    routes: tuple[str, ...]


def answer(
    inbound: Inbound | None, result: Mapping[str, Any] | None, error: Exception | None
) -> tuple[int, Mapping[str, Any]]:
    """HTTP status and JSON body: `{code, message, data, traceId}`.

    `result` has `no` (our number) and `duplicate`, and maybe `warnings` for the sender.
    """
    trace = sha256(inbound.message_id.encode()).hexdigest()[:16] if inbound else ""
    if error is not None:
        code, message, data = refusal(error)
    else:
        code, message, data = ACCEPTED, "成功", _accepted(result or {})
    return HTTP_STATUS[code], {"code": code, "message": message, "data": data, "traceId": trace}


def _accepted(result: Mapping[str, Any]) -> dict[str, Any]:
    known = {"caseNo": result.get("no", ""), "accepted": True, "duplicate": bool(result.get("duplicate"))}
    return known | ({"warnings": result["warnings"]} if "warnings" in result else {})


def refusal(error: Exception) -> tuple[str, str, dict[str, Any]]:
    """Business code, Chinese sentence and data of an error."""
    if isinstance(error, BadMessage):
        errors = [{"field": field, "message": sentence} for field, sentence in error.errors.items()]
        return error.code, error.zh, {"accepted": False, "errors": errors}
    code = ENGINE_CODES.get(getattr(error, "code", ""), INTERNAL)
    message = str(getattr(error, "zh", "")) if code != INTERNAL else "系统忙，请稍后重发。"
    return code, message, {"accepted": False}
