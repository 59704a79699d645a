"""Dates, times and durations as text, read and written (DMN 1.5, 10.3.4.1; XML Schema Part 2)."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from functools import lru_cache
from typing import Any

from engine.feel.temporal import (
    DAY,
    SECOND,
    make_date,
    make_date_time,
    make_duration,
    make_offset,
    make_time,
    nanosecond,
    nanoseconds,
)
from engine.feel.values import WideDuration, YearsMonthsDuration, is_date, is_date_time

_USUAL = len("2026-01-31")
_DATE = re.compile(r"(-?)([1-9]\d{4,8}|\d{4})-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(
    r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(Z|z|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z0-9_+\-/]{1,64})?", re.ASCII
)
_DAYS_TIME = re.compile(
    r"(-?)P(?=\d|T\d)(?:(\d{1,18})D)?(?:T(?=\d)(?:(\d{1,18})H)?(?:(\d{1,18})M)?"
    r"(?:(\d{1,18})(?:\.(\d{1,9})\d*)?S)?)?",
    re.ASCII,
)
_YEARS_MONTHS = re.compile(r"(-?)P(?=\d)(?:(\d{1,18})Y)?(?:(\d{1,18})M)?", re.ASCII)


def parse_date(text: str) -> Any:
    """`2026-01-31` as a date, or None."""
    return _known_date(text) if len(text) == _USUAL else _read_date(text)


def _read_date(text: str) -> Any:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    sign, year, month, day = match.groups()
    return make_date(-int(year) if sign else int(year), int(month), int(day))


_known_date = lru_cache(maxsize=4096)(_read_date)
"""Tables are full of the same dates, asked for at every turn of a loop. Only texts as long as a date are kept."""


def parse_time(text: str) -> Any:
    """`10:30:00`, with fraction, offset or `@Asia/Shanghai`, as a time, or None."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute, second, fraction, zone_text = match.groups()
    zone = parse_zone(zone_text) if zone_text else None
    if zone_text and zone is None:
        return None
    return make_time(int(hour), int(minute), int(second), int((fraction or "0").ljust(9, "0")), zone)


def parse_zone(text: str) -> dt.tzinfo | None:
    """`Z`, `+08:00` or `@Asia/Shanghai` as a time zone, or None."""
    if text in ("Z", "z"):
        return dt.UTC
    if text.startswith("@"):
        try:
            return zoneinfo.ZoneInfo(text[1:])
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            return None
    hours, minutes, seconds = (int(part) for part in (text[1:] + ":00").split(":")[:3])
    if minutes > 59 or seconds > 59:
        return None
    return make_offset((-1 if text[0] == "-" else 1) * (hours * 3600 + minutes * 60 + seconds))


def parse_date_time(text: str) -> Any:
    """`2026-01-31T10:30:00…` (or a date alone: its midnight) as a date and time, or None."""
    date_text, separator, time_text = text.partition("T")
    date = parse_date(date_text)
    time = parse_time(time_text) if separator else dt.time()
    return None if date is None or time is None else make_date_time(date, time)


def parse_duration(text: str) -> Any:
    """`P1DT2H`, `-P1Y6M` … as a duration of either kind, or None."""
    match = _YEARS_MONTHS.fullmatch(text)
    if match:
        months = int(match[2] or 0) * 12 + int(match[3] or 0)
        return YearsMonthsDuration(-months if match[1] else months)
    match = _DAYS_TIME.fullmatch(text)
    if match is None:
        return None
    sign, days, hours, minutes, seconds, fraction = match.groups()
    total = ((int(days or 0) * 24 + int(hours or 0)) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    nanos = total * SECOND + int((fraction or "0").ljust(9, "0"))
    return make_duration(-nanos if sign else nanos)


def parse_temporal(text: str) -> Any:
    """The value of an at-literal `@"…"`: whichever of the above reads it, or None (10.3.2.3)."""
    if text[:1] == "P" or text[:2] == "-P":
        return parse_duration(text)
    if "T" in text.partition("@")[0]:
        return parse_date_time(text)
    value = parse_date(text)
    return parse_time(text) if value is None else value


def format_zone(zone: dt.tzinfo | None) -> str:
    """A time zone as FEEL writes it: `Z`, `+08:00`, `@Asia/Shanghai` or nothing."""
    if zone is None:
        return ""
    key = getattr(zone, "key", None)
    if key:
        return f"@{key}"
    offset = zone.utcoffset(None)
    seconds = round(offset.total_seconds()) if offset is not None else 0
    if seconds == 0:
        return "Z"
    minutes, rest = divmod(abs(seconds), 60)
    sign = "-" if seconds < 0 else "+"
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}" + (f":{rest:02}" if rest else "")


def format_temporal(value: Any) -> str:
    """A date, time, date and time or duration as FEEL's `string()` writes it."""
    if type(value) is YearsMonthsDuration:
        return str(value)
    if isinstance(value, (dt.timedelta, WideDuration)):
        return _format_duration(nanoseconds(value))
    if is_date(value):
        return _format_date(value)
    time = f"{value.hour:02}:{value.minute:02}:{value.second:02}{_fraction(nanosecond(value))}"
    time += format_zone(value.tzinfo)
    return f"{_format_date(value)}T{time}" if is_date_time(value) else time


def _format_date(value: Any) -> str:
    return f"{'-' if value.year < 0 else ''}{abs(value.year):04}-{value.month:02}-{value.day:02}"


def _fraction(nano: int) -> str:
    return f".{nano:09}".rstrip("0") if nano else ""


def _format_duration(nanos: int) -> str:
    days, rest = divmod(abs(nanos), DAY)
    seconds, nano = divmod(rest, SECOND)
    time = "".join(
        part
        for part, present in (
            (f"{seconds // 3600}H", seconds >= 3600),
            (f"{seconds // 60 % 60}M", seconds // 60 % 60),
            (f"{seconds % 60}{_fraction(nano)}S", seconds % 60 or nano),
        )
        if present
    )
    if not days and not time:
        return "PT0S"
    return ("-" if nanos < 0 else "") + "P" + (f"{days}D" if days else "") + (f"T{time}" if time else "")
