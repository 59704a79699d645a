"""What operators see of a running work order, and their acts as commands: shared by the pages and the interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine import commands
from engine.bpmn import state as states
from engine.bpmn.program import ACTIVITIES, Program
from engine.commands import Command
from engine.definitions import STAMPS, Library
from engine.errors import InvalidInput
from webapp.current import me, wiring

PERMISSION = "operate"
RUNNING = ("active", "suspended")
PLACES = ACTIVITIES | {"intermediateCatchEvent", "intermediateThrowEvent", "eventBasedGateway", "endEvent"}


@dataclass(frozen=True)
class Standing:
    """Something under way in one of a work order's diagrams. `tokens`: how often."""

    definition: str
    process: str
    element: str
    name: str
    kind: str
    tokens: int


@dataclass(frozen=True)
class Course:
    """Where a work order stands, and where its tokens may be put: (process name, [(element, name)])."""

    standing: Sequence[Standing]
    places: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    variables: Mapping[str, Any]


def may_operate() -> bool:
    """Whether pages offer interventions to this person; the engine decides again at every command."""
    return bool(wiring().engine.permits(PERMISSION, me().posts))


def course(order: Mapping[str, Any]) -> Course:
    """The running work order laid open; nothing for one that has ended."""
    raw = bytes(order["state"] or b"")
    if not raw or order["status"] not in RUNNING:
        return Course((), (), {})
    engine = wiring().engine
    with engine.database.transaction() as transaction:
        engine.definitions.refresh(transaction, transaction.rows(STAMPS)[0])
        found = states.load(raw, Library(engine.definitions, transaction, engine.clock()).program)
    items = list(found.items.values())
    programs = list({item.program.definition: item.program for item in items}.values())
    variables = dict(found.root.vars or {}) if found.root is not None else {}
    places = [(program.name or program.key, _places(program)) for program in programs]
    return Course(_standing(items), places, variables)


def _standing(items: Sequence[states.Item]) -> list[Standing]:
    counts: dict[tuple[str, str], list[states.Item]] = {}
    for item in items:
        if item.element.kind != "process" and not item.marked("silent"):
            counts.setdefault((item.program.definition, item.element.id), []).append(item)
    return [
        Standing(
            definition, of[0].program.name or of[0].program.key, element, of[0].element.name or element,
            of[0].element.kind, len(of),
        )
        for (definition, element), of in counts.items()
    ]  # fmt: skip


def _places(program: Program) -> list[tuple[str, str]]:
    return [(node.id, node.name or node.id) for node in program.nodes if node.kind in PLACES and not node.event_sub]


# ------------------------------------------------------------------ acts
Making = Callable[[str, Mapping[str, Any], str], Command]


def _move(no: str, wanted: Mapping[str, Any], actor: str) -> Command:
    parts = [tuple(wanted.get(name) or ()) for name in ("cancel", "start_before", "start_after")]
    if not any(parts):
        raise InvalidInput("请选择要取消或要到达的环节。", "Choose what to cancel or where to go.")
    return commands.MoveToken(no, wanted["reason"], actor, *parts)


def _set(no: str, wanted: Mapping[str, Any], actor: str) -> Command:
    variables, document = wanted.get("variables") or {}, wanted.get("document") or {}
    if not variables and not document:
        raise InvalidInput("请写明要更正的变量或案卷内容。", "Name the variables or document fields to correct.")
    return commands.SetVariables(no, variables, wanted["reason"], actor, document)


def _migrate(no: str, wanted: Mapping[str, Any], actor: str) -> Command:
    target, mapping, called = wanted.get("target") or "", wanted.get("mapping") or {}, wanted.get("called") or {}
    return commands.MigrateOrder(no, target, mapping, wanted["reason"], actor, called)


ACTS: Mapping[str, Making] = {
    "suspend": lambda no, wanted, actor: commands.SuspendOrder(no, wanted["reason"], actor),
    "resume": lambda no, wanted, actor: commands.ResumeOrder(no, wanted["reason"], actor),
    "cancel": lambda no, wanted, actor: commands.CancelOrder(no, wanted["reason"], actor),
    "move": _move,
    "set": _set,
    "migrate": _migrate,
    "revert": lambda no, wanted, actor: commands.RevertMigration(no, wanted["reason"], actor),
}


def command_for(no: str, act: str, wanted: Mapping[str, Any], actor: str) -> Command:
    """The command of an act. `wanted`: reason and, by act, cancel, start_before, start_after, variables, document,
    target, mapping, called. Raises InvalidInput for an act that does not exist."""
    making = ACTS.get(act)
    if making is None:
        raise InvalidInput(f"没有“{act}”这种操作。", f"There is no operation {act!r}.")
    return making(no, wanted, actor)
