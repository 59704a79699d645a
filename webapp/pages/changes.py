"""Changes of the diagrams: what is being prepared, what differs, what the replay says, the signed log, going back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from engine import change_log, queries
from engine.commands import RollBack, SaveDraft
from engine.difference import difference
from engine.errors import InvalidInput, NotFound
from webapp import changes
from webapp.current import execute, me, now, reader, require_role, roles_required, wiring

blueprint = Blueprint("changes", __name__, url_prefix="/changes")
OWNERS = ("process_owner", "process_approver")
WEEK = timedelta(days=7)
TYPES = {".bpmn": "application/xml", ".dmn": "application/xml", ".form": "application/json"}


@blueprint.get("")
@login_required
def index() -> ResponseReturnValue:
    """What is being prepared, and everything that went live."""
    return render_template(
        "changes/index.html",
        open_changes=queries.open_changes(reader()),
        lines=_lines(),
        may_edit=_may_edit(),
        nav_active="processes",
    )


@blueprint.get("/<no>")
@roles_required(*OWNERS)
def show(no: str) -> ResponseReturnValue:
    """One change: its files and what differs, the check, the replay, who published it."""
    order = _order(no)
    files = [_file(order, one) for one in queries.draft_files(reader(), order["id"])]
    tasks = [one for one in queries.tasks_of(reader(), order["id"]) if one["status"] in ("open", "claimed")]
    return render_template(
        "changes/show.html",
        order=order,
        document=order["document"],
        files=files,
        definitions=_definitions(),
        tasks=tasks,
        editing=any(one["element"] == changes.EDITING for one in tasks),
        lines=_lines(no),
        nav_active="processes",
    )


@blueprint.get("/<no>/files/<path:path>")
@roles_required(*OWNERS)
def source(no: str, path: str) -> ResponseReturnValue:
    """One file of a change."""
    found = queries.draft_source(reader(), _order(no)["id"], path)
    if found is None:
        raise NotFound()
    name = PurePosixPath(path).name
    response = Response(found, mimetype=TYPES.get(PurePosixPath(path).suffix, "application/octet-stream"))
    response.headers["Cache-Control"] = "private, no-store"
    response.headers.set("Content-Disposition", "attachment" if "save" in request.args else "inline", filename=name)
    return response


@blueprint.post("/<no>/files")
@roles_required(*OWNERS)
def upload(no: str) -> ResponseReturnValue:
    """Put a file from one's own computer into the change, for a definition that exists or under its own name."""
    part = request.files.get("file")
    if part is None or not part.filename:
        raise InvalidInput("请选择文件。", "Choose a file.")
    path = request.form.get("path") or _path_of(part.filename)
    execute(SaveDraft(no, {path: part.read()}, me().user_id))
    flash(_("已保存 %(path)s。", path=path), "success")
    return redirect(url_for("changes.show", no=no))


@blueprint.post("/<no>/drop")
@roles_required(*OWNERS)
def drop(no: str) -> ResponseReturnValue:
    """Take a file out of the change."""
    execute(SaveDraft(no, {request.form.get("path", ""): None}, me().user_id))
    return redirect(url_for("changes.show", no=no))


@blueprint.post("/deployments/<int:deployment_id>/roll-back")
@login_required
def roll_back(deployment_id: int) -> ResponseReturnValue:
    """Take a deployment back; new work orders use what was there before."""
    require_role(*OWNERS)
    execute(RollBack(deployment_id, request.form.get("reason", ""), me().user_id))
    flash(_("已撤回：新工单回到原版本，在办工单不受影响。"), "success")
    return redirect(url_for("changes.index"))


# ------------------------------------------------------------------ what a page shows
def _may_edit() -> bool:
    return bool(me().roles & set(OWNERS))


def _order(no: str) -> Mapping[str, Any]:
    found = queries.order_by_no(reader(), no)
    if found is None or found["kind"] != "change":
        raise NotFound()
    return found


def _file(order: Mapping[str, Any], one: Mapping[str, Any]) -> dict[str, Any]:
    """A file with what differs from the version it was made from."""
    base = queries.definition_source(reader(), one["kind"], one["key"], one["base_version"])
    new = queries.draft_source(reader(), order["id"], one["path"])
    return {**one, "changes": difference(one["kind"], base, new)}


def _definitions() -> list[tuple[str, str]]:
    """(path, what people call it) of everything a file may replace."""
    links = queries.live_links(reader())
    suffixes = (("process", "{0}/{0}.bpmn"), ("decision", "{0}/{0}.dmn"), ("form", "forms/{0}.form"))
    return [(pattern.format(key), key) for kind, pattern in suffixes for key in sorted(links.get(kind, ()))]


def _path_of(filename: str) -> str:
    pure = PurePosixPath(filename.replace("\\", "/"))
    return f"{pure.stem}/{pure.name}"


def _lines(no: str | None = None) -> Sequence[Mapping[str, Any]]:
    """The change log for people: whether a line's signature holds, and whether it can be taken back."""
    lines = queries.change_lines(reader(), no)
    secret = wiring().settings.secret_key
    broken = set(change_log.broken(secret, queries.change_signatures(reader()))) if lines else set()
    taken_back = {one["deployment_id"] for one in queries.change_lines(reader()) if one["act"] == "rollback"}
    names = queries.people_names(reader(), _people(lines))
    return [
        {**one, "names": names, "broken": one["id"] in broken, "revocable": _revocable(one, taken_back)}
        for one in lines
    ]


def _revocable(line: Mapping[str, Any], taken_back: set[int]) -> bool:
    made = line["act"] in ("publish", "break_glass") and line["deployment_id"] not in taken_back
    return made and _may_edit() and now() <= line["at"] + WEEK


def _people(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    found = {one["actor"] for one in lines}
    for one in lines:
        entry = one["entry"]
        found |= {*entry.get("editors", ()), entry.get("approver"), entry.get("publisher")} - {None}
    return sorted(found)
