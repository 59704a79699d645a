"""What the history says people, other systems and other work orders did: the facts a replay gives to the diagrams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engine.database import Row, Transaction

ORDERS = (
    "select id, no, kind, process_key, definition, status, document, source, title, opened_at from work_order "
    "where opened_at >= %(since)s and process_key = any(%(keys)s) order by opened_at desc, id desc limit %(limit)s"
)
KINDS = ("ElementsEntered", "TaskOpened", "TaskCompleted", "MessageReceived", "JobCompleted", "DocumentChanged")
HISTORY = (
    "select order_id, at, kind, element, data from history where order_id = any(%(ids)s) and kind = any(%(kinds)s) "
    "order by id"
)
TASKS = "select id, order_id, element, created_at, status from user_task where order_id = any(%(ids)s)"


@dataclass(frozen=True)
class Deed:
    """A task that was done: how long after it opened, with what, by whom."""

    after: timedelta
    data: Mapping[str, Any]
    by: str
    unit: str


@dataclass
class Facts:
    """What is known of one work order. Deeds and results by element, messages by name; each in order."""

    row: Row
    start: str | None = None
    deeds: dict[str, list[Deed]] = field(default_factory=dict)
    results: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    messages: dict[str, list[tuple[datetime, Mapping[str, Any]]]] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)  #: elements whose tasks are still open
    later: set[str] = field(default_factory=set)  #: fields of the document that came after it was opened

    @property
    def document(self) -> dict[str, Any]:
        """What it was opened with, as far as it was not written over."""
        return {key: value for key, value in self.row["document"].items() if key not in self.later}


def read(transaction: Transaction, keys: Sequence[str], since: datetime, limit: int) -> list[Facts]:
    """The newest `limit` work orders of these processes opened since then, oldest first."""
    orders = transaction.rows(ORDERS, {"since": since, "keys": list(keys), "limit": limit})
    found = {row["id"]: Facts(row) for row in reversed(orders)}
    opened: dict[int, datetime] = {}
    for row in transaction.rows(TASKS, {"ids": list(found)}):
        opened[row["id"]] = row["created_at"]
        if row["status"] in ("open", "claimed"):
            found[row["order_id"]].waiting.add(row["element"])
    for row in transaction.rows(HISTORY, {"ids": list(found), "kinds": list(KINDS)}):
        _note(found[row["order_id"]], row, opened)
    return list(found.values())


def _note(facts: Facts, row: Row, opened: Mapping[int, datetime]) -> None:
    data, element = row["data"], row["element"] or ""
    match row["kind"]:
        case "ElementsEntered":
            facts.start = facts.start or data["path"][0][0]
        case "TaskCompleted":
            begun = opened.get(data["task_id"], row["at"])
            deed = Deed(row["at"] - begun, data.get("data") or {}, data["by"], data["unit"])
            facts.deeds.setdefault(element, []).append(deed)
        case "JobCompleted":
            facts.results.setdefault(element, []).append(data.get("result") or {})
        case "MessageReceived":
            facts.messages.setdefault(data["name"], []).append((row["at"], data.get("payload") or {}))
        case "DocumentChanged":
            facts.later.update(data["values"])
