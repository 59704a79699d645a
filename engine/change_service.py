"""What the diagram of a change asks the engine itself to do: service tasks `change.check`, `.replay` and `.publish`.

The worker carries them out like any connector's work. A change that cannot go on is an answer, not an error: the
diagram brings it back to who edits it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from engine import commands, replay
from engine.database import Database, Transaction
from engine.definitions import STAMPS, Definitions
from engine.errors import EngineError, InvalidDeployment
from engine.jsonable import plain
from engine.ports import Delivery, Rejected

PREFIX = "change."
FILES = "select path, source from draft_file where order_no = %(no)s order by path"
MOST = 100
"""Findings a work order keeps; nobody reads more before repairing the first."""


class Engine(Protocol):
    """What is needed of the engine."""

    database: Database
    definitions: Definitions
    clock: Callable[[], datetime]

    def execute(self, command: commands.Command) -> Any: ...

    def check(self, files: dict[str, bytes]) -> list[Any]: ...


def deliver(engine: Engine, delivery: Delivery, now: datetime) -> Mapping[str, Any]:
    """Carry one job out."""
    act = OPERATIONS.get(delivery.operation)
    if act is None:
        raise Rejected(f"没有操作 {delivery.operation} / there is no such operation")
    found: Mapping[str, Any] = plain(act(engine, delivery, now))
    return found


def files_of(transaction: Transaction, no: str) -> dict[str, bytes]:
    """The files of a change."""
    return {row["path"]: bytes(row["source"]) for row in transaction.rows(FILES, {"no": no})}


def _files(engine: Engine, delivery: Delivery) -> dict[str, bytes]:
    with engine.database.transaction() as transaction:
        return files_of(transaction, delivery.order_no)


def _check(engine: Engine, delivery: Delivery, now: datetime) -> Mapping[str, Any]:
    """`ok`, how many `errors` and `warnings`, and the findings."""
    files = _files(engine, delivery)
    if not files:
        missing = {"rule": "FILES", "element": "", "severity": "error"}
        missing |= {"zh": "还没有修改任何文件。", "en": "No file has been changed yet."}
        return {"ok": False, "errors": 1, "warnings": 0, "findings": [missing], "files": []}
    return {**summary(engine.check(files)), "files": sorted(files)}


def summary(findings: Sequence[Any]) -> dict[str, Any]:
    """Findings as a document keeps them, errors first."""
    errors = [one for one in findings if one.severity == "error"]
    others = [one for one in findings if one.severity != "error"]
    kept = [
        {"rule": one.rule, "element": one.element, "severity": one.severity, "zh": one.zh, "en": one.en}
        for one in [*errors, *others][:MOST]
    ]
    return {"ok": not errors, "errors": len(errors), "warnings": len(others), "findings": kept}


def _replay(engine: Engine, delivery: Delivery, now: datetime) -> Mapping[str, Any]:
    days = delivery.payload.get("days")
    return {"report": replayed(engine, _files(engine, delivery), now, int(days) if days else replay.DAYS)}


def replayed(engine: Engine, files: Mapping[str, bytes], now: datetime, days: int) -> dict[str, Any]:
    """The report of a replay, made in a transaction that can change nothing."""
    with engine.database.transaction() as transaction:
        transaction.connection.execute("set transaction read only")
        engine.definitions.refresh(transaction, transaction.rows(STAMPS)[0])
        return replay.replay(transaction, engine.definitions, files, now, days)


def _publish(engine: Engine, delivery: Delivery, now: datetime) -> Mapping[str, Any]:
    """`published` and the `versions`, or the `problem`."""
    given = delivery.payload
    effect = given.get("effectAt")
    command = commands.PublishChange(
        delivery.order_no,
        str(given.get("approver") or ""),
        str(given.get("publisher") or ""),
        str(given.get("reason") or ""),
        datetime.fromisoformat(effect) if effect else None,
        [str(town) for town in given.get("towns") or ()],
    )
    try:
        done: commands.Deployed = engine.execute(command)
    except InvalidDeployment as refused:
        return {"published": False, "problem": refused.zh, **summary(refused.findings)}
    except EngineError as refused:
        return {"published": False, "problem": refused.zh}
    return {"published": True, "problem": None, "versions": {name: done.versions[name] for name in done.changed}}


OPERATIONS: Mapping[str, Callable[[Engine, Delivery, datetime], Mapping[str, Any]]] = {
    "change.check": _check,
    "change.replay": _replay,
    "change.publish": _publish,
}
