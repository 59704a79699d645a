"""Diagrams and their versions: look, change, check, deploy, go back.

Process owners and approvers change and deploy; all other staff may read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from engine import bpmn, queries
from engine.commands import Deploy
from engine.errors import InvalidDeployment, InvalidInput, NotFound, StaleVersion
from webapp.current import execute, me, reader, roles_required, wiring
from webapp.errors import json_error
from webapp.i18n import language

blueprint = Blueprint("processes", __name__, url_prefix="/processes")
OWNERS = ("process_owner", "process_approver")
LARGEST = 5 * 1024 * 1024
LARGEST_NOTE = 500


@blueprint.get("")
@login_required
def index() -> ResponseReturnValue:
    """All processes with their live version and how many work orders run on them."""
    return render_template(
        "processes/index.html", processes=queries.process_list(reader()), may_edit=may_edit(), nav_active="processes"
    )


def may_edit() -> bool:
    """Whether this person may deploy."""
    return bool(me().roles & set(OWNERS))


@blueprint.get("/<key>")
@login_required
def show(key: str) -> ResponseReturnValue:
    """The editor of one process, for those who may only read a viewer."""
    versions = _versions(key)
    version = request.args.get("version", type=int) or versions[0]["version"]
    if version not in {one["version"] for one in versions}:
        raise NotFound(f"没有找到流程的第 {version} 版。", f"Version {version} of this process was not found.")
    return render_template(
        "processes/show.html" if may_edit() and "view" not in request.args else "processes/view.html",
        key=key,
        name=versions[0]["name"] or key,
        version=version,
        live=versions[0]["version"],
        may_edit=may_edit(),
        nav_active="processes",
    )


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


@blueprint.post("/<key>/deploy")
@roles_required(*OWNERS)
def deploy(key: str) -> ResponseReturnValue:
    """Make the diagram live: the next work order uses it."""
    xml = _xml()
    _check_key(key, xml)
    _check_opened(key)
    note = str(_body().get("note") or "").strip()[:LARGEST_NOTE]
    return _deployed(key, xml, note)


@blueprint.post("/<key>/versions/<int:version>/restore")
@roles_required(*OWNERS)
def restore(key: str, version: int) -> ResponseReturnValue:
    """Make an earlier version live again, as a new version."""
    found = queries.definition_source(reader(), "process", key, version)
    if found is None:
        raise NotFound()
    note = _("恢复第 %(version)d 版", version=version)
    result = execute(Deploy({f"{key}.bpmn": found}, me().user_id, note, "restore"))
    if result.changed:
        live = result.versions[f"process:{key}"]
        flash(_("已恢复：第 %(old)d 版的内容作为第 %(new)d 版生效。", old=version, new=live), "success")
    else:
        flash(_("第 %(version)d 版的内容与现行版本相同，无需恢复。", version=version), "info")
    return redirect(url_for("processes.versions", key=key))


def _deployed(key: str, xml: bytes, note: str) -> ResponseReturnValue:
    try:
        result = execute(Deploy({f"{key}.bpmn": xml}, me().user_id, note, f"页面发布 {note}"))
    except InvalidDeployment as refused:
        body = [finding_body(one) for one in refused.findings]
        return json_error(422, refused.code, refused.zh, refused.en, findings=body)
    version = result.versions[f"process:{key}"]
    changed = f"process:{key}" in result.changed
    message = (
        _("第 %(version)d 版已发布，新工单将使用它。", version=version)
        if changed
        else _("内容与现行第 %(version)d 版相同，没有产生新版本。", version=version)
    )
    return jsonify(version=version, changed=changed, message=message, findings=[])


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


def _check_opened(key: str) -> None:
    """Refuses to overwrite what somebody else deployed after this person opened the editor."""
    opened = str(_body().get("openedVersion") or "")
    live = _versions(key)[0]
    if opened.isdigit() and int(opened) != live["version"]:
        who = live["by_name"] or live["by"]
        raise StaleVersion(
            f"{who} 在您编辑期间部署了第 {live['version']} 版，请先下载您的修改，再从新版开始。",
            f"{who} deployed version {live['version']} meanwhile; download your changes and start from it.",
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
    before, after = (_elements(queries.definition_source(reader(), "process", key, one) or b"") for one in (old, new))
    return {
        "added": [after[one][0] for one in after if one not in before],
        "removed": [before[one][0] for one in before if one not in after],
        "changed": [after[one][0] for one in after if one in before and after[one][1] != before[one][1]],
    }


def _elements(xml: bytes) -> dict[str, tuple[dict[str, str], str]]:
    found: dict[str, tuple[dict[str, str], str]] = {}
    for program in bpmn.read(xml):
        for node in program.nodes:
            flows = [(flow.target.id, flow.name, flow.condition) for flow in node.outgoing]
            parts = (
                node.kind, node.name, node.lane, node.documentation, dict(node.properties), dict(node.attributes),
                list(node.inputs), list(node.outputs), list(node.events), node.called, flows,
            )  # fmt: skip
            shown = {"id": node.id, "name": node.name or node.id, "kind": node.kind}
            found[node.id] = (shown, repr(parts))
    return found
