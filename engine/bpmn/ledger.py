"""Ledger entries (台账) that elements write: properties `ledger`, `ledgerKey`, `ledgerEntry`.

An activity writes when it has completed, its results at hand; an event that throws or ends, when it is reached.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.bpmn import effects as fx
from engine.bpmn.errors import StepFailed
from engine.bpmn.program import Element
from engine.bpmn.state import Item
from engine.bpmn.values import plain

if TYPE_CHECKING:
    from engine.bpmn.run import Run

LEDGER, KEY, ENTRY = "ledger", "ledgerKey", "ledgerEntry"


def note(run: Run, item: Item, element: Element) -> None:
    """The entries of an element as seen from an item: one for a context, several for a list, none for null."""
    properties = element.properties
    if LEDGER not in properties:
        return
    name = run.text(properties[LEDGER], item, element)
    key = run.text(properties.get(KEY, ""), item, element)
    found = plain(run.evaluate(properties.get(ENTRY, "{}"), item, element))
    for entry in found if isinstance(found, list) else [] if found is None else [found]:
        run.effects.append(_noted(element, name, key, entry))


def _noted(element: Element, name: Any, key: Any, entry: Any) -> fx.Noted:
    if not name or not isinstance(entry, Mapping):
        raise StepFailed(
            element.id,
            f"台账的条目应是“{{字段: 值}}”或它们的列表，实际是“{entry}”",
            f"a ledger entry is a context or a list of contexts, not {entry!r}",
        )
    fields = {field: value for field, value in entry.items() if field != "key"}
    own = entry.get("key", key)
    return fx.Noted(element.id, str(name), "" if own is None else str(own), fields)
