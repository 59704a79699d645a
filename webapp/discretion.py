"""What only the centre sees of a work order, and units and towns do not.

Who did a task that its diagram marks with `hideDoer`: reviewers who judge a citizen's rating must not be known to the
unit that was rated. And numbers of other systems of which channels.csv shows the last digits only (`digits`): with the
number of a police record whoever reported can be found.
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
    found = [_with_short_number(row) for row in found]
    if not secret:
        return found
    return [_without_doers(row, secret) for row in found if not _tells(row, secret)]


def document(found: Mapping[str, Any], definition: str) -> Mapping[str, Any]:
    """A document without the doers and numbers this person must not see."""
    found, secret = numbered(found), hidden(definition, me())
    return _scrubbed(found, secret) if secret else found


def numbered(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """A document with as much of the sender's number as this person may see."""
    number = short(str(found.get("sourceChannel") or ""), str(found.get("sourceOrderNo") or ""))
    return {**found, "sourceOrderNo": number} if number != found.get("sourceOrderNo") and number else found


def short(source: str, number: str) -> str:
    """A sender's number, or its last digits where no more of it is shown outside the centre."""
    if not number or me().sees_everything:
        return number
    channel = next((row for row in queries.code_list(reader(), "channels") if row["source"] == source), {})
    digits = int(channel.get("digits") or 0)
    return f"…{number[-digits:]}" if digits else number


def _with_short_number(row: Row) -> Row:
    data = row["data"] or {}
    if not data.get("business_key"):
        return row
    number = short(str(data.get("source")), str(data["business_key"]))
    hidden_ids = {"message_id": ""} if number != data["business_key"] else {}
    return {**row, "data": {**data, "business_key": number, **hidden_ids}}


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
