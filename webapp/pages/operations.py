"""For operators: intervene in one work order, deal with incidents, move running work orders to another version."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, ParamSpec, cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from engine import commands, queries
from engine.errors import EngineError, InvalidInput, NotAllowed
from webapp.current import execute, me, reader, wiring
from webapp.diagrams import element_names
from webapp.i18n import language, sentence
from webapp.operations import command_for, may_operate

P = ParamSpec("P")
blueprint = Blueprint("operations", __name__)
AT_ONCE = 200
MOST_INCIDENTS = 300


def operators_only(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Only people whose posts carry the permission `operate`; others read why."""

    @wraps(view)
    @login_required
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if not may_operate():
            raise NotAllowed(
                "您的岗位没有使用这个页面的权限，如有需要请联系系统管理员。",
                "Your post may not use this page; ask the system administrator if you need it.",
            )
        return view(*args, **kwargs)

    return cast(Callable[P, ResponseReturnValue], guarded)


# ------------------------------------------------------------------ one work order
@blueprint.post("/orders/<no>/operations")
@operators_only
def operate(no: str) -> ResponseReturnValue:
    """One intervention, from a dialog of the case page."""
    back = redirect(url_for("orders.show", no=no, tab="operate", _anchor="tabs"))
    try:
        execute(command_for(no, request.form.get("act", ""), _wanted(), me().user_id))
    except EngineError as refused:
        flash(sentence(refused), "error")
        return back
    flash(_("已执行，原因已记入经过。"), "success")
    return back


def _wanted() -> dict[str, Any]:
    form = request.form
    return {
        "reason": form.get("reason", "").strip(),
        "cancel": form.getlist("cancel"),
        "start_before": list(filter(None, form.getlist("start_before"))),
        "start_after": list(filter(None, form.getlist("start_after"))),
        "variables": _pairs("variables"),
        "document": _pairs("document"),
    }


def _pairs(kind: str) -> dict[str, Any]:
    """The rows of the correction dialog that go there: name → value, read as JSON where it is JSON."""
    columns = [request.form.getlist(name) for name in ("where", "name", "value")]
    return {name.strip(): read_value(value) for where, name, value in zip(*columns, strict=False)
            if where == kind and name.strip()}  # fmt: skip


def read_value(text: str) -> Any:
    """A typed value: a number, true, null or other JSON as such, anything else as text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


# ------------------------------------------------------------------ incidents
@blueprint.get("/incidents")
@blueprint.get("/operations/incidents")
@operators_only
def incidents() -> ResponseReturnValue:
    """Everything that did not get through and needs a person."""
    jobs = queries.incidents(reader(), MOST_INCIDENTS)
    names: dict[str, Mapping[str, str]] = {}
    for definition in {job["definition"] for job in jobs}:
        names[definition] = element_names(wiring().engine, definition)
    starts = queries.failed_starts(reader())
    return render_template("operations/incidents.html", jobs=jobs, starts=starts, names=names, nav_active="incidents")


@blueprint.post("/operations/starts/<int:start_id>")
@operators_only
def deal_with_start(start_id: int) -> ResponseReturnValue:
    """A start by time that failed: try again, or go on with its next moment."""
    form = request.form
    deal = commands.SkipStart if form.get("act") == "skip" else commands.RetryStart
    try:
        execute(deal(start_id, form.get("reason", "").strip(), me().user_id))
    except EngineError as refused:
        flash(sentence(refused), "error")
    else:
        flash(_("已处理，结果稍后显示。"), "success")
    return redirect(url_for("operations.incidents"))


@blueprint.post("/operations/jobs")
@operators_only
def work_off() -> ResponseReturnValue:
    """Send again or skip the incidents that were ticked; every one gets its own result."""
    form = request.form
    job_ids = form.getlist("job", type=int)[:MOST_INCIDENTS]
    skipping, reason = form.get("act") == "skip", form.get("reason", "").strip()
    payloads = {} if skipping else _corrected(job_ids)
    wanted: list[commands.Command] = [
        commands.SkipJob(job_id, reason, me().user_id)
        if skipping
        else commands.RetryJob(job_id, reason, me().user_id, payloads.get(job_id))
        for job_id in job_ids
    ]
    outcomes = execute(commands.Each(wanted, me().user_id))
    if form.get("order") and len(outcomes) == 1:
        return _back_to(form["order"], outcomes[0])
    known = {row["id"]: row for row in queries.jobs_by_id(reader(), job_ids)}
    results = [(known.get(one.command.job_id), _problem(one)) for one in outcomes]
    done = sum(not problem for _job, problem in results)
    return render_template(
        "operations/worked_off.html", results=results, done=done, skipping=skipping, nav_active="incidents"
    )


def _corrected(job_ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    """The data to send instead, by job: as a whole (`payload`) or one field in each (`field`, `value`)."""
    whole, field = request.form.get("payload", "").strip(), request.form.get("field", "").strip()
    known = queries.jobs_by_id(reader(), job_ids) if whole or field else []
    if whole:
        data = read_value(whole)
        if not isinstance(data, dict):
            raise InvalidInput("更正后的数据不是有效的 JSON 对象。", "The corrected data is not a JSON object.")
        return {row["id"]: data for row in known if data != row["payload"]}
    value = read_value(request.form.get("value", ""))
    return {row["id"]: {**row["payload"], field: value} for row in known} if field else {}


def _back_to(no: str, outcome: commands.Outcome) -> ResponseReturnValue:
    problem = _problem(outcome)
    flash(problem or _("已处理，结果稍后显示。"), "error" if problem else "success")
    return redirect(url_for("orders.show", no=no, tab="jobs", _anchor="tabs"))


def _problem(outcome: commands.Outcome) -> str:
    return sentence(outcome.error) if outcome.error else ""


# ------------------------------------------------------------------ migrations
@blueprint.get("/operations/migrations")
@operators_only
def migrations() -> ResponseReturnValue:
    """Choose versions, look at the preview; the last migrations below."""
    asked = _asked(request.args)
    preview, problem = None, ""
    if asked["target"] and (asked["source"] or asked["order_no"]):
        try:
            preview = execute(commands.PreviewMigration(actor=me().user_id, **asked))
        except EngineError as refused:
            problem = sentence(refused)
    return render_template(
        "operations/migrations.html",
        asked=asked,
        preview=preview,
        problem=problem,
        versions=queries.process_versions(reader()),
        running=queries.running_versions(reader()),
        names=_element_names(asked, preview),
        targets=_targets(preview),
        last=queries.migrations(reader()),
        at_once=AT_ONCE,
        english=language() == "en",
        nav_active="migrations",
    )


def _asked(values: Any) -> dict[str, Any]:
    """Versions, work order and mapping in an address or a form."""
    mapped = zip(values.getlist("old"), values.getlist("new"), strict=False)
    return {
        "source": values.get("source", ""),
        "target": values.get("target", ""),
        "order_no": values.get("order", "").strip().upper() or None,
        "mapping": {old.strip(): new.strip() for old, new in mapped if old.strip() and new.strip()},
    }


def _element_names(asked: Mapping[str, Any], preview: commands.MigrationPreview | None) -> dict[str, str]:
    definitions = [] if preview is None else [*preview.definitions, *preview.definitions.values()]
    found: dict[str, str] = {}
    for definition in definitions:
        found.update(element_names(wiring().engine, definition))
    return found


def _targets(preview: commands.MigrationPreview | None) -> dict[str, list[tuple[str, str]]]:
    """By process key: the elements of the new version that something could become."""
    found: dict[str, list[tuple[str, str]]] = {}
    if preview is None or not preview.stuck:
        return found
    engine = wiring().engine
    with engine.database.transaction() as transaction:
        for definition in set(preview.definitions.values()):
            program = engine.definitions.program(transaction, definition)
            found[program.key] = [(node.id, node.name or node.id) for node in program.nodes if node.kind != "process"]
    return found


@blueprint.post("/operations/migrations")
@operators_only
def migrate() -> ResponseReturnValue:
    """Migrate the oldest work orders of the version, or one; a result for each."""
    asked, reason = _asked(request.form), request.form.get("reason", "").strip()
    numbers = [asked["order_no"]] if asked["order_no"] else []
    source = asked["source"] or _version_of(asked["order_no"])
    wanted = commands.MigrateOrders(
        source, asked["target"], asked["mapping"], reason, me().user_id, order_nos=numbers, limit=AT_ONCE
    )
    try:
        outcomes = execute(wanted)
    except EngineError as refused:
        flash(sentence(refused), "error")
        kept: Any = {name: request.form.getlist(name) for name in ("source", "target", "order", "old", "new")}
        return redirect(url_for("operations.migrations", **kept))
    left = queries.running_versions(reader()).get(source, 0)
    return _results(outcomes, left, {"source": source, "target": asked["target"]})


def _version_of(no: str | None) -> str:
    order = queries.order_by_no(reader(), no or "")
    return str(order["definition"]) if order else ""


@blueprint.post("/operations/migrations/revert")
@operators_only
def revert() -> ResponseReturnValue:
    """Take the ticked work orders back to the versions they came from."""
    reason, actor = request.form.get("reason", "").strip(), me().user_id
    numbers = list(dict.fromkeys(request.form.getlist("order")))[:AT_ONCE]
    wanted = [commands.RevertMigration(no, reason, actor) for no in numbers]
    return _results(execute(commands.Each(wanted, actor)), 0, {})


def _results(outcomes: Sequence[commands.Outcome], left: int, again: Mapping[str, str]) -> ResponseReturnValue:
    results = [(cast(Any, one.command).order_no, one.result, _problem(one)) for one in outcomes]
    return render_template(
        "operations/migrated.html",
        results=sorted(results, key=lambda result: not result[2]),
        done=sum(not problem for _no, _result, problem in results),
        left=left,
        again=again,
        nav_active="migrations",
    )
