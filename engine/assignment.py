"""Who may do a task: role @ unit, resolved when the task opens, checked when somebody acts on it.

Source: process model, section 0.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import NotAllowed, TaskClaimed
from engine.reference import Reference


@dataclass(frozen=True)
class Actor:
    """A member of staff as a step sees them."""

    user_id: str
    name: str
    unit: str
    candidates: frozenset[str]
    """`role@unit` of each role they hold."""


READ_ACTOR = (
    "select user_id, display_name, unit_code, "
    "array(select role || '@' || r.unit_code from account_role r where r.user_id = a.user_id) as candidates "
    "from account a where user_id = %(actor)s and active"
)


def actor_of(row: Mapping[str, Any] | None) -> Actor:
    """Raises NotAllowed for somebody without an active account."""
    if row is None:
        raise NotAllowed("这个账号不存在或已停用。", "This account does not exist or is disabled.")
    return Actor(row["user_id"], row["display_name"], row["unit_code"], frozenset(row["candidates"]))


def split(candidate: str) -> tuple[str, str]:
    """`handler@PS` → (handler, PS)."""
    role, _, unit = candidate.partition("@")
    return role.strip(), unit.strip()


def resolve(candidates: Iterable[Any], fallback: str | None, reference: Reference) -> list[str]:
    """The candidates of a task that somebody really holds.

    When nobody does, the units' parents are asked, first with the same role, then with the fallback role: a task
    never lands where nobody sees it. With nobody at all the candidates stay as drawn.
    """
    wanted = [str(c).strip() for c in candidates if c and "@" in str(c)]
    if held := reference.held(wanted):
        return held
    for candidate in wanted:
        role, unit = split(candidate)
        for above in [unit, *reference.ancestors(unit)]:
            if found := reference.held([f"{r}@{above}" for r in (role, fallback) if r]):
                return found
    return wanted


def not_by(property_text: str | None, done_by: Mapping[str, Any]) -> list[str]:
    """Who must not do a task, from its property `notBy`: ids of user tasks; `UT_hdl@unit` bars the whole unit."""
    barred: list[str] = []
    for entry in (property_text or "").replace(" ", "").split(","):
        element, _, whole = entry.partition("@")
        if element in done_by:
            barred.append(f"user:{done_by[element]['user']}")
            if whole == "unit":
                barred.append(f"unit:{done_by[element]['unit']}")
    return barred


def check_may_work(task: Mapping[str, Any], actor: Actor, names: Mapping[str, str]) -> None:
    """Raises TaskClaimed or NotAllowed with the reason. `names`: user id → display name of the assignee."""
    if task["assignee"] == actor.user_id:
        return
    if task["assignee"] and task["status"] == "claimed":
        raise TaskClaimed(names.get(task["assignee"], task["assignee"]))
    check_candidate(task, actor)


def check_candidate(task: Mapping[str, Any], actor: Actor) -> None:
    """Raises NotAllowed unless the actor is a candidate and not barred."""
    if not actor.candidates.intersection(task["candidates"]):
        raise NotAllowed(
            "这项任务不属于您的岗位或单位。", "This task belongs to another post or another unit."
        )
    if barred(task["not_by"], actor):
        raise NotAllowed(
            "核查与处置必须由不同的单位和人员完成，请换人办理。",
            "This task must be done by other people than those who did the work before; let somebody else take it.",
        )


def barred(entries: Sequence[str], actor: Actor) -> bool:
    """Whether separation of duties keeps this person from the task."""
    return f"user:{actor.user_id}" in entries or f"unit:{actor.unit}" in entries
