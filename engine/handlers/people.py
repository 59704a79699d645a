"""The vault and the inbox."""

from __future__ import annotations

from engine import audit, commands, events, vault
from engine.errors import InvalidInput, NotFound
from engine.order import LOCK_BY_NO
from engine.work import Decision, Work, present

READ_REPORTER = (
    "select r.sealed, r.confidential from reporter r join work_order o on o.id = r.order_id where o.no = %(no)s"
)
MIN_REASON = 4
CONCERNED = (
    "select bool_or(coalesce(r.confidential, false) or o.document ->> 'confidential' = 'true') as confidential "
    "from work_order o left join reporter r on r.order_id = o.id where o.no = %(no)s or o.case_no = %(no)s"
)
"""A case is as confidential as the appeals that belong to it."""

REFUSED = ("您的岗位不能查看反映人身份，请联系受理员。", "Your post may not see who reported; ask the acceptor.")
NO_EXPORT = (
    "您的岗位不能导出工单，请联系值班长或审计管理员。这次操作已记入审计。",
    "Your post may not export work orders; ask the shift leader or the auditor. This try was audited.",
)
CONFIDENTIAL = (
    "反映人要求保密，这件工单任何人都不能导出。这次操作已记入审计。",
    "The reporter asked for confidentiality: nobody may export this work order. This try was audited.",
)


SECRET = (
    "这件工单的密级不允许导出。这次操作已记入审计。",
    "The secrecy of this work order does not allow to export it. This try was audited.",
)


def reveal(work: Work, command: commands.RevealReporter) -> Decision:
    """Open the vault for one reporter. The reason and the person are audited in the same transaction."""
    if len(command.reason.strip()) < MIN_REASON:
        sentence = f"请写明查看理由，至少 {MIN_REASON} 个字。"
        raise InvalidInput(sentence, "Give a reason for looking.", {"reason": [sentence]})
    order, (reporters, people) = work.lock(
        LOCK_BY_NO, (READ_REPORTER, {"no": command.order_no}), work.actor_query(), no=command.order_no
    )
    person = work.person(people)
    if order is None or not reporters:
        raise NotFound()
    confidential = reporters[0]["confidential"] or order.document.get("confidential") is True  # asked for later
    reporter = vault.unseal(work.ports.cipher, bytes(reporters[0]["sealed"]), confidential)
    work.permit(person, "reveal_confidential" if reporter.confidential else "reveal", REFUSED)
    reason = command.reason.strip()
    return Decision(
        order, [events.ReporterRevealed(order.no, reason), _audited(work, "REVEAL", order.no, reason)], reporter
    )


def export(work: Work, command: commands.ExportOrder) -> Decision:
    """Let a work order out as a file, or refuse it: both are audited, so a refusal is an answer, not an error."""
    order, (concerned, people) = work.lock(
        LOCK_BY_NO, (CONCERNED, {"no": command.order_no}), work.actor_query(), no=command.order_no
    )
    person, order = work.person(people), present(order)
    refused = None
    if concerned[0]["confidential"]:
        refused = CONFIDENTIAL
    elif work.definitions.reference.secrecy(order.document).get("export") == "N":
        refused = SECRET
    elif not work.definitions.reference.permits("export", person.candidates):
        refused = NO_EXPORT
    act, reason = ("EXPORT_REFUSED", refused[0]) if refused else ("EXPORT", "")
    noted = [events.OrderExported(order.no, reason), _audited(work, act, order.no, reason)]
    return Decision(order, noted, commands.Exported(refused is None, refused or ("", "")))


def _audited(work: Work, act: str, no: str, reason: str) -> events.Audited:
    entry = audit.Entry(work.now, work.actor, act, no, reason)
    return events.Audited(audit.link(work.transaction, work.ports.sm3, entry))


def seen(work: Work, command: commands.MarkNoticesSeen) -> Decision:
    """Mark notices as read by this person."""
    return Decision(None, [events.NoticesSeen(list(command.notice_ids))], commands.Done())
