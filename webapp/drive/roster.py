"""Who holds which post, from the district's list of staff."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

CENTRE = ("acceptor@CTR", "dispatcher@CTR", "shift_leader@CTR", "visitor@CTR")
"""The posts of the operation centre that every appeal passes."""


class Roster:
    """Posts (`role@unit`) and the accounts that hold them, in the order of the list."""

    def __init__(self, holders: Mapping[str, tuple[str, ...]]) -> None:
        self.holders = holders

    @classmethod
    def read(cls, path: Path) -> Roster:
        """From `staff.csv`: user_id, unit_code, roles separated by semicolons."""
        found: dict[str, list[str]] = {}
        with path.open(encoding="utf-8-sig", newline="") as opened:
            for row in csv.DictReader(opened):
                for role in row["roles"].split(";"):
                    found.setdefault(f"{role.strip()}@{row['unit_code']}", []).append(row["user_id"])
        return cls({post: tuple(users) for post, users in found.items()})

    def of(self, post: str, most: int = 1) -> tuple[str, ...]:
        """The first `most` holders of a post; `user:ID` is one person."""
        if post.startswith("user:"):
            return (post.removeprefix("user:"),)
        return self.holders.get(post, ())[:most]

    def can_handle(self, unit: str) -> bool:
        return bool(self.of(f"handler@{unit}"))


def village_unit(code: str) -> str:
    """The work station of a village: 990107001008 → V001008."""
    return f"V{code[6:12]}"
