"""Equality, order and arithmetic of FEEL values (DMN 1.5, 10.3.2.6–8, tables 50–57)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any

from engine.feel import temporal
from engine.feel.limits import Run
from engine.feel.values import (
    NUMBER_TYPES,
    NUMBERS,
    Range,
    WideDuration,
    YearsMonthsDuration,
    is_context,
    is_date,
    is_date_time,
    is_days_time,
    is_list,
    is_time,
    kind,
    number,
)

_DIRECT = frozenset({Decimal, str, int, bool})
EXACT = frozenset({Decimal, int})


# --- equality and order ------------------------------------------------------------------------------


def equal(run: Run, a: Any, b: Any) -> bool | None:
    """`a = b`: null beside a value is false, two different types give null (10.3.2.6)."""
    kind_a = type(a)
    if kind_a is type(b) and kind_a in _DIRECT:
        return bool(a == b)
    if a is None or b is None:
        return a is b
    if kind_a in NUMBER_TYPES:
        return number(a) == number(b) if type(b) in NUMBER_TYPES else None
    if is_list(a):
        return _equal_lists(run, a, b) if is_list(b) else None
    if is_context(a):
        return _equal_contexts(run, a, b) if is_context(b) else None
    if type(a) is Range:
        return _equal_ranges(run, a, b) if type(b) is Range else None
    name = kind(a)
    if name != kind(b):
        return None
    if name in _ORDER_KEYS or name in _CLOCKS:
        return compare(a, b) == 0
    return bool(a == b)


def _equal_lists(run: Run, a: Any, b: Any) -> bool:
    run.items(len(a))
    return len(a) == len(b) and all(equal(run, x, y) is True for x, y in zip(a, b, strict=True))


def _equal_contexts(run: Run, a: Any, b: Any) -> bool:
    run.items(len(a))
    return len(a) == len(b) and all(key in b and equal(run, a[key], b[key]) is True for key in a)


def _equal_ranges(run: Run, a: Range, b: Range) -> bool:
    return (
        a.start_included is b.start_included
        and a.end_included is b.end_included
        and equal(run, a.start, b.start) is True
        and equal(run, a.end, b.end) is True
    )


_ORDER_KEYS: dict[str, Callable[[Any], Any]] = {
    "date": lambda value: temporal.day_number(value.year, value.month, value.day),
    "days and time duration": temporal.nanoseconds,
    "years and months duration": lambda value: value.total_months,
}


_CLOCKS = frozenset({"date and time", "time"})


def compare(a: Any, b: Any) -> int | None:
    """-1, 0 or 1 as `a` is less than, equal to or greater than `b`; None when they have no order."""
    kind_a, kind_b = type(a), type(b)
    if (kind_a is kind_b and kind_a is str) or (kind_a in EXACT and kind_b in EXACT):
        return int(a > b) - int(a < b)
    if a is None or b is None:
        return None
    if kind_a in NUMBER_TYPES and kind_b in NUMBER_TYPES:
        left, right = number(a), number(b)
        return None if left is None or right is None else (left > right) - (left < right)
    name = kind(a)
    if name != kind(b):
        return None
    if name in _CLOCKS:
        left_key, right_key = temporal.order_keys(a, b)
    elif name in _ORDER_KEYS:
        left_key, right_key = _ORDER_KEYS[name](a), _ORDER_KEYS[name](b)
    else:
        return None
    return int(left_key > right_key) - int(left_key < right_key)


#: Each comparison on values that Python can compare, so also on the sign that `compare` gives and 0.
ORDERS: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def relation(run: Run, op: str, a: Any, b: Any) -> bool | None:
    """The result of `a op b` for any of `= != < <= > >=`; null when the operands do not compare."""
    if op == "=":
        return equal(run, a, b)
    if op == "!=":
        same = equal(run, a, b)
        return None if same is None else not same
    sign = compare(a, b)
    return None if sign is None else ORDERS[op](sign, 0)


def contains(interval: Range, value: Any) -> bool | None:
    """Whether a value lies in a range; null when it does not compare with the ends."""
    low = high = True
    if interval.start is not None:
        sign = compare(value, interval.start)
        if sign is None:
            return None
        low = sign > 0 or (sign == 0 and interval.start_included)
    if interval.end is not None:
        sign = compare(value, interval.end)
        if sign is None:
            return None
        high = sign < 0 or (sign == 0 and interval.end_included)
    return low and high


def matches_test(run: Run, value: Any, test: Any) -> bool | None:
    """`value in test` for an evaluated test: a range, a list of tests, or a value to equal (10.3.2.8)."""
    if type(test) is Range:
        return None if value is None and not is_list(value) else contains(test, value)
    if is_list(test):
        if any(matches_item(run, value, item) for item in test):
            return True
        return is_list(value) and equal(run, value, test) is True
    return equal(run, value, test)


def matches_item(run: Run, value: Any, item: Any) -> bool:
    """Whether one item of a list of tests accepts the value."""
    if type(item) is Range and type(value) is not Range:
        return contains(item, value) is True
    return equal(run, value, item) is True


# --- arithmetic --------------------------------------------------------------------------------------


def arithmetic(run: Run, at: int, op: str, a: Any, b: Any) -> Any:
    """`a op b` for `+ - * / **` on operands of any type; null, with a note, when undefined."""
    left, right = number(a), number(b)
    if left is not None and right is not None:
        return numeric(run, at, op, left, right)
    if a is None or b is None:
        return run.null(at, "NULL_OPERAND", op=op)
    if op == "+" and type(a) is str and type(b) is str:
        return run.text(a + b)
    try:
        result = _OTHER[op](a, b)
    except (ArithmeticError, ValueError):
        return run.null(at, "DATE_INVALID", op=op)
    if result is None:
        return run.null(at, "TYPES_MISMATCH", op=op, left=kind(a), right=kind(b))
    return result


def numeric(run: Run, at: int, op: str, a: Decimal, b: Decimal) -> Any:
    """Decimal arithmetic in 34 digits; null for a division by zero, an overflow or a complex root."""
    try:
        result = _NUMERIC[op](a, b)
    except (ArithmeticError, ValueError):
        return run.null(at, "NUMBER_INVALID", op=op)
    return result if result.is_finite() else run.null(at, "NUMBER_INVALID", op=op)


_MAX_EXPONENT = Decimal(999_999_999)


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    if abs(exponent) > _MAX_EXPONENT:
        raise ValueError("the exponent is out of range")
    return NUMBERS.power(base, exponent)


_NUMERIC: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": NUMBERS.add,
    "-": NUMBERS.subtract,
    "*": NUMBERS.multiply,
    "/": NUMBERS.divide,
    "**": _power,
}


def _add(a: Any, b: Any) -> Any:
    if is_days_time(a) and is_days_time(b):
        return temporal.make_duration(temporal.nanoseconds(a) + temporal.nanoseconds(b))
    if type(a) is YearsMonthsDuration and type(b) is YearsMonthsDuration:
        return YearsMonthsDuration(a.total_months + b.total_months)
    if is_days_time(a) or type(a) is YearsMonthsDuration:
        a, b = b, a
    return _shift(a, b, 1)


def _subtract(a: Any, b: Any) -> Any:
    if is_days_time(a) and is_days_time(b):
        return temporal.make_duration(temporal.nanoseconds(a) - temporal.nanoseconds(b))
    if type(a) is YearsMonthsDuration and type(b) is YearsMonthsDuration:
        return YearsMonthsDuration(a.total_months - b.total_months)
    on_calendar = (is_date(a) or is_date_time(a)) and (is_date(b) or is_date_time(b))
    if on_calendar or (is_time(a) and is_time(b)):
        nanos = temporal.difference(a, b)
        return None if nanos is None else temporal.make_duration(nanos)
    return _shift(a, b, -1)


def _shift(a: Any, duration: Any, sign: int) -> Any:
    """A date, time or date and time moved by a duration."""
    if type(duration) is YearsMonthsDuration and (is_date(a) or is_date_time(a)):
        return temporal.add_months(a, sign * duration.total_months)
    if is_days_time(duration) and (is_date(a) or is_date_time(a) or is_time(a)):
        return temporal.add_nanos(a, sign * temporal.nanoseconds(duration))
    return None


def _multiply(a: Any, b: Any) -> Any:
    duration, factor = (b, number(a)) if number(a) is not None else (a, number(b))
    return None if factor is None else _scale(duration, lambda amount: NUMBERS.multiply(amount, factor))


def _divide(a: Any, b: Any) -> Any:
    if is_days_time(a) and is_days_time(b):
        return NUMBERS.divide(Decimal(temporal.nanoseconds(a)), Decimal(temporal.nanoseconds(b)))
    if type(a) is YearsMonthsDuration and type(b) is YearsMonthsDuration:
        return NUMBERS.divide(Decimal(a.total_months), Decimal(b.total_months))
    divisor = number(b)
    return None if divisor is None else _scale(a, lambda amount: NUMBERS.divide(amount, divisor))


def _scale(duration: Any, change: Callable[[Decimal], Decimal]) -> Any:
    if type(duration) is YearsMonthsDuration:
        return YearsMonthsDuration(int(change(Decimal(duration.total_months))))
    if is_days_time(duration):
        return temporal.make_duration(int(change(Decimal(temporal.nanoseconds(duration)))))
    return None


_OTHER: dict[str, Callable[[Any, Any], Any]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "**": lambda a, b: None,
}


def negate(run: Run, at: int, value: Any) -> Any:
    """`-value` for numbers and durations; null for everything else."""
    amount = number(value)
    if amount is not None:
        return NUMBERS.minus(amount)
    if type(value) is YearsMonthsDuration:
        return YearsMonthsDuration(-value.total_months)
    if isinstance(value, (dt.timedelta, WideDuration)):
        return temporal.make_duration(-temporal.nanoseconds(value))
    return run.null(at, "TYPE_WRONG", op="-", kind=kind(value))
