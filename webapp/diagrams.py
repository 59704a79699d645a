"""Where a work order stands in its diagrams: its own process and those it calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.bpmn import state as states
from engine.bpmn.program import Element, Program
from engine.definitions import STAMPS, Library
from engine.errors import NotFound

HIDDEN_KINDS = frozenset({"process"})


@dataclass(frozen=True)
class Position:
    """One diagram of a work order. `active`: element id → tokens there; `done`: elements that were passed."""

    definition: str
    name: str
    active: Mapping[str, int]
    done: Sequence[str]
    calls: Mapping[str, str]
    names: Mapping[str, str]

    @property
    def key(self) -> str:
        return self.definition.rpartition(":")[0]

    @property
    def version(self) -> int:
        return int(self.definition.rpartition(":")[2])


def positions(engine: Any, order: Mapping[str, Any], passed: set[str]) -> list[Position]:
    """The diagrams of a work order, its own first. `passed`: element ids its history entered."""
    with engine.database.transaction() as transaction:
        engine.definitions.refresh(transaction, transaction.rows(STAMPS)[0])
        library = Library(engine.definitions, transaction, engine.clock())
        items = _items(order, library)
        programs = _reachable(library, order["definition"], items)
    return [_position(program, programs, items, passed) for program in programs.values()]


def _items(order: Mapping[str, Any], library: Library) -> list[states.Item]:
    raw = bytes(order["state"] or b"")
    if not raw or order["status"] not in ("active", "suspended"):
        return []
    return list(states.load(raw, library.program).items.values())


def _reachable(library: Library, definition: str, items: Sequence[states.Item]) -> dict[str, Program]:
    """Programs by process key: those the state runs on, and those that can still be called."""
    found = {item.program.key: item.program for item in reversed(items)}
    own = library.program(definition)
    ordered = {own.key: own}
    todo = [own]
    while todo:
        for element in _calls(todo.pop(0)):
            program = found.get(element.called or "") or _called(library, element, definition)
            if program is not None and program.key not in ordered:
                ordered[program.key] = program
                todo.append(program)
    return ordered


def _calls(program: Program) -> Iterator[Element]:
    return (node for node in program.nodes if node.kind == "callActivity" and node.called)


def _called(library: Library, element: Element, caller: str) -> Program | None:
    binding = element.attributes.get("calledElementBinding", "latest")
    version = element.attributes.get("calledElementVersion")
    try:
        return library.resolve(str(element.called), binding, version, caller)
    except (NotFound, KeyError):
        return None


def _position(
    program: Program, programs: Mapping[str, Program], items: Sequence[states.Item], passed: set[str]
) -> Position:
    active: dict[str, int] = {}
    for item in items:
        if item.program is program and item.element.kind not in HIDDEN_KINDS:
            active[item.element.id] = active.get(item.element.id, 0) + 1
    calls = {node.id: str(node.called) for node in _calls(program) if node.called in programs}
    names = {node.id: node.name for node in program.nodes if node.name}
    done = [node.id for node in program.nodes if node.id in passed and node.id not in active]
    return Position(program.definition, program.name, active, done, calls, names)


def element_properties(engine: Any, definition: str) -> dict[str, Mapping[str, str]]:
    """camunda:property values of every element of a process and those it calls, by element id."""
    return {node.id: node.properties for program in _all(engine, definition) for node in program.nodes}


def element_names(engine: Any, definition: str) -> dict[str, str]:
    """Names of every element of a process and those it calls, by element id."""
    return {node.id: node.name for program in _all(engine, definition) for node in program.nodes if node.name}


def _all(engine: Any, definition: str) -> list[Program]:
    with engine.database.transaction() as transaction:
        engine.definitions.refresh(transaction, transaction.rows(STAMPS)[0])
        return list(_reachable(Library(engine.definitions, transaction, engine.clock()), definition, ()).values())


__all__ = ["Position", "element_names", "element_properties", "positions"]
