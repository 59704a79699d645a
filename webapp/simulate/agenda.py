"""What is going to happen to a shard, in the order of time, and the clock that follows it."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

WINDOW = timedelta(seconds=30)
"""What happens within it is looked at together; messages between work orders take about as long."""


@dataclass
class Dial:
    """The shard's clock."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(order=True)
class Item:
    """Something that is going to happen."""

    at: datetime
    number: int
    kind: str = field(compare=False)
    what: Any = field(compare=False)


class Agenda:
    """Everything planned. Nothing is planned for the past."""

    def __init__(self, dial: Dial) -> None:
        self._dial = dial
        self._items: list[Item] = []
        self._number = 0
        self._known: set[tuple[Any, ...]] = set()

    def plan(self, at: datetime, kind: str, what: Any) -> None:
        self._number += 1
        heapq.heappush(self._items, Item(max(at, self._dial.now), self._number, kind, what))

    def once(self, key: tuple[Any, ...], at: datetime, kind: str, what: Any) -> None:
        """Plan it, unless something has been planned under this key before."""
        if self.is_new(key):
            self.plan(at, kind, what)

    def is_new(self, key: tuple[Any, ...]) -> bool:
        """Whether this key is met for the first time."""
        if key in self._known:
            return False
        self._known.add(key)
        return True

    def batch(self, until: datetime) -> list[Item]:
        """What comes next and is looked at together; nothing when all that is left comes later than `until`."""
        found: list[Item] = []
        while self._items and self._items[0].at <= (min(found[0].at + WINDOW, until) if found else until):
            found.append(heapq.heappop(self._items))
        return found
