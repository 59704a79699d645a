"""Which combinations of values no rule, one rule or several rules accept.

Walks the columns from left to right keeping the set of rules still alive; values that leave the same rules alive
are followed once, and a set met again at the same column is not walked again. So the work grows with the number
of different sets of rules, not with the number of combinations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.dmn.domains import Domain

MAX_STATES = 200_000


class TooLarge(Exception):
    """The table tells too many combinations apart to be checked."""


@dataclass(slots=True)
class Coverage:
    """Examples of combinations no rule accepts; of pairs of rules that both do; which rules can come first.

    Combinations with a null count only for the rules they reach.
    """

    gaps: list[list[Any]] = field(default_factory=list)
    overlaps: dict[tuple[int, int], list[Any]] = field(default_factory=dict)
    reachable: int = 0


def cover(domains: Sequence[Domain]) -> Coverage:
    """The coverage of a table given the domains of its columns; raises TooLarge."""
    found, seen = Coverage(), set[tuple[int, int, int, bool]]()
    rules = len(domains[0].sure) if domains else 0
    by_class = [_by_class(domain) for domain in domains]

    def walk(column: int, sure: int, possible: int, values: list[Any]) -> None:
        if not possible:
            if None not in values:
                found.gaps.append([*values, *(domain.examples[0] for domain in domains[column:])])
            return
        state = (column, sure, possible, None in values)
        if state in seen:
            return
        seen.add(state)
        if len(seen) > MAX_STATES:
            raise TooLarge
        if column == len(domains):
            _leaf(found, sure, possible, values)
            return
        for example, column_sure, column_possible in by_class[column]:
            walk(column + 1, sure & column_sure, possible & column_possible, [*values, example])

    everything = (1 << rules) - 1
    walk(0, everything, everything, [])
    return found


def _by_class(domain: Domain) -> list[tuple[Any, int, int]]:
    """Per class of values: an example and the masks of the rules that surely and possibly accept it."""
    return [
        (example, _column(domain.sure, position), _column(domain.possible, position))
        for position, example in enumerate(domain.examples)
    ]


def _column(masks: Sequence[int], position: int) -> int:
    return sum(1 << rule for rule, mask in enumerate(masks) if mask >> position & 1)


def _leaf(found: Coverage, sure: int, possible: int, values: list[Any]) -> None:
    first_sure = sure & -sure
    # Under FIRST a rule can decide here if no earlier rule surely takes the case.
    found.reachable |= possible & (((first_sure << 1) - 1) if first_sure else possible)
    if None in values:
        return
    surely = [rule for rule in range(sure.bit_length()) if sure >> rule & 1]
    for position, first in enumerate(surely):
        for second in surely[position + 1 :]:
            found.overlaps.setdefault((first, second), values)
