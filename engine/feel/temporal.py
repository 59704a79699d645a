"""The arithmetic of dates, times and durations (DMN 1.5, 10.3.2.3.4–8).

Works on the standard datetime types and their Wide twins alike (see `engine.feel.values`). Days are counted
from 1970-01-01 in the proleptic Gregorian calendar; instants and durations in nanoseconds.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from engine.feel.values import (
    WideDate,
    WideDateTime,
    WideDuration,
    WideTime,
    is_date,
    is_date_time,
)

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
MAX_YEAR = 999_999_999
_MAX_OFFSET = 18 * 3600


# --- the calendar ------------------------------------------------------------------------------------


def day_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 of a proleptic Gregorian date (any year)."""
    cycles, year_of_cycle = divmod(year - 1, 400)
    return dt.date(year_of_cycle + 1, month, day).toordinal() - 719_163 + cycles * 146_097


def civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of a number of days since 1970-01-01."""
    cycles, rest = divmod(days + 719_162, 146_097)
    date = dt.date.fromordinal(rest + 1)
    return date.year + 400 * cycles, date.month, date.day


def month_length(year: int, month: int) -> int:
    """Days of a month, in any year."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


# --- building values ---------------------------------------------------------------------------------


def make_date(year: int, month: int, day: int) -> Any:
    """A date, or None when there is no such day."""
    if abs(year) > MAX_YEAR or not 1 <= month <= 12 or not 1 <= day <= month_length(year, month):
        return None
    return dt.date(year, month, day) if 1 <= year <= 9999 else WideDate(year, month, day)


def make_time(hour: int, minute: int, second: int, nano: int = 0, zone: dt.tzinfo | None = None) -> Any:
    """A time of day, or None when out of range."""
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59 and 0 <= nano < SECOND):
        return None
    if nano % 1000:
        return WideTime(hour, minute, second, nano, zone)
    return dt.time(hour, minute, second, nano // 1000, zone)


def make_date_time(date: Any, time: Any) -> Any:
    """The date and time on the calendar day of `date` at `time`, with the zone of `time`."""
    nano = nanosecond(time)
    if nano % 1000 == 0 and 1 <= date.year <= 9999:
        return dt.datetime(
            date.year, date.month, date.day, time.hour, time.minute, time.second, nano // 1000, time.tzinfo
        )
    return WideDateTime(date.year, date.month, date.day, time.hour, time.minute, time.second, nano, time.tzinfo)


def make_duration(nanoseconds: int) -> Any:
    """A days and time duration of so many nanoseconds."""
    if nanoseconds % 1000 == 0 and abs(nanoseconds) < 999_999_999 * DAY:
        return dt.timedelta(microseconds=nanoseconds // 1000)
    return WideDuration(nanoseconds)


def make_offset(seconds: int) -> dt.timezone | None:
    """The time zone with a fixed offset; None beyond ±18 hours."""
    if abs(seconds) > _MAX_OFFSET:
        return None
    return dt.UTC if seconds == 0 else dt.timezone(dt.timedelta(seconds=seconds))


# --- taking values apart -----------------------------------------------------------------------------


def nanosecond(value: Any) -> int:
    """The fraction of the second of a time or date and time."""
    if isinstance(value, (dt.time, dt.datetime)):
        return int(value.microsecond) * 1000
    return int(value.nanosecond)


def nanoseconds(duration: Any) -> int:
    """The length of a days and time duration."""
    if type(duration) is WideDuration:
        return duration.nanoseconds
    seconds: int = duration.days * 86_400 + duration.seconds
    return (seconds * 1_000_000 + int(duration.microseconds)) * 1000


def date_of(value: Any) -> Any:
    """The calendar date of a date or date and time."""
    if isinstance(value, dt.datetime):
        return value.date()
    return make_date(value.year, value.month, value.day) if type(value) is WideDateTime else value


def time_of(value: Any) -> Any:
    """The time of day, with zone, of a date and time."""
    return make_time(value.hour, value.minute, value.second, nanosecond(value), value.tzinfo)


def time_nanos(value: Any) -> int:
    """Nanoseconds since midnight on the clock of the value itself."""
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return int(seconds) * SECOND + nanosecond(value)


def offset_seconds(value: Any) -> int | None:
    """The UTC offset of a time or date and time; None when it has none or its zone needs a date to tell."""
    zone = value.tzinfo
    if zone is None:
        return None
    if isinstance(value, dt.datetime):
        offset = value.utcoffset()
    elif type(value) is WideDateTime:
        like = dt.datetime(value.year % 400 + 2000, value.month, value.day, value.hour, value.minute)
        offset = zone.utcoffset(like)
    else:
        offset = zone.utcoffset(None)
    return None if offset is None else round(offset.total_seconds())


def instant(value: Any) -> tuple[int, bool]:
    """Nanoseconds since 1970 (UTC if the value has a zone, else on its own clock) and whether it has one."""
    local = day_number(value.year, value.month, value.day) * DAY + time_nanos(value)
    offset = offset_seconds(value)
    return (local, False) if offset is None else (local - offset * SECOND, True)


def from_instant(nanos: int, zone: dt.tzinfo | None) -> Any:
    """The date and time of an instant in `zone` (on the plain clock when None), or None when out of range."""
    if zone is None:
        return _from_local(nanos, None)
    if isinstance(zone, dt.timezone):
        return _from_local(nanos + round(zone.utcoffset(None).total_seconds()) * SECOND, zone)
    year = civil(nanos // DAY)[0]
    shift = 0 if 1 < year < 9999 else day_number(year, 1, 1) - day_number(year % 400 + 2000, 1, 1)
    utc = _from_local(nanos // SECOND * SECOND - shift * DAY, dt.UTC)
    local = utc.astimezone(zone)
    return _from_local(nanos + round(local.utcoffset().total_seconds()) * SECOND, zone, local.fold)


def _from_local(nanos: int, zone: dt.tzinfo | None, fold: int = 0) -> Any:
    days, rest = divmod(nanos, DAY)
    date = make_date(*civil(days)) if abs(days) < 366 * MAX_YEAR else None
    if date is None:
        return None
    seconds, nano = divmod(rest, SECOND)
    time = make_time(seconds // 3600, seconds // 60 % 60, seconds % 60, nano, zone)
    value = make_date_time(date, time)
    return value.replace(fold=1) if fold and isinstance(value, dt.datetime) else value


# --- arithmetic --------------------------------------------------------------------------------------


def add_months(value: Any, months: int) -> Any:
    """A date or date and time moved by months; the day is clamped to the month's end."""
    year, month0 = divmod(value.year * 12 + value.month - 1 + months, 12)
    day = min(value.day, month_length(year, month0 + 1))
    date = make_date(year, month0 + 1, day)
    return make_date_time(date, time_of(value)) if date is not None and is_date_time(value) else date


def add_nanos(value: Any, nanos: int) -> Any:
    """A date, time or date and time moved by a days and time duration; None when out of range.

    A date counts as its midnight and stays a date; a time turns around midnight (10.3.2.3.4 and .6).
    """
    if is_date(value):
        days = day_number(value.year, value.month, value.day) + nanos // DAY
        return make_date(*civil(days)) if abs(days) < 366 * MAX_YEAR else None
    if is_date_time(value):
        return from_instant(instant(value)[0] + nanos, value.tzinfo)
    seconds, nano = divmod((time_nanos(value) + nanos) % DAY, SECOND)
    return make_time(seconds // 3600, seconds // 60 % 60, seconds % 60, nano, value.tzinfo)


def utc_midnight(date: Any) -> Any:
    """A date where a date and time is wanted: midnight UTC (10.3.2.9.4)."""
    return make_date_time(date, dt.time(tzinfo=dt.UTC))


def difference(left: Any, right: Any) -> int | None:
    """Nanoseconds from `right` to `left` (dates and date-times, or two times); None when not comparable."""
    if is_date(left) and is_date(right):
        return (day_number(left.year, left.month, left.day) - day_number(right.year, right.month, right.day)) * DAY
    left = utc_midnight(left) if is_date(left) else left
    right = utc_midnight(right) if is_date(right) else right
    place = instant if is_date_time(left) else time_of_day
    (a, a_zoned), (b, b_zoned) = place(left), place(right)
    return a - b if a_zoned is b_zoned else None


def time_of_day(value: Any) -> tuple[int, bool]:
    """Nanoseconds since midnight (UTC if the time has a fixed offset) and whether it has one."""
    offset = offset_seconds(value)
    if offset is None:
        return time_nanos(value), False
    return (time_nanos(value) - offset * SECOND) % DAY, True


def order_keys(left: Any, right: Any) -> tuple[int, int]:
    """Two date and times, or two times, as comparable numbers.

    One without a time offset uses that of the other (table 54), so both are read on their own clocks then.
    """
    place = instant if is_date_time(left) else time_of_day
    (a, a_zoned), (b, b_zoned) = place(left), place(right)
    if a_zoned is b_zoned:
        return a, b
    return _own_clock(left), _own_clock(right)


def _own_clock(value: Any) -> int:
    days = day_number(value.year, value.month, value.day) if is_date_time(value) else 0
    return days * DAY + time_nanos(value)


def months_between(start: Any, end: Any) -> int:
    """Whole months from `start` to `end`, comparing calendar days only (10.3.4.1)."""
    months = (int(end.year) - int(start.year)) * 12 + int(end.month) - int(start.month)
    if months > 0 and end.day < start.day:
        return months - 1
    return months + 1 if months < 0 and end.day > start.day else months
