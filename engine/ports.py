"""What connectors and the engine know of each other: nothing but these shapes.

A connector turns what an outside system sends into an `Inbound` (`parse`), and carries what the engine has decided
to the outside system (`deliver`). It never touches the database and never calls the engine: the wiring module does.
Source: interfaces document, section 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class Reporter:
    """The person behind a report. Goes to the vault at once; the document keeps a reference and a masked name."""

    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    confidential: bool = False
    wants_reply: bool = True


@dataclass(frozen=True)
class Place:
    """Where it is. `lon`/`lat` are WGS-84 degrees; codes are those of the reference data."""

    address: str = ""
    lon: float | None = None
    lat: float | None = None
    village_code: str | None = None
    town_code: str | None = None


@dataclass(frozen=True)
class FileContent:
    """A file as it arrived. `content` is the bytes, `mime` the sniffed media type; when and where a photo was taken."""

    name: str
    mime: str
    content: bytes
    phase: str = "before"
    shot_at: datetime | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True)
class RemoteFile:
    """A file that lies at the sender and has to be fetched before `expires_at`."""

    name: str
    url: str
    mime: str = ""
    size: int | None = None
    sm3: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Report:
    """One person's report, whatever channel it came through (诉求).

    source            name of the connector or channel: `hotline_12345`, `public`, `import`, `manual`
    source_order_no   the sender's own number; with `source` it makes the report unique
    channel           Chinese channel name shown to people: 12345热线, 小程序, 批量导入 …
    """

    source: str
    source_order_no: str
    channel: str
    content: str
    received_at: datetime
    title: str = ""
    demand: str = ""
    appeal_type: str = ""
    reporter: Reporter = field(default_factory=Reporter)
    place: Place = field(default_factory=Place)
    occurred_at: datetime | None = None
    reply_due_at: datetime | None = None
    category_code: str | None = None
    urgency: str = ""
    files: tuple[FileContent, ...] = ()
    remote_files: tuple[RemoteFile, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Inbound:
    """One message from outside. The idempotency key is (source, business_key, message_type, sequence).

    Either `report` is set (a new report), or `message` names a BPMN message and `payload` is its content. It goes to
    the work order this sender's `business_key` opened before; a message some process begins with goes to who waits for
    it under `key` (by default `business_key`), else it opens a work order.
    """

    source: str
    business_key: str
    message_type: str
    sequence: int
    message_id: str
    occurred_at: datetime
    report: Report | None = None
    message: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    raw: bytes = field(default=b"", repr=False)
    key: str = ""


@dataclass(frozen=True)
class Request:
    """An HTTP request as a connector sees it, without the web framework."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    remote_address: str = ""


@dataclass(frozen=True)
class Delivery:
    """One job for the outside: do `operation` with `payload`. Repeats carry the same `idempotency_key`."""

    job_id: int
    operation: str
    payload: Mapping[str, Any]
    idempotency_key: str
    attempt: int
    order_no: str
    sequence: int
    decided_at: datetime


class TryLater(Exception):
    """The other side could not take it now. The job is repeated; the unit's time limit is not touched."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Rejected(Exception):
    """The other side will never take it like this. The job becomes an incident for the integrator."""

    def __init__(self, reason: str, code: str = "") -> None:
        super().__init__(reason)
        self.code = code


class BadMessage(Exception):
    """What arrived cannot be understood or trusted. `errors` names each field in Chinese.

    `code` is the business code of the interfaces document, section 0.3 (1001, 2001 …).
    """

    def __init__(self, code: str, zh: str, en: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(en)
        self.code, self.zh, self.en, self.errors = code, zh, en, dict(errors or {})


class Connector(Protocol):
    """What every connector satisfies; `tests/contract` holds each of them against it."""

    name: str
    title_zh: str
    title_en: str
    operations: frozenset[str]
    """Names a diagram may use as `camunda:topic`, each starting with `<name>.`"""

    messages: frozenset[str]
    """Names of the BPMN messages this connector may bring in."""

    def parse(self, request: Request, now: datetime) -> Inbound:
        """Check signature, shape and time of a request and turn it into one message. Raises BadMessage."""

    def answer(
        self, inbound: Inbound | None, result: Mapping[str, Any] | None, error: Exception | None
    ) -> tuple[int, Mapping[str, Any]]:
        """The HTTP status and JSON body the sender expects."""

    def deliver(self, delivery: Delivery, now: datetime) -> Mapping[str, Any]:
        """Carry one job out; the result becomes visible to the diagram. Raises TryLater or Rejected."""
