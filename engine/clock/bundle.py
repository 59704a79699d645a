"""The unit's (bundle) clock: one deadline for everything a unit does about a case.

It starts when the unit first given the job signs (or is signed for), and is not restarted when the job is passed
to a lower unit or sent back for rework. Source: district process model, section 0.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from engine.clock.calendar import WorkingCalendar
from engine.clock.deadlines import Clock, Pause, Unit, at_percent

REWORK_PERCENT = 25
REWORK_OFFICE_HOURS = 2


class Span(NamedTuple):
    """`percent` of `limit` × `unit` on `clock` since `start`."""

    start: datetime
    clock: Clock
    limit: Decimal | int
    unit: Unit
    percent: int


@dataclass(frozen=True, slots=True)
class Bundle:
    """A unit's clock: when it was first signed for, how long it may run, when it stood still.

    `reworked_at` is the last failed verification after all of the time had gone; `extended_to` an approved
    extension.
    """

    signed_at: datetime
    clock: Clock
    limit: Decimal | int
    unit: Unit
    pauses: Sequence[Pause] = ()
    reworked_at: datetime | None = None
    extended_to: datetime | None = None

    def deadline(self, calendar: WorkingCalendar) -> datetime:
        """The bundle deadline, including what rework or an approved extension has added."""
        own, _ = self.governing(calendar)
        return own if self.extended_to is None else max(own, self.extended_to)

    def at_percent(self, calendar: WorkingCalendar, percent: Decimal | int) -> datetime:
        """When `percent` has gone of what governs the deadline: of the limit, or of what rework has added to it."""
        _, span = self.governing(calendar)
        return self.at(calendar, span, Decimal(percent))

    def passed_down(self) -> Bundle:
        """The clock the lower unit works under: this one, unchanged."""
        return self

    def reworked(self, calendar: WorkingCalendar, at: datetime) -> Bundle:
        """The clock after a failed verification at `at`.

        Nothing changes while time is left. Once all of it has gone, the unit gets the larger of 25 % of its
        limit and two office hours, counted from `at`.
        """
        return self if at < self.deadline(calendar) else replace(self, reworked_at=at)

    def governing(self, calendar: WorkingCalendar) -> tuple[datetime, Span]:
        """The deadline without an extension, and the span that ends with it."""
        if self.reworked_at is None:
            own = self._own()
            return self.at(calendar, own, Decimal(100)), own
        ends = [(self.at(calendar, span, Decimal(100)), span) for span in self._spans()]
        return max(ends, key=lambda end: end[0])

    def _own(self) -> Span:
        return Span(self.signed_at, self.clock, self.limit, self.unit, 100)

    def _spans(self) -> list[Span]:
        assert self.reworked_at is not None, "a clock that nothing was reworked on has but its own span"
        share = Span(self.reworked_at, self.clock, self.limit, self.unit, REWORK_PERCENT)
        floor = Span(self.reworked_at, "工作时", REWORK_OFFICE_HOURS, "小时", 100)
        return [self._own(), share, floor]

    def at(self, calendar: WorkingCalendar, span: Span, percent: Decimal) -> datetime:
        """When `percent` of a span has gone."""
        part = span.percent * percent / 100
        return at_percent(calendar, span.start, span.clock, span.limit, span.unit, part, self.pauses)
