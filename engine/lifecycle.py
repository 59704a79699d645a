"""Legal moves, as data. `apply` refuses everything that is not listed here."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Any

from engine.errors import Conflict


class OrderStatus(StrEnum):
    """A work order as a whole; its business status is the two-digit code of status_codes.csv."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class TaskStatus(StrEnum):
    """A user task."""

    OPEN = "open"  #: Anyone of the candidate role and unit may take it.
    CLAIMED = "claimed"  #: One person works on it.
    COMPLETED = "completed"
    CANCELLED = "cancelled"  #: The process moved on without it.


class RequestStatus(StrEnum):
    """What a colleague was asked about a task."""

    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    SENT = "sent"  #: Asks for nothing.


class TimerStatus(StrEnum):
    """A timer row."""

    ARMED = "armed"  #: Waits for its time.
    PROMOTED = "promoted"  #: Its time has come; a queue job fires it.
    FIRED = "fired"
    DISARMED = "disarmed"
    FAILED = "failed"  #: A start by time that the diagram refused; deploying it anew arms it.


class JobStatus(StrEnum):
    """A service delivery or a message on its way."""

    DUE = "due"  #: Waits for a worker.
    DONE = "done"
    INCIDENT = "incident"  #: Needs a person.
    CANCELLED = "cancelled"


ORDER_MOVES = {
    OrderStatus.ACTIVE: {OrderStatus.SUSPENDED, OrderStatus.COMPLETED, OrderStatus.CANCELLED},
    OrderStatus.SUSPENDED: {OrderStatus.ACTIVE, OrderStatus.CANCELLED},
    OrderStatus.COMPLETED: {OrderStatus.ACTIVE},  # a message for which its diagram has a start event that reopens
    OrderStatus.CANCELLED: set(),
}
TASK_MOVES = {
    TaskStatus.OPEN: {TaskStatus.CLAIMED, TaskStatus.COMPLETED, TaskStatus.CANCELLED},
    TaskStatus.CLAIMED: {TaskStatus.OPEN, TaskStatus.CLAIMED, TaskStatus.COMPLETED, TaskStatus.CANCELLED},
    TaskStatus.COMPLETED: set(),
    TaskStatus.CANCELLED: set(),
}
REQUEST_MOVES = {
    RequestStatus.OPEN: {RequestStatus.ANSWERED, RequestStatus.WITHDRAWN},
    RequestStatus.ANSWERED: set(),
    RequestStatus.WITHDRAWN: set(),
    RequestStatus.SENT: set(),
}
TIMER_MOVES = {
    TimerStatus.ARMED: {TimerStatus.ARMED, TimerStatus.PROMOTED, TimerStatus.FIRED, TimerStatus.DISARMED},
    TimerStatus.PROMOTED: {TimerStatus.ARMED, TimerStatus.FIRED, TimerStatus.DISARMED},
    TimerStatus.FIRED: {TimerStatus.ARMED},  # a cycle is armed again under the same number
    TimerStatus.DISARMED: {TimerStatus.ARMED},  # a stage clock that stood still goes on
    TimerStatus.FAILED: {TimerStatus.ARMED},
}
JOB_MOVES = {
    JobStatus.DUE: {JobStatus.DUE, JobStatus.DONE, JobStatus.INCIDENT, JobStatus.CANCELLED},
    JobStatus.INCIDENT: {JobStatus.DUE, JobStatus.DONE, JobStatus.CANCELLED},
    JobStatus.DONE: set(),
    JobStatus.CANCELLED: set(),
}

Status = OrderStatus | TaskStatus | RequestStatus | TimerStatus | JobStatus
MOVES: dict[type, Any] = {
    OrderStatus: ORDER_MOVES,
    TaskStatus: TASK_MOVES,
    RequestStatus: REQUEST_MOVES,
    TimerStatus: TIMER_MOVES,
    JobStatus: JOB_MOVES,
}


@lru_cache(typed=True)
def before(status: Status) -> str:
    """The statuses from which `status` may be reached, as a PostgreSQL array: the guard of every conditional update."""
    return f"{{{','.join(old for old, new in MOVES[type(status)].items() if status in new)}}}"


def check_move(old: Status, new: Status) -> None:
    """Raises Conflict when `old` → `new` is not a legal move."""
    if new not in MOVES[type(old)][old]:
        raise Conflict(f"状态不能从 {old} 变为 {new}。", f"A status cannot go from {old} to {new}.")
