"""What a simulated period came to, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

COUNTS = ("reports", "tasks", "timers", "messages", "ratings", "started", "commands")


@dataclass
class Outcome:
    """Counters of a run; `unfilled` and `refused` are sentences with how often."""

    reports: int = 0
    tasks: int = 0
    timers: int = 0
    messages: int = 0
    ratings: int = 0
    started: int = 0
    commands: int = 0
    unfilled: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def add(self, other: Outcome) -> None:
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.unfilled += other.unfilled
        self.refused += other.refused
