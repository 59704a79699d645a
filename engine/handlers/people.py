"""The vault and the inbox."""

from __future__ import annotations

from engine import commands, events, vault
from engine.errors import InvalidInput, NotFound
from engine.order import LOCK_BY_NO
from engine.work import Decision, Work

READ_REPORTER = (
    "select r.sealed, r.confidential from reporter r join work_order o on o.id = r.order_id where o.no = %(no)s"
)
MIN_REASON = 4
REFUSED = ("您的岗位不能查看反映人身份，请联系受理员。", "Your post may not see who reported; ask the acceptor.")


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
    return Decision(order, [events.ReporterRevealed(order.no, command.reason.strip())], reporter)


def seen(work: Work, command: commands.MarkNoticesSeen) -> Decision:
    """Mark notices as read by this person."""
    return Decision(None, [events.NoticesSeen(list(command.notice_ids))], commands.Done())
