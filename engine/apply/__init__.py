"""The only place where anything changes: each event to the rows it stands for, and to its history row.

Appliers are short and take (journal, event), a module for each kind of thing they change. They decide nothing; legal
moves come from `lifecycle`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine import events
from engine.apply import (
    deployments,
    history,
    jobs,
    messages,
    migration,
    orders,
    people,
    requests,
    stages,
    starts,
    tasks,
    timers,
)
from engine.journal import Journal

Applier = Callable[[Journal, Any], None]

APPLIERS: dict[type[events.Event], Applier] = {
    events.OrderOpened: orders.opened,
    events.DocumentChanged: orders.document_changed,
    events.StatusChanged: orders.status_changed,
    events.StateChanged: orders.state_changed,
    events.OrderEnded: orders.ended,
    events.OrderReopened: orders.reopened,
    events.OrderSuspended: orders.suspended,
    events.OrderResumed: orders.resumed,
    events.OrderMigrated: migration.migrated,
    events.FileAttached: orders.file_attached,
    events.LedgerEntered: orders.ledger_entered,
    events.StageStarted: stages.changed,
    events.StageRescheduled: stages.rescheduled,
    events.StageHeld: stages.changed,
    events.StageStopped: stages.changed,
    events.TaskOpened: tasks.opened,
    events.TaskClaimedBy: tasks.claimed,
    events.TaskReleased: tasks.released,
    events.TaskCompleted: tasks.completed,
    events.TaskCancelled: tasks.cancelled,
    events.TaskDelegated: requests.delegated,
    events.TaskGivenBack: requests.given_back,
    events.OpinionAsked: requests.opinion_asked,
    events.OpinionGiven: requests.opinion_given,
    events.OpinionWithdrawn: requests.opinion_withdrawn,
    events.TaskCopied: requests.copied,
    events.TimerArmed: timers.armed,
    events.TimerDisarmed: timers.disarmed,
    events.TimerFired: timers.fired,
    events.TimerFailed: timers.failed,
    events.JobCreated: jobs.created,
    events.JobCompleted: jobs.completed,
    events.JobRetried: jobs.retried,
    events.JobCorrected: jobs.corrected,
    events.JobCancelled: jobs.cancelled,
    events.IncidentRaised: jobs.incident_raised,
    events.IncidentResolved: jobs.incident_resolved,
    events.MessageCarried: jobs.carried,
    events.Subscribed: messages.subscribed,
    events.Unsubscribed: messages.unsubscribed,
    events.InboundTaken: messages.taken,
    events.StartedByTime: starts.served,
    events.StartFailed: starts.failed,
    events.StartsArmed: starts.armed,
    events.DraftSaved: deployments.draft_saved,
    events.DraftDropped: deployments.draft_dropped,
    events.DefinitionsDeployed: deployments.deployed,
    events.DeploymentRevoked: deployments.revoked,
    events.ChangeLogged: deployments.logged,
    events.NoticeIssued: people.notice_issued,
    events.NoticesSeen: people.notices_seen,
    events.ReporterSealed: people.reporter_sealed,
    events.RatingLinkIssued: people.rating_link_issued,
    events.RatingLinkUsed: people.rating_link_used,
    events.AbsenceRecorded: people.absence_recorded,
    events.Audited: people.audited,
    events.ElementEntered: history.entered,
}
"""Events that are not here are their history row and nothing else."""


def apply(journal: Journal, event: events.Event) -> None:
    """Write one event down, with its history row."""
    applier = APPLIERS.get(type(event))
    if applier is not None:
        applier(journal, event)
    if event.recorded:
        history.record(journal, event)
