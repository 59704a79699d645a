"""ISO 8601 dates, durations and repeating intervals as points in time; months and years by the calendar.

Source: BPMN 2.0.2, section 10.5.5 (timer event definition); ISO 8601-1 clauses 5.5 and 5.6.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

_DURATION = re.compile(
    r"(?P<sign>-)?P(?:(?P<y>\d+)Y)?(?:(?P<mo>\d+)M)?(?:(?P<w>\d+)W)?(?:(?P<d>\d+)D)?"
    r"(?:T(?:(?P<h>\d+)H)?(?:(?P<mi>\d+)M)?(?:(?P<s>\d+(?:[.,]\d+)?)S)?)?"
)
_REPEAT = re.compile(r"R(\d*)")


class Schedule(NamedTuple):
    """`due` in epoch seconds, repeats left (-1: for ever), interval as ISO 8601 text (None: once)."""

    due: float
    left: int = 1
    interval: str | None = None


def schedule(form: str, value: Any, now: datetime) -> Schedule:
    """When a timer is due.

    `value` is an ISO 8601 text or, from an expression, a datetime, date or timedelta. Its own shape counts:
    `form` (date, duration, cycle) is checked for plain texts by the linter. Raises ValueError.
    """
    if isinstance(value, datetime):
        return Schedule(_aware(value, now.tzinfo).timestamp())
    if isinstance(value, date):
        return Schedule(datetime(value.year, value.month, value.day, tzinfo=now.tzinfo).timestamp())
    if isinstance(value, timedelta):
        return Schedule(now.timestamp() + value.total_seconds())
    text = str(value).strip()
    if text.startswith("R"):
        return _cycle(text, now)
    if text.lstrip("-").startswith("P"):
        if form == "cycle":
            return Schedule(add(now, text).timestamp(), -1, text)
        return Schedule(add(now, text).timestamp())
    return Schedule(instant(text, now.tzinfo).timestamp())


@lru_cache(maxsize=1024)
def form_of(text: str) -> str | None:
    """date, duration or cycle if the text is a well-formed one, else None."""
    try:
        schedule("date", text, datetime(2000, 1, 1, tzinfo=UTC))
    except (ValueError, OverflowError):
        return None
    return "cycle" if text.startswith("R") else "duration" if text.lstrip("-").startswith("P") else "date"


def add(start: datetime, text: str) -> datetime:
    """`start` plus an ISO 8601 duration. Raises ValueError when the text is none."""
    found = _DURATION.fullmatch(text.strip())
    if found is None or text.strip()[-1] in "PT":
        raise ValueError(f"{text!r} is not an ISO 8601 duration")
    sign = -1 if found["sign"] else 1
    parts = found.groupdict(default="0")
    number = {name: float(parts[name].replace(",", ".")) for name in ("y", "mo", "w", "d", "h", "mi", "s")}
    months = int(number["y"] * 12 + number["mo"])
    if months:
        start = _add_months(start, sign * months)
    return start + sign * timedelta(
        weeks=number["w"], days=number["d"], hours=number["h"], minutes=number["mi"], seconds=number["s"]
    )


def _add_months(start: datetime, months: int) -> datetime:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return start.replace(year=year, month=month + 1, day=min(start.day, monthrange(year, month + 1)[1]))


def instant(text: str, zone: tzinfo | None) -> datetime:
    """The moment an ISO 8601 text names; without an offset it is local time in `zone`."""
    return _aware(datetime.fromisoformat(text), zone)


def _aware(moment: datetime, zone: tzinfo | None) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _cycle(text: str, now: datetime) -> Schedule:
    """`R3/PT1H`, `R/2026-01-01T00:00:00Z/P1D`, `R2/PT1H/2026-01-01T00:00:00Z` (the last tick at the end)."""
    head, *rest = text.split("/")
    repeat = _REPEAT.fullmatch(head)
    if repeat is None or len(rest) not in (1, 2):
        raise ValueError(f"{text!r} is not an ISO 8601 repeating interval")
    left = int(repeat[1]) if repeat[1] else -1
    interval = rest[-1] if len(rest) == 1 or not rest[0].startswith("P") else rest[0]
    if add(now, interval) <= now:
        raise ValueError(f"{text!r} repeats without moving on")
    if len(rest) == 2 and rest[0].startswith("P"):
        end = instant(rest[1], now.tzinfo)
        first = add(end, "-" + _scaled(interval, left - 1)) if left > 0 else add(now, interval)
        return Schedule(first.timestamp(), left, interval)
    if len(rest) == 2:
        return Schedule(instant(rest[0], now.tzinfo).timestamp(), left, interval)
    return Schedule(add(now, interval).timestamp(), left, interval)


def _scaled(interval: str, factor: int) -> str:
    """An interval so many times over."""
    return re.sub(r"\d+(?:[.,]\d+)?", lambda n: _number(float(n[0].replace(",", ".")) * factor), interval)


def _number(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def next_tick(due: float, interval: str, left: int, now: datetime) -> tuple[float, int]:
    """The tick after `due` and the repeats left then. Ticks that were missed together count as one."""
    moment = datetime.fromtimestamp(due, now.tzinfo)
    length = (add(moment, interval) - moment).total_seconds()
    by_calendar = "Y" in interval or "M" in interval.split("T")[0]
    slack = 1.2 if by_calendar else 1.0  # months and years differ in length: never skip too far
    missed = int((now - moment).total_seconds() // (length * slack)) - 1
    skip = missed if left < 0 else min(missed, left - 1)
    if skip > 0:
        moment = add(moment, _scaled(interval, skip))
        left -= skip if left > 0 else 0
    while True:
        moment = add(moment, interval)
        if moment > now or left == 1:
            return moment.timestamp(), left
        left -= 1 if left > 0 else 0
