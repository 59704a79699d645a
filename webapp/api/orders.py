"""/api/orders: appeals and cases, as far as this person may see them."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_login import login_required
from flask_smorest import Blueprint

from engine import queries
from engine.queries import OrderFilter
from webapp import discretion, form_context, form_words, identity, labels, provenance, submission, undertaking
from webapp.api import schemas
from webapp.current import execute, me, reader
from webapp.i18n import language
from webapp.pages.orders import visible_order
from webapp.pages.undertaking import my_action, my_actions

blueprint = Blueprint("api_orders", __name__, url_prefix="/api/orders", description="工单 / work orders")
HIDDEN = frozenset({"reporterRef", "reporterMark", "creditKey"})


@blueprint.get("")
@login_required
@blueprint.arguments(schemas.OrderQuery, location="query")
@blueprint.response(200, schemas.OrderList)
def list_orders(wanted: dict[str, Any]) -> dict[str, Any]:
    """工单，新的在前 / Work orders, newest first"""
    limit = wanted["limit"]
    names = ("kind", "status", "category", "town", "mark")
    chosen = OrderFilter(wanted["q"], *(wanted[name] for name in names))
    found = list(queries.search_orders(reader(), me(), chosen, wanted["before"], limit + 1))
    return {
        "items": [_worded(order) for order in found[:limit]],
        "next": found[limit - 1]["id"] if len(found) > limit else None,
    }


@blueprint.get("/<no>")
@login_required
@blueprint.response(200, schemas.OrderDetail)
def get_order(no: str) -> dict[str, Any]:
    """一件工单及其文档、证据、所用版本和在办任务 / One work order with document, evidence, versions and open tasks"""
    order = visible_order(no)
    shown = discretion.document(order["document"] or {}, order["definition"])
    unseen = HIDDEN if identity.shown(shown, me()) is not None else HIDDEN.union(identity.MASKED)
    document = {key: value for key, value in shown.items() if key not in unseen}
    known = discretion.tasks(queries.tasks_of(reader(), order["id"]), order["definition"])
    tasks = [task for task in known if task["status"] in ("open", "claimed")]
    rests_on = {"evidence": provenance.evidence(order), "versions": provenance.versions(order)}
    return {**_worded(order), "document": document, **rests_on, "tasks": tasks}


@blueprint.get("/<no>/history")
@login_required
@blueprint.response(200, schemas.HistoryEvent(many=True))
def get_history(no: str) -> Any:
    """全部经过 / Everything that happened, oldest first"""
    order = visible_order(no)
    return discretion.history(order["id"], order["definition"])


@blueprint.get("/<no>/actions")
@login_required
@blueprint.response(200, schemas.ActionSchema(many=True))
def list_actions(no: str) -> Any:
    """我现在可以办理的操作 / What this person may do to the work order now"""
    visible_order(no)
    return my_actions(no)


@blueprint.get("/<no>/actions/<element>")
@login_required
@blueprint.response(200, schemas.ActionDetail)
def get_action(no: str, element: str) -> dict[str, Any]:
    """一项操作及其表单 / One of them with its form and the data the form starts with"""
    order, chosen = visible_order(no), my_action(no, element)
    task = undertaking.acting(order, chosen)
    form = undertaking.form_of(reader(), task) if chosen.form_key else None
    context = form_context.context(reader(), form, task, me()) if form else {}
    return {**vars(chosen), "schema": form_words.shown(form, context) if form else None, "context": context}


@blueprint.post("/<no>/actions/<element>")
@login_required
@blueprint.doc(requestBody={"content": {"application/json": {"schema": schemas.Undertaken}}})
@blueprint.response(200, schemas.CompletionDone)
def act(no: str, element: str) -> dict[str, str]:
    """办理一项操作 / Do it, with the form's data (JSON, or multipart when there are files)"""
    order, chosen = visible_order(no), my_action(no, element)
    execute(undertaking.acted(reader(), order, chosen, me(), submission.read(request), language()))
    return {"order_no": no, "message": _("“%(action)s”已提交。", action=_(chosen.text))}


def _worded(order: Any) -> dict[str, Any]:
    return {**order, "status_name": labels.status_name(order["status_code"], order["kind"], order["status"])}
