"""What has happened, in the past tense. Handlers return these; only `apply` writes them down.

Each event becomes one history row by itself; the fields are the row's data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.ports import FileContent


@dataclass(frozen=True)
class Event:
    """Something that happened to one work order."""

    #: Names of fields that stay out of history: too large, or kept in their own table.
    unrecorded = frozenset[str]()
    #: False for bookkeeping that nobody wants to read in a timeline.
    recorded = True


# ------------------------------------------------------------------ work orders
@dataclass(frozen=True)
class OrderOpened(Event):
    no: str
    kind: str
    definition: str
    document: Mapping[str, Any] = field(repr=False)
    unrecorded = frozenset({"document"})


@dataclass(frozen=True)
class OrderStarted(Event):
    """A person began the work order with a form (`data`: what it says, the reporter masked), about another or not."""

    element: str
    process: str
    form_key: str
    data: Mapping[str, Any]
    by: str
    unit: str
    about: str | None
    on_behalf_of: str | None = None


@dataclass(frozen=True)
class ActionTaken(Event):
    """Somebody used a button of the work order's page: `action` is its text, `message` what it sent."""

    element: str
    action: str
    message: str
    data: Mapping[str, Any]
    by: str
    unit: str
    form_key: str | None
    on_behalf_of: str | None = None


@dataclass(frozen=True)
class DocumentChanged(Event):
    """Fields of the document that got a new value."""

    values: Mapping[str, Any]


@dataclass(frozen=True)
class StatusChanged(Event):
    code: int
    element: str


@dataclass(frozen=True)
class StateChanged(Event):
    """The token machine's new state."""

    state: bytes = field(repr=False)
    recorded = False


@dataclass(frozen=True)
class ElementEntered(Event):
    """A token has come to an element. All of a step are one history row, ElementsEntered: `path`, in order, of
    [element, item]; most rows would be these otherwise."""

    element: str
    item: int
    recorded = False


@dataclass(frozen=True)
class RulesCited(Event):
    """Rules of decision tables have decided that cite a document: each `decision`, `name`, `rule`, `note`."""

    rules: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class FileAttached(Event):
    file_id: str
    phase: str
    name: str
    mime: str
    size: int
    sm3: str
    file: FileContent = field(repr=False)
    unrecorded = frozenset({"file"})


@dataclass(frozen=True)
class LedgerEntered(Event):
    """A line in one of the district's ledgers, under a key: credit points, rulings, device counters …"""

    element: str
    ledger: str
    key: str
    entry: Mapping[str, Any]


@dataclass(frozen=True)
class AbsenceRecorded(Event):
    """Somebody is away from one moment until another, and who stands in (for these roles; none: for all).

    What the same work order recorded earlier no longer holds: coming back early ends it.
    """

    element: str
    user: str
    start: datetime
    end: datetime
    reason: str = ""
    deputy: str | None = None
    scope: Sequence[str] = ()


@dataclass(frozen=True)
class OrderEnded(Event):
    status: str


@dataclass(frozen=True)
class OrderReopened(Event):
    """A message began an ended work order anew: same number, same document."""

    element: str
    message: str


# ------------------------------------------------------------------ stage clocks
@dataclass(frozen=True)
class StageStarted(Event):
    """A stage clock runs from `at`, with its deadline and warning time at this moment. `clock`: what is kept of it."""

    stage: str
    at: datetime
    due_at: datetime | None
    warn_at: datetime | None
    clock: Mapping[str, Any] | None = field(repr=False)
    unrecorded = frozenset({"clock"})


@dataclass(frozen=True)
class StageRescheduled(Event):
    """A running stage clock has other times than before; none while it stands still.

    `reason`: facts (priority, level or category changed), pause, resume, rework.
    """

    stage: str
    due_at: datetime | None
    warn_at: datetime | None
    was_due_at: datetime | None
    reason: str
    clock: Mapping[str, Any] | None = field(repr=False)
    unrecorded = frozenset({"clock"})


@dataclass(frozen=True)
class StageHeld(Event):
    """What holds a stage clock has changed, but no time of it: it has not started, or had run out before."""

    stage: str
    clock: Mapping[str, Any] | None = field(repr=False)
    recorded = False


@dataclass(frozen=True)
class StageStopped(Event):
    """The stage is over: its next task starts a new clock. `clock`: what still holds the stage."""

    stage: str
    clock: Mapping[str, Any] | None = field(default=None, repr=False)
    recorded = False


# ------------------------------------------------------------------ user tasks
@dataclass(frozen=True)
class TaskOpened(Event):
    """`variables`: what the form sees besides the document; `loop`: tasks of one loop belong together;
    `stands_for`: candidate → the unit for which a duty desk or a higher post works."""

    item: int
    element: str
    definition: str
    name: str
    form_key: str | None
    stage: str | None
    candidates: Sequence[str]
    not_by: Sequence[str]
    due_at: datetime | None
    warn_at: datetime | None
    assignee: str | None = None
    variables: Mapping[str, Any] | None = field(default=None, repr=False)
    loop: int | None = None
    stands_for: Mapping[str, str] = field(default_factory=dict)
    unrecorded = frozenset({"variables", "loop", "stands_for"})


@dataclass(frozen=True)
class TaskClaimedBy(Event):
    """`on_behalf_of`: whom the assignee stands in for (代)."""

    task_id: int
    element: str
    assignee: str
    version: int
    on_behalf_of: str | None = None
    unrecorded = frozenset({"version"})


@dataclass(frozen=True)
class TaskReleased(Event):
    task_id: int
    element: str
    version: int
    unrecorded = frozenset({"version"})


@dataclass(frozen=True)
class TaskCompleted(Event):
    task_id: int
    element: str
    data: Mapping[str, Any]
    by: str
    unit: str
    version: int
    on_behalf_of: str | None = None
    unrecorded = frozenset({"version"})


@dataclass(frozen=True)
class TaskCancelled(Event):
    item: int
    element: str
    reason: str


# ------------------------------------------------------------------ what colleagues are asked about a task
@dataclass(frozen=True)
class TaskDelegated(Event):
    """委派: `assignee` works on it for `owner`."""

    task_id: int
    element: str
    assignee: str
    owner: str
    text: str
    version: int
    unrecorded = frozenset({"version"})


@dataclass(frozen=True)
class TaskGivenBack(Event):
    """A delegated task is its owner's again: given back with what was done, or recalled (`text` is empty)."""

    task_id: int
    element: str
    request_id: int
    owner: str
    text: str
    version: int
    unrecorded = frozenset({"version"})


@dataclass(frozen=True)
class OpinionAsked(Event):
    """加签. `receiver`: user:ID or role@unit."""

    task_id: int
    element: str
    receiver: str
    text: str


@dataclass(frozen=True)
class OpinionGiven(Event):
    task_id: int
    element: str
    request_id: int
    text: str


@dataclass(frozen=True)
class OpinionWithdrawn(Event):
    task_id: int
    element: str
    request_id: int
    receiver: str


@dataclass(frozen=True)
class TaskCopied(Event):
    """抄送. `receivers`: user:ID or role@unit."""

    task_id: int
    element: str
    receivers: Sequence[str]
    text: str


# ------------------------------------------------------------------ timers
@dataclass(frozen=True)
class TimerArmed(Event):
    timer: int
    element: str
    due_at: datetime


@dataclass(frozen=True)
class TimerDisarmed(Event):
    timer: int
    recorded = False


@dataclass(frozen=True)
class TimerFired(Event):
    timer: int
    element: str


@dataclass(frozen=True)
class TimerFailed(Event):
    """A due timer could not fire; it waits as an incident."""

    timer_id: int
    element: str
    error: str


# ------------------------------------------------------------------ jobs
@dataclass(frozen=True)
class JobCreated(Event):
    item: int | None
    element: str
    kind: str
    topic: str
    payload: Mapping[str, Any]
    idempotency_key: str
    sequence: int


@dataclass(frozen=True)
class JobCompleted(Event):
    job_id: int
    topic: str
    element: str
    result: Mapping[str, Any]


@dataclass(frozen=True)
class MessageCarried(Event):
    """The job of the work order that sent the message is done. It is that one's history which tells of it."""

    sender_id: int
    job_id: int
    topic: str
    element: str
    recorded = False


@dataclass(frozen=True)
class JobRetried(Event):
    """Failed for now; tried again at `next_at`."""

    job_id: int
    topic: str
    element: str
    error: str
    next_at: datetime


@dataclass(frozen=True)
class IncidentRaised(Event):
    job_id: int
    topic: str
    element: str
    error: str


@dataclass(frozen=True)
class IncidentResolved(Event):
    job_id: int
    topic: str
    element: str
    reason: str


@dataclass(frozen=True)
class JobCorrected(Event):
    """An operator gave an incident other data."""

    job_id: int
    topic: str
    element: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class JobCancelled(Event):
    item: int
    recorded = False


# ------------------------------------------------------------------ messages
@dataclass(frozen=True)
class Subscribed(Event):
    item: int
    element: str
    event: int
    kind: str
    name: str
    key: str
    recorded = False


@dataclass(frozen=True)
class Unsubscribed(Event):
    item: int
    element: str
    event: int
    recorded = False


@dataclass(frozen=True)
class MessageReceived(Event):
    name: str
    key: str
    payload: Mapping[str, Any]
    element: str


@dataclass(frozen=True)
class InboundTaken(Event):
    """A message from outside (or from another work order) was taken in, once."""

    source: str
    business_key: str
    message_type: str
    sequence: int
    message_id: str
    result: Mapping[str, Any]


# ------------------------------------------------------------------ operators
@dataclass(frozen=True)
class OperatorActed(Event):
    """Somebody intervened: what (`act`), why, and with what."""

    act: str
    reason: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class OrderSuspended(Event):
    reason: str


@dataclass(frozen=True)
class OrderResumed(Event):
    reason: str


@dataclass(frozen=True)
class OrderMigrated(Event):
    """A work order went on to other versions of its diagrams (`act`: migrate), or back (`act`: revert).

    `definitions`: old version → new one, `mapping`: old element → new one, `rows`: kind (item | timer), number and
    what rows name from now on: element, definition, name, form_key.
    """

    act: str
    definition: str
    definitions: Mapping[str, str]
    mapping: Mapping[str, str]
    reason: str
    rows: Sequence[Mapping[str, Any]] = field(repr=False)
    unrecorded = frozenset({"rows"})


# ------------------------------------------------------------------ starts by time
@dataclass(frozen=True)
class StartedByTime(Event):
    """The moment `due_at` of a timer start event has opened this work order; `next_at` is the one after it."""

    start_id: int
    element: str
    due_at: datetime
    next_at: datetime | None
    unrecorded = frozenset({"start_id"})


@dataclass(frozen=True)
class StartFailed(Event):
    """No work order could be opened at that moment."""

    start_id: int
    due_at: datetime
    error: str
    recorded = False


@dataclass(frozen=True)
class StartsArmed(Event):
    """When processes start by time next. `moments`: rows id, due_at."""

    moments: Sequence[Mapping[str, Any]]
    recorded = False


# ------------------------------------------------------------------ changes and deployments
@dataclass(frozen=True)
class DraftSaved(Event):
    """A file of a change was saved. `base_version`: the version it was made from, 0 for something new."""

    path: str
    kind: str
    key: str
    base_version: int
    digest: str
    source: bytes = field(repr=False)
    unrecorded = frozenset({"source"})


@dataclass(frozen=True)
class DraftDropped(Event):
    """A file was taken out of a change."""

    path: str


@dataclass(frozen=True)
class ChangePublished(Event):
    """The history of a change: it went live."""

    approver: str
    publisher: str
    reason: str
    effect_at: datetime | None
    towns: Sequence[str]
    versions: Mapping[str, int]


@dataclass(frozen=True)
class DefinitionsDeployed(Event):
    """New versions went live together. `definitions`: rows kind, key, version, digest, name, source.

    `starts`: rows message, process_key, element; `timer_starts`: rows process_key, element, expression, form, due_at.
    They are in force from `effect_at` on (none: at once), in these `towns` (none: everywhere).
    """

    note: str
    definitions: Sequence[Mapping[str, Any]] = field(repr=False)
    starts: Sequence[Mapping[str, str]]
    timer_starts: Sequence[Mapping[str, Any]] = ()
    effect_at: datetime | None = None
    towns: Sequence[str] = ()
    recorded = False


@dataclass(frozen=True)
class DeploymentRevoked(Event):
    """A deployment was taken back. `starts`, `timer_starts`: what begins the processes it had changed from now on."""

    deployment_id: int
    keys: Sequence[str]
    starts: Sequence[Mapping[str, str]]
    timer_starts: Sequence[Mapping[str, Any]]
    recorded = False


@dataclass(frozen=True)
class ChangeLogged(Event):
    """A line of the signed change log. Without `deployment_id` it is about the deployment just made."""

    act: str
    order_no: str | None
    entry: Mapping[str, Any]
    signature: str
    deployment_id: int | None = None
    recorded = False


# ------------------------------------------------------------------ people and oversight
@dataclass(frozen=True)
class NoticeIssued(Event):
    element: str
    role: str
    unit: str
    text: str
    level: str


@dataclass(frozen=True)
class NoticesSeen(Event):
    notice_ids: Sequence[int]
    recorded = False


@dataclass(frozen=True)
class ReporterSealed(Event):
    """The reporter's identity went into the vault."""

    ref: str
    sealed: bytes = field(repr=False)
    confidential: bool
    unrecorded = frozenset({"sealed"})


@dataclass(frozen=True)
class ReporterRevealed(Event):
    """Somebody opened the vault."""

    order_no: str
    reason: str


@dataclass(frozen=True)
class OrderExported(Event):
    """Somebody took a work order out as a file, or tried to. `refused`: why not; empty when it was given out."""

    order_no: str
    refused: str = ""


@dataclass(frozen=True)
class RatingLinkIssued(Event):
    item: int
    digest: str
    expires_at: datetime
    unrecorded = frozenset({"digest"})


@dataclass(frozen=True)
class RatingLinkUsed(Event):
    digest: str
    unrecorded = frozenset({"digest"})


@dataclass(frozen=True)
class Audited(Event):
    """An entry of the audit log, as the table has it (engine.audit)."""

    row: Mapping[str, Any]
    recorded = False
