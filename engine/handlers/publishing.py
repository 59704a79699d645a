"""A change goes live by two people's hands, and can be taken back for a week.

Who edited is what the history of the change says, not what its form says; who agreed and who publishes must have
finished a task of the change after its last edit. A diagram can therefore not leave the colleague out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from engine import commands, events
from engine.assignment import READ_ACTOR, actor_of
from engine.database import Row
from engine.errors import Conflict, InvalidDeployment, InvalidInput, NeedsTwoPeople, NotFound, StaleVersion
from engine.handlers.deployments import (
    LATEST,
    ONE_AT_A_TIME,
    REFUSED,
    SUFFIXES,
    Scope,
    Unit,
    Why,
    deployment,
    difference_of,
    logged,
    read,
)
from engine.handlers.operator import check_reason
from engine.order import LOCK_BY_NO, Order
from engine.work import Decision, Work, running

DRAFTS = "select path, kind, key, base_version, digest, source, at, by from draft_file where order_id = %(id)s"
EDITORS = "select distinct actor from history where order_id = %(id)s and kind in ('DraftSaved', 'DraftDropped')"
WORKED_SINCE = (
    "select distinct completed_by from user_task where order_id = %(id)s and status = 'completed' "
    "and closed_at >= (select coalesce(max(at), '-infinity') from history where order_id = %(id)s "
    "and kind in ('DraftSaved', 'DraftDropped'))"
)
DEPLOYED = (
    "select d.id, d.at, d.note, f.kind, f.key, f.version, f.digest, f.source, f.effect_at, f.towns, f.revoked_at "
    "from deployment d join definition f on f.deployment_id = d.id where d.id = %(id)s"
)
LATER = (
    "select kind, key, max(version) as version from definition where revoked_at is null "
    "and deployment_id > %(id)s group by kind, key"
)
BEFORE = (
    "select distinct on (kind, key) kind, key, version, digest, name, source from definition "
    "where revoked_at is null and deployment_id < %(id)s order by kind, key, version desc"
)
LOADED = "select act from change_log where deployment_id = %(id)s order by id limit 1"
WEEK = timedelta(days=7)


def publish(work: Work, command: commands.PublishChange) -> Decision:
    """The files of a change, by two people who edited nothing of it."""
    order = running(work.lock(LOCK_BY_NO, no=command.order_no)[0])
    work.transaction.run(ONE_AT_A_TIME)
    drafts = work.transaction.rows(DRAFTS, {"id": order.id})
    work.refresh()
    editors = _check_people(work, order, command)
    _check_bases(work, drafts)
    later = command.effect_at if command.effect_at and command.effect_at > work.now else None
    scope = Scope(later, _towns(work, command.towns))
    reason = check_reason(command.reason)
    people = {"editors": editors, "approver": command.approver, "publisher": command.publisher}
    files = {row["path"]: bytes(row["source"]) for row in drafts}
    found, result = deployment(work, files, reason, scope, Why("publish", reason, order.no, people))
    if not found:
        raise InvalidInput("内容与现行版本相同，没有可以发布的修改。", "Nothing differs from what is live.")
    made = {name: result.versions[name] for name in result.changed}
    published = events.ChangePublished(command.approver, command.publisher, reason, scope.effect_at, scope.towns, made)
    return Decision(order, [*found, published], result)


def _check_people(work: Work, order: Order, command: commands.PublishChange) -> list[str]:
    """Who edited. Raises NotAllowed unless approver and publisher may approve, looked at it last, and did not edit."""
    editors = sorted(row["actor"] for row in work.transaction.rows(EDITORS, {"id": order.id}))
    worked = {row["completed_by"] for row in work.transaction.rows(WORKED_SINCE, {"id": order.id})}
    for user in (command.approver, command.publisher):
        person = actor_of(work.transaction.row(READ_ACTOR, {"actor": user, "now": work.now}))
        work.permit(person, "approve", REFUSED)
        if user in editors or user not in worked:
            raise NeedsTwoPeople()
    return editors


def _check_bases(work: Work, drafts: Sequence[Row]) -> None:
    """Raises StaleVersion when somebody else has published one of the files since it was taken from."""
    if not drafts:
        raise InvalidInput("这件变更里还没有修改过的文件。", "This change has no file yet.")
    live = {(row["kind"], row["key"]): row for row in work.transaction.rows(LATEST)}
    for draft in drafts:
        standing = live.get((draft["kind"], draft["key"]))
        if standing and standing["version"] != draft["base_version"] and standing["digest"] != draft["digest"]:
            raise StaleVersion(
                f"{draft['path']} 是从第 {draft['base_version']} 版改的，其间已发布第 {standing['version']} 版；"
                "请从新版重新修改。",
                f"{draft['path']} was made from version {draft['base_version']}; version {standing['version']} "
                "has been published since. Start again from it.",
            )


def _towns(work: Work, towns: Sequence[str]) -> tuple[str, ...]:
    divisions = work.definitions.reference.divisions
    if unknown := sorted(code for code in towns if divisions.get(code, {}).get("level") != "镇街"):
        names = "、".join(unknown)
        raise InvalidInput(f"没有镇街 {names}。", f"There is no town {names}.", {"towns": [f"没有镇街 {names}。"]})
    return tuple(sorted(set(towns)))


# ------------------------------------------------------------------ going back
def roll_back(work: Work, command: commands.RollBack) -> Decision:
    """New work orders use what was live before; what runs stays where it is."""
    work.transaction.run(ONE_AT_A_TIME)
    work.refresh()
    work.permit(actor_of(work.transaction.row(*work.actor_query())), "deploy", REFUSED)
    reason = check_reason(command.reason)
    made = work.transaction.rows(DEPLOYED, {"id": command.deployment_id})
    _check_recent(work, command.deployment_id, made)
    before = {(row["kind"], row["key"]): row for row in work.transaction.rows(BEFORE, {"id": command.deployment_id})}
    back = [before[row["kind"], row["key"]] for row in made if (row["kind"], row["key"]) in before]
    units, findings = read(work, {_path(row): bytes(row["source"]) for row in back})
    if any(finding.severity == "error" for finding in findings):
        raise InvalidDeployment(findings)
    starts = [start for unit in units for start in unit.starts]
    timed = [start for unit in units for start in unit.timer_starts]
    keys = [row["key"] for row in made if row["kind"] == "process"]
    definitions = [
        difference_of(work, row, Unit(old["kind"], old["key"], old["name"], bytes(old["source"])), old)
        for row in made
        if (old := before.get((row["kind"], row["key"])))
    ]
    why, scope = Why("rollback", reason), Scope(None, tuple(made[0]["towns"]))
    line = logged(work, why, scope, definitions, command.deployment_id)
    versions = {f"{row['kind']}:{row['key']}": row["version"] for row in back}
    revoked = events.DeploymentRevoked(command.deployment_id, keys, starts, timed)
    return Decision(None, [revoked, line], commands.Deployed(versions, list(versions)))


def _check_recent(work: Work, deployment_id: int, made: Sequence[Row]) -> None:
    """Raises NotFound or Conflict unless the deployment can still be taken back."""
    if not made:
        raise NotFound("没有找到这次发布。", "This deployment was not found.")
    if made[0]["revoked_at"]:
        raise Conflict("这次发布已经撤回过了。", "This deployment has been taken back already.")
    log = work.transaction.row(LOADED, {"id": deployment_id})
    if log and log["act"] == "load":
        raise Conflict("首次装载不能撤回。", "The first load cannot be taken back.")
    if work.now > max(made[0]["at"], made[0]["effect_at"] or made[0]["at"]) + WEEK:
        raise Conflict(
            "发布已超过7天，不能一键撤回；请另作一次变更恢复旧版。",
            "More than 7 days have passed: make another change that restores the old version.",
        )
    later = {(row["kind"], row["key"]): row["version"] for row in work.transaction.rows(LATER, {"id": deployment_id})}
    if built := [row["key"] for row in made if (row["kind"], row["key"]) in later]:
        names = "、".join(sorted(set(built)))
        raise Conflict(
            f"{names} 之后又发布过新版，请先撤回较新的发布。",
            f"{names} has been published again since; take the later deployment back first.",
        )


def _path(row: Row) -> str:
    suffix = next(suffix for suffix, kind in SUFFIXES.items() if kind == row["kind"])
    return f"forms/{row['key']}.form" if suffix == ".form" else f"{row['key']}/{row['key']}{suffix}"
