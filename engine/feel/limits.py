"""Bounds on parsing and evaluation, so that no expression can tie up a server.

Work is counted in steps (one per loop turn, function call or 64 characters handled), which is the same on
every machine; the processor time of the thread is looked at now and then as a second bound.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from engine.feel.errors import REASONS, FeelLimitError, FeelTooComplex, Note, position


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds of one evaluation."""

    steps: int = 200_000
    cpu_seconds: float = 0.05
    calls: int = 100
    list_items: int = 100_000
    string_length: int = 500_000
    result_size: int = 200_000


DEFAULT = Limits()
MAX_TEXT = 20_000
MAX_NESTING = 48
MAX_TREE_DEPTH = 160
_SLICE = 1_000
_CONTAINER = 4
"""What a list or context weighs in a result beside what it holds: walking one takes about that much longer."""


def too_long_text() -> FeelTooComplex:
    return FeelTooComplex(
        f"表达式超过 {MAX_TEXT} 个字符，请拆成几个决策或变量。",
        f"The expression is longer than {MAX_TEXT} characters; split it into several decisions.",
        code="FEEL_TOO_LONG",
    )


def too_nested(line: int = 1, column: int = 1) -> FeelTooComplex:
    return FeelTooComplex(
        "表达式嵌套太深，请拆成几步来写。",
        "The expression is nested too deeply; write it in several steps.",
        line,
        column,
        "FEEL_TOO_DEEP",
    )


def too_deep() -> FeelLimitError:
    return FeelLimitError(
        "函数调用层次太深，已停止计算；请检查递归是否会结束。",
        "Functions call each other too deeply; check that the recursion ends.",
        "FEEL_TOO_DEEP",
    )


def too_slow() -> FeelLimitError:
    return FeelLimitError(
        "表达式计算量过大，已停止。请减少循环或数据量。",
        "The evaluation took too much work and was stopped; use fewer or smaller loops.",
        "FEEL_TOO_SLOW",
    )


def too_large(what_zh: str, what_en: str, limit: int) -> FeelLimitError:
    return FeelLimitError(
        f"{what_zh}超过上限 {limit}，已停止计算。",
        f"The {what_en} exceeds the limit of {limit}; the evaluation was stopped.",
        "FEEL_TOO_LARGE",
    )


class Run:
    """One evaluation: its budget, its clock and (for `explain`) the reasons of nulls."""

    __slots__ = ("budget", "depth", "limits", "notes", "now", "started", "steps")

    def __init__(self, now: dt.datetime | None = None, explain: bool = False, limits: Limits = DEFAULT) -> None:
        self.now = now
        self.limits = limits
        self.notes: list[tuple[int, str, dict[str, Any]]] | None = [] if explain else None
        self.steps = _SLICE
        self.budget = limits.steps
        self.started = 0.0
        self.depth = 0

    def inner(self, now: dt.datetime | None, explain: bool = False) -> Run:
        """A run on the rest of this one's budget; `charge` must follow."""
        run = Run(now or self.now, explain, self.limits)
        run.budget, run.started, run.depth = self.budget, self.started, self.depth
        return run

    def charge(self, run: Run) -> None:
        """What an inner run has used is used."""
        self.budget = run.budget
        self.started = self.started or run.started

    def tick(self, cost: int = 1) -> None:
        """Count work; raises FeelLimitError when the budget is used up. What runs at every turn counts by itself."""
        self.steps -= cost
        if self.steps < 0:
            self.next_slice()

    def next_slice(self) -> None:
        """Look at the budget and the clock: `steps` have gone below zero."""
        used = _SLICE - self.steps
        self.budget -= used
        self.steps = _SLICE
        now = time.thread_time()
        if not self.started:
            self.started = now
        if self.budget < 0 or now - self.started > self.limits.cpu_seconds:
            raise too_slow()

    def text(self, value: str) -> str:
        """Charge for a newly built string and refuse a too long one."""
        size = len(value)
        if size > self.limits.string_length:
            raise too_large("文本长度", "length of the text", self.limits.string_length)
        if size > 64:
            self.tick(size >> 6)
        return value

    def items(self, count: int) -> None:
        """Charge for handling a list of this many items and refuse a too long one."""
        if count > self.limits.list_items:
            raise too_large("列表项数", "number of list items", self.limits.list_items)
        self.steps -= count // 2 + 1
        if self.steps < 0:
            self.next_slice()

    def result(self, value: list[Any] | dict[str, Any]) -> None:
        """Refuse a list or context that would be too large written out (shared parts count each time)."""
        size, pending = 1, [value]
        while pending:
            part = pending.pop()
            inside = part if type(part) is list else part.values()  # type: ignore[union-attr]
            size += _CONTAINER + len(inside)
            for inner in inside:
                if type(inner) is str:
                    size += len(inner) >> 3
                elif type(inner) is list or type(inner) is dict:
                    pending.append(inner)
            if size > self.limits.result_size:
                raise too_large("结果", "result", self.limits.result_size)

    def enter(self) -> None:
        """A function is invoked; `leave` must follow."""
        self.steps -= 1
        if self.steps < 0:
            self.next_slice()
        self.depth += 1
        if self.depth > self.limits.calls:
            raise too_deep()

    def leave(self) -> None:
        self.depth -= 1

    def null(self, at: int, code: str, **args: Any) -> Any:
        """Note why a part became null. Returns None so that callers can `return run.null(...)`."""
        if self.notes is not None and len(self.notes) < 100:
            self.notes.append((at, code, args))
        return None

    def messages(self, text: str) -> list[Note]:
        """The notes so far, as sentences with positions in `text`."""
        found = []
        for at, code, args in self.notes or ():
            zh, en = REASONS[code]
            found.append(Note(code, zh.format(**args), en.format(**args), *position(text, at)))
        return found


#: The run that calls foreign code (a decision's function), so that what it evaluates shares the budget.
ACTIVE: ContextVar[Run | None] = ContextVar("feel_run", default=None)


@contextmanager
def shared_budget(run: Run) -> Iterator[None]:
    """Evaluations started inside count against the budget of `run`."""
    token = ACTIVE.set(run)
    try:
        yield
    finally:
        ACTIVE.reset(token)
