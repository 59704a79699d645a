"""What can follow a dot: context entries, properties of dates, durations, ranges (10.3.2.5, table 58)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel import temporal
from engine.feel.limits import Run
from engine.feel.values import Range, YearsMonthsDuration, is_context, is_list, kind, plain


def get(run: Run, at: int, value: Any, name: str) -> Any:
    """`value.name`; on a list, of each of its items. Null when there is no such thing."""
    if value is None:
        return None
    if is_context(value):
        return plain(value[name]) if name in value else _missing(run, at, value, name)
    if is_list(value):
        run.items(len(value))
        return [get(run, at, item, name) for item in value]
    found = _PROPERTIES.get(kind(value), {}).get(name)
    return found(value) if found else _missing(run, at, value, name)


def _missing(run: Run, at: int, value: Any, name: str) -> None:
    if run.notes is not None:
        run.null(at, "PROPERTY_UNKNOWN", kind=kind(value), name=name)


def _weekday(value: Any) -> Decimal:
    return Decimal((temporal.day_number(value.year, value.month, value.day) + 3) % 7 + 1)


def _offset(value: Any) -> Any:
    seconds = temporal.offset_seconds(value)
    return None if seconds is None else temporal.make_duration(seconds * temporal.SECOND)


def _zone(value: Any) -> str | None:
    return getattr(value.tzinfo, "key", None)


def _part(divisor: int, modulus: int | None) -> Callable[[Any], Decimal]:
    """A part of a days and time duration; all parts have the sign of the duration."""

    def part(value: Any) -> Decimal:
        nanos = temporal.nanoseconds(value)
        amount = abs(nanos) // divisor
        amount = amount if modulus is None else amount % modulus
        return Decimal(-amount if nanos < 0 else amount)

    return part


def _months(value: YearsMonthsDuration) -> Decimal:
    return Decimal(value.months)


def _start(value: Range) -> Any:
    return value.start


_Properties = dict[str, Callable[[Any], Any]]
_DATE: _Properties = {
    "year": lambda value: Decimal(value.year),
    "month": lambda value: Decimal(value.month),
    "day": lambda value: Decimal(value.day),
    "weekday": _weekday,
}
_TIME: _Properties = {
    "hour": lambda value: Decimal(value.hour),
    "minute": lambda value: Decimal(value.minute),
    "second": lambda value: Decimal(value.second),
    "time offset": _offset,
    "timezone": _zone,
}
_PROPERTIES: dict[str, _Properties] = {
    "date": _DATE,
    "time": _TIME,
    "date and time": _DATE | _TIME,
    "years and months duration": {"years": lambda value: Decimal(value.years), "months": _months},
    "days and time duration": {
        "days": _part(temporal.DAY, None),
        "hours": _part(3600 * temporal.SECOND, 24),
        "minutes": _part(60 * temporal.SECOND, 60),
        "seconds": _part(temporal.SECOND, 60),
    },
    "range": {
        "start": _start,
        "end": lambda value: value.end,
        "start included": lambda value: value.start_included,
        "end included": lambda value: value.end_included,
    },
}
