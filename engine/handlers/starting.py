"""Opening a work order: its number, its first step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from engine import events
from engine.order import Order
from engine.work import Decision, Work

NEXT_NUMBER = (
    "insert into number (prefix, last) values (%(prefix)s, 1) "
    "on conflict (prefix) do update set last = number.last + 1 returning last"
)
NEXT_ID = "select nextval(pg_get_serial_sequence('work_order', 'id')) as id"
UNKNOWN_CHANNEL = "00"


def open_order(
    work: Work,
    process_key: str,
    element: str,
    document: Mapping[str, Any],
    more: Sequence[events.Event] = (),
) -> tuple[Order, list[events.Event]]:
    """A new work order of a process, begun at a start event; `more` happened with it."""
    definition = work.definitions.latest(process_key, work.now, work.definitions.reference.town(document))
    program = work.definitions.program(work.transaction, definition)
    properties = program.elements[element].properties
    kind = properties.get("orderKind", process_key)
    prefix = _prefix(work, properties.get("numberPrefix", ""), document.get("sourceChannel"), work.now)
    numbers, ids = work.transaction.read([(NEXT_NUMBER, {"prefix": prefix}), (NEXT_ID, {})])
    no = f"{prefix}{numbers[0]['last']:06d}"
    full = {**document, f"{kind}No": no}
    order = Order(
        ids[0]["id"], no, kind, process_key, definition, "active", 10, 0, b"", full, {}, "", "", work.now, new=True
    )
    opened = events.OrderOpened(no, kind, definition, full)
    return order, [opened, *more, *work.step(order).begin(element, {})]


def _prefix(work: Work, letters: str, source: Any, now: datetime) -> str:
    """`HJ` + day + two digits of the channel (process model, section 0.5)."""
    channel = work.definitions.reference.channels.get(str(source or ""), {})
    day = now.astimezone(work.definitions.reference.calendar.zone)
    return f"{letters}{day:%Y%m%d}{channel.get('code', UNKNOWN_CHANNEL)}"


def opened(work: Work, order: Order, found: Sequence[events.Event], result: Any) -> Decision:
    """The decision that opens `order`."""
    return Decision(order, found, result)
