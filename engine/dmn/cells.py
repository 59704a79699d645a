"""The plain forms of decision cells, understood without running FEEL.

Most cells of real tables are `-`, a list of literals, a comparison with a number or a range of numbers. Knowing
them as sets makes a table fast (one look-up a column) and lets it be checked for gaps and overlaps. Every other
cell is left to FEEL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_STRING = r'"(?:[^"\\])*"'
_NUMBER = r"-?(?:\d+(?:\.\d+)?|\.\d+)"
_LITERAL = re.compile(rf"\s*({_STRING}|{_NUMBER}|true|false)\s*")
_COMPARISON = re.compile(rf"\s*(<=|>=|<|>|=|!=)?\s*({_NUMBER})\s*")
_RANGE = re.compile(rf"\s*([\[\(\]])\s*({_NUMBER})\s*\.\.\s*({_NUMBER})\s*([\]\)\[])\s*")
_NEGATION = re.compile(r"\s*not\s*\((.*)\)\s*", re.DOTALL)

Literal = str | Decimal | bool


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of numbers; None is an open end."""

    low: Decimal | None
    low_closed: bool
    high: Decimal | None
    high_closed: bool

    def __contains__(self, value: Any) -> bool:
        low, high = self.low, self.high
        if low is not None and not (value > low or self.low_closed and value == low):
            return False
        return high is None or value < high or self.high_closed and value == high


@dataclass(frozen=True, slots=True)
class Cell:
    """What an input cell accepts: everything, some literals, some intervals; `negated` turns it around."""

    any: bool = False
    literals: tuple[Literal, ...] = ()
    intervals: tuple[Interval, ...] = ()
    negated: bool = False


ANY_CELL = Cell(any=True)


def literal(text: str) -> tuple[Literal] | None:
    """The value of a string, number or boolean literal, boxed; None for anything else."""
    match = _LITERAL.fullmatch(text)
    return (_value(match[1]),) if match else None


def cell(text: str) -> Cell | None:
    """The plain form of an input cell, or None when only FEEL understands it."""
    text = text.strip()
    if text in ("", "-"):
        return ANY_CELL
    negation = _NEGATION.fullmatch(text)
    if negation is None:
        return _alternatives(text)
    inner = _alternatives(negation[1])
    return None if inner is None else Cell(False, inner.literals, inner.intervals, True)


def _alternatives(text: str) -> Cell | None:
    literals: list[Literal] = []
    intervals: list[Interval] = []
    for part in split_list(text):
        interval = _interval(part)
        value = literal(part)
        if value is not None:
            literals.append(value[0])
        elif interval is not None:
            intervals.append(interval)
        else:
            return None
    return Cell(False, tuple(literals), tuple(intervals))


def split_list(text: str) -> list[str]:
    """`text` split at the commas outside of strings."""
    parts, quoted = [""], False
    for character in text:
        quoted ^= character == '"'
        if character == "," and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def _interval(text: str) -> Interval | None:
    comparison = _COMPARISON.fullmatch(text)
    if comparison and comparison[1] in ("<", "<=", ">", ">="):
        bound, closed = Decimal(comparison[2]), "=" in comparison[1]
        below = comparison[1].startswith("<")
        return Interval(None, False, bound, closed) if below else Interval(bound, closed, None, False)
    if comparison and comparison[1] == "=":
        return Interval(Decimal(comparison[2]), True, Decimal(comparison[2]), True)
    between = _RANGE.fullmatch(text)
    if between is None:
        return None
    return Interval(Decimal(between[2]), between[1] == "[", Decimal(between[3]), between[4] == "]")


def _value(text: str) -> Literal:
    if text.startswith('"'):
        return text[1:-1]
    if text in ("true", "false"):
        return text == "true"
    return Decimal(text)
