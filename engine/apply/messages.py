"""What a work order waits for, and which messages have been taken in."""

from __future__ import annotations

from engine import events, jsonable
from engine.errors import AlreadyTaken
from engine.journal import Journal


def subscribed(journal: Journal, event: events.Subscribed) -> None:
    journal.insert(
        "subscription",
        item=event.item,
        element=event.element,
        event=event.event,
        kind=event.kind,
        name=event.name,
        key=event.key,
    )


_UNSUBSCRIBE = (
    "delete from subscription s using jsonb_to_recordset(%(rows)s::jsonb) as r(item int, element text, event int) "
    "where s.order_id = %(order_id)s and s.item = r.item and s.element = r.element and s.event = r.event"
)


def unsubscribed(journal: Journal, event: events.Unsubscribed) -> None:
    journal.gather(_UNSUBSCRIBE, item=event.item, element=event.element, event=event.event)


def taken(journal: Journal, event: events.InboundTaken) -> None:
    journal.run(
        "insert into inbound (source, business_key, message_type, sequence, message_id, order_id, result, at) values "
        "(%(source)s, %(business_key)s, %(message_type)s, %(sequence)s, %(message_id)s, %(order_id)s, %(result)s, "
        "%(now)s) on conflict do nothing",
        AlreadyTaken(),
        source=event.source,
        business_key=event.business_key,
        message_type=event.message_type,
        sequence=event.sequence,
        message_id=event.message_id,
        result=jsonable.text(event.result),
    )
