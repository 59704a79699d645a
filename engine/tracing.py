"""What a check wants to know about steps: which elements, flows and rules they touch. It only listens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Trace(Protocol):
    """Told by every step, in order. What it is told of may still be refused and undone."""

    def entered(self, definition: str, element: str) -> None:
        """A token has come to an element of a version such as `city_case:3`."""

    def taken(self, definition: str, flow: str) -> None:
        """A token has gone along a sequence flow."""

    def decided(self, decision: str, rules: Sequence[int]) -> None:
        """A decision table has decided by these rows, counted from 1."""
