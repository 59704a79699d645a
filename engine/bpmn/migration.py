"""Moving a running instance to another version of its diagram: a preview, then new state bytes.

Items keep their numbers, so user tasks, jobs and timers stay the same rows and due times keep running.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any

from engine.bpmn import effects as fx
from engine.bpmn.errors import StepFailed
from engine.bpmn.program import Element, Program
from engine.bpmn.snapshot import rows_of
from engine.bpmn.state import Item, State, Timer, dump, load

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """One thing of the instance: what it becomes, or why it cannot move.

    `kind` is item, timer, join or compensation; `target` the id of the new element (None: it cannot move).
    """

    kind: str
    number: int
    source: str
    target: str | None
    zh: str | None = None
    en: str | None = None


@dataclass(frozen=True, slots=True)
class Migration:
    """The outcome: every move, and when all are possible the new bytes with the row differences."""

    moves: tuple[Move, ...]
    state: bytes | None
    effects: tuple[fx.Effect, ...]

    @property
    def possible(self) -> bool:
        return self.state is not None


def migrate(
    state: bytes,
    find: Callable[[str], Program],
    target: Program,
    mapping: Mapping[str, str],
    *,
    source: str | None = None,
    zone: tzinfo | None = UTC,
) -> Migration:
    """Move an instance to `target`. `mapping`: old element id → new one; ids not named stay the same.

    `find` gives the program of a definition name, `source` the definition to leave (default: the instance's own;
    a called process moves by naming its definition). Nothing is evaluated: timers keep their due times, open tasks
    their attributes. Subscriptions are renewed when the message name differs, with the key they had.
    """
    running = load(state, find)
    root = running.root
    if root is None:
        raise StepFailed(target.key, "工单已经结束，不能迁移", "the work order has ended and cannot be migrated")
    before = rows_of(running, zone)
    leaving = source or root.program.definition
    mover = _Mover(leaving, target, mapping)
    moves = tuple(mover.plan(running))
    if any(move.target is None for move in moves):
        return Migration(moves, None, ())
    mover.apply(running)
    return Migration(moves, dump(running), tuple(_differences(before, running, zone)))


class _Mover:
    def __init__(self, leaving: str, target: Program, mapping: Mapping[str, str]) -> None:
        self.leaving, self.target, self.mapping = leaving, target, mapping

    def new(self, old: Element) -> Element | None:
        """The element an old one becomes."""
        if old.kind == "process":
            return self.target.root
        return self.target.elements.get(self.mapping.get(old.id, old.id))

    def touches(self, item: Item) -> bool:
        return item.program.definition == self.leaving

    # -- preview --------------------------------------------------------------------------------------------------
    def plan(self, state: State) -> list[Move]:
        moves: list[Move] = []
        for item in filter(self.touches, state.items.values()):
            moves.append(self._item(item))
            moves += [self._flow(item, index) for index in item.arrived if index >= 0]
            moves += [self._record(item, record) for record in item.completed if len(record) < 4]
        for timer in state.timers.values():
            if self.touches(state.items[timer.item]):
                moves.append(self._timer(state.items[timer.item], timer))
        return moves

    def _item(self, item: Item) -> Move:
        old, new = item.element, self.new(item.element)
        if new is None:
            return _stays("item", item.id, old, "新版本里没有这个环节", "the new version has no such element")
        if old.kind == "process":
            return Move("item", item.id, old.id, new.id)
        if new.kind != old.kind:
            return _stays("item", item.id, old, "环节的类型变了", "the kind of the element has changed")
        parent = self.new(old.parent) if old.parent is not None else None
        if new.parent is not parent:
            return _stays(
                "item", item.id, old, "环节移到了别的子流程里", "the element has moved to another sub-process"
            )
        if (new.loop is None) != (old.loop is None):
            return _stays(
                "item",
                item.id,
                old,
                "环节改成了多实例，或不再是多实例",
                "the element has become, or stopped being, a loop",
            )
        return Move("item", item.id, old.id, new.id)

    def _timer(self, item: Item, timer: Timer) -> Move:
        old = item.program.nodes[timer.element]
        new = self.new(old)
        if new is None or timer.event >= len(new.events) or new.events[timer.event].kind != "timer":
            return _stays("timer", timer.id, old, "新版本里没有这个定时器", "the new version has no such timer")
        return Move("timer", timer.id, old.id, new.id)

    def _flow(self, item: Item, index: int) -> Move:
        old = item.program.flows[index]
        new = self._new_flow(item.program, index)
        if new is None:
            return _stays(
                "join", item.id, old.target, "汇合网关的这条流入连线不在了", "this incoming flow of the join is gone"
            )
        return Move("join", item.id, old.target.id, self.target.flows[new].target.id)

    def _new_flow(self, program: Program, index: int) -> int | None:
        """The flow with the same id, else the only one between the same two elements."""
        old = program.flows[index]
        source, target = self.new(old.source), self.new(old.target)
        between = [f for f in self.target.flows if f.source is source and f.target is target]
        named = [f for f in between if f.id == old.id]
        found = named or (between if len(between) == 1 else [])
        return found[0].index if found else None

    def _record(self, item: Item, record: list[object]) -> Move:
        index = record[0]
        assert isinstance(index, int)
        old = item.program.nodes[index]
        new = self.new(old)
        if new is None or (old.compensation is not None and new.compensation is None):
            return _stays(
                "compensation", item.id, old, "新版本里没有它的补偿处理", "the new version has no compensation for it"
            )
        return Move("compensation", item.id, old.id, new.id)

    # -- application ----------------------------------------------------------------------------------------------
    def apply(self, state: State) -> None:
        for timer in state.timers.values():
            holder = state.items[timer.item]
            if self.touches(holder):
                timer.element = self._index(holder.program.nodes[timer.element])
        for item in [i for i in state.items.values() if self.touches(i)]:
            self._move(item)
        self._drop_dead_timers(state)

    def _move(self, item: Item) -> None:
        program = item.program
        item.arrived = {self._arrived(program, key): count for key, count in item.arrived.items()}
        item.completed = [self._moved_record(program, record) for record in item.completed]
        if item.marks:
            self._move_marks(program, item)
        new = self.new(item.element)
        assert new is not None
        item.element, item.program = new, self.target

    def _arrived(self, program: Program, key: int) -> int:
        if key < 0:
            return -self._index(program.nodes[-key - 1]) - 1
        found = self._new_flow(program, key)
        assert found is not None
        return found

    def _index(self, old: Element) -> int:
        new = self.new(old)
        assert new is not None
        return new.index

    def _moved_record(self, program: Program, record: list[object]) -> list[object]:
        if len(record) > 3:  # completed in a called process: it has its own program
            return record
        index, inside, local = record[:3]
        assert isinstance(index, int)
        assert isinstance(inside, list)
        new = self.new(program.nodes[index])
        if new is None:
            return record
        return [new.index, [self._moved_record(program, inner) for inner in inside], local]

    def _move_marks(self, program: Program, item: Item) -> None:
        """Marks that name elements by number: keys, seen events, true conditions, pending compensation."""
        marks = item.marks or {}

        def renamed(name: str) -> str:
            number, *rest = name.split(":")
            new = self.new(program.nodes[int(number)])
            return ":".join([str(new.index) if new is not None else number, *rest])

        for key in ("keys", "seen"):
            if key in marks:
                marks[key] = {renamed(name): value for name, value in marks[key].items()}
        if "true" in marks:
            marks["true"] = [renamed(name) for name in marks["true"]]
        if "todo" in marks:
            todo = marks["todo"]
            plain = item.element.kind == "adHocSubProcess" and all(isinstance(t, int) for t in todo)
            marks["todo"] = (
                [self._index(program.nodes[t]) for t in todo]
                if plain
                else [self._moved_record(program, t) for t in todo]
            )

    @staticmethod
    def _drop_dead_timers(state: State) -> None:
        """Timers whose holder is gone cannot stay."""
        state.timers = {number: t for number, t in state.timers.items() if t.item in state.items}


def _stays(kind: str, number: int, old: Element, zh: str, en: str) -> Move:
    return Move(kind, number, old.id, None, zh, en)


def _differences(before: Mapping[Row, Any], state: State, zone: tzinfo | None) -> list[fx.Effect]:
    """Subscriptions that changed; tasks, jobs and timers keep their rows."""
    after = rows_of(state, zone)
    found: list[fx.Effect] = []
    for row, value in before.items():
        if row[0] == "subscription" and after.get(row) != value:
            found.append(fx.Unsubscribed(row[1], row[2], value[1], row[3]))
    for row, value in after.items():
        if row[0] == "subscription" and before.get(row) != value:
            kind, name, key = value
            found.append(fx.Subscribed(row[1], row[2], kind, name, key, row[3]))
    return found


__all__ = ["Migration", "Move", "migrate"]
