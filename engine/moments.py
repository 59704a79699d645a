"""Moments that depend on the calendar and the clock alone: limits from now, next working days, policies in force.

A process that starts by time says so in FEEL, as seen from `now`: `next workday(now, "09:00")`. Every answer lies
after the moment asked about, so that a start is never repeated for the same moment.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine import clock, feel, master_data
from engine.bpmn import timers
from engine.bpmn.expressions import NAMES, parts
from engine.clock import ClockError
from engine.feel.values import Offered
from engine.reference import Reference

MONTHS = 1200
"""How far ahead a month is looked for: a hundred years."""


def _due(reference: Reference, now: datetime) -> Offered:
    calendar = reference.calendar

    def due(name: str, limit: Any, unit: str, start: Any) -> datetime:
        begin = now if start is None else _local(start, calendar.zone)
        return clock.deadline(calendar, begin, name, Decimal(limit), unit)  # type: ignore[arg-type]

    return Offered(("clock", "limit", "unit", "start"), due, "due", optional=1)


def _next_policy(reference: Reference, now: datetime) -> Offered:
    zone = reference.calendar.zone
    return Offered(
        ("from", "name"), lambda start, name: next_policy(reference, _local(start, zone), name), "next policy"
    )


def _next_day(reference: Reference, now: datetime) -> Offered:
    zone = reference.calendar.zone
    return Offered(("from", "at"), lambda start, at: next_day(_local(start, zone), _time(at)), "next day")


def _next_month(reference: Reference, now: datetime) -> Offered:
    zone = reference.calendar.zone
    return Offered(
        ("from", "day", "at"),
        lambda start, day, at: next_month(_local(start, zone), int(day), _time(at)),
        "next month",
    )


MAKERS: dict[str, Callable[[Reference, datetime], Any]] = {
    "now": lambda reference, now: now,
    "due": _due,
    "policy": lambda reference, now: Offered(("name",), lambda name: reference.policy(name, now), "policy"),
    "next policy": _next_policy,
    "next workday": lambda reference, now: Offered(
        ("from", "at"), lambda start, at: next_workday(reference, start, at), "next workday"
    ),
    "next day": _next_day,
    "next month": _next_month,
}
"""What expressions see of calendar and clock, each made when it is asked for."""


def next_workday(reference: Reference, start: Any, at: Any) -> datetime:
    """That time of the first working day on which it is still to come. Raises ClockError after the known calendar."""
    calendar = reference.calendar
    moment = next_day(_local(start, calendar.zone), _time(at))
    while not calendar.is_workday(moment.date()):
        moment = _at(moment.date() + timedelta(days=1), _time(at), moment)
    return moment


def next_day(start: datetime, at: time) -> datetime:
    """That time today when it is still to come, else tomorrow."""
    today = _at(start.date(), at, start)
    return today if today > start else _at(start.date() + timedelta(days=1), at, start)


def next_policy(reference: Reference, start: datetime, name: str) -> datetime | None:
    """When a line of that policy begins or ends next; None when none will."""
    ends = [end for one in reference.policies if one.name == name for end in (one.start, one.end)]
    return min((end.astimezone(start.tzinfo) for end in ends if end is not None and end > start), default=None)


def next_month(start: datetime, day: int, at: time) -> datetime:
    """That time of that day of this month or the next; the last day where a month is shorter."""
    for ahead in range(MONTHS):
        year, month = divmod(start.year * 12 + start.month - 1 + ahead, 12)
        last = monthrange(year, month + 1)[1]
        moment = _at(date(year, month + 1, min(max(day, 1), last)), at, start)
        if moment > start:
            return moment
    raise ClockError("clock.calendar_missing", "找不到这样的日期。", "There is no such date.")


def next_moment(expression: str, form: str | None, reference: Reference, now: datetime) -> datetime | None:
    """When a start by time is due next, strictly after `now`; None when never again.

    Raises ClockError, FeelError, and ValueError for what is no moment.
    """
    here = now.astimezone(reference.calendar.zone)
    found: Any = expression.strip()
    if any(is_expression for is_expression, _ in parts(expression)):
        text = parts(expression)[0][1]
        made = {name: make(reference, here) for name, make in MAKERS.items()}
        found = feel.parse(text, names=NAMES)(made, master_data.functions(reference, here), now=here)
    if found is None:
        return None
    plan = timers.schedule(form or "date", found, here)
    due = plan.due
    if plan.interval is not None and due <= here.timestamp():
        due, _ = timers.next_tick(due, plan.interval, plan.left, here)
    return datetime.fromtimestamp(due, here.tzinfo) if due > here.timestamp() else None


def _at(day: date, at: time, like: datetime) -> datetime:
    return datetime.combine(day, at, like.tzinfo)


def _local(moment: Any, zone: Any) -> datetime:
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    if not isinstance(found, datetime):
        raise ValueError(f"{moment!r} is no date and time")
    return found.astimezone(zone) if found.tzinfo else found.replace(tzinfo=zone)


def _time(value: Any) -> time:
    found = time.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(found, time):
        raise ValueError(f"{value!r} is no time of day")
    return found.replace(tzinfo=None)
