"""What a change would have done to the cases of the last weeks: old and new side by side, as figures and numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from engine.bpmn import Program
from engine.database import Transaction
from engine.definitions import Definitions, name_of
from engine.invariants import World
from engine.invariants.emergency import distance
from engine.replay import facts
from engine.replay.course import Course, run
from engine.replay.overlay import Overlay

DAYS = 30
MOST = 300
NUMBERS = 20
"""How many work orders a report names for each thing that went another way."""
POLICE = "110"


def replay(
    transaction: Transaction,
    definitions: Definitions,
    files: Mapping[str, bytes],
    now: datetime,
    days: int = DAYS,
    most: int = MOST,
) -> dict[str, Any]:
    """The report: plain JSON, the same for the same history and files. Raises InvalidDiagram for files with errors."""
    old, new = Overlay(definitions, {}), Overlay(definitions, files)
    keys = _concerned(transaction, new, now)
    known = facts.read(transaction, keys, now - timedelta(days=days), most)
    pairs = [(run(one, old, transaction, now), run(one, new, transaction, now)) for one in known]
    return {
        "days": days,
        "from": now - timedelta(days=days),
        "to": now,
        "processes": keys,
        **_ends(pairs),
        "inTime": {"old": _in_time([a for a, _ in pairs]), "new": _in_time([b for _, b in pairs])},
        "hours": {"old": _hours([a for a, _ in pairs]), "new": _hours([b for _, b in pairs])},
        "load": _load(pairs),
        "steps": _steps(old, new, transaction, now),
        "toPolice": {"old": _distance(old, transaction, now), "new": _distance(new, transaction, now)},
    }


# ------------------------------------------------------------------ which work orders
def _concerned(transaction: Transaction, new: Overlay, now: datetime) -> list[str]:
    """Processes that are changed or reach one that is; all of them when a decision is changed."""
    programs = _programs(new, transaction, now)
    if new.models:
        return sorted(programs)
    found = set(new.programs)
    while more := {key for key, one in programs.items() if key not in found and _calls(one) & found}:
        found |= more
    return sorted(found)


def _calls(program: Program) -> set[str]:
    return {node.called for node in program.nodes if node.called}


def _programs(definitions: Overlay, transaction: Transaction, now: datetime) -> dict[str, Program]:
    live = definitions.live.versions(now)
    keys = {key for kind, key in live if kind == "process"} | set(definitions.programs)
    return {
        key: definitions.programs.get(key) or definitions.program(transaction, name_of(key, live["process", key]))
        for key in sorted(keys)
    }


# ------------------------------------------------------------------ figures
def _ends(pairs: Sequence[tuple[Course, Course]]) -> dict[str, Any]:
    other = [(a, b) for a, b in pairs if (a.end, a.status) != (b.end, b.status)]
    kinds = Counter((a.end, b.end) for a, b in other)
    ways = [
        {
            "old": was,
            "new": becomes,
            "number": number,
            "orders": [a.no for a, b in other if (a.end, b.end) == (was, becomes)][:NUMBERS],
        }
        for (was, becomes), number in sorted(kinds.items(), key=lambda one: (-one[1], one[0]))
    ]
    unknown = Counter(element for a, b in pairs for element in b.unknown - a.unknown)
    return {
        "replayed": len(pairs),
        "same": len(pairs) - len(other),
        "other": len(other),
        "ways": ways[:NUMBERS],
        "assumed": [{"element": element, "number": number} for element, number in sorted(unknown.items())],
    }


def _in_time(courses: Sequence[Course]) -> dict[str, Any]:
    """Tasks with a deadline and those of them done in time, and the share in percent."""
    judged = [work.in_time for course in courses for work in course.tasks if work.in_time is not None]
    good = sum(judged)
    return {"tasks": len(judged), "good": good, "percent": round(100 * good / len(judged), 1) if judged else None}


def _hours(courses: Sequence[Course]) -> float | None:
    """From opening to end on average, of those that ended."""
    spans = [
        (course.closed_at - course.tasks[0].opened_at).total_seconds() / 3600
        for course in courses
        if course.closed_at and course.tasks
    ]
    return round(sum(spans) / len(spans), 1) if spans else None


def _load(pairs: Sequence[tuple[Course, Course]]) -> list[dict[str, Any]]:
    """Tasks a post got: those whose load changes first, then the busiest."""
    old = Counter(work.post for a, _ in pairs for work in a.tasks)
    new = Counter(work.post for _, b in pairs for work in b.tasks)
    posts = sorted({*old, *new}, key=lambda post: (-abs(new[post] - old[post]), -new[post], post))
    return [{"post": post, "old": old[post], "new": new[post]} for post in posts[: 2 * NUMBERS]]


def _steps(old: Overlay, new: Overlay, transaction: Transaction, now: datetime) -> dict[str, list[dict[str, str]]]:
    """Human steps that a change brings and takes away."""
    live = _programs(old, transaction, now)
    added: list[dict[str, str]] = []
    removed: list[dict[str, str]] = []
    for key, program in sorted(new.programs.items()):
        before = _human(live[key]) if key in live else {}
        after = _human(program)
        added += [{"process": key, "element": one, "name": after[one]} for one in after if one not in before]
        removed += [{"process": key, "element": one, "name": before[one]} for one in before if one not in after]
    return {"added": added, "removed": removed}


def _human(program: Program) -> dict[str, str]:
    return {node.id: node.name or node.id for node in program.nodes if node.kind == "userTask"}


def _distance(definitions: Overlay, transaction: Transaction, now: datetime) -> int | None:
    world = World(programs=_programs(definitions, transaction, now), now=now, reference=definitions.reference)
    return distance(world, POLICE)
