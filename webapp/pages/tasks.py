"""My work: the list, one task with its form, claiming, handing over, finishing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from engine import certificates, queries
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
from engine.errors import EngineError, NotAllowed, NotFound
from engine.queries import TaskFilter
from webapp import discretion, form_context, form_words, identity, labels, photo_pairs, submission, timeline
from webapp.current import execute, me, my_counts, now, reader, wiring
from webapp.diagrams import element_names
from webapp.errors import wants_json
from webapp.i18n import language, sentence
from webapp.times import ZONE

blueprint = Blueprint("tasks", __name__)
PAGE = 50
FILTERS = ("scope", "stage", "category", "town", "seat", "q")
MOST_AT_ONCE = 100


@blueprint.get("/tasks")
@login_required
def index() -> ResponseReturnValue:
    """The work list."""
    if request.args.get("scope") == "done":
        return _done_today()
    wanted = wanted_tasks(request.args)
    found = list(queries.work_list(reader(), me(), wanted, PAGE + 1, _after()))
    more = found[PAGE - 1] if len(found) > PAGE else None
    following = {**_kept(), "after": cursor(more)} if more else None
    seats = _seats()
    at_seats = queries.waiting_for(reader(), me(), wanted, list(seats)) if seats else {}
    return render_template(
        "tasks/index.html",
        tasks=found[:PAGE],
        wanted=wanted,
        counts=my_counts(),
        asked=queries.open_requests(reader(), me()) if not _after() else [],
        facets={
            **queries.facets(reader(), me(), wanted),
            "seat": [{"value": post, "label": seats[post], "number": number} for post, number in at_seats.items()],
        },
        seats=seats,
        following=following,
        kept=_kept(),
        back=urlencode(_kept()),
        nav_active="tasks",
    )


def _seats() -> dict[str, str]:
    """The seats of the centre that work may wait at (`duty_seats.csv`), as post and word."""
    posts = dict.fromkeys((row["seat"], row["unit"]) for row in queries.code_list(reader(), "duty_seats"))
    return {f"{seat}@{unit}": labels.role_word(seat) for seat, unit in posts}


def wanted_tasks(arguments: Mapping[str, str]) -> TaskFilter:
    """The filter in an address."""
    scope = arguments.get("scope", "all")
    return TaskFilter(
        scope=scope if scope in ("mine", "group") else "all",  # type: ignore[arg-type]
        stage=arguments.get("stage", ""),
        category=arguments.get("category", ""),
        town=arguments.get("town", ""),
        seat=arguments.get("seat", ""),
        text=arguments.get("q", "").strip()[:80],
    )


def _kept() -> dict[str, str]:
    """The filters in use, for links that keep them."""
    return {name: request.args[name] for name in FILTERS if request.args.get(name)}


def cursor(row: Mapping[str, Any]) -> str:
    """Where the next page begins."""
    return f"{row['due_at'].isoformat() if row['due_at'] else ''}~{row['id']}"


def _after() -> tuple[datetime | None, int] | None:
    return parse_cursor(request.args.get("after", ""))


def parse_cursor(text: str) -> tuple[datetime | None, int] | None:
    """Due time and id of the last row shown; None for a missing or broken cursor."""
    due, _sep, number = text.rpartition("~")
    try:
        return (datetime.fromisoformat(due) if due else None, int(number)) if number else None
    except ValueError:
        return None


def _done_today() -> ResponseReturnValue:
    today = datetime.combine(now().astimezone(ZONE).date(), time(), ZONE)
    return render_template(
        "tasks/done.html",
        tasks=queries.done_by(reader(), me(), today),
        counts=my_counts(),
        nav_active="tasks",
    )


# ------------------------------------------------------------------ one task
def visible_task(task_id: int) -> Mapping[str, Any]:
    """The task, when this person may see it. Raises NotFound or NotAllowed."""
    task = queries.task_by_id(reader(), task_id)
    if task is None:
        raise NotFound(_zh_task_missing, "This task was not found; the number may be wrong.")
    if not (queries.may_work(me(), task) or queries.may_see(reader(), me(), task["order_id"])):
        raise NotAllowed("这项任务不属于您的岗位或单位。", "This task belongs to another post or another unit.")
    return task


_zh_task_missing = "没有找到这项任务，可能编号有误。"


@blueprint.get("/tasks/<int:task_id>")
@login_required
def show(task_id: int) -> ResponseReturnValue:
    """One task with the case's key facts and its form."""
    task = visible_task(task_id)
    who = me()
    form = form_context.form_of(reader(), task["form_key"], task.get("form_digest"))
    is_open = task["status"] in ("open", "claimed")
    mine = task["assignee"] == who.user_id
    may_work = queries.may_take(reader(), who, task)
    candidates = queries.colleagues(reader(), task["candidates"]) if may_work else []
    return render_template(
        "tasks/show.html",
        task=task,
        reporter=identity.shown(task["document"] or {}, who),
        contacts=identity.contacts(queries.linked_appeals(reader(), task["order_no"]), who)
        if task["order_kind"] == "case"
        else [],
        form=form,
        data=form_context.context(reader(), form, task, who) if form else {},
        draft=f"task-{task_id}-{form_context.digest(form)}" if form else f"task-{task_id}",
        may_work=may_work,
        mine=mine,
        is_open=is_open,
        colleagues=[one for one in candidates if one["user_id"] != who.user_id],
        members=[one for one in queries.unit_members(reader(), who.unit) if one["user_id"] != who.user_id]
        if may_work
        else [],
        requests=queries.requests_of(reader(), task_id),
        certificate=certificates.needed(task["not_by"] or []),
        back=_back(),
        **around_order(task),
        nav_active="tasks",
    )


def names_for(
    history: Any, tasks: Any, main_unit: str | None, definition: str, starter: str | None = None
) -> timeline.Names:
    """Words for everybody and everything in a work order's history; `starter` may be named nowhere in it."""
    people = queries.people(reader(), timeline.people_in(history) | ({starter} if starter else set()))
    homes = {one["user_id"]: one["unit_code"] for one in people}
    units = timeline.units_in(history, tasks) | {main_unit or "", *homes.values()}
    return timeline.Names(
        {one["user_id"]: one["display_name"] for one in people},
        queries.names_of_units(reader(), units),
        element_names(wiring().engine, definition),
        homes,
    )


def around_order(task: Mapping[str, Any]) -> dict[str, Any]:
    """Facts about a task's work order: places, people, photos, what was done before."""
    history = discretion.history(task["order_id"], task["order_definition"])
    starter = (task["document"] or {}).get("startedBy")
    names = names_for(history, (), task["main_unit"], task["order_definition"], starter)
    wanted = {"TaskCompleted", "MessageReceived", "TaskReleased", "TaskDelegated", "TaskGivenBack", "TaskCopied"}
    wanted |= {"OrderStarted", "ActionTaken"}
    codes = [code for code in (task["village_code"], task["town_code"]) if code]
    forms = _forms_by_task(task["order_id"])
    files = queries.files_of(reader(), task["order_id"], with_linked=True)
    return {
        "entries": timeline.entries(
            [row for row in history if row["kind"] in wanted], names, lambda row: details(row, forms)
        )[::-1],
        "places": queries.names_of_places(reader(), codes),
        "names": names,
        "files": files,
        "photos": photo_pairs.pair(reader(), files, task["document"] or {}),
        "category": queries.category_kept(reader(), task["category_code"], task["document"]),
    }


def _forms_by_task(order_id: int) -> dict[int, str]:
    return {row["id"]: row["form_key"] for row in queries.tasks_of(reader(), order_id)}


def details(row: Mapping[str, Any], forms: Mapping[int, str]) -> list[tuple[str, str]]:
    """What was submitted with a form, in the form's words."""
    data = row["data"] or {}
    form = form_context.form_of(reader(), data.get("form_key") or forms.get(int(data.get("task_id") or 0)))
    told = form_words.in_language(form, language()) if form else None
    return form_context.summary(reader(), told, data.get("data"), me())


def _back() -> str:
    """The list's filters, carried through a task's page."""
    pairs = parse_qsl(request.values.get("back", "")[:400])
    return urlencode([(name, value) for name, value in pairs if name in FILTERS])


# ------------------------------------------------------------------ claiming and handing over
@blueprint.post("/tasks/<int:task_id>/claim")
@login_required
def claim(task_id: int) -> ResponseReturnValue:
    """Take a task; a script gets the new row, a form goes to the task."""
    execute(ClaimTask(task_id, me().user_id))
    if request.headers.get("HX-Request"):
        return _cells(task_id)
    if wants_json():
        return jsonify(message=_("已领取"))
    flash(_("已领取，请在时限内办理。"), "success")
    return redirect(url_for("tasks.show", task_id=task_id, back=_back()))


@blueprint.post("/tasks/<int:task_id>/release")
@login_required
def release(task_id: int) -> ResponseReturnValue:
    """Give a task back to the group."""
    execute(ReleaseTask(task_id, me().user_id))
    if request.headers.get("HX-Request"):
        return _cells(task_id)
    flash(_("已退回，同组人员可以领取。"), "success")
    return redirect(url_for("tasks.show", task_id=task_id, back=_back()))


@blueprint.post("/tasks/<int:task_id>/assignee")
@login_required
def assign(task_id: int) -> ResponseReturnValue:
    """Hand a task to a colleague."""
    execute(AssignTask(task_id, request.form.get("assignee", ""), me().user_id))
    flash(_("已交给同事办理。"), "success")
    return redirect(url_for("tasks.index") + ("?" + _back() if _back() else ""))


# ------------------------------------------------------------------ asking colleagues
@blueprint.post("/tasks/<int:task_id>/delegation")
@login_required
def delegate(task_id: int) -> ResponseReturnValue:
    """委派: somebody else works on it and gives it back."""
    execute(DelegateTask(task_id, request.form.get("assignee", ""), request.form.get("text", ""), me().user_id))
    flash(_("已委派，对方交回后由您提交。"), "success")
    return redirect(url_for("tasks.show", task_id=task_id, back=_back()))


@blueprint.post("/tasks/<int:task_id>/opinions")
@login_required
def ask(task_id: int) -> ResponseReturnValue:
    """加签: ask for an opinion."""
    execute(AskOpinion(task_id, _address(request.form.get("receiver", "")), request.form.get("text", ""), me().user_id))
    flash(_("已发出加签，答复后才能提交任务。"), "success")
    return redirect(url_for("tasks.show", task_id=task_id, back=_back()))


@blueprint.post("/tasks/<int:task_id>/copies")
@login_required
def copy(task_id: int) -> ResponseReturnValue:
    """抄送: let others know and read."""
    named = request.form.get("receivers", "").replace("，", ",").split(",")
    receivers = [_address(one) for one in named if one.strip()]
    execute(CopyTask(task_id, receivers, request.form.get("text", ""), me().user_id))
    flash(_("已抄送。"), "success")
    return redirect(url_for("tasks.show", task_id=task_id, back=_back()))


@blueprint.post("/requests/<int:request_id>/answer")
@login_required
def answer(request_id: int) -> ResponseReturnValue:
    """Give an opinion, or give a delegated task back."""
    execute(AnswerRequest(request_id, request.form.get("text", ""), me().user_id))
    flash(_("已答复。"), "success")
    return redirect(url_for("tasks.index"))


@blueprint.post("/requests/<int:request_id>/withdrawal")
@login_required
def withdraw(request_id: int) -> ResponseReturnValue:
    """Do without an opinion, or take a delegated task back."""
    execute(WithdrawRequest(request_id, me().user_id))
    flash(_("已撤回。"), "success")
    return redirect(url_for("tasks.show", task_id=queries.task_of_request(reader(), request_id), back=_back()))


def _address(text: str) -> str:
    """What a person types, as an address: `PS-01` is a user id, `handler@PS` a post."""
    wanted = text.strip()
    return wanted if "@" in wanted or wanted.startswith("user:") else f"user:{wanted}"


def _cells(task_id: int) -> ResponseReturnValue:
    task = queries.task_by_id(reader(), task_id)
    if task is None:
        abort(404)
    codes = [task["town_code"]] if task["town_code"] else []
    category = queries.category_by_code(reader(), task["category_code"])
    row = {
        **task,
        "town_name": queries.names_of_places(reader(), codes).get(task["town_code"] or ""),
        "category_name": category["name"] if category else "",
    }
    scope = wanted_tasks(dict(parse_qsl(_back()))).scope
    return render_template(
        "tasks/_claimed_row.html",
        task=row,
        seats=_seats(),
        back=_back(),
        scope=scope,
        counts=my_counts(),
    )


@blueprint.post("/tasks/claims")
@login_required
def claim_many() -> ResponseReturnValue:
    """Take several tasks; every row gets its own result."""
    results = []
    for task_id in request.form.getlist("task", type=int)[:MOST_AT_ONCE]:
        results.append((queries.task_by_id(reader(), task_id), _claim_one(task_id)))
    taken = sum(not problem for _task, problem in results)
    return render_template("tasks/claimed.html", results=results, taken=taken, back=_back(), nav_active="tasks")


def _claim_one(task_id: int) -> str:
    try:
        execute(ClaimTask(task_id, me().user_id))
    except EngineError as refused:
        return sentence(refused)
    return ""


# ------------------------------------------------------------------ finishing
@blueprint.post("/tasks/<int:task_id>/completion")
@login_required
def complete(task_id: int) -> ResponseReturnValue:
    """Finish the task with what was filled in; nothing typed is lost when it is refused."""
    task = visible_task(task_id)
    submission.complete(reader(), task, me(), submission.read(request), language())
    target = next_address(task)
    message = _("“%(task)s”已提交。", task=_(task["name"]))
    if wants_json():
        return jsonify(location=target, message=message, orderNo=task["order_no"])
    flash(message, "success")
    return redirect(target)


def next_address(task: Mapping[str, Any]) -> str:
    """The next task of the list when the person works through it, else the list."""
    back = _back()
    if request.form.get("next") == "1":
        following = queries.work_list(reader(), me(), wanted_tasks(dict(parse_qsl(back))), 1)
        if following:
            return url_for("tasks.show", task_id=following[0]["id"], back=back)
    return url_for("tasks.index") + (f"?{back}" if back else "")
