"""Calendar functions, `is`, `now` and `today` (DMN 1.5, 10.3.4.6, 10.3.4.8 and 10.3.4.11)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import engine.feel.temporal as t
from engine.feel import temporal_text
from engine.feel.errors import Undefined
from engine.feel.functions.registry import builtin
from engine.feel.limits import Run
from engine.feel.operators import equal
from engine.feel.values import is_date_time, is_time, kind

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _number_of(date: Any) -> int:
    return t.day_number(date.year, date.month, date.day)


@builtin("day of year", "date:day")
def day_of_year(run: Run, date: Any) -> Decimal:
    return Decimal(_number_of(date) - t.day_number(date.year, 1, 1) + 1)


@builtin("day of week", "date:day")
def day_of_week(run: Run, date: Any) -> str:
    return _DAYS[(_number_of(date) + 3) % 7]


@builtin("month of year", "date:day")
def month_of_year(run: Run, date: Any) -> str:
    return _MONTHS[date.month - 1]


@builtin("week of year", "date:day")
def week_of_year(run: Run, date: Any) -> Decimal:
    """The ISO 8601 week: that of the year in which the week's Thursday lies."""
    days = _number_of(date)
    thursday = days - (days + 3) % 7 + 3
    return Decimal((thursday - t.day_number(t.civil(thursday)[0], 1, 1)) // 7 + 1)


@builtin("is", "value1:any, value2:any")
def is_same(run: Run, a: Any, b: Any) -> bool:
    """Whether both are the same value of the same type; times must also agree in their zones."""
    if kind(a) != kind(b):
        return False
    if is_date_time(a) or is_time(a):
        zones = [None if v.tzinfo is None else _zone_identity(v) for v in (a, b)]
        return zones[0] == zones[1] and t.time_nanos(a) == t.time_nanos(b) and equal(run, a, b) is True
    return equal(run, a, b) is True


def _zone_identity(value: Any) -> Any:
    """What tells zones apart: the offset, or the name where the offset depends on the date."""
    offset = t.offset_seconds(value)
    return temporal_text.format_zone(value.tzinfo) if offset is None else offset


@builtin("now")
def now(run: Run) -> dt.datetime:
    """The current date and time as the caller of the expression gave it."""
    if run.now is None:
        raise Undefined("这里没有提供当前时间", "no current time was given")
    return run.now


@builtin("today")
def today(run: Run) -> dt.date:
    return run.now.date() if run.now is not None else now(run)
