"""What a machine can be asked to do. Item and timer numbers come from the effects of earlier steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Complete:
    """A user task, job or (manually activated) ad-hoc sub-process is done."""

    item: int
    variables: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ThrowError:
    """The work of an item ended in a BPMN error."""

    item: int
    code: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class ThrowEscalation:
    """The work of an item escalates; it goes on unless an interrupting event catches the escalation."""

    item: int
    code: str


@dataclass(frozen=True, slots=True)
class FireTimer:
    """A timer is due."""

    timer: int


@dataclass(frozen=True, slots=True)
class DeliverMessage:
    """A message for one subscription: the row (item, element, event) of a `Subscribed` effect."""

    item: int
    element: str
    payload: Values = field(default_factory=dict)
    event: int = 0


@dataclass(frozen=True, slots=True)
class DeliverSignal:
    """A signal for every subscription to it; with a key only for those with the same key."""

    name: str
    key: str | None = None
    payload: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetVariables:
    """Set variables of the instance, or as seen from an item."""

    values: Values
    item: int | None = None


@dataclass(frozen=True, slots=True)
class RearmTimers:
    """Evaluate again the dates of armed timers that are given by an expression: those `concerns` is true for.

    An expression that counts from now would begin to count again, so name the ones that are meant.
    """

    concerns: Callable[[str], bool] = lambda expression: True


@dataclass(frozen=True, slots=True)
class ContextChanged:
    """The context is not what it was: check conditional events."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop the whole instance."""

    reason: str = "cancelled"


@dataclass(frozen=True, slots=True)
class Activate:
    """Start one activity of an ad-hoc sub-process."""

    item: int
    element: str


@dataclass(frozen=True, slots=True)
class StartBefore:
    """Operator: put a token in front of an element, in the item of its scope (opened if there is none)."""

    element: str
    scope: int | None = None


@dataclass(frozen=True, slots=True)
class StartAfter:
    """Operator: put a token behind an element, as if it had just completed."""

    element: str
    scope: int | None = None


@dataclass(frozen=True, slots=True)
class CancelItem:
    """Operator: take an item away with everything in it; no token goes on."""

    item: int


Command = (
    Complete
    | ThrowError
    | ThrowEscalation
    | FireTimer
    | DeliverMessage
    | DeliverSignal
    | SetVariables
    | RearmTimers
    | ContextChanged
    | Cancel
    | Activate
    | StartBefore
    | StartAfter
    | CancelItem
)
