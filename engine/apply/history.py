"""What an event says of itself: its history row."""

from __future__ import annotations

from dataclasses import fields

from engine import events
from engine.journal import Journal

TOLD: dict[type[events.Event], tuple[str, ...]] = {
    kind: tuple(f.name for f in fields(kind) if f.name not in {"element", *kind.unrecorded})
    for kind in events.Event.__subclasses__()
}
"""The fields of each event that its history row keeps as data; the element has a column of its own."""


def record(journal: Journal, event: events.Event, **other: int) -> None:
    """One row. `other`: the work order whose history tells of it (`order_id`), when it is not this step's."""
    kind = type(event)
    data = {name: getattr(event, name) for name in TOLD[kind]}
    journal.record(kind.__name__, getattr(event, "element", None), data, **other)


def entered(journal: Journal, event: events.ElementEntered) -> None:
    """Where the tokens of a step have gone: one row for all."""
    if not journal.path:
        journal.record("ElementsEntered", None, {"path": journal.path})
    journal.path.append((event.element, event.item))
