"""What a step did. Task, job, timer and subscription effects are exact row differences.

A row that was opened and closed within one step leaves no effect; entries and leavings of elements are all there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Status = Literal["running", "completed", "terminated", "cancelled"]


@dataclass(frozen=True, slots=True)
class ElementEntered:
    """`variables`: what its properties may speak of, where it tells somebody (`notify`)."""

    item: int
    element: str
    definition: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ElementLeft:
    """`reason`: completed, interrupted, cancelled, terminated, not needed, failed."""

    item: int
    element: str
    reason: str


@dataclass(frozen=True, slots=True)
class TaskOpened:
    """A user task waits. `attributes`: evaluated camunda attributes in snake case; candidate_* are tuples.

    local  its own names; with property `dataScope` = local every variable it sees
    loop   the item of the outermost loop it is in
    """

    item: int
    element: str
    definition: str
    attributes: Mapping[str, Any]
    properties: Mapping[str, Any]
    local: Mapping[str, Any]
    loop: int | None = None


@dataclass(frozen=True, slots=True)
class TaskClosed:
    item: int
    reason: str


@dataclass(frozen=True, slots=True)
class JobOpened:
    """Work for a connector waits. `inputs`: evaluated camunda:inputParameter."""

    item: int
    element: str
    definition: str
    topic: str
    inputs: Mapping[str, Any]
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JobClosed:
    item: int
    reason: str


@dataclass(frozen=True, slots=True)
class TimerArmed:
    """A timer waits; with the number of a timer already armed it replaces its due time."""

    timer: int
    item: int
    element: str
    definition: str
    due: datetime


@dataclass(frozen=True, slots=True)
class TimerDisarmed:
    timer: int


@dataclass(frozen=True, slots=True)
class Subscribed:
    item: int
    element: str
    kind: Literal["message", "signal"]
    name: str
    key: str | None
    event: int


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    item: int
    element: str
    name: str
    event: int


@dataclass(frozen=True, slots=True)
class MessageThrown:
    element: str
    definition: str
    name: str
    key: str | None
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SignalThrown:
    """The instance's own subscriptions have already had it; other instances are the engine's matter."""

    name: str
    key: str | None
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InstanceEnded:
    """`error`: code of the error end event that nobody caught, else None."""

    status: Status
    variables: Mapping[str, Any]
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ContextSet:
    """Values for the case document, without the `document.` prefix."""

    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Noted:
    """An element with the property `ledger` writes one entry into that ledger, under a key."""

    element: str
    ledger: str
    key: str
    entry: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stuck:
    """Since this step tokens stand at these joins for ever: nothing else is alive in their scope."""

    waiting: tuple[str, ...]


Effect = (
    ElementEntered
    | ElementLeft
    | TaskOpened
    | TaskClosed
    | JobOpened
    | JobClosed
    | TimerArmed
    | TimerDisarmed
    | Subscribed
    | Unsubscribed
    | MessageThrown
    | SignalThrown
    | InstanceEnded
    | ContextSet
    | Noted
    | Stuck
)
