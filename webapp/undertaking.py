"""Forms of what people do on their own account: starting a process, acting on a running work order.

Pages, REST and scenarios share this door; the task-like mapping it makes is what forms know of their surroundings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.commands import CITIZEN, SendAction, StartOrder
from engine.errors import NotFound
from engine.handlers.starts import taken_over
from engine.offers import Action, Start
from engine.ports import FileContent
from engine.queries import Viewer
from forms import Form
from webapp import form_context, submission
from webapp.submission import Submission

NOBODY = Viewer(CITIZEN, "", "", "", ())
"""How a reporter's form sees the lists: nothing that only staff may see."""
Clean = tuple[Mapping[str, Any], Mapping[str, FileContent]]


def opening(offer: Start, about: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the form of a start event sees: nothing, or what it takes over from the work order it is about."""
    document = taken_over(about)
    return {
        "order_id": None,
        "order_no": "",
        "order_kind": "",
        "status_code": None,
        "opened_at": None,
        "category_code": document.get("categoryCode"),
        "village_code": document.get("villageCode"),
        "town_code": document.get("townCode"),
        "document": document,
        "variables": None,
        "stage": None,
        "form_key": offer.form_key,
    }


def acting(order: Mapping[str, Any], action: Action) -> dict[str, Any]:
    """What the form of an action sees: the work order's document, before it the variables where the event waits."""
    return {
        **{name: order[name] for name in ("status_code", "opened_at", "category_code", "village_code", "town_code")},
        "order_id": order["id"],
        "order_no": order["no"],
        "order_kind": order["kind"],
        "document": order["document"],
        "variables": action.variables,
        "stage": None,
        "form_key": action.form_key,
    }


def form_of(reader: Any, task: Mapping[str, Any]) -> Form:
    """The form in its newest version. Raises NotFound."""
    form = form_context.form_of(reader, task["form_key"])
    if form is None:
        raise NotFound(
            f"没有找到表单 {task['form_key']}，请联系流程负责人。", f"The form {task['form_key']} was not found."
        )
    return form


def started(
    reader: Any, offer: Start, who: Viewer, sent: Submission, locale: str, about: Mapping[str, Any] | None
) -> StartOrder:
    """The command of a submitted start form. Raises InvalidInput with the errors of each field."""
    data, files = _clean(reader, opening(offer, about), who, sent, locale)
    no = str(about["no"]) if about else None
    return StartOrder(offer.process, data, who.user_id, files, no, sent.request_id)


def acted(
    reader: Any, order: Mapping[str, Any], action: Action, who: Viewer, sent: Submission, locale: str
) -> SendAction:
    """The command of an action with what its form says. Raises InvalidInput with the errors of each field."""
    data, files = _clean(reader, acting(order, action), who, sent, locale) if action.form_key else ({}, {})
    return SendAction(order["no"], action.element, data, who.user_id, files, sent.request_id)


def _clean(reader: Any, task: Mapping[str, Any], who: Viewer, sent: Submission, locale: str) -> Clean:
    return submission.validated(reader, form_of(reader, task), task, who, sent, locale)
