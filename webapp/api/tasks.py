"""/api/tasks: the work list, one task with its form, claims, completions."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_login import login_required
from flask_smorest import Blueprint

from engine import queries
from engine.commands import (
    AnswerRequest,
    AskOpinion,
    AssignTask,
    ClaimTask,
    CopyTask,
    DelegateTask,
    ReleaseTask,
    WithdrawRequest,
)
from engine.queries import TaskFilter
from webapp import form_context, form_words, submission
from webapp.api import schemas
from webapp.current import execute, me, reader
from webapp.i18n import language
from webapp.pages.tasks import cursor, parse_cursor, visible_task

blueprint = Blueprint("api_tasks", __name__, url_prefix="/api/tasks", description="任务 / user tasks")


@blueprint.get("")
@login_required
@blueprint.arguments(schemas.TaskQuery, location="query")
@blueprint.response(200, schemas.TaskList)
def list_tasks(wanted: dict[str, Any]) -> dict[str, Any]:
    """我的待办任务，先到期的在前 / Open tasks of this person, due soonest first"""
    chosen = TaskFilter(wanted["scope"], wanted["stage"], wanted["category"], wanted["town"], wanted["q"])
    limit = wanted["limit"]
    found = list(queries.work_list(reader(), me(), chosen, limit + 1, parse_cursor(wanted["after"])))
    return {"items": found[:limit], "next": cursor(found[limit - 1]) if len(found) > limit else None}


@blueprint.get("/<int:task_id>")
@login_required
@blueprint.response(200, schemas.TaskDetail)
def get_task(task_id: int) -> dict[str, Any]:
    """一项任务及其表单 / One task with its form and the data the form starts with"""
    task = visible_task(task_id)
    form = form_context.form_of(reader(), task["form_key"], task.get("form_digest"))
    context = form_context.context(reader(), form, task, me()) if form else {}
    return {
        **task,
        "may_work": queries.may_take(reader(), me(), task),
        "requests": queries.requests_of(reader(), task_id),
        "schema": form_words.shown(form, context) if form else None,
        "context": context,
    }


@blueprint.put("/<int:task_id>/claim")
@login_required
@blueprint.response(200, schemas.TaskSchema)
def claim_task(task_id: int) -> Any:
    """领取 / Claim"""
    execute(ClaimTask(task_id, me().user_id))
    return visible_task(task_id)


@blueprint.delete("/<int:task_id>/claim")
@login_required
@blueprint.response(200, schemas.TaskSchema)
def release_task(task_id: int) -> Any:
    """退回给同组 / Give back to the group"""
    execute(ReleaseTask(task_id, me().user_id))
    return visible_task(task_id)


@blueprint.put("/<int:task_id>/assignee/<user_id>")
@login_required
@blueprint.response(200, schemas.TaskSchema)
def assign_task(task_id: int, user_id: str) -> Any:
    """交给同事 / Hand to a colleague"""
    execute(AssignTask(task_id, user_id, me().user_id))
    return visible_task(task_id)


@blueprint.post("/<int:task_id>/completion")
@login_required
@blueprint.doc(requestBody={"content": {"application/json": {"schema": schemas.Completion}}})
@blueprint.response(200, schemas.CompletionDone)
def complete_task(task_id: int) -> dict[str, str]:
    """提交表单，完成任务 / Finish with the form's data (JSON, or multipart when there are files)"""
    task = visible_task(task_id)
    submission.complete(reader(), task, me(), submission.read(request), language())
    return {"order_no": task["order_no"], "message": _("“%(task)s”已提交。", task=_(task["name"]))}


# ------------------------------------------------------------------ asking colleagues
@blueprint.get("/requests")
@login_required
@blueprint.response(200, schemas.RequestSchema(many=True))
def list_requests() -> Any:
    """等我答复的加签和委派 / Opinions and delegated tasks that wait for this person"""
    return queries.open_requests(reader(), me())


@blueprint.put("/<int:task_id>/delegation")
@login_required
@blueprint.arguments(schemas.Delegation)
@blueprint.response(200, schemas.TaskDetail)
def delegate_task(asked: dict[str, Any], task_id: int) -> Any:
    """委派 / Let somebody else work on it; it comes back for completion"""
    execute(DelegateTask(task_id, asked["assignee"], asked["text"], me().user_id))
    return _with_requests(task_id)


@blueprint.post("/<int:task_id>/opinions")
@login_required
@blueprint.arguments(schemas.OpinionAsked)
@blueprint.response(201, schemas.TaskDetail)
def ask_opinion(asked: dict[str, Any], task_id: int) -> Any:
    """加签 / Ask for an opinion; completion waits for it"""
    execute(AskOpinion(task_id, asked["receiver"], asked["text"], me().user_id))
    return _with_requests(task_id)


@blueprint.post("/<int:task_id>/copies")
@login_required
@blueprint.arguments(schemas.Copies)
@blueprint.response(201, schemas.TaskDetail)
def copy_task(asked: dict[str, Any], task_id: int) -> Any:
    """抄送 / Let others know and read"""
    execute(CopyTask(task_id, asked["receivers"], asked["text"], me().user_id))
    return _with_requests(task_id)


@blueprint.put("/requests/<int:request_id>/answer")
@login_required
@blueprint.arguments(schemas.Answer)
@blueprint.response(204)
def answer_request(given: dict[str, Any], request_id: int) -> None:
    """答复加签，或交回委派的任务 / Give an opinion, or give a delegated task back"""
    execute(AnswerRequest(request_id, given["text"], me().user_id))


@blueprint.delete("/requests/<int:request_id>")
@login_required
@blueprint.response(204)
def withdraw_request(request_id: int) -> None:
    """撤回加签，或收回委派的任务 / Do without an opinion, or take a delegated task back"""
    execute(WithdrawRequest(request_id, me().user_id))


def _with_requests(task_id: int) -> dict[str, Any]:
    return {**visible_task(task_id), "requests": queries.requests_of(reader(), task_id)}
