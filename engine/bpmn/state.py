"""The state of one instance: a tree of items and a list of timers, and its byte form.

Bytes are a zstd frame around a positional JSON array
    [format, last number, status, definitions, items, timers]
    item   [id, element, parent, kind, variables, arrived, marks, completed, definition]  (trailing empties dropped)
    timer  [id, item, element, event, due, repeats left, interval, armed at]              (trailing empties dropped)
Elements are named by their number in the program, definitions by their place in the list. Times are epoch seconds.
User tasks, jobs and subscriptions are not stored: they follow from the items and the program.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import orjson
import zstandard

from engine.bpmn.effects import Status
from engine.bpmn.program import Element, Program

FORMAT = 1
SCOPE, LOOP, TASK, JOB, WAIT = "S", "L", "T", "J", "W"
INTERRUPTED = "I"  #: a scope whose interrupting event sub-process has taken over
CLOSING = "C"  #: a scope that is being compensated

_local = threading.local()


class Item:
    """A live element: process, sub-process, loop body, open task, pending job, waiting event."""

    __slots__ = (
        "id",
        "element",
        "parent",
        "kind",
        "program",
        "vars",
        "arrived",
        "marks",
        "completed",
        "children",
        "tokens",
        "alive",
    )

    def __init__(
        self, id: int, element: Element, parent: Item | None, kind: str, program: Program, vars: dict[str, Any] | None
    ) -> None:
        self.id, self.element, self.parent, self.kind, self.program, self.vars = (
            id,
            element,
            parent,
            kind,
            program,
            vars,
        )
        self.arrived: dict[int, int] = {}  # join: flow index -> tokens that wait there
        self.marks: dict[str, Any] | None = None  # loop counters, seen events, keys, pending compensation
        self.completed: list[list[Any]] = []  # compensation records of activities completed in this scope
        self.children: dict[int, Item] = {}
        self.tokens = 0  # tokens on their way inside this scope; 0 between steps
        self.alive = True
        if parent is not None:
            parent.children[id] = self

    def mark(self, key: str, value: Any) -> None:
        if self.marks is None:
            self.marks = {}
        self.marks[key] = value

    def marked(self, key: str) -> Any:
        return self.marks.get(key) if self.marks else None


class Timer:
    """An armed timer. `due` is None while its date expression gives no date; `left` -1 repeats for ever."""

    __slots__ = ("id", "item", "element", "event", "due", "left", "interval", "since")

    def __init__(
        self,
        id: int,
        item: int,
        element: int,
        event: int,
        due: float | None,
        left: int = 1,
        interval: str | None = None,
        since: float | None = None,
    ) -> None:
        self.id, self.item, self.element, self.event = id, item, element, event
        self.due, self.left, self.interval, self.since = due, left, interval, since


class State:
    """A whole instance."""

    __slots__ = ("seq", "status", "items", "timers")

    def __init__(self) -> None:
        self.seq = 0
        self.status: Status = "running"
        self.items: dict[int, Item] = {}
        self.timers: dict[int, Timer] = {}

    def next_id(self) -> int:
        self.seq += 1
        return self.seq

    @property
    def root(self) -> Item | None:
        return next(iter(self.items.values()), None)


def dump(state: State) -> bytes:
    """The bytes of a state; equal states give equal bytes."""
    definitions: dict[str, int] = {}
    items = [_item_row(item, definitions) for item in state.items.values()]
    timers = [_timer_row(timer) for timer in state.timers.values()]
    raw = orjson.dumps([FORMAT, state.seq, state.status, list(definitions), items, timers])
    return _compressor().compress(raw)


def load(raw: bytes, program: Callable[[str], Program]) -> State:
    """The state of these bytes; `program` finds the program of a definition name."""
    form, seq, status, definitions, items, timers = orjson.loads(_decompressor().decompress(raw))
    if form != FORMAT:
        raise ValueError(f"state format {form} is not {FORMAT}")
    programs = [program(name) for name in definitions]
    state = State()
    state.seq, state.status = seq, status
    for row in items:
        _load_item(state.items, row, programs)
    state.timers = {row[0]: Timer(*row) for row in timers}
    return state


def definitions_of(raw: bytes) -> list[str]:
    """Names of the definitions these bytes run on: the instance's own first, then those of called processes."""
    names: list[str] = orjson.loads(_decompressor().decompress(raw))[3]
    return names


def _item_row(item: Item, definitions: dict[str, int]) -> list[Any]:
    parent = item.parent
    row: list[Any] = [item.id, item.element.index, parent.id if parent is not None else 0, item.kind]
    own = None
    if parent is None or parent.program is not item.program:
        own = definitions.setdefault(item.program.definition, len(definitions))
    if item.vars or item.arrived or item.marks or item.completed or own is not None:
        arrived = [n for pair in item.arrived.items() for n in pair]
        row += [item.vars or None, arrived or None, item.marks or None, item.completed or None, own]
        while row[-1] is None:
            row.pop()
    return row


def _load_item(items: dict[int, Item], row: list[Any], programs: list[Program]) -> None:
    number, element, parent_id, kind = row[:4]
    parent = items.get(parent_id)
    if len(row) > 8:
        program = programs[row[8]]
    else:
        assert parent is not None, "an item without parent names its definition"
        program = parent.program
    node = program.nodes[element]
    variables = row[4] if len(row) > 4 else None
    if variables is None and node.kind == "process":
        variables = {}
    item = items[number] = Item(number, node, parent, kind, program, variables)
    if len(row) > 5 and row[5]:
        item.arrived = dict(zip(row[5][::2], row[5][1::2], strict=True))
    if len(row) > 6:
        item.marks = row[6]
    if len(row) > 7 and row[7]:
        item.completed = row[7]


def _timer_row(timer: Timer) -> list[Any]:
    row = [timer.id, timer.item, timer.element, timer.event, timer.due, timer.left, timer.interval, timer.since]
    while row[-1] is None and len(row) > 5:
        row.pop()
    return row


def _compressor() -> zstandard.ZstdCompressor:
    found: zstandard.ZstdCompressor | None = getattr(_local, "compressor", None)
    if found is None:
        found = _local.compressor = zstandard.ZstdCompressor(level=3)
    return found


def _decompressor() -> zstandard.ZstdDecompressor:
    found: zstandard.ZstdDecompressor | None = getattr(_local, "decompressor", None)
    if found is None:
        found = _local.decompressor = zstandard.ZstdDecompressor()
    return found
