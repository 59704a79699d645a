"""What `for`, `some` and `every` iterate over (DMN 1.5, 10.3.2.14): lists, ranges, single values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from engine.feel import temporal
from engine.feel.limits import Run
from engine.feel.values import Range, is_date, is_list, number, plain


def items_of(run: Run, value: Any) -> Iterable[Any] | None:
    """The items to iterate over; None when the value cannot be iterated over."""
    if is_list(value):
        run.items(len(value))
        return map(plain, value)
    if type(value) is Range:
        return steps_of_range(run, value)
    return None if value is None else (value,)


def steps_of_range(run: Run, interval: Range) -> Iterable[Any] | None:
    """The whole numbers or days in a range from low to high; None for any other range."""
    start, end = interval.start, interval.end
    found = _bounds(start, end)
    if found is None or found[0] > found[1]:
        return None
    low = found[0] + (0 if interval.start_included else 1)
    high = found[1] - (0 if interval.end_included else 1)
    return _counted(run, low, high, is_date(start)) if low <= high else ()


def steps_between(run: Run, start: Any, end: Any) -> Iterable[Any] | None:
    """The whole numbers or days of `for i in start..end`, downwards when start is greater."""
    found = _bounds(start, end)
    return None if found is None else _counted(run, *found, is_date(start))


def _bounds(start: Any, end: Any) -> tuple[int, int] | None:
    if is_date(start) and is_date(end):
        return (
            temporal.day_number(start.year, start.month, start.day),
            temporal.day_number(end.year, end.month, end.day),
        )
    low, high = number(start), number(end)
    if low is None or high is None or low != low.to_integral_value() or high != high.to_integral_value():
        return None
    return int(low), int(high)


def _counted(run: Run, first: int, last: int, days: bool) -> Iterator[Any]:
    run.items(abs(last - first) + 1)
    step = 1 if first <= last else -1
    convert = _day if days else Decimal
    return map(convert, range(first, last + step, step))


def _day(days: int) -> Any:
    return temporal.make_date(*temporal.civil(days))
