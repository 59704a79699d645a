"""Counting CPU time, wall time, SQL statements and round trips of a piece of work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from engine.database import Transaction


@dataclass
class Count:
    """What went to the database."""

    statements: int = 0
    round_trips: int = 0


@dataclass
class Figures:
    """What `units` units of work took: milliseconds and counts a unit."""

    name: str
    units: int
    cpu_ms: float
    wall_ms: float
    extra: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "units": self.units,
            "cpu_ms": round(self.cpu_ms, 3),
            "wall_ms": round(self.wall_ms, 3),
            **self.extra,
        }


def measure(name: str, units: int, work: Callable[[], Any], **extra: Any) -> Figures:
    """Run `work` (which does `units` units) once and divide."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return Figures(name, units, cpu / units * 1000, wall / units * 1000, dict(extra))


@contextmanager
def counting() -> Iterator[Count]:
    """Count statements and round trips of all engine transactions meanwhile; a step commits with its last one."""
    count = Count()
    rows, run, read, write = Transaction.rows, Transaction.run, Transaction.read, Transaction.write
    finish = Transaction.finish

    def counted(method: Callable[..., Any], many: bool) -> Callable[..., Any]:
        def call(self: Transaction, first: Any, *rest: Any) -> Any:
            count.statements += len(first) if many else 1
            count.round_trips += 1
            return method(self, first, *rest)

        return call

    Transaction.rows = counted(rows, False)  # type: ignore[method-assign]
    Transaction.run = counted(run, False)  # type: ignore[method-assign]
    Transaction.read = counted(read, True)  # type: ignore[method-assign]
    Transaction.write = counted(write, True)  # type: ignore[method-assign]
    Transaction.finish = counted(finish, True)  # type: ignore[method-assign]
    try:
        yield count
    finally:
        Transaction.rows, Transaction.run = rows, run  # type: ignore[method-assign]
        Transaction.read, Transaction.write = read, write  # type: ignore[method-assign]
        Transaction.finish = finish  # type: ignore[method-assign]


def table(figures: list[Figures]) -> str:
    """A readable table."""
    lines = [f"{'what':<34}{'units':>8}{'CPU ms':>10}{'wall ms':>10}  more"]
    for figure in figures:
        more = ", ".join(f"{key} {value}" for key, value in figure.extra.items())
        lines.append(f"{figure.name:<34}{figure.units:>8}{figure.cpu_ms:>10.3f}{figure.wall_ms:>10.3f}  {more}")
    return "\n".join(lines)
