"""min, max, sum, mean, product, median, stddev, mode (DMN 1.5, 10.3.4.4)."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from engine.feel import temporal
from engine.feel.errors import Undefined
from engine.feel.functions.registry import builtin
from engine.feel.limits import Run
from engine.feel.operators import arithmetic, compare
from engine.feel.values import NUMBERS, YearsMonthsDuration, is_days_time, number


def numbers(run: Run, items: list[Any]) -> list[Decimal]:
    """The items as numbers; raises Undefined when one is none."""
    run.items(len(items))
    found = []
    for item in items:
        amount = number(item)
        if amount is None:
            raise Undefined("有一项不是数", "an item is not a number")
        found.append(amount)
    return found


def _extreme(run: Run, items: list[Any], sign: int) -> Any:
    run.items(len(items))
    best = items[0] if items else None
    if best is None or compare(best, best) is None:
        return None
    for item in items[1:]:
        order = compare(item, best)
        if order is None:
            return None
        best = item if order == sign else best
    return best


@builtin("min", "list:list", spread=True)
def minimum(run: Run, items: list[Any]) -> Any:
    return _extreme(run, items, -1)


@builtin("max", "list:list", spread=True)
def maximum(run: Run, items: list[Any]) -> Any:
    return _extreme(run, items, 1)


@builtin("sum", "list:list", spread=True)
def total(run: Run, items: list[Any]) -> Any:
    """The sum of numbers, or of durations of one kind; null for an empty list."""
    if not items:
        return None
    if is_days_time(items[0]) or isinstance(items[0], YearsMonthsDuration):
        return _total_duration(run, items)
    result = Decimal(0)
    for amount in numbers(run, items):
        result = NUMBERS.add(result, amount)
    return result


def _total_duration(run: Run, items: list[Any]) -> Any:
    run.items(len(items))
    if all(is_days_time(item) for item in items):
        return temporal.make_duration(sum(map(temporal.nanoseconds, items)))
    if all(isinstance(item, YearsMonthsDuration) for item in items):
        return YearsMonthsDuration(sum(item.total_months for item in items))
    return None


@builtin("mean", "list:list", spread=True)
def mean(run: Run, items: list[Any]) -> Any:
    sum_ = total(run, items)
    return None if sum_ is None else arithmetic(run, 0, "/", sum_, Decimal(len(items)))


@builtin("product", "list:list", spread=True)
def product(run: Run, items: list[Any]) -> Decimal | None:
    result = Decimal(1)
    for amount in numbers(run, items):
        result = NUMBERS.multiply(result, amount)
    return result if items else None


@builtin("median", "list:list", spread=True)
def median(run: Run, items: list[Any]) -> Decimal | None:
    ordered = sorted(numbers(run, items))
    if not ordered:
        return None
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return NUMBERS.divide(NUMBERS.add(ordered[middle - 1], ordered[middle]), Decimal(2))


@builtin("stddev", "list:list", spread=True)
def standard_deviation(run: Run, items: list[Any]) -> Decimal | None:
    """The sample standard deviation; null for fewer than two numbers."""
    amounts = numbers(run, items)
    if len(amounts) < 2:
        return None
    average = NUMBERS.divide(_sum(amounts), Decimal(len(amounts)))
    squares = [NUMBERS.power(NUMBERS.subtract(amount, average), 2) for amount in amounts]
    return NUMBERS.sqrt(NUMBERS.divide(_sum(squares), Decimal(len(amounts) - 1)))


def _sum(amounts: list[Decimal]) -> Decimal:
    result = Decimal(0)
    for amount in amounts:
        result = NUMBERS.add(result, amount)
    return result


@builtin("mode", "list:list", spread=True)
def mode(run: Run, items: list[Any]) -> list[Decimal]:
    """The most frequent numbers, ascending."""
    counts = Counter(numbers(run, items))
    most = max(counts.values(), default=0)
    return sorted(amount for amount, times in counts.items() if times == most)
