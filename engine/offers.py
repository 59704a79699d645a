"""What people may do on their own account: begin a process, and act on a running work order.

A process with `camunda:candidateStarterGroups` and a plain start event that names a form can be started by people; a
waiting message event with the property `action` is a button on its work order's page. Pages show what these functions
find, handlers refuse what they do not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.bpmn import Element, Program

ANYWHERE = "*"
EVERYBODY = "*@*"
"""Every member of staff."""
CITIZEN = "citizen"
ASSIGNEE = "assignee"
OPEN_TASKS_OF = (
    "select assignee, candidates from user_task where order_no = %(no)s and status in ('open', 'claimed') order by id"
)


@dataclass(frozen=True)
class Start:
    """A process people may start.

    starters     `role@unit`, `role@*`, `user:ID`
    starts_from  kinds of work orders it can be started about
    alone        whether it can be started about nothing
    seals        whether what is typed about a reporter goes to the vault
    """

    process: str
    name: str
    note: str
    element: str
    form_key: str
    starters: tuple[str, ...]
    starts_from: tuple[str, ...]
    alone: bool
    seals: bool


@dataclass(frozen=True)
class Action:
    """A waiting message event somebody may trigger: `item`, `element` and `event` name its subscription."""

    item: int
    element: str
    event: int
    message: str
    text: str
    note: str
    form_key: str | None
    by: tuple[str, ...]
    variables: Mapping[str, Any] = field(default_factory=dict, repr=False)


def start_of(program: Program) -> Start | None:
    """How people start a process, if they may."""
    root = program.root
    starters = listed(root.attributes.get("candidateStarterGroups"))
    begin = next((one for one in program.starts if one.kind == "startEvent" and not one.events), None)
    form = form_of(begin) if begin else None
    if not starters or begin is None or form is None:
        return None
    properties = {**root.properties, **begin.properties}
    return Start(
        program.key,
        program.name,
        root.documentation or "",
        begin.id,
        form,
        starters,
        listed(properties.get("startsFrom")),
        properties.get("aboutRequired") != "true",
        properties.get("sealReporter") == "true",
    )


def form_of(element: Element) -> str | None:
    """The key of the form an event names."""
    return element.attributes.get("formKey") or element.attributes.get("formRef") or None


def listed(text: str | None) -> tuple[str, ...]:
    """The entries of a list with commas."""
    return tuple(entry.strip() for entry in (text or "").split(",") if entry.strip())


def reaches(wanted: Iterable[str], addresses: Collection[str]) -> bool:
    """Whether one of `role@unit`, `role@*`, `*@*`, `user:ID` means somebody with these addresses."""
    anywhere = {f"{address.partition('@')[0]}@{ANYWHERE}" for address in addresses if "@" in address}
    return any(one in addresses or one in anywhere or one == EVERYBODY for one in wanted)


def may_act(action: Action, user: str, addresses: Collection[str], tasks: Iterable[Mapping[str, Any]]) -> bool:
    """Whether somebody may trigger a waiting event; `tasks` are the open ones of its work order."""
    if user == CITIZEN:
        return CITIZEN in action.by
    return reaches(action.by, addresses) or (ASSIGNEE in action.by and has_task(tasks, user, addresses))


def has_task(tasks: Iterable[Mapping[str, Any]], user: str, addresses: Collection[str]) -> bool:
    """Whether one of these open tasks is this person's: claimed, or still open to their posts."""
    return any(
        task["assignee"] == user if task["assignee"] else bool(set(task["candidates"]) & set(addresses))
        for task in tasks
    )
