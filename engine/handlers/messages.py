"""Messages and signals between work orders, and from outside to one of them.

A message goes to the oldest subscription with its name and key, or starts the process that begins with it, or begins
the ended work order of that number anew when its diagram says so (property `reopens`).
Source: BPMN 2.0.2, section 8.4.11; process model, section 0.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import bpmn, commands, events, tokens
from engine.database import Row
from engine.errors import Conflict, NotCorrelated, NotFound
from engine.handlers.starting import open_order
from engine.order import COLUMNS, LOCK_BY_ID, LOCK_BY_NO, Order
from engine.work import Decision, Work, running

ATTEMPTS = 3
WAITING = "kind = 'message' and name = %(name)s and key = %(key)s"
LOCK_WAITING = (
    f"select {COLUMNS} from work_order where id = (select order_id from subscription s "
    f"where {WAITING} order by s.id limit 1) for update"
)
SUBSCRIPTIONS = (
    f"select order_id, item, element, event, kind, name, key from subscription where {WAITING} order by id limit 1"
)
SUBSCRIPTIONS_OF = (
    "select s.item, element, event, s.kind, name, key from subscription s join work_order o on o.id = s.order_id "
    "where o.no = %(no)s and s.kind = 'message' and name = %(name)s order by s.id limit 1"
)
SENT = "select order_id, topic, element, status from job where id = %(id)s"
SEEN = "select 1 as seen from inbound where source = %(source)s and business_key = %(key)s"
LINK = "select order_id, item, expires_at, used_at from rating_link where digest = %(digest)s"
AT_ITEM = (
    "select item, element, event, name from subscription "
    "where order_id = %(order_id)s and item = %(item)s and kind = 'message' order by id limit 1"
)
FROM_ORDERS = "message"
DUE = ("due", "incident")
"""Jobs that still have something to bring."""


def _seen(work: Work, source: str, key: str) -> bool:
    return work.transaction.row(SEEN, {"source": source, "key": key}) is not None


def deliver(work: Work, command: commands.DeliverMessage) -> Decision:
    """Bring a message to who waits for it; a repeat changes nothing."""
    job = work.transaction.row(SENT, {"id": command.job_id}) if command.job_id is not None else None
    over = job["status"] not in DUE if job is not None else _seen(work, FROM_ORDERS, command.message_id)
    if over:
        return Decision(None, [], commands.Done())
    taken = events.InboundTaken(FROM_ORDERS, command.message_id, command.name, 0, command.message_id, {})
    order, found = correlate(work, command.name, command.key or "", command.payload, taken)
    if job is not None and command.job_id is not None:
        found = [*found, events.MessageCarried(job["order_id"], command.job_id, job["topic"], job["element"])]
    return Decision(order, found, commands.Done(order.no))


def correlate(
    work: Work, name: str, key: str, payload: Mapping[str, Any], taken: events.InboundTaken
) -> tuple[Order, list[events.Event]]:
    """To the oldest subscription with this name and key, else to the process that begins with it or to be reopened."""
    for _ in range(ATTEMPTS):
        order, subscription = _waiting(work, name, key)
        if order is None:
            return _start(work, name, key, payload, taken)
        if subscription is not None and subscription["order_id"] == order.id:
            return order, [taken, *_receive(work, running(order), subscription, name, payload)]
    raise NotCorrelated(name, key)


def _waiting(work: Work, name: str, key: str) -> tuple[Order | None, Row | None]:
    """Lock the work order of the oldest subscription; somebody may have consumed it while we waited."""
    params = {"name": name, "key": key}
    order, (rows,) = work.lock(LOCK_WAITING, (SUBSCRIPTIONS, params), **params)
    return order, rows[0] if rows else None


def _start(
    work: Work, name: str, key: str, payload: Mapping[str, Any], taken: events.InboundTaken
) -> tuple[Order, list[events.Event]]:
    town = work.definitions.reference.town(payload)
    start = work.definitions.message_start(work.transaction, name, work.now, town)
    if start is not None:
        return open_order(work, *start, payload, [taken])
    order = work.lock(LOCK_BY_NO, no=key)[0] if key else None
    found = _reopen(work, order, name, payload) if order else []
    if order is None or not found:
        raise NotCorrelated(name, key or None)
    return order, [taken, *found]


def _reopen(work: Work, order: Order, name: str, payload: Mapping[str, Any]) -> list[events.Event]:
    """An ended work order begins anew at the start event that reopens it; no events when none does."""
    step = work.step(order)
    element = step.reopens(name) if order.status == "completed" else None
    if element is None:
        return []
    received = events.MessageReceived(name, order.no, payload, element)
    return [received, events.OrderReopened(element, name), *step.begin(element, payload)]


def _receive(work: Work, order: Order, subscription: Row, name: str, payload: Mapping[str, Any]) -> list[events.Event]:
    received = events.MessageReceived(name, subscription.get("key") or "", payload, subscription["element"])
    delivered = bpmn.DeliverMessage(subscription["item"], subscription["element"], payload, subscription["event"])
    return [received, *work.step(order).advance(delivered)]


def to_order(work: Work, no: str, name: str, payload: Mapping[str, Any], taken: events.InboundTaken) -> Decision:
    """A message for one known work order, open or ended. What its diagram does not want is noted in its history."""
    order, (rows,) = work.lock(LOCK_BY_NO, (SUBSCRIPTIONS_OF, {"no": no, "name": name}), no=no)
    if order is None:
        raise NotFound()
    if order.status == "active" and rows:
        found = _receive(work, order, rows[0], name, payload)
    else:
        found = _reopen(work, order, name, payload) or [events.MessageReceived(name, no, payload, "")]
    return Decision(order, [taken, *found], commands.Accepted(no))


def signal(work: Work, command: commands.DeliverSignal) -> Decision:
    """Bring a signal to one subscriber; a repeat changes nothing."""
    source = f"signal:{command.message_id}"
    known = (SEEN, {"source": source, "key": str(command.order_id)})
    order, (seen,) = work.lock(LOCK_BY_ID, known, id=command.order_id)
    if order is None or seen or order.status != "active":
        return Decision(None, [], commands.Done())
    taken = events.InboundTaken(source, str(order.id), command.name, 0, command.message_id, {})
    received = events.MessageReceived(command.name, command.key or "", command.payload, "")
    found = work.step(order).advance(bpmn.DeliverSignal(command.name, command.key, command.payload))
    return Decision(order, [taken, received, *found], commands.Done(order.no))


def rate(work: Work, command: commands.RateAppeal) -> Decision:
    """A citizen's rating by one-time link reaches the waiting appeal, and the link is used up with it."""
    digest = tokens.digest(command.token)
    link = work.transaction.row(LINK, {"digest": digest})
    if link is None or link["expires_at"] < work.now:
        raise NotFound("这个评价链接无效或已过期。", "This rating link is not valid or has expired.")
    if link["used_at"] is not None:
        raise Conflict("这个评价链接已经用过了，谢谢您的评价。", "This rating link has been used; thank you.")
    at = {"order_id": link["order_id"], "item": link["item"]}
    order, (rows,) = work.lock(LOCK_BY_ID, (AT_ITEM, at), id=link["order_id"])
    if order is None or not rows:
        raise Conflict("这件诉求的回访已经完成，谢谢您。", "This appeal has been rated already; thank you.")
    found = _receive(work, running(order), rows[0], rows[0]["name"], command.rating)
    return Decision(order, [events.RatingLinkUsed(digest), *found], commands.Done(order.no))
