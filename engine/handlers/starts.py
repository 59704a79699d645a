"""Work orders that people begin themselves, with the form of a process's start event.

What is typed about a reporter goes to the vault where the process says so (property `sealReporter`), as it does for
every other way in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import commands, events
from engine.assignment import Actor
from engine.errors import InvalidInput, NotAllowed, NotFound
from engine.handlers.reports import headline, identity, known
from engine.handlers.starting import open_order
from engine.handlers.tasks import attached
from engine.offers import Start, reaches
from engine.ports import Reporter
from engine.work import Decision, Work

MANUAL = "manual"
"""The channel of what people of the district enter themselves."""
ABOUT = "select no, kind, document from work_order where no = %(no)s"
TAKEN_OVER = (
    "title",
    "address",
    "lon",
    "lat",
    "gridCode",
    "villageCode",
    "townCode",
    "categoryCode",
    "caseNo",
    "appealNo",
)
"""What a new work order takes over from the one it is about."""


def start(work: Work, command: commands.StartOrder) -> Decision:
    """Begin a process; a repeat with the same `request_id` changes nothing."""
    work.refresh()
    person = work.person(work.transaction.rows(*work.actor_query()))
    taken = events.InboundTaken(f"start:{person.user_id}", command.request_id, command.process_key, 0, "", {})
    if command.request_id and (repeat := known(work, taken)):
        return repeat
    offer = work.definitions.start(work.transaction, command.process_key, work.now)
    behalf = _authorised(offer, person)
    about = _about(work, offer, command.about)
    document, more = _document(work, offer, command, about)
    document |= _started(person, behalf, about)
    said = {name: document[name] for name in command.data if name in document}
    begun = events.OrderStarted(
        offer.element,
        offer.process,
        offer.form_key,
        said,
        person.user_id,
        document["startedUnit"],
        command.about,
        behalf,
    )
    files = [attached(work, file_id, file) for file_id, file in command.files.items()]
    before = [taken] if command.request_id else []
    order, found = open_order(work, offer.process, offer.element, document, [*before, begun, *more, *files])
    return Decision(order, found, commands.Accepted(order.no))


def _authorised(offer: Start, person: Actor) -> str | None:
    """Whom the person stands in for. Raises NotAllowed."""
    if reaches(offer.starters, person.candidates):
        return None
    for cover in person.covers:
        if reaches(offer.starters, cover.candidates):
            return cover.user_id
    raise NotAllowed(f"您的岗位不能新建“{offer.name}”。", f"Your post may not start {offer.name}.")


def _about(work: Work, offer: Start, no: str | None) -> Mapping[str, Any] | None:
    if not no:
        if not offer.alone:
            sentence = f"“{offer.name}”要从相关的工单页面上发起。"
            raise InvalidInput(sentence, f"Start {offer.name} from the work order it is about.")
        return None
    about = work.transaction.row(ABOUT, {"no": no})
    if about is None:
        raise NotFound(f"没有找到工单 {no}。", f"Work order {no} was not found.")
    if offer.starts_from and about["kind"] not in offer.starts_from:
        raise InvalidInput(f"“{offer.name}”不能从工单 {no} 发起。", f"{offer.name} cannot be started from {no}.")
    return about


def _document(
    work: Work, offer: Start, command: commands.StartOrder, about: Mapping[str, Any] | None
) -> tuple[dict[str, Any], list[events.Event]]:
    """What the work order begins with, and what went to the vault."""
    document: dict[str, Any] = {
        "sourceChannel": MANUAL,
        "channel": work.definitions.reference.channels.get(MANUAL, {}).get("name", MANUAL),
        "receivedAt": work.now,
        **taken_over(about),
        **command.data,
    }
    sealed: list[events.Event] = []
    if offer.seals:
        data = command.data
        reporter = Reporter(
            str(data.get("reporterName") or ""),
            str(data.get("reporterPhone") or ""),
            data.get("confidential") is True,
            data.get("wantsReply") is not False,
        )
        masked, event = identity(work, reporter)
        document, sealed = {"facts": {"lifeRisk": False}, **document, **masked}, [event]
    if not document.get("title"):
        document["title"] = headline(str(document.get("content") or "").strip() or offer.name)
    return document, sealed


def taken_over(about: Mapping[str, Any] | None) -> dict[str, Any]:
    """The fields a new work order takes over from the one it is about."""
    found: Mapping[str, Any] = about["document"] if about else {}
    return {name: found[name] for name in TAKEN_OVER if found.get(name) is not None}


def _started(person: Actor, behalf: str | None, about: Mapping[str, Any] | None) -> dict[str, Any]:
    unit = next((cover.unit for cover in person.covers if cover.user_id == behalf), person.unit)
    found: dict[str, Any] = {"startedBy": person.user_id, "startedUnit": unit, "applicantUser": person.user_id}
    if behalf:
        found["startedFor"] = behalf
    return {**found, "aboutNo": about["no"], "aboutKind": about["kind"]} if about else found
