"""/api/starts: processes people may start, with the form of their start event."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_login import login_required
from flask_smorest import Blueprint

from webapp import form_context, form_words, submission, undertaking
from webapp.api import schemas
from webapp.current import execute, me, reader
from webapp.i18n import language
from webapp.pages.undertaking import about, follow_up_code, my_start, my_starts, started_message

blueprint = Blueprint("api_starts", __name__, url_prefix="/api/starts", description="新建 / starting processes")


@blueprint.get("")
@login_required
@blueprint.arguments(schemas.StartQuery, location="query")
@blueprint.response(200, schemas.StartSchema(many=True))
def list_starts(wanted: dict[str, Any]) -> Any:
    """我可以发起的流程 / Processes this person may start, about nothing or about a work order"""
    other = about()
    return my_starts(other["kind"] if other else None)


@blueprint.get("/<process>")
@login_required
@blueprint.arguments(schemas.StartQuery, location="query")
@blueprint.response(200, schemas.StartDetail)
def get_start(wanted: dict[str, Any], process: str) -> dict[str, Any]:
    """一个流程及其开始表单 / One process with its form and the data the form starts with"""
    offer = my_start(process)
    task = undertaking.opening(offer, about())
    form = undertaking.form_of(reader(), task)
    context = form_context.context(reader(), form, task, me())
    return {**vars(offer), "schema": form_words.shown(form, context), "context": context}


@blueprint.post("/<process>")
@login_required
@blueprint.arguments(schemas.StartQuery, location="query")
@blueprint.doc(requestBody={"content": {"application/json": {"schema": schemas.Undertaken}}})
@blueprint.response(201, schemas.Started)
def start(wanted: dict[str, Any], process: str) -> dict[str, Any]:
    """新建一件工单 / Begin a work order with the form's data (JSON, or multipart when there are files)"""
    offer, other = my_start(process), about()
    done = execute(undertaking.started(reader(), offer, me(), submission.read(request), language(), other))
    code = {"follow_up_code": follow_up_code(done.no)} if offer.seals else {}
    return {"no": done.no, "duplicate": done.duplicate, "message": started_message(offer, done.no), **code}
