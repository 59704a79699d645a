"""Everything that can be asked of the engine, in the imperative. One door: `Engine.execute(command)`.

Every command names who asks (`actor`: a staff user id, or one of the engine's own: `system`, `citizen`,
`connector:<name>`). The time comes from the engine's clock. A command is refused whole (an EngineError) or done whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.ports import FileContent, Inbound, Report

SYSTEM = "system"
CITIZEN = "citizen"


class Command:
    """What somebody asks for. `actor` is who."""

    actor: str


# ------------------------------------------------------------------ what comes in
@dataclass(frozen=True)
class SubmitReport(Command):
    """A person's report starts an appeal. Result: Accepted(no, duplicate)."""

    report: Report
    actor: str = CITIZEN


@dataclass(frozen=True)
class TakeInbound(Command):
    """A connector's message: a report, or a message for a work order. Idempotent. Result: Accepted(no, duplicate)."""

    inbound: Inbound
    actor: str = SYSTEM


@dataclass(frozen=True)
class DeliverMessage(Command):
    """Correlate a BPMN message by name and key, or start the process that begins with it.

    Raises NotCorrelated when nobody waits. `message_id` makes a repeat harmless. `job_id`: the job that is
    done with it, of a sender who does not wait; a job that is not due any more brings nothing.
    """

    name: str
    key: str | None
    payload: Mapping[str, Any]
    message_id: str
    actor: str = SYSTEM
    job_id: int | None = None


@dataclass(frozen=True)
class DeliverSignal(Command):
    """Bring a signal to one work order that subscribes to it; `message_id` makes a repeat harmless."""

    order_id: int
    name: str
    key: str | None
    payload: Mapping[str, Any]
    message_id: str
    actor: str = SYSTEM


@dataclass(frozen=True)
class RateAppeal(Command):
    """A citizen rates by one-time link. The link is used up in the same transaction."""

    token: str
    rating: Mapping[str, Any]
    actor: str = CITIZEN


@dataclass(frozen=True)
class StartOrder(Command):
    """A person begins a process with the form of its start event. Result: Accepted(no, duplicate).

    data        clean form data; what it says about a reporter is sealed where the process says so
    files       new attachments, by the id that `data` already names
    about       number of the work order it is about
    request_id  makes a repeat harmless
    """

    process_key: str
    data: Mapping[str, Any] = field(repr=False)
    actor: str
    files: Mapping[str, FileContent] = field(default_factory=dict)
    about: str | None = None
    request_id: str = ""


@dataclass(frozen=True)
class SendAction(Command):
    """Trigger a waiting message event of a work order that its diagram offers to people. Result: Accepted(no).

    element     id of the event
    data        clean data of its form, if it has one
    files       new attachments, by the id that `data` already names
    request_id  makes a repeat harmless

    The actor CITIZEN is the reporter, who has shown number and code. Raises NotAllowed, Conflict.
    """

    order_no: str
    element: str
    data: Mapping[str, Any]
    actor: str
    files: Mapping[str, FileContent] = field(default_factory=dict)
    request_id: str = ""


# ------------------------------------------------------------------ human tasks
@dataclass(frozen=True)
class ClaimTask(Command):
    """Take an open task. Raises TaskClaimed, NotAllowed, TaskClosed."""

    task_id: int
    actor: str


@dataclass(frozen=True)
class ReleaseTask(Command):
    """Give a claimed task back to its group."""

    task_id: int
    actor: str


@dataclass(frozen=True)
class AssignTask(Command):
    """Hand a task to a named colleague of the candidate group."""

    task_id: int
    assignee: str
    actor: str


@dataclass(frozen=True)
class DelegateTask(Command):
    """委派: somebody else works on it; it comes back to who delegated it, for completion."""

    task_id: int
    assignee: str
    text: str
    actor: str


@dataclass(frozen=True)
class AskOpinion(Command):
    """加签: ask `user:ID` or `role@unit` for an opinion; the task waits until it is given or withdrawn."""

    task_id: int
    receiver: str
    text: str
    actor: str


@dataclass(frozen=True)
class CopyTask(Command):
    """抄送: `user:ID` or `role@unit` get a notice and may read the work order."""

    task_id: int
    receivers: Sequence[str]
    text: str
    actor: str


@dataclass(frozen=True)
class AnswerRequest(Command):
    """Give the opinion that was asked for, or give a delegated task back with what was done."""

    request_id: int
    text: str
    actor: str


@dataclass(frozen=True)
class WithdrawRequest(Command):
    """Do without an opinion, or take a delegated task back; for who asked."""

    request_id: int
    actor: str


@dataclass(frozen=True)
class CompleteTask(Command):
    """Finish a task with the data of its form, validated already by the forms room.

    data     clean form data: lands in the work order's document under the fields' keys
    files    new attachments, by the id that `data` already names
    version  the task's version when the form was opened; None for machines that looked right now
    """

    task_id: int
    data: Mapping[str, Any]
    actor: str
    version: int | None = None
    files: Mapping[str, FileContent] = field(default_factory=dict)


# ------------------------------------------------------------------ the engine's own work
@dataclass(frozen=True)
class FireTimer(Command):
    """A due timer fires, once."""

    timer_id: int
    actor: str = SYSTEM


@dataclass(frozen=True)
class StartByTime(Command):
    """A timer start event opens a work order, once for each moment. Result: Done."""

    start_id: int
    due_at: datetime
    actor: str = SYSTEM


@dataclass(frozen=True)
class FailStart(Command):
    """A work order could not be started at its moment: an operator tries again or skips it, or a new diagram does."""

    start_id: int
    due_at: datetime
    error: str
    actor: str = SYSTEM


@dataclass(frozen=True)
class ArmStarts(Command):
    """Reckon when processes start by time: of these processes all anew, without any those that have no next moment.

    `anew`: those whose moment lies ahead too, because the master data they ask has changed.
    """

    processes: Sequence[str] = ()
    actor: str = SYSTEM
    anew: bool = False


@dataclass(frozen=True)
class FailTimer(Command):
    """A due timer cannot fire because the diagram cannot go on: an incident for a person."""

    timer_id: int
    error: str
    actor: str = SYSTEM


@dataclass(frozen=True)
class CompleteJob(Command):
    """A job was carried out; `result` becomes visible to the diagram."""

    job_id: int
    result: Mapping[str, Any]
    actor: str = SYSTEM


@dataclass(frozen=True)
class FailJob(Command):
    """A job failed. With `retry_at` it is tried again; with `error_code` a BPMN error is thrown at its element;
    otherwise it becomes an incident for a person."""

    job_id: int
    error: str
    retry_at: datetime | None = None
    error_code: str | None = None
    actor: str = SYSTEM


# ------------------------------------------------------------------ operators: each with a reason, recorded
@dataclass(frozen=True)
class RetryJob(Command):
    """Send an incident out again; with `payload` its data is corrected first."""

    job_id: int
    reason: str
    actor: str
    payload: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class SkipJob(Command):
    """An incident was dealt with by hand: the element is done, with `result` as if it had been delivered."""

    job_id: int
    reason: str
    actor: str
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RetryStart(Command):
    """A start by time that failed is tried again, for the same moment. Result: Done."""

    start_id: int
    reason: str
    actor: str


@dataclass(frozen=True)
class SkipStart(Command):
    """A start by time that failed is given up: the process starts at its next moment. Result: Done."""

    start_id: int
    reason: str
    actor: str


@dataclass(frozen=True)
class SuspendOrder(Command):
    """Nothing moves until it is resumed: tasks cannot be completed, timers and messages wait."""

    order_no: str
    reason: str
    actor: str


@dataclass(frozen=True)
class ResumeOrder(Command):
    """Go on; timers that fell due meanwhile fire once."""

    order_no: str
    reason: str
    actor: str


@dataclass(frozen=True)
class CancelOrder(Command):
    """End a work order by hand."""

    order_no: str
    reason: str
    actor: str


@dataclass(frozen=True)
class MoveToken(Command):
    """Repair the course of one work order: cancel what waits at `cancel`, put tokens before and after elements."""

    order_no: str
    reason: str
    actor: str
    cancel: Sequence[str] = ()
    start_before: Sequence[str] = ()
    start_after: Sequence[str] = ()


@dataclass(frozen=True)
class SetVariables(Command):
    """Correct process variables, and with `document` fields of the document."""

    order_no: str
    values: Mapping[str, Any]
    reason: str
    actor: str
    document: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MigrateOrder(Command):
    """Go on with another version of the diagram. Result: Migrated. Raises CannotMigrate; then nothing has changed.

    target   the version to go to, such as `city_case:4`
    mapping  old element → new element; elements not named keep their id
    called   process key → version for processes it has called; those not named go to their newest
    """

    order_no: str
    target: str
    mapping: Mapping[str, str]
    reason: str
    actor: str
    called: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class RevertMigration(Command):
    """Back to the versions the last migration left. Result: Migrated. Raises CannotMigrate, Conflict."""

    order_no: str
    reason: str
    actor: str


@dataclass(frozen=True)
class PreviewMigration(Command):
    """What a migration would do to one work order, or to all that run on the version `source`. Changes nothing.

    Result: MigrationPreview.
    """

    target: str
    actor: str
    source: str = ""
    order_no: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    called: Mapping[str, int] = field(default_factory=dict)


class Batch(Command):
    """Several commands, each executed on its own: one that is refused changes nothing and stops no other.

    Result: one Outcome for each.
    """


@dataclass(frozen=True)
class MigrateOrders(Batch):
    """Migrate work orders that run on the version `source`: those named, or the oldest `limit`."""

    source: str
    target: str
    mapping: Mapping[str, str]
    reason: str
    actor: str
    called: Mapping[str, int] = field(default_factory=dict)
    order_nos: Sequence[str] = ()
    limit: int = 200


@dataclass(frozen=True)
class Each(Batch):
    """These commands, one after the other."""

    commands: Sequence[Command]
    actor: str


# ------------------------------------------------------------------ change and oversight
@dataclass(frozen=True)
class Deploy(Command):
    """Make files live together, without a colleague. `files`: path below processes/ or forms/ → bytes.

    Unchanged files keep their version. Only the first load of an installation needs no reason: later everything goes
    through a change that two people make (PublishChange), except with `break_glass`, why it could not wait. That is
    recorded. Result: Deployed(versions). Raises InvalidDeployment with findings, NotAllowed; then nothing has changed.
    """

    files: Mapping[str, bytes]
    actor: str
    note: str = ""
    break_glass: str = ""


@dataclass(frozen=True)
class SaveDraft(Command):
    """Put files into a change that is being prepared: path → bytes, or None to take one out again.

    `order_no` is the change's work order; who asks must be able to do its open task with the property `drafts`.
    `opened` is the digest of the draft a person has opened, to overwrite nothing a colleague saved meanwhile.
    """

    order_no: str
    files: Mapping[str, bytes | None]
    actor: str
    opened: str | None = None


@dataclass(frozen=True)
class PublishChange(Command):
    """Make the files of a change live. Result: Deployed.

    approver    who agreed; has the permission `approve`, has finished a task of the change since its last edit and
                has edited nothing of it
    publisher   who publishes; the same holds for them
    effect_at   from when on new work orders use it; at once when it is not in the future
    towns       12-digit codes of the only towns that use it; none: everywhere

    Raises NotAllowed, InvalidDeployment, StaleVersion when somebody else has published meanwhile.
    """

    order_no: str
    approver: str
    publisher: str
    reason: str
    effect_at: datetime | None = None
    towns: Sequence[str] = ()
    actor: str = SYSTEM


@dataclass(frozen=True)
class RollBack(Command):
    """Take a deployment back within a week: new work orders use what was there before, running ones stay.

    Result: Deployed. Raises Conflict when it is too late, or something later is built on it.
    """

    deployment_id: int
    reason: str
    actor: str


@dataclass(frozen=True)
class RevealReporter(Command):
    """Open the vault for one reporter, with a reason that is audited. Result: Reporter."""

    order_no: str
    reason: str
    actor: str


@dataclass(frozen=True)
class ExportOrder(Command):
    """Take a work order out of the system as a file. Result: Exported; a refusal is audited as well."""

    order_no: str
    actor: str


@dataclass(frozen=True)
class Exported:
    """Whether the file may be given out, and if not why: in Chinese and English."""

    allowed: bool
    sentences: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class MarkNoticesSeen(Command):
    """A person has read these notices."""

    notice_ids: Sequence[int]
    actor: str


# ------------------------------------------------------------------ results
@dataclass(frozen=True)
class Accepted:
    """`no` is the work order's number; `duplicate` says it was taken in before."""

    no: str
    duplicate: bool = False


@dataclass(frozen=True)
class Deployed:
    """`versions` maps `process:city_case` to its live version; `changed` lists those this deployment made.

    `findings` are the warnings it was made in spite of.
    """

    versions: Mapping[str, int]
    changed: Sequence[str]
    findings: Sequence[Any] = ()


@dataclass(frozen=True)
class Done:
    """The step is committed. `order_no` says whose; `opened` lists the ids of the user tasks it opened."""

    order_no: str = ""
    opened: Sequence[int] = ()


@dataclass(frozen=True)
class Migrated:
    """`definitions`: old version → new version of each diagram that moved; empty when it was there already."""

    order_no: str
    definitions: Mapping[str, str]


@dataclass(frozen=True)
class PreviewLine:
    """One thing that stands in a diagram: what it becomes (`target`), or why it cannot (`zh`, `en`).

    kind    item, timer, join or compensation
    orders  how many of the work orders looked at have it
    """

    process: str
    kind: str
    source: str
    target: str | None
    zh: str | None
    en: str | None
    orders: int


@dataclass(frozen=True)
class MigrationPreview:
    """What a migration would do. `total` work orders run on the version, `checked` of them were looked at.

    possible     of these can go, `unchanged` are there already
    stuck        numbers of those that cannot
    definitions  old version → new version
    """

    total: int
    checked: int
    possible: int
    unchanged: int
    definitions: Mapping[str, str]
    lines: Sequence[PreviewLine]
    stuck: Sequence[str]


@dataclass(frozen=True)
class Outcome:
    """What became of one command of a batch: its result, or the error it was refused with."""

    command: Command
    result: Any = None
    error: Exception | None = None
