"""Which combinations of values no rule, one rule or several rules accept.

Pairs of rules are compared directly. Gaps and unreachable rules are found by walking the columns from left to right
with the set of rules still alive; values that leave the same rules alive are followed once, and a set met again at
the same column is not walked again. So the work grows with the number of different sets of rules, not with the
number of combinations.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from engine.dmn.domains import Domain

MAX_STATES = 30_000


class TooLarge(Exception):
    """The table tells too many combinations apart to be walked."""


def overlaps(domains: Sequence[Domain]) -> dict[tuple[int, int], list[Any]]:
    """Pairs of rules that surely both accept some combination without null, with an example of it."""
    rules = range(len(domains[0].sure) if domains else 0)
    found: dict[tuple[int, int], list[Any]] = {}
    for first, second in combinations(rules, 2):
        # The last class of a column is null.
        common = [d.sure[first] & d.sure[second] & ~(1 << len(d.examples) - 1) for d in domains]
        if all(common):
            classes = [(mask & -mask).bit_length() - 1 for mask in common]
            found[first, second] = [d.examples[place] for d, place in zip(domains, classes, strict=True)]
    return found


def covered_by_one(domains: Sequence[Domain]) -> int:
    """The rules (as a mask) all of whose combinations one earlier rule surely takes."""
    rules = range(len(domains[0].sure) if domains else 0)
    return sum(
        1 << later
        for later in rules
        if any(all(not d.possible[later] & ~d.sure[earlier] for d in domains) for earlier in range(later))
    )


class Walk:
    """`gaps`: examples of combinations without null that no rule accepts; `reachable`: the rules (as a mask) that
    are the first to accept some combination, nulls included. Raises TooLarge.
    """

    def __init__(self, domains: Sequence[Domain]) -> None:
        self.gaps: list[list[Any]] = []
        self.reachable = 0
        self._domains = domains
        self._classes = [_by_class(domain) for domain in domains]
        self._seen = set[tuple[int, int, int, bool]]()
        everything = (1 << (len(domains[0].sure) if domains else 0)) - 1
        self._column(0, everything, everything, [])

    def _column(self, column: int, sure: int, possible: int, values: list[Any]) -> None:
        """Follow the rules still alive before `column`; `values` are examples of the columns passed."""
        null = None in values
        if not possible:
            if not null:
                self.gaps.append([*values, *(domain.examples[0] for domain in self._domains[column:])])
            return
        state = (column, sure, possible, null)
        if state in self._seen:
            return
        self._seen.add(state)
        if len(self._seen) > MAX_STATES:
            raise TooLarge
        if column == len(self._domains):
            first_sure = sure & -sure
            # A rule comes first here if no earlier rule surely takes the case.
            self.reachable |= possible & ((first_sure << 1) - 1) if first_sure else possible
            return
        ways: dict[tuple[int, int, bool], Any] = {}
        for example, column_sure, column_possible in self._classes[column]:
            ways.setdefault((sure & column_sure, possible & column_possible, example is None), example)
        for (next_sure, next_possible, _), example in ways.items():
            self._column(column + 1, next_sure, next_possible, [*values, example])


def _by_class(domain: Domain) -> list[tuple[Any, int, int]]:
    """Per class of values: an example and the masks of the rules that surely and possibly accept it."""
    return [
        (example, _mask(domain.sure, position), _mask(domain.possible, position))
        for position, example in enumerate(domain.examples)
    ]


def _mask(masks: Sequence[int], position: int) -> int:
    return sum(1 << rule for rule, mask in enumerate(masks) if mask >> position & 1)
