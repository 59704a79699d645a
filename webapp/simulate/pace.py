"""How long people take."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from engine.clock import ClockError, WorkingCalendar


def finished(
    pace: Mapping[str, float],
    calendar: WorkingCalendar,
    task: Mapping[str, Any],
    soon: datetime | None,
    slowness: float,
    chance: Random,
) -> datetime:
    """When somebody gets a task done: some part of the time there is, in office hours where there are any.

    People hurry when something is about to run out for the work order (`soon`), whatever the task itself allows.
    """
    start, due = task["created_at"], task["due_at"]
    share = pace["share"] * math.exp(chance.gauss(0, pace["spread"])) * slowness
    if due is None:
        due = start + timedelta(hours=pace["without_limit_hours"] / pace["share"])
    if soon is not None:
        due = min(due, max(soon, start + timedelta(minutes=pace["hurry_minutes"])))
    return _between(calendar, start, due, share)


def _between(calendar: WorkingCalendar, start: datetime, due: datetime, share: float) -> datetime:
    try:
        begin, end = (calendar.office_time(calendar.wall(one)) for one in (start, due))
        if end > begin:
            return calendar.moment(calendar.at_office_time(begin + int((end - begin) * share)))
    except ClockError:
        pass
    return start + (due - start) * share
