"""Who did a task that its diagram marks with `hideDoer`: the centre sees it, units and towns do not.

Reviewers who judge a citizen's rating must not be known to the unit that was rated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine import queries
from engine.queries import Viewer
from webapp.current import me, reader, wiring
from webapp.diagrams import element_properties

Row = Mapping[str, Any]


def hidden(definition: str, who: Viewer) -> frozenset[str]:
    """The elements whose doers this person must not see."""
    if who.sees_everything:
        return frozenset()
    drawn = element_properties(wiring().engine, definition)
    return frozenset(element for element, properties in drawn.items() if properties.get("hideDoer") == "true")


def history(order_id: int, definition: str) -> Sequence[Row]:
    """What happened to a work order, without what this person must not see."""
    found, secret = queries.history_of(reader(), order_id), hidden(definition, me())
    if not secret:
        return found
    return [_without_doers(row, secret) for row in found if not _tells(row, secret)]


def document(found: Mapping[str, Any], definition: str) -> Mapping[str, Any]:
    """A document without the doers this person must not see."""
    secret = hidden(definition, me())
    return _scrubbed(found, secret) if secret else found


def tasks(found: Sequence[Row], definition: str) -> Sequence[Row]:
    """Tasks without those whose doers this person must not see."""
    secret = hidden(definition, me())
    return [task for task in found if task["element"] not in secret]


def _tells(row: Row, secret: frozenset[str]) -> bool:
    element = row["element"] or (row["data"] or {}).get("element")
    return str(row["kind"]).startswith("Task") and element in secret


def _without_doers(row: Row, secret: frozenset[str]) -> Row:
    values = (row["data"] or {}).get("values")
    if not isinstance(values, Mapping) or "doneBy" not in values:
        return row
    return {**row, "data": {**row["data"], "values": _scrubbed(values, secret)}}


def _scrubbed(found: Mapping[str, Any], secret: frozenset[str]) -> Mapping[str, Any]:
    done = found.get("doneBy")
    if not isinstance(done, Mapping):
        return found
    return {**found, "doneBy": {element: who for element, who in done.items() if element not in secret}}
