"""Diagrams and their versions: look, change, check, save into a change, go back.

Process owners and approvers change; all other staff may read. Nothing goes live here: a colleague publishes the change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from engine import bpmn, queries
from engine.commands import SaveDraft
from engine.definitions import digest
from engine.difference import difference
from engine.errors import InvalidInput, NotFound
from webapp import changes
from webapp.current import execute, me, reader, roles_required, wiring
from webapp.i18n import language

blueprint = Blueprint("processes", __name__, url_prefix="/processes")
OWNERS = ("process_owner", "process_approver")
LARGEST = 5 * 1024 * 1024


@blueprint.get("")
@login_required
def index() -> ResponseReturnValue:
    """All processes with their live version and how many work orders run on them."""
    return render_template(
        "processes/index.html", processes=queries.process_list(reader()), may_edit=may_edit(), nav_active="processes"
    )


def may_edit() -> bool:
    """Whether this person may change diagrams."""
    return bool(me().roles & set(OWNERS))


@blueprint.get("/<key>")
@login_required
def show(key: str) -> ResponseReturnValue:
    """The editor of one process, for those who may only read a viewer."""
    versions = _versions(key)
    version = request.args.get("version", type=int) or versions[0]["version"]
    change, draft = _draft(key)
    if version not in {one["version"] for one in versions}:
        raise NotFound(f"没有找到流程的第 {version} 版。", f"Version {version} of this process was not found.")
    return render_template(
        "processes/show.html" if may_edit() and "view" not in request.args else "processes/view.html",
        key=key,
        name=versions[0]["name"] or key,
        version=version,
        live=versions[0]["version"],
        change=change,
        draft=draft,
        open_changes=[[one["no"], one["title"]] for one in changes.being_edited(reader())],
        may_edit=may_edit(),
        nav_active="processes",
    )


def _draft(key: str) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    """The change the editor is opened for, and its draft of this diagram when there is one."""
    change = queries.order_by_no(reader(), request.args.get("change", ""))
    files = queries.draft_files(reader(), change["id"]) if change else ()
    return change, next((one for one in files if (one["kind"], one["key"]) == ("process", key)), None)


@blueprint.get("/<key>/versions")
@login_required
def versions(key: str) -> ResponseReturnValue:
    """Who deployed what and why; two versions side by side."""
    found = _versions(key)
    numbers = [one["version"] for one in found]
    old, new = request.args.get("old", 0, type=int), request.args.get("new", 0, type=int)
    compared = (old, new) if old in numbers and new in numbers and old != new else None
    return render_template(
        "processes/versions.html",
        key=key,
        name=found[0]["name"] or key,
        versions=found,
        live=next((one["version"] for one in found if not (one["revoked_at"] or one["towns"])), None),
        compared=compared,
        changes=_changes(key, *compared) if compared else None,
        may_edit=may_edit(),
        nav_active="processes",
    )


def _versions(key: str) -> Sequence[Mapping[str, Any]]:
    found = queries.definition_versions(reader(), "process", key)
    if not found:
        raise NotFound(f"没有找到流程“{key}”。", f"There is no process {key}.")
    return found


@blueprint.get("/<key>/<int:version>.bpmn")
@login_required
def source(key: str, version: int) -> ResponseReturnValue:
    """The XML of one version."""
    found = queries.definition_source(reader(), "process", key, version)
    if found is None:
        raise NotFound()
    response = Response(found, mimetype="application/xml")
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    response.headers.set("Content-Disposition", "inline", filename=f"{key}-{version}.bpmn")
    return response


# ------------------------------------------------------------------ check and deploy
@blueprint.post("/check")
@login_required
def check() -> ResponseReturnValue:
    """Findings of a diagram as a deployment would see them."""
    found = findings(_xml())
    return jsonify(findings=[finding_body(one) for one in found], ok=not any(_blocks(one) for one in found))


@blueprint.post("/<key>/save")
@roles_required(*OWNERS)
def save(key: str) -> ResponseReturnValue:
    """Put the diagram into a change: the one named, or a new one with a title and a reason."""
    xml, body = _xml(), _body()
    _check_key(key, xml)
    no = str(body.get("change") or "") or changes.start(
        wiring().engine, str(body.get("title") or ""), str(body.get("reason") or ""), me().user_id
    )
    path = str(body.get("path") or "") or f"{key}/{key}.bpmn"
    execute(SaveDraft(no, {path: xml}, me().user_id, str(body.get("opened") or "") or None))
    location = url_for("processes.show", key=key, change=no)
    return jsonify(change=no, message=_("已保存到变更 %(no)s。", no=no), location=location, digest=digest(xml))


@blueprint.post("/<key>/versions/<int:version>/restore")
@roles_required(*OWNERS)
def restore(key: str, version: int) -> ResponseReturnValue:
    """Begin a change that brings an earlier version back; a colleague publishes it as any other."""
    found = queries.definition_source(reader(), "process", key, version)
    if found is None:
        raise NotFound()
    name = _versions(key)[0]["name"] or key
    title = _("恢复%(name)s第 %(version)d 版", name=name, version=version)
    reason = request.form.get("reason", "").strip() or title
    no = changes.start(wiring().engine, title, reason, me().user_id)
    execute(SaveDraft(no, {f"{key}/{key}.bpmn": found}, me().user_id))
    flash(_("已建立变更 %(no)s：提交后由同事发布。", no=no), "success")
    return redirect(url_for("changes.show", no=no))


def _body() -> Mapping[str, Any]:
    if request.is_json:
        body = request.get_json(silent=True)
        return body if isinstance(body, dict) else {}
    return request.form


def _xml() -> bytes:
    """The diagram of the request: file part `source`, JSON {xml}, or the body itself."""
    if request.mimetype in ("application/xml", "text/xml"):
        xml = request.get_data(cache=False)
    elif "source" in request.files:
        xml = request.files["source"].read(LARGEST + 1)
    else:
        xml = str(_body().get("xml") or "").encode()
    if not xml.strip():
        raise InvalidInput("没有收到流程图内容。", "No diagram was received.")
    if len(xml) > LARGEST:
        raise InvalidInput("流程图文件超过 5 MB。", "The diagram is larger than 5 MB.")
    return xml


def _check_key(key: str, xml: bytes) -> None:
    try:
        keys = [program.key for program in bpmn.read(xml)]
    except bpmn.InvalidDiagram:
        return  # the deployment itself says what is wrong, with the element
    if key not in keys:
        raise InvalidInput(
            f"图中没有编号为“{key}”的流程；流程编号不能更改。",
            f"The diagram has no process {key}; its id cannot change.",
        )


def findings(xml: bytes) -> Sequence[Any]:
    """What a deployment would say."""
    found: Sequence[Any] = wiring().engine.check({"diagram.bpmn": xml})
    return found


def finding_body(finding: Any) -> dict[str, Any]:
    """A finding as the editor shows it."""
    english = language() == "en"
    repair = getattr(finding, "repair_en" if english else "repair_zh", None)
    return {
        "rule": finding.rule,
        "element": finding.element,
        "severity": finding.severity,
        "message": finding.en if english else finding.zh,
        "zh": finding.zh,
        "en": finding.en,
        "repair": repair,
        "path": [place._asdict() for place in getattr(finding, "path", ())],
    }


def _blocks(finding: Any) -> bool:
    return bool(finding.severity == "error")


# ------------------------------------------------------------------ what changed
def _changes(key: str, old: int, new: int) -> dict[str, list[dict[str, str]]]:
    """Elements that came, went or changed between two versions, by element id."""
    sources = (queries.definition_source(reader(), "process", key, one) for one in (old, new))
    return difference("process", *sources)
