"""Who is on duty: role @ unit @ time, through the duty roster, office hours, absences and deputies.

Which role the roster knows under which name is data (duty_roles.csv):

resolves  person   only who is on duty may act (轮值指挥长); a task stays with them when the shift ends
          group    everybody with the role may act; the roster says who is on duty now (值班长, 派遣员)
desk      Y        this role answers at night for the units below its own (值班长 for the centre)

Source: process model, section 0.4; brief N20, J8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

from engine.clock import ClockError, WorkingCalendar
from engine.clock.calendar import OFFICE_HOURS

HOOKUP = "hookup_leader"
"""The district leader a town is hooked up to (leader_hookup.csv): `hookup_leader@RY`."""


@dataclass(frozen=True)
class DutyRole:
    """A role as the roster names it (`duty_role`)."""

    duty_role: str
    person: bool
    desk: bool


@dataclass(frozen=True)
class Span:
    """Somebody from a moment until, but not at, another: on duty, or absent."""

    user: str
    start: datetime
    end: datetime

    def covers(self, at: datetime) -> bool:
        return self.start <= at < self.end


@dataclass(frozen=True)
class Deputy(Span):
    """`deputy` stands in for `user`; `scope`: for these roles only, empty for all."""

    deputy: str = ""
    scope: frozenset[str] = frozenset()

    def stands_in_for(self, role: str) -> bool:
        return not self.scope or role in self.scope


@dataclass(frozen=True)
class Duties:
    """The roster and what bends it.

    roles     role → how the roster knows it
    shifts    (duty role, unit) → who from when to when
    absences  user → when they are away
    deputies  user → who stands in
    hookup    town's unit → user id of its district leader
    """

    roles: Mapping[str, DutyRole] = field(default_factory=dict)
    shifts: Mapping[tuple[str, str], Sequence[Span]] = field(default_factory=dict)
    absences: Mapping[str, Sequence[Span]] = field(default_factory=dict)
    deputies: Mapping[str, Sequence[Deputy]] = field(default_factory=dict)
    hookup: Mapping[str, str] = field(default_factory=dict)

    def on_duty(self, role: str, unit: str, at: datetime) -> list[str]:
        """User ids on duty for `role@unit` at that moment; who is absent is replaced by their deputies, if any."""
        found = [person for user in self._rostered(role, unit, at) for person in self._present(user, role, at)]
        return list(dict.fromkeys(found))

    def persons(self, role: str, unit: str, at: datetime) -> list[str]:
        """As `on_duty`, for roles where only the person on duty may act; empty for all others."""
        known = self.roles.get(role)
        return self.on_duty(role, unit, at) if role == HOOKUP or (known and known.person) else []

    def desks(self) -> list[str]:
        """The roles that answer at night for the units below their own."""
        return [role for role, known in self.roles.items() if known.desk]

    def absent(self, user: str, at: datetime) -> bool:
        """Whether this person is away at that moment."""
        return any(span.covers(at) for span in self.absences.get(user, ()))

    def _rostered(self, role: str, unit: str, at: datetime) -> list[str]:
        if role == HOOKUP:
            return [self.hookup[unit]] if unit in self.hookup else []
        known = self.roles.get(role)
        shifts = self.shifts.get((known.duty_role, unit), ()) if known else ()
        return [shift.user for shift in shifts if shift.covers(at)]

    def _present(self, user: str, role: str, at: datetime) -> list[str]:
        if not self.absent(user, at):
            return [user]
        deputies = [one for one in self.deputies.get(user, ()) if one.covers(at) and one.stands_in_for(role)]
        return [one.deputy for one in deputies if not self.absent(one.deputy, at)]


def in_office(calendar: WorkingCalendar, at: datetime) -> bool:
    """Whether units without night duty are manned: on working days (including 调休) from opening to closing.

    The midday break counts as manned. Days the calendar does not know do too: no task waits for a calendar.
    """
    local = at.astimezone(calendar.zone)
    try:
        return calendar.is_workday(local.date()) and _OPENS <= local.time() < _CLOSES
    except ClockError:
        return True


_OPENS: time = OFFICE_HOURS[0][0]
_CLOSES: time = OFFICE_HOURS[-1][1]
