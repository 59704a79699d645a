"""Deadlines, elapsed time and warning points on the three clocks of the district.

* 紧急工作时 (calendar time): every minute counts, nights and holidays too.
* 工作时 (office hours): only the office hours of working days count, 调休 days included.
* 工作日 (working days): the day of receipt does not count, due at the close of office of day n; never converted
  to hours. A working day is skipped if the clock stood still at its 00:00. A fraction of a day (a warning at
  75 % of 3 days) falls that fraction of the office day into the day reached.

Pauses are (begin, end) pairs of aware moments, `None` meaning "still paused"; they may overlap and come in any
order. Source: district process model, section 0.3.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Literal

from engine.clock.calendar import DAY, MICROSECOND, WorkingCalendar, utc
from engine.clock.errors import ClockError, standing_still

Clock = Literal["紧急工作时", "工作时", "工作日"]
Unit = Literal["分钟", "小时", "日"]
Pause = tuple[datetime, datetime | None]
_Span = tuple[int, int | None]

MINUTE = 60_000_000
_UNITS: dict[str, dict[str, int]] = {
    "紧急工作时": {"分钟": MINUTE, "小时": 60 * MINUTE, "日": DAY},
    "工作时": {"分钟": MINUTE, "小时": 60 * MINUTE},
    "工作日": {"日": 1},
}


def deadline(
    calendar: WorkingCalendar,
    start: datetime,
    clock: Clock,
    limit: Decimal | int,
    unit: Unit,
    pauses: Sequence[Pause] = (),
) -> datetime:
    """When `limit` × `unit` has run on `clock` since `start`, in the calendar's zone.

    Raises ClockError: unknown clock, a unit the clock does not count in, a date outside the calendar, or an
    open pause that begins before the deadline (`clock.standing_still`).
    """
    return at_percent(calendar, start, clock, limit, unit, 100, pauses)


def at_percent(
    calendar: WorkingCalendar,
    start: datetime,
    clock: Clock,
    limit: Decimal | int,
    unit: Unit,
    percent: Decimal | int,
    pauses: Sequence[Pause] = (),
) -> datetime:
    """When `percent` (may exceed 100) of `limit` × `unit` has run on `clock` since `start`."""
    if limit < 0 or percent < 0:
        raise ClockError("clock.negative_limit", "时限不能为负数。", "A limit cannot be negative.")
    amount = _amount(clock, limit, unit) * Decimal(percent) / 100
    if amount == 0:
        return start.astimezone(calendar.zone) if start.tzinfo else calendar.moment(calendar.wall(start))
    if clock == "工作日":
        return _working_day(calendar, start, amount, pauses)
    if clock == "工作时":
        return _office_hours(calendar, start, int(amount), pauses)
    return _calendar_time(calendar, start, int(amount), pauses)


def elapsed(
    calendar: WorkingCalendar, start: datetime, now: datetime, clock: Clock, pauses: Sequence[Pause] = ()
) -> Decimal:
    """What has run on `clock` between `start` and `now`: minutes, for 工作日 days (both may be fractional)."""
    _units(clock)
    if utc(now) <= utc(start):
        return Decimal(0)
    if clock == "工作日":
        return _days_elapsed(calendar, start, now, pauses)
    if clock == "工作时":
        begin, end = calendar.wall(start), calendar.wall(now)
        spans = [(a, end if b is None else min(b, end)) for a, b in _walls(calendar, begin, pauses) if a < end]
        paused = sum(calendar.office_time(b) - calendar.office_time(a) for a, b in spans)
        return Decimal(calendar.office_time(end) - calendar.office_time(begin) - paused) / MINUTE
    length = (utc(now) - utc(start)) // MICROSECOND
    still = [(a, length if b is None else min(b, length)) for a, b in _offsets(start, pauses) if a < length]
    return Decimal(length - sum(b - a for a, b in still)) / MINUTE


def percent_used(
    calendar: WorkingCalendar,
    start: datetime,
    now: datetime,
    clock: Clock,
    limit: Decimal | int,
    unit: Unit,
    pauses: Sequence[Pause] = (),
) -> Decimal:
    """How much of `limit` × `unit` has run by `now`, in percent (100 or more: due)."""
    amount = _amount(clock, limit, unit)
    if amount <= 0:
        return Decimal(100)
    used = elapsed(calendar, start, now, clock, pauses)
    return used * (1 if clock == "工作日" else MINUTE) * 100 / amount


def _units(clock: str) -> dict[str, int]:
    if clock not in _UNITS:
        raise ClockError("clock.unknown_clock", f"未知的时钟“{clock}”。", f"Unknown clock “{clock}”.")
    return _UNITS[clock]


def _amount(clock: str, limit: Decimal | int, unit: str) -> Decimal:
    """The limit in microseconds, for 工作日 in days."""
    units = _units(clock)
    if unit not in units:
        raise ClockError(
            "clock.unit_mismatch",
            f"“{clock}”只能用{'、'.join(units)}计量，不能用“{unit}”。",
            f"“{clock}” counts in {', '.join(units)} only, not in “{unit}”.",
        )
    return Decimal(limit) * units[unit]


def _calendar_time(calendar: WorkingCalendar, start: datetime, due: int, pauses: Sequence[Pause]) -> datetime:
    for begin, end in _offsets(start, pauses):
        if begin >= due:
            break
        if end is None:
            raise standing_still()
        due += end - begin
    return (utc(start) + timedelta(microseconds=due)).astimezone(calendar.zone)


def _office_hours(calendar: WorkingCalendar, start: datetime, amount: int, pauses: Sequence[Pause]) -> datetime:
    wall = calendar.wall(start)
    due = calendar.office_time(wall) + amount
    for begin, end in _walls(calendar, wall, pauses):
        if calendar.office_time(begin) >= due:
            break
        if end is None:
            raise standing_still()
        due += calendar.office_time(end) - calendar.office_time(begin)
    return calendar.moment(calendar.at_office_time(due))


def _working_day(calendar: WorkingCalendar, start: datetime, amount: Decimal, pauses: Sequence[Pause]) -> datetime:
    wall = calendar.wall(start)
    whole = ceil(amount)
    at = bisect_right(calendar.worked, calendar.known(wall // DAY)) + whole - 1
    for first, end in _skipped(calendar, wall, pauses):
        if first > at:
            break
        if end is None:
            raise standing_still()
        at += end - first
    if at >= len(calendar.worked):
        raise calendar.ends_too_early()
    into = calendar.at_within_day(int((amount - whole + 1) * calendar.office_day))
    return calendar.moment(calendar.worked[at] * DAY + into)


def _days_elapsed(calendar: WorkingCalendar, start: datetime, now: datetime, pauses: Sequence[Pause]) -> Decimal:
    wall, until = calendar.wall(start), calendar.wall(now)
    today = calendar.known(until // DAY)
    first = bisect_right(calendar.worked, calendar.known(wall // DAY))
    reached = bisect_left(calendar.worked, today)
    whole, skips = max(reached - first, 0), _skipped(calendar, wall, pauses)
    for begin, end in skips:
        whole -= max(0, (reached if end is None else min(end, reached)) - begin)
    counts_today = first <= reached < len(calendar.worked) and calendar.worked[reached] == today
    if not counts_today or any(a <= reached and (b is None or reached < b) for a, b in skips):
        return Decimal(whole)
    return whole + Decimal(calendar.within_day(until)) / calendar.office_day


def _skipped(calendar: WorkingCalendar, wall: int, pauses: Sequence[Pause]) -> list[_Span]:
    """Ranges of positions in `calendar.worked` whose 00:00 falls into a pause."""
    first = bisect_right(calendar.worked, wall // DAY)
    spans: list[_Span] = []
    for begin, end in _walls(calendar, wall, pauses):
        low = max(first, bisect_left(calendar.worked, -(-begin // DAY)))
        high = None if end is None else bisect_left(calendar.worked, -(-end // DAY))
        if high is None or high > low:
            spans.append((low, high))
    return spans


def _walls(calendar: WorkingCalendar, start: int, pauses: Sequence[Pause]) -> list[_Span]:
    return _merged(start, [(calendar.wall(a), None if b is None else calendar.wall(b)) for a, b in pauses])


def _offsets(start: datetime, pauses: Sequence[Pause]) -> list[_Span]:
    zero = utc(start)
    spans = [((utc(a) - zero) // MICROSECOND, None if b is None else (utc(b) - zero) // MICROSECOND) for a, b in pauses]
    return _merged(0, spans)


def _merged(start: int, spans: list[_Span]) -> list[_Span]:
    """Rising, disjoint pauses from `start` on."""
    merged: list[_Span] = []
    for begin, end in sorted(spans, key=lambda span: span[0]):
        if end is not None and end < begin:
            raise ClockError("clock.bad_pause", "暂停的结束早于开始。", "A pause ends before it begins.")
        begin = max(begin, start)
        if end is not None and end <= begin:
            continue
        if merged and (merged[-1][1] is None or begin <= merged[-1][1]):
            last_begin, last_end = merged[-1]
            merged[-1] = (last_begin, None if last_end is None or end is None else max(last_end, end))
        else:
            merged.append((begin, end))
    return merged
