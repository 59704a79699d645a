"""What work costs beside what the processor does just now: machines are shared, and slow for minutes at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from time import process_time
from timeit import timeit

ADDITIONS = 300
QUICK = 250e-6
"""CPU seconds that so many additions to a moment take on a calm machine."""


def best_of(run: Callable[[], object], tries: int = 9, number: int = 500) -> float:
    """CPU seconds of one run, the least of some tries."""
    return min(timeit(run, timer=process_time, number=number) for _ in range(tries)) / number


def slowness() -> float:
    """How many times slower than a calm machine this one is now; at least 1."""
    return max(1.0, best_of(_add) / QUICK)


def _add() -> None:
    moment = datetime(2026, 9, 14, 9)
    for _ in range(ADDITIONS):
        moment += timedelta(minutes=1)
