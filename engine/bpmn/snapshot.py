"""What a state shows: where tokens stand, and the rows tables should hold for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from engine.bpmn import effects
from engine.bpmn.events import key_of, listening
from engine.bpmn.state import JOB, TASK, Item, State


@dataclass(frozen=True, slots=True)
class Standing:
    """An item: something of the diagram that is under way. `kind` is task, job, waiting, scope or loop."""

    item: int
    element: str
    definition: str
    kind: str
    parent: int | None
    local: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state laid open. `joins`: tokens that wait at joins, by element id."""

    status: effects.Status
    variables: Mapping[str, Any]
    items: tuple[Standing, ...]
    joins: Mapping[str, int]
    rows: Mapping[tuple[Any, ...], Any]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message event that could happen now: item, element and event of its subscription. `variables`: what it sees."""

    item: int
    element: str
    definition: str
    event: int
    name: str
    key: str | None
    variables: Mapping[str, Any]


KIND = {"T": "task", "J": "job", "W": "waiting", "L": "loop"}


def snapshot(state: State, zone: tzinfo | None) -> Snapshot:
    """Everything a person could ask about a state."""
    root = state.root
    joins: dict[str, int] = {}
    for item in state.items.values():
        for index, count in item.arrived.items():
            if index >= 0:
                id = item.program.flows[index].target.id
                joins[id] = joins.get(id, 0) + count
    standing = tuple(_standing(item) for item in state.items.values() if not item.marked("silent"))
    variables = dict(root.vars or {}) if root is not None else {}
    return Snapshot(state.status, variables, standing, joins, rows_of(state, zone))


def _standing(item: Item) -> Standing:
    return Standing(
        item.id,
        item.element.id,
        item.program.definition,
        KIND.get(item.kind, "scope"),
        item.parent.id if item.parent is not None else None,
        dict(item.vars or {}),
    )


def rows_of(state: State, zone: tzinfo | None) -> dict[tuple[Any, ...], Any]:
    """Rows as they follow from the state.

    ("task" | "job", item) → element; ("timer", number) → (item, element, due);
    ("subscription", item, element, event) → (kind, name, key).
    """
    rows: dict[tuple[Any, ...], Any] = {}
    for item in state.items.values():
        if item.kind in (TASK, JOB):
            rows["task" if item.kind == TASK else "job", item.id] = item.element.id
        for element in listening(item):
            for k, event in enumerate(element.events):
                if event.kind in ("message", "signal"):
                    row = ("subscription", item.id, element.id, k)
                    rows[row] = (event.kind, event.name or "", key_of(item, element, k))
    for timer in state.timers.values():
        if timer.due is not None:
            holder = state.items[timer.item]
            due = datetime.fromtimestamp(timer.due, zone or UTC)
            rows["timer", timer.id] = (timer.item, holder.program.nodes[timer.element].id, due)
    return rows


def waiting(state: State) -> tuple[Waiting, ...]:
    """Every message a state waits for, in the order its items were opened."""
    return tuple(
        Waiting(
            item.id,
            element.id,
            item.program.definition,
            number,
            event.name or "",
            key_of(item, element, number),
            seen_by(item),
        )
        for item in state.items.values()
        for element in listening(item)
        for number, event in enumerate(element.events)
        if event.kind == "message"
    )


def seen_by(item: Item) -> dict[str, Any]:
    """The variables visible from an item, inner ones over outer ones."""
    chain: list[Mapping[str, Any]] = []
    around: Item | None = item
    while around is not None:
        chain.append(around.vars or {})
        around = None if around.element.kind == "process" else around.parent
    return {name: value for scope in reversed(chain) for name, value in scope.items()}
