"""Intake: what people and outside systems report becomes an appeal; what they add reaches it.

Any other message an outside system sends reaches who waits for it; a message a process begins with opens a work order.

Source: process model P01; interfaces document, section 0.1 (idempotency).
"""

from __future__ import annotations

from typing import Any

from engine import commands, events, tokens, vault
from engine.errors import InvalidInput, NotCorrelated
from engine.handlers import messages
from engine.handlers.starting import open_order
from engine.ports import FileContent, Inbound, Report, Reporter
from engine.work import Decision, Work

RECEIVED = "msg.appeal.received"
REPORT_TYPE = "report"
KNOWN = (
    "select i.result, o.no from inbound i left join work_order o on o.id = i.order_id "
    "where i.source = %(source)s and i.business_key = %(key)s and i.message_type = %(type)s "
    "and i.sequence = %(sequence)s"
)
ORDER_OF = (
    "select o.no from inbound i join work_order o on o.id = i.order_id "
    "where i.source = %(source)s and i.business_key = %(key)s order by i.at limit 1"
)
IN_TURN = "select pg_advisory_xact_lock(hashtext(%(name)s), hashtext(%(key)s))::text"
"""Two messages with one key that come at the same moment must not open two work orders."""
MIN_CONTENT = 2
MAX_CONTENT = 20_000


def submit(work: Work, command: commands.SubmitReport) -> Decision:
    """A person's report, made unique by channel and the sender's number."""
    report = command.report
    taken = events.InboundTaken(report.source, report.source_order_no, REPORT_TYPE, 0, report.source_order_no, {})
    return _take_report(work, report, taken)


def take(work: Work, command: commands.TakeInbound) -> Decision:
    """A connector's message: a report opens an appeal, anything else goes to what it is about or opens its own."""
    inbound = command.inbound
    taken = events.InboundTaken(
        inbound.source, inbound.business_key, inbound.message_type, inbound.sequence, inbound.message_id, {}
    )
    if inbound.report is not None:
        return _take_report(work, inbound.report, taken)
    if repeat := known(work, taken):
        return repeat
    return _take_message(work, inbound, taken)


def _take_report(work: Work, report: Report, taken: events.InboundTaken) -> Decision:
    _check(report)
    if repeat := known(work, taken):
        return repeat
    work.refresh()
    document, more = _document(work, report)
    town = work.definitions.reference.town(document)
    _check_served(work, report, town)
    start = work.definitions.message_start(work.transaction, RECEIVED, work.now, town)
    if start is None:
        raise NotCorrelated(RECEIVED, report.source_order_no)
    order, found = open_order(work, *start, document, [taken, *more])
    return Decision(order, found, commands.Accepted(order.no))


def _check(report: Report) -> None:
    if not MIN_CONTENT <= len(report.content.strip()) <= MAX_CONTENT:
        sentence = f"请填写诉求内容，{MIN_CONTENT} 至 {MAX_CONTENT} 个字。"
        raise InvalidInput(
            sentence, f"Describe the matter in {MIN_CONTENT} to {MAX_CONTENT} characters.", {"content": [sentence]}
        )


def _check_served(work: Work, report: Report, town: str | None) -> None:
    """A channel may begin in some towns only; danger is taken in from everywhere. Raises InvalidInput."""
    reference = work.definitions.reference
    if reference.serves(report.source, town, work.now):
        return
    texts = [report.title, report.content, report.demand, report.place.address]
    found = work.definitions.intake(work.transaction).screening([text for text in texts if text])
    if found["groups"] or found["codes"] or found["facts"]:
        return
    channel = reference.channels.get(report.source, {})
    name, place = channel.get("name") or report.source, reference.divisions.get(town or "", {}).get("name", "")
    raise InvalidInput(
        channel.get("elsewhere") or f"{name}还没有在{place}开通，请拨打 12345。",
        channel.get("elsewhere_en") or "This way of reporting has not begun in this town yet; please call 12345.",
    )


def known(work: Work, taken: events.InboundTaken) -> Decision | None:
    row = work.transaction.row(
        KNOWN,
        {
            "source": taken.source,
            "key": taken.business_key,
            "type": taken.message_type,
            "sequence": taken.sequence,
        },
    )
    return Decision(None, [], commands.Accepted(row["no"] or "", duplicate=True)) if row else None


def _document(work: Work, report: Report) -> tuple[dict[str, Any], list[events.Event]]:
    """The appeal's first document, and the vault and file events that go with it."""
    channel = work.definitions.reference.channels.get(report.source, {})
    masked, sealed = identity(work, report.reporter)
    place = report.place
    document: dict[str, Any] = {
        "sourceChannel": report.source,
        "channel": report.channel or channel.get("name", report.source),
        "sourceOrderNo": report.source_order_no,
        "title": report.title or headline(report.content),
        "content": report.content,
        "demand": report.demand,
        "appealType": report.appeal_type,
        "address": place.address,
        "lon": place.lon,
        "lat": place.lat,
        "villageCode": place.village_code,
        "townCode": place.town_code,
        "categoryCode": report.category_code,
        "occurredAt": report.occurred_at,
        "receivedAt": report.received_at,
        "replyDeadline": report.reply_due_at,
        "urgency": report.urgency,
        **masked,
        "facts": {"lifeRisk": False},
        **report.extra,
    }
    attached = [_attached(work, file) for file in report.files]
    document["attachments"] = [event.file_id for event in attached]
    return document, [sealed, *attached]


def identity(work: Work, reporter: Reporter) -> tuple[dict[str, Any], events.Event]:
    """What a document may say about a reporter, and the event that seals the rest."""
    reference = vault.reference()
    masked = {
        "reporterRef": reference,
        "reporterName": vault.masked_name(reporter.name),
        "reporterPhone": vault.masked_phone(reporter.phone),
        "reporterMark": vault.mark(work.ports.secret, reporter),
        "confidential": reporter.confidential,
        "wantsReply": reporter.wants_reply,
        "contactable": bool(reporter.phone),
    }
    if reporter.phone and not reporter.confidential:
        masked["creditKey"] = tokens.person_key(work.ports.secret, reporter.phone)
    sealed = vault.seal(work.ports.cipher, reporter)
    return masked, events.ReporterSealed(reference, sealed, reporter.confidential)


def headline(content: str) -> str:
    """The first words, for lists."""
    line = content.strip().splitlines()[0]
    return line if len(line) <= 40 else line[:39] + "…"


def _attached(work: Work, file: FileContent) -> events.FileAttached:
    return events.FileAttached(
        vault.reference(), file.phase, file.name, file.mime, len(file.content), work.ports.sm3(file.content), file
    )


def _take_message(work: Work, inbound: Inbound, taken: events.InboundTaken) -> Decision:
    """To the work order the sender's number belongs to, where what no diagram waits for is noted in its history.

    A message some process begins with goes to who waits for it under the same key, or begins that process: the second
    alert of a device must not open a second work order while the first is alive.
    """
    name = inbound.message or inbound.message_type
    work.refresh()
    if name in work.definitions.live.starts:
        key = inbound.key or inbound.business_key
        work.transaction.rows(IN_TURN, {"name": name, "key": key})
        payload = {"sourceChannel": inbound.source, "sourceNo": inbound.business_key, **inbound.payload}
        opened, found = messages.correlate(work, name, key, payload, taken)
        return Decision(opened, found, commands.Accepted(opened.no))
    row = work.transaction.row(ORDER_OF, {"source": inbound.source, "key": inbound.business_key})
    if row is None:
        raise NotCorrelated(name, inbound.business_key)
    return messages.to_order(work, row["no"], name, inbound.payload, taken)
