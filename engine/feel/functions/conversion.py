"""Conversion functions (DMN 1.5, 10.3.4.1): date, time, date and time, number, string, duration, range."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import engine.feel.temporal as t
from engine.feel import temporal_text
from engine.feel.errors import Undefined
from engine.feel.functions.registry import builtin
from engine.feel.limits import Run
from engine.feel.text import to_text
from engine.feel.values import (
    NUMBERS,
    Range,
    YearsMonthsDuration,
    is_date,
    is_date_time,
    is_days_time,
    is_string,
    is_time,
    number,
)

_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,5})?", re.ASCII)


def whole(value: Any) -> int:
    """A number as an int; raises Undefined when it has a fraction."""
    amount = number(value)
    if amount is None or amount != amount.to_integral_value() or abs(amount) > 10**15:
        raise Undefined(f"{value} 不是整数", f"{value} is not a whole number")
    return int(amount)


@builtin("date", "from:any")
def date(run: Run, value: Any) -> Any:
    if is_string(value):
        return temporal_text.parse_date(value)
    return t.date_of(value) if is_date(value) or is_date_time(value) else None


@builtin("date", "year:number, month:number, day:number")
def date_from_parts(run: Run, year: Any, month: Any, day: Any) -> Any:
    return t.make_date(whole(year), whole(month), whole(day))


@builtin("date and time", "from:any")
def date_and_time(run: Run, value: Any) -> Any:
    if is_string(value):
        return temporal_text.parse_date_time(value)
    if is_date(value):
        return t.utc_midnight(value)
    return value if is_date_time(value) else None


@builtin("date and time", "date:day, time:time")
def date_and_time_of(run: Run, date: Any, time: Any) -> Any:
    return t.make_date_time(date, time)


@builtin("time", "from:any")
def time(run: Run, value: Any) -> Any:
    if is_string(value):
        return temporal_text.parse_time(value)
    if is_date(value):
        return t.make_time(0, 0, 0, 0, t.make_offset(0))
    return t.time_of(value) if is_date_time(value) else value if is_time(value) else None


@builtin("time", "hour:number, minute:number, second:number, offset:days and time duration?=")
def time_from_parts(run: Run, hour: Any, minute: Any, second: Any, offset: Any = None) -> Any:
    seconds = number(second)
    if seconds is None or seconds < 0 or seconds >= 60:
        return None
    nanos = int(seconds * t.SECOND)
    zone = t.make_offset(t.nanoseconds(offset) // t.SECOND) if offset is not None else None
    if offset is not None and zone is None:
        return None
    return t.make_time(whole(hour), whole(minute), nanos // t.SECOND, nanos % t.SECOND, zone)


@builtin("number", "from:string, grouping separator:string?=, decimal separator:string?=")
def number_from(run: Run, text: str, grouping: str | None = None, decimal: str | None = None) -> Any:
    if grouping not in (None, " ", ",", ".") or decimal not in (None, ",", "."):
        return None
    if grouping is not None and grouping == (decimal or "."):
        return None
    if grouping is not None:
        text = text.replace(grouping, "")
    if decimal is not None and decimal != ".":
        text = text.replace(".", "x").replace(decimal, ".")
    return NUMBERS.create_decimal(text) if _NUMBER.fullmatch(text) else None


@builtin("string", "from:any")
def string(run: Run, value: Any) -> str | None:
    return None if value is None else run.text(to_text(value, run))


@builtin("duration", "from:any")
def duration(run: Run, value: Any) -> Any:
    if is_string(value):
        return temporal_text.parse_duration(value)
    return value if is_days_time(value) or isinstance(value, YearsMonthsDuration) else None


@builtin("years and months duration", "from:day, to:day")
def years_and_months_duration(run: Run, start: Any, end: Any) -> YearsMonthsDuration:
    return YearsMonthsDuration(t.months_between(start, end))


_RANGE = re.compile(r"\s*([\[(\]])\s*(.*?)\s*\.\.\s*(.*?)\s*([\])\[])\s*", re.DOTALL)


@builtin("range", "from:string")
def range_from(run: Run, text: str) -> Range | None:
    """A range written as text, with literals as its ends; an end may be missing, not both."""
    match = _RANGE.fullmatch(text) if len(text) <= 200 else None
    if match is None:
        return None
    opening, low_text, high_text, closing = match.groups()
    low, high = _end(low_text), _end(high_text)
    if low is None and high is None:
        return None
    included = (opening == "[", closing == "]")
    if (low is None and included[0]) or (high is None and included[1]):
        return None
    from engine.feel.operators import compare

    if low is not None and high is not None and (compare(low, high) or 0) > 0:
        return None
    if low is not None and high is not None and compare(low, high) is None:
        return None
    return Range(low, high, *included)


_CALL = re.compile(r'(date and time|date|time|duration)\s*\(\s*("(?:[^"\\]|\\.)*")\s*\)')


def _end(text: str) -> Any:
    """The value of a literal at the end of a range; None when it is empty; ValueError when it is none."""
    if text in ("", "null"):
        return None
    if _NUMBER.fullmatch(text):
        return NUMBERS.create_decimal(text)
    value: Any = None
    call = _CALL.fullmatch(text)
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    if text.startswith('@"') and text.endswith('"'):
        value = temporal_text.parse_temporal(text[2:-1])
    elif call is not None:
        value = _PARSERS[call[1]](call[2][1:-1])
    if value is None:
        raise Undefined(f"{text} 不是字面值", f"{text} is not a literal")
    return value


_PARSERS = {
    "date": temporal_text.parse_date,
    "time": temporal_text.parse_time,
    "date and time": temporal_text.parse_date_time,
    "duration": temporal_text.parse_duration,
}


def as_decimal(value: Any) -> Decimal:
    """A number argument as Decimal; raises Undefined for NaN and infinities."""
    amount = number(value)
    if amount is None:
        raise Undefined("不是有限的数", "not a finite number")
    return amount
