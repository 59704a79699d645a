"""The one door: `Engine.execute(command)`.

authorise → lock the work order → decide (handler) → apply → commit: one command, one transaction, nothing called over
a network in between. A refused command raises an EngineError and has changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from engine import audit, commands, events
from engine.apply import apply
from engine.database import Database, Transaction
from engine.definitions import Definitions
from engine.errors import AlreadyTaken, EngineError
from engine.handlers import (
    actions,
    background,
    deployments,
    drafts,
    messages,
    migration,
    operator,
    people,
    publishing,
    reports,
    requests,
    starts,
    tasks,
    timed,
)
from engine.journal import Journal
from engine.offers import OPEN_TASKS_OF, Action, Start, may_act, reaches
from engine.order import COLUMNS, Order
from engine.work import Decision, Ports, Work

Handler = Callable[[Work, Any], Decision]

HANDLERS: dict[type[commands.Command], Handler] = {
    commands.SubmitReport: reports.submit,
    commands.TakeInbound: reports.take,
    commands.DeliverMessage: messages.deliver,
    commands.DeliverSignal: messages.signal,
    commands.RateAppeal: messages.rate,
    commands.StartOrder: starts.start,
    commands.SendAction: actions.send,
    commands.ClaimTask: tasks.claim,
    commands.ReleaseTask: tasks.release,
    commands.AssignTask: tasks.assign,
    commands.DelegateTask: requests.delegate,
    commands.AskOpinion: requests.ask,
    commands.CopyTask: requests.copy,
    commands.AnswerRequest: requests.answer,
    commands.WithdrawRequest: requests.withdraw,
    commands.CompleteTask: tasks.complete,
    commands.FireTimer: background.fire_timer,
    commands.FailTimer: background.fail_timer,
    commands.StartByTime: timed.start,
    commands.FailStart: timed.fail,
    commands.ArmStarts: timed.arm,
    commands.CompleteJob: background.complete_job,
    commands.FailJob: background.fail_job,
    commands.RetryStart: timed.retry,
    commands.SkipStart: timed.skip,
    commands.RetryJob: operator.retry_job,
    commands.SkipJob: operator.skip_job,
    commands.SuspendOrder: operator.suspend,
    commands.ResumeOrder: operator.resume,
    commands.CancelOrder: operator.cancel,
    commands.MoveToken: operator.move,
    commands.SetVariables: operator.set_variables,
    commands.MigrateOrder: migration.migrate,
    commands.RevertMigration: migration.revert,
    commands.PreviewMigration: migration.preview,
    commands.MigrateOrders: migration.many,
    commands.Each: operator.each,
    commands.Deploy: deployments.deploy,
    commands.SaveDraft: drafts.save,
    commands.PublishChange: publishing.publish,
    commands.RollBack: publishing.roll_back,
    commands.RevealReporter: people.reveal,
    commands.ExportOrder: people.export,
    commands.MarkNoticesSeen: people.seen,
}


def utc_now() -> datetime:
    """The wall clock, used where nobody injects another."""
    return datetime.now(UTC)


class Engine:
    """Executes commands against one database. Safe to share between threads.

    `queues`: whether new jobs are put into the workers' queue; who carries them out at once leaves it empty.
    """

    def __init__(
        self, database: Database, ports: Ports, clock: Callable[[], datetime] = utc_now, queues: bool = True
    ) -> None:
        self.database, self.ports, self.clock, self.queues = database, ports, clock, queues
        self.definitions = Definitions(ports.classify)

    def execute(self, command: commands.Command) -> Any:
        """Do it whole or refuse it whole. Returns the command's result; raises EngineError.

        A Batch is taken apart: each of its commands is done whole or refused whole, in a transaction of its own.
        """
        if isinstance(command, commands.Batch):
            return [self._attempt(single) for single in self._execute(command)]
        try:
            return self._execute(command)
        except AlreadyTaken:
            return self._execute(command)  # somebody else took it in at the same moment: now it is a known repeat

    def _attempt(self, command: commands.Command) -> commands.Outcome:
        try:
            return commands.Outcome(command, self.execute(command))
        except EngineError as refused:
            return commands.Outcome(command, error=refused)

    def _execute(self, command: commands.Command) -> Any:
        with self.database.transaction() as transaction:
            work = self._work(transaction, command.actor)
            decision = HANDLERS[type(command)](work, command)
            if decision.events:
                self._apply(work, decision)
            return decision.result

    def _work(self, transaction: Transaction, actor: str) -> Work:
        return Work(transaction, self.definitions, self.ports, self.clock(), actor)

    def _apply(self, work: Work, decision: Decision) -> None:
        journal = Journal(decision.order, work.actor, work.now, self.queues)
        for event in (*decision.events, *_audited(work, decision)):
            apply(journal, event)
        journal.flush(work.transaction)

    def permits(self, permission: str, candidates: Collection[str]) -> bool:
        """Whether a page may offer something to who holds these posts; the command itself is checked again."""
        if not self.definitions.reference.stamp:
            with self.database.transaction() as transaction:
                self._work(transaction, commands.SYSTEM).refresh()
        return self.definitions.reference.permits(permission, candidates)

    def screening(self, texts: Sequence[str]) -> Mapping[str, Any]:
        """What the district's words say of danger in a text, before there is a work order of it."""
        with self.database.transaction() as transaction:
            self._work(transaction, commands.SYSTEM).refresh()
            return self.definitions.intake(transaction).screening(texts)

    def starts(self, addresses: Collection[str], fresh: bool = True) -> list[Start]:
        """What somebody with these addresses may start; not `fresh`: as this process knew it last."""
        with self.database.transaction() as transaction:
            if fresh or self.definitions.live.deployment < 0:
                self._work(transaction, commands.SYSTEM).refresh()
            found = self.definitions.starts(transaction, self.clock())
        return [one for one in found if reaches(one.starters, addresses)]

    def kinds(self) -> Mapping[str, str]:
        """Kinds of work orders, each with the name of the process that opens it, as this process knew them last."""
        with self.database.transaction() as transaction:
            if self.definitions.live.deployment < 0:
                self._work(transaction, commands.SYSTEM).refresh()
            return self.definitions.kinds(transaction, self.clock())

    def actions(self, order_no: str, user: str, addresses: Collection[str]) -> list[Action]:
        """What somebody may do to a work order now; the first of each event, in the order they wait."""
        with self.database.transaction() as transaction:
            work = self._work(transaction, commands.SYSTEM)
            work.refresh()
            row = transaction.row(f"select {COLUMNS} from work_order where no = %(no)s", {"no": order_no})
            if row is None or row["status"] != "active":
                return []
            offered = work.step(Order.from_row(row)).actions()
            tasks = transaction.rows(OPEN_TASKS_OF, {"no": order_no}) if offered else []
        mine = [one for one in offered if may_act(one, user, addresses, tasks)]
        return list({one.element: one for one in reversed(mine)}.values())[::-1]

    def check(self, files: dict[str, bytes]) -> list[Any]:
        """Findings of files as a deployment would see them; changes nothing."""
        with self.database.transaction() as transaction:
            return deployments.check(self._work(transaction, commands.SYSTEM), files)


def _audited(work: Work, decision: Decision) -> Iterator[events.Event]:
    """Whose posts go to somebody else for a time belongs in the audit log, whoever brought it about."""
    for event in decision.events:
        if isinstance(event, events.AbsenceRecorded):
            told = {"from": event.start, "to": event.end, "deputy": event.deputy, "scope": list(event.scope)}
            order = {"order": decision.order.no} if decision.order else {}
            entry = audit.Entry(work.now, work.actor, "ABSENCE", event.user, event.reason, {**told, **order})
            yield events.Audited(audit.link(work.transaction, work.ports.sm3, entry))
