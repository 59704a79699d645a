"""The working calendar: which days are worked, during which office hours, in which zone.

Inside, a moment is an integer: microseconds of local wall time since 1970-01-01. The office hours of all known
days are laid end to end once, so that "how much office time has passed by t" and its inverse are one bisection.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from engine.clock.errors import ClockError, calendar_missing

OFFICE_HOURS = ((time(8, 30), time(12, 0)), (time(14, 0), time(17, 30)))
MICROSECOND = timedelta(microseconds=1)
DAY = 86_400_000_000
_EPOCH = datetime(1970, 1, 1)
_EPOCH_ORDINAL = _EPOCH.toordinal()


class WorkingCalendar:
    """Working days including 调休, and the office hours of each of them.

    `workdays` maps every known day to whether it is worked and must have no missing day between its first and
    its last. `office_hours` are disjoint, rising (opens, closes) pairs; the last one closes the day.
    """

    def __init__(
        self,
        workdays: Mapping[date, bool] | Iterable[tuple[date, bool]],
        office_hours: Sequence[tuple[time, time]] = OFFICE_HOURS,
        zone: ZoneInfo | None = None,
    ) -> None:
        known = dict(workdays)
        self.zone = zone or ZoneInfo("Asia/Shanghai")
        self.hours = tuple((_of_day(opens), _of_day(closes)) for opens, closes in office_hours)
        self.days = _rising_without_gap(known)
        self.worked = [_ordinal(day) for day in self.days if known[day]]
        self.office_day = sum(closes - opens for opens, closes in self.hours)
        _check_hours(self.hours)
        self._lay_out()

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, str]]) -> WorkingCalendar:
        """A calendar from rows with `date` (ISO) and `is_workday` (0 or 1), as in the reference data."""
        return cls({date.fromisoformat(row["date"]): row["is_workday"].strip() == "1" for row in rows})

    def is_workday(self, day: date) -> bool:
        """Whether `day` is worked; ClockError `clock.calendar_missing` for an unknown day."""
        ordinal = self.known(_ordinal(day))
        at = bisect_left(self.worked, ordinal)
        return at < len(self.worked) and self.worked[at] == ordinal

    def wall(self, moment: datetime) -> int:
        """Microseconds of local wall time of an aware moment."""
        if moment.tzinfo is None:
            raise ClockError("clock.naive_time", "时间缺少时区。", "The moment has no time zone.")
        local = moment.astimezone(self.zone).replace(tzinfo=None)
        return (local - _EPOCH) // MICROSECOND

    def moment(self, wall: int) -> datetime:
        """The aware moment, in the calendar's zone, of a wall time."""
        return (_EPOCH + timedelta(microseconds=wall)).replace(tzinfo=self.zone)

    def known(self, ordinal: int) -> int:
        """`ordinal` (days since 1970-01-01) if the calendar knows that day, else ClockError."""
        if not self._first <= ordinal <= self._last:
            raise calendar_missing(date.fromordinal(ordinal + _EPOCH_ORDINAL).year)
        return ordinal

    def office_time(self, wall: int) -> int:
        """Office microseconds between the calendar's first day and `wall`."""
        self.known(wall // DAY)
        at = bisect_right(self._opens, wall) - 1
        if at < 0:
            return 0
        return self._before[at] + min(wall - self._opens[at], self._before[at + 1] - self._before[at])

    def at_office_time(self, office: int) -> int:
        """The earliest wall time by which `office` microseconds of office time have passed."""
        if office > self._before[-1]:
            raise self.ends_too_early()
        at = max(bisect_left(self._before, office) - 1, 0)
        return self._opens[at] + office - self._before[at]

    def ends_too_early(self) -> ClockError:
        """The refusal of a moment after the last known day; it names the year to import."""
        return calendar_missing((self.days[-1] + timedelta(days=1)).year)

    def within_day(self, wall: int) -> int:
        """Office microseconds of the day of `wall` that have passed at `wall`."""
        now = wall % DAY
        return sum(max(0, min(now, closes) - opens) for opens, closes in self.hours)

    def at_within_day(self, office: int) -> int:
        """Microseconds after midnight by which `office` microseconds of the office day have passed."""
        for opens, closes in self.hours:
            if office <= closes - opens:
                return opens + office
            office -= closes - opens
        return self.hours[-1][1]

    def _lay_out(self) -> None:
        self._first, self._last = _ordinal(self.days[0]), _ordinal(self.days[-1])
        self._opens = [day * DAY + opens for day in self.worked for opens, _ in self.hours]
        self._before = [0]
        for _ in self.worked:
            for opens, closes in self.hours:
                self._before.append(self._before[-1] + closes - opens)


def utc(moment: datetime) -> datetime:
    """`moment` in UTC, where adding a duration is exact; ClockError for a moment without a zone."""
    if moment.tzinfo is None:
        raise ClockError("clock.naive_time", "时间缺少时区。", "The moment has no time zone.")
    return moment.astimezone(UTC)


def _ordinal(day: date) -> int:
    return day.toordinal() - _EPOCH_ORDINAL


def _of_day(at: time) -> int:
    return (datetime.combine(_EPOCH.date(), at) - _EPOCH) // MICROSECOND


def _rising_without_gap(known: Mapping[date, bool]) -> list[date]:
    days = sorted(known)
    if not days:
        raise ClockError("clock.bad_calendar", "工作日历为空，请先导入。", "The working calendar is empty.")
    for day, following in pairwise(days):
        if following - day != timedelta(days=1):
            raise calendar_missing((day + timedelta(days=1)).year)
    return days


def _check_hours(hours: Sequence[tuple[int, int]]) -> None:
    edges = [edge for pair in hours for edge in pair]
    if not edges or any(later <= earlier for earlier, later in pairwise(edges)):
        raise ClockError(
            "clock.bad_calendar",
            "办公时间必须按先后排列且互不重叠。",
            "Office hours must be rising and must not overlap.",
        )
