"""Working calendars and the three clocks: 紧急工作时, 工作时, 工作日."""

from engine.clock.bundle import Bundle
from engine.clock.calendar import OFFICE_HOURS, WorkingCalendar
from engine.clock.deadlines import Clock, Pause, Unit, at_percent, deadline, elapsed, percent_used
from engine.clock.errors import ClockError

__all__ = [
    "OFFICE_HOURS",
    "Bundle",
    "Clock",
    "ClockError",
    "Pause",
    "Unit",
    "WorkingCalendar",
    "at_percent",
    "deadline",
    "elapsed",
    "percent_used",
]
