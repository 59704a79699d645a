"""Decision tables, compiled (DMN 1.5, chapter 8).

The rules that match are a bit mask. Each column turns the value of its input into the mask of the rules that
accept it: plain literals by one look-up, number ranges by comparison, everything else by FEEL, asked only for the
rules still alive. The hit policy then picks from the mask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from engine.dmn.cells import Cell, Interval
from engine.dmn.types import ANY, Type, coerce

Scopes = tuple[Mapping[str, Any], ...]
Logic = Callable[[Scopes], Any]
_PLAIN = (str, bool, int, float, Decimal)
_TRUE, _FALSE = object(), object()


@dataclass(slots=True)
class Column:
    """One input: its expression, its allowed values and what each rule's cell accepts of it."""

    value: Logic
    allowed: Callable[[Any, Scopes], Any] | None = None
    always: int = 0
    literals: dict[Any, int] = field(default_factory=dict)
    intervals: list[tuple[int, Interval]] = field(default_factory=list)
    tests: list[tuple[int, Callable[..., Any]]] = field(default_factory=list)
    plain_tests: list[tuple[int, Callable[..., Any]]] = field(default_factory=list)

    def add(self, rule: int, cell: Cell | None, test: Callable[..., Any]) -> None:
        """What rule number `rule` accepts: `cell` if it is plain, and in any case its FEEL `test`."""
        bit = 1 << rule
        if cell is not None and cell.any:
            self.always |= bit
            return
        self.tests.append((bit, test))
        if cell is None or cell.negated:
            self.plain_tests.append((bit, test))
            return
        for literal in cell.literals:
            self.literals[_key(literal)] = self.literals.get(_key(literal), 0) | bit
        self.intervals.extend((bit, interval) for interval in cell.intervals)

    def matching(self, value: Any, alive: int, scopes: Scopes) -> int:
        """The rules among `alive` whose cell accepts `value`."""
        if type(value) not in _PLAIN:
            return self.always | _tested(self.tests, alive, value, scopes)
        mask = self.always | self.literals.get(_key(value), 0)
        if self.intervals and not isinstance(value, str | bool):
            for bit, interval in self.intervals:
                if value in interval:
                    mask |= bit
        if self.plain_tests:
            mask |= _tested(self.plain_tests, alive & ~mask, value, scopes)
        return mask


@dataclass(slots=True)
class Output:
    """One output: its name (empty for a lone unnamed one), type, priorities and default."""

    name: str
    type: Type = ANY
    priorities: Sequence[Any] = ()
    default: Logic | None = None
    cells: list[Logic] = field(default_factory=list)

    def at(self, rule: int, scopes: Scopes) -> Any:
        return coerce(self.type, self.cells[rule](scopes))

    def rank(self, value: Any) -> int:
        """Position in the list of output values, first is best; a value not listed comes last."""
        return next((i for i, listed in enumerate(self.priorities) if listed == value), len(self.priorities))


@dataclass(slots=True)
class Table:
    """A compiled decision table. Calling it with scopes gives its value."""

    columns: list[Column]
    outputs: list[Output]
    rules: int
    hit_policy: str
    aggregation: str
    notes: Sequence[str] = ()
    """What each rule is noted with: its remark, where it may cite the document it carries out."""

    def __call__(self, scopes: Scopes) -> Any:
        return self.value(self.hits(scopes), scopes)

    def value(self, hits: int | None, scopes: Scopes) -> Any:
        """The value when these rules match."""
        if hits is None:
            return None
        if not hits:
            return self._default(scopes)
        return _POLICIES[self.hit_policy](self, hits, scopes)

    def hits(self, scopes: Scopes) -> int | None:
        """The mask of matching rules; None when an input is not one of its allowed values."""
        alive = (1 << self.rules) - 1
        for column in self.columns:
            value = column.value(scopes)
            if column.allowed is not None and value is not None and column.allowed(value, scopes) is not True:
                return None
            if alive:
                alive &= column.matching(value, alive, scopes)
        return alive

    def matched_rules(self, scopes: Scopes) -> list[int]:
        """The numbers (from 1) of the rules that match, for showing why a table decided as it did."""
        return self.numbered(self.hits(scopes))

    def deciding(self, hits: int | None) -> list[int]:
        """Those of the matching rules (from 1) that the hit policy asks: the first one, or all."""
        found = self.numbered(hits)
        return found[:1] if self.hit_policy == "FIRST" else found

    def numbered(self, hits: int | None) -> list[int]:
        return [rule + 1 for rule in _numbers(hits or 0)]

    def result(self, rule: int, scopes: Scopes) -> Any:
        """The output of one rule: a value, or a context of several."""
        if len(self.outputs) == 1:
            return self.outputs[0].at(rule, scopes)
        return {output.name: output.at(rule, scopes) for output in self.outputs}

    def _default(self, scopes: Scopes) -> Any:
        if any(output.default for output in self.outputs):
            values = [
                coerce(output.type, output.default(scopes)) if output.default else None for output in self.outputs
            ]
            if len(values) == 1:
                return values[0]
            return {output.name: value for output, value in zip(self.outputs, values, strict=True)}
        if self.hit_policy == "COLLECT" and self.aggregation in ("", "COUNT"):
            return Decimal(0) if self.aggregation else []
        return None


def _key(value: Any) -> Any:
    # True equals 1 in Python, not in FEEL.
    if value is True:
        return _TRUE
    return _FALSE if value is False else value


def _tested(tests: Sequence[tuple[int, Callable[..., Any]]], alive: int, value: Any, scopes: Scopes) -> int:
    mask = 0
    for bit, test in tests:
        if alive & bit and test(value, *scopes) is True:
            mask |= bit
    return mask


def _numbers(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _first(table: Table, hits: int, scopes: Scopes) -> Any:
    return table.result(next(_numbers(hits)), scopes)


def _unique(table: Table, hits: int, scopes: Scopes) -> Any:
    return _first(table, hits, scopes) if hits & (hits - 1) == 0 else None


def _any(table: Table, hits: int, scopes: Scopes) -> Any:
    results = _rule_order(table, hits, scopes)
    return results[0] if all(result == results[0] for result in results) else None


def _rule_order(table: Table, hits: int, scopes: Scopes) -> list[Any]:
    return [table.result(rule, scopes) for rule in _numbers(hits)]


def _output_order(table: Table, hits: int, scopes: Scopes) -> list[Any]:
    def rank(result: Any) -> list[int]:
        values = list(result.values()) if len(table.outputs) > 1 else [result]
        return [output.rank(value) for output, value in zip(table.outputs, values, strict=True)]

    return sorted(_rule_order(table, hits, scopes), key=rank)


def _priority(table: Table, hits: int, scopes: Scopes) -> Any:
    return _output_order(table, hits, scopes)[0]


def _collect(table: Table, hits: int, scopes: Scopes) -> Any:
    results = _rule_order(table, hits, scopes)
    if not table.aggregation:
        return results
    if table.aggregation == "COUNT":
        return Decimal(len(results))
    if len(table.outputs) == 1:
        return _aggregate(table.aggregation, results)
    return {
        output.name: _aggregate(table.aggregation, [result[output.name] for result in results])
        for output in table.outputs
    }


def _aggregate(aggregation: str, values: Sequence[Any]) -> Any:
    try:
        if aggregation == "SUM":
            return sum(values[1:], values[0])
        return min(values) if aggregation == "MIN" else max(values)
    except TypeError:
        return None


_POLICIES: dict[str, Callable[[Table, int, Scopes], Any]] = {
    "UNIQUE": _unique,
    "FIRST": _first,
    "PRIORITY": _priority,
    "ANY": _any,
    "COLLECT": _collect,
    "RULE ORDER": _rule_order,
    "OUTPUT ORDER": _output_order,
}
HIT_POLICIES = frozenset(_POLICIES)
AGGREGATIONS = frozenset({"", "SUM", "MIN", "MAX", "COUNT"})
