"""What is true outside, whatever the work orders say: what a matter is about, and whether it is dealt with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Facts = dict[str, Any]


class Truth:
    """Facts by number. Work orders about the same matter share them."""

    def __init__(self) -> None:
        self._facts: dict[str, Facts] = {}

    def reported(self, no: str, facts: Facts) -> None:
        """What is true of a matter that was reported under this number."""
        self._facts[no] = facts

    def is_done(self, no: str) -> bool:
        """Whether the matter of a work order is dealt with; nobody knows better than that it is."""
        return bool(self._facts.get(no, {}).get("done", True))

    def of(self, task: Mapping[str, Any]) -> Facts:
        """What is true of a task's matter, to read and to change."""
        no = task["document"].get("caseNo") or task["order_no"]
        facts = self._facts.setdefault(no, {})
        if task["order_no"] != no:
            own = self._facts.setdefault(task["order_no"], facts)
            if own is not facts:
                self._facts[task["order_no"]] = facts
                facts.update({name: value for name, value in own.items() if name not in facts})
        return facts
