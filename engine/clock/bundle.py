"""The unit's (bundle) clock: one deadline for everything a unit does about a case.

It starts when the unit first given the job signs (or is signed for), and is not restarted when the job is passed
to a lower unit or sent back for rework. Source: district process model, section 0.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from engine.clock.calendar import WorkingCalendar
from engine.clock.deadlines import Clock, Pause, Unit, at_percent, deadline

REWORK_PERCENT = 25
REWORK_OFFICE_HOURS = 2


@dataclass(frozen=True, slots=True)
class Bundle:
    """A unit's clock: when it was first signed for, how long it may run, when it stood still."""

    signed_at: datetime
    clock: Clock
    limit: Decimal | int
    unit: Unit
    pauses: Sequence[Pause] = ()
    extended_to: datetime | None = None

    def deadline(self, calendar: WorkingCalendar) -> datetime:
        """The bundle deadline, including what rework or an approved extension has added."""
        own = deadline(calendar, self.signed_at, self.clock, self.limit, self.unit, self.pauses)
        return own if self.extended_to is None else max(own, self.extended_to)

    def passed_down(self) -> Bundle:
        """The clock the lower unit works under: this one, unchanged."""
        return self

    def reworked(self, calendar: WorkingCalendar, at: datetime) -> Bundle:
        """The clock after a failed verification at `at`.

        Nothing changes while time is left. Once all of it has gone, the unit gets the larger of 25 % of its
        limit and two office hours, counted from `at`.
        """
        if at < self.deadline(calendar):
            return self
        share = at_percent(calendar, at, self.clock, self.limit, self.unit, REWORK_PERCENT)
        floor = deadline(calendar, at, "工作时", REWORK_OFFICE_HOURS, "小时")
        return replace(self, extended_to=max(share, floor))
