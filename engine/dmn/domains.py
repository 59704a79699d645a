"""What values one column of a decision table tells apart.

A column's values fall into classes that all its cells treat alike: a listed string, "any other" string, a number
named by a cell, an open stretch between two of them. Each rule then is a set of classes per column, as a bit mask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from engine.dmn.cells import Cell, Literal, cell, literal, split_list

OTHER = "其他/other"


@dataclass(frozen=True, slots=True)
class Domain:
    """A column: an example of each class of values, and per rule the classes it surely and possibly accepts.

    The last class is null: an input nobody filled in.
    """

    examples: Sequence[Any]
    sure: Sequence[int]
    possible: Sequence[int]


def domain_of(type_name: str, allowed: str | None, texts: Sequence[str]) -> Domain:
    """The domain of a column from its type, its allowed values and the texts of its cells."""
    cells = [cell(text) for text in texts]
    points = _points(type_name, allowed, [each for each in cells if each is not None])
    every = (1 << len(points)) - 1
    sure = [0 if each is None else _mask(each, points) for each in cells]
    possible = [every if each is None else mask for each, mask in zip(cells, sure, strict=True)]
    null = 1 << len(points)
    takes_null = [each is not None and _takes_null(each) for each in cells]
    sure = [mask | null * taken for mask, taken in zip(sure, takes_null, strict=True)]
    possible = [
        mask | null * (taken or each is None) for mask, taken, each in zip(possible, takes_null, cells, strict=True)
    ]
    return Domain([*(example for example, _ in points), None], sure, possible)


_Point = tuple[Any, Any]


def _points(type_name: str, allowed: str | None, cells: Sequence[Cell]) -> list[_Point]:
    """Pairs of a class's example and its value: a literal, a number standing for its stretch, or OTHER."""
    listed = [literal(part) for part in split_list(allowed)] if allowed else []
    if listed and all(value is not None for value in listed):
        return [(value[0], value[0]) for value in listed if value is not None]
    named = {value for each in cells for value in each.literals}
    if type_name == "boolean" or named and all(isinstance(value, bool) for value in named):
        return [(True, True), (False, False)]
    if type_name in ("number", "integer", "long", "double") or any(each.intervals for each in cells):
        return _stretches(cells)
    return [(value, value) for value in sorted(named, key=str)] + [(OTHER, object())]


def _stretches(cells: Sequence[Cell]) -> list[_Point]:
    bounds = {value for each in cells for value in each.literals if isinstance(value, Decimal)}
    for each in cells:
        for interval in each.intervals:
            bounds |= {bound for bound in (interval.low, interval.high) if bound is not None}
    rising = sorted(bounds)
    if not rising:
        return [(Decimal(0), Decimal(0))]
    values = [rising[0] - 1, *rising, rising[-1] + 1]
    values += [(low + high) / 2 for low, high in pairwise(rising)]
    return [(value, value) for value in sorted(values)]


def _mask(each: Cell, points: Sequence[_Point]) -> int:
    mask = 0
    for position, (_, value) in enumerate(points):
        mask |= _accepts(each, value) << position
    return mask


def _accepts(each: Cell, value: Any) -> bool:
    if each.any:
        return True
    hit = any(_same(value, listed) for listed in each.literals)
    if not hit and isinstance(value, Decimal):
        hit = any(value in interval for interval in each.intervals)
    return hit != each.negated


def _takes_null(each: Cell) -> bool:
    # null equals no literal, so `not(1)` takes it; null is neither in an interval nor outside of it.
    return each.any or each.negated and not each.intervals


def _same(value: Any, listed: Literal) -> bool:
    return type(value) is type(listed) and value == listed
