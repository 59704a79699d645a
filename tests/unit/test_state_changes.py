"""State changes in one place: events say what happened, `engine.apply` writes it down."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from engine.apply import APPLIERS
from engine.events import Event

ROOT = Path(__file__).resolve().parents[2]
WRITES = re.compile(r"\b(insert into|delete from|update \w+( \w)? set)\b", re.IGNORECASE)

WRITERS = {
    "engine/journal.py": "sends what the appliers have collected",
    "engine/audit.py": "the statement for an entry of the audit log; an applier sends it",
    "engine/handlers/starting.py": "takes the next number, which the command needs before anything has happened",
    "engine/timers.py": "moves due timers into the queue, for all work orders at once",
}
"""Who else may name a writing statement, and why."""

EVENTS = sorted(Event.__subclasses__(), key=lambda kind: kind.__name__)


def writes(source: str) -> list[int]:
    """Lines with a text that is a writing statement, or a call of SQLAlchemy that makes one."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Constant) and isinstance(node.value, str) and WRITES.search(node.value))
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"insert", "update"})
    ]


def test_only_appliers_change_state() -> None:
    found = [
        f"{name}:{line} writes; return an event and write an applier"
        for path in sorted((ROOT / "engine").rglob("*.py"))
        if not (name := path.relative_to(ROOT).as_posix()).startswith("engine/apply/") and name not in WRITERS
        for line in writes(path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize("name", WRITERS)
def test_an_exception_is_one(name: str) -> None:
    assert writes((ROOT / name).read_text(encoding="utf-8"))


def test_it_sees_a_writing_statement() -> None:
    assert writes('SQL = "update user_task t set status = 1"') == [1]
    assert writes('SQL = f"insert into {table} values (1)"') == [1]
    assert writes("statement = update(user_task)") == [1]
    assert writes('SQL = "select 1 from user_task for update"') == []


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_an_event_leaves_a_trace(kind: type[Event]) -> None:
    assert kind in APPLIERS or kind.recorded, "it changes no row and has no history"


@pytest.mark.parametrize("kind", APPLIERS, ids=lambda kind: kind.__name__)
def test_an_applier_gets_the_event_it_is_written_for(kind: type[Event]) -> None:
    wanted = get_type_hints(APPLIERS[kind])["event"]
    assert kind in (get_args(wanted) or (wanted,))
