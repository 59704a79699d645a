"""One appeal or case in full; search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from engine import queries
from engine.citations import DOCUMENTS, Citation
from engine.commands import ExportOrder, RevealReporter
from engine.errors import NotAllowed, NotFound
from engine.queries import OrderFilter
from webapp import discretion, identity, provenance, record, timeline
from webapp.current import execute, me, now, reader, wiring
from webapp.diagrams import Position, positions
from webapp.errors import wants_json
from webapp.i18n import sentence
from webapp.operations import course, may_operate
from webapp.pages.tasks import details, names_for
from webapp.times import local

blueprint = Blueprint("orders", __name__)
PAGE = 50
ALL = 100_000
RAW = 500
"""The raw events a page lists at most; a roll call of hundreds has thousands."""
EXPORT = "export"
TABS = ("timeline", "files", "diagram", "jobs", "operate")
FILTERS = ("q", "kind", "status", "category", "town", "mark")


def visible_order(no: str) -> Mapping[str, Any]:
    """The work order, when this person may see it. Raises NotFound or NotAllowed."""
    order = queries.order_by_no(reader(), no)
    if order is None:
        raise NotFound(f"没有找到工单 {no}。", f"Work order {no} was not found.")
    if not queries.may_see(reader(), me(), order["id"]):
        raise NotAllowed(
            "这件工单不属于您的单位或辖区，如需查看请联系区运行中心。",
            "This work order is outside your unit and area; ask the district centre if you need it.",
        )
    return order


@blueprint.get("/orders/<no>")
@login_required
def show(no: str) -> ResponseReturnValue:
    """Everything about one work order."""
    order = visible_order(no)
    tab, operator = request.args.get("tab", "timeline"), may_operate()
    tasks = discretion.tasks(queries.tasks_of(reader(), order["id"]), order["definition"])
    history = discretion.history(order["id"], order["definition"])
    document = discretion.numbered(order["document"] or {})
    names = names_for(history, tasks, order["main_unit"], order["definition"], document.get("startedBy"))
    appeals = queries.linked_appeals(reader(), no) if order["kind"] == "case" else []
    return render_template(
        "orders/show.html",
        order=order,
        document=document,
        reporter=identity.shown(document, me()),
        tab=tab if tab in TABS and (operator or tab != "operate") else "timeline",
        tasks=tasks,
        open_tasks=[task for task in tasks if task["status"] in ("open", "claimed")],
        clocks=_clocks(order, tasks),
        many=timeline.MANY,
        raw=RAW,
        entries=timeline.folded(_entries(history, names, tasks)[::-1]),
        history=history,
        names=names,
        places=queries.names_of_places(reader(), filter(None, (order["village_code"], order["town_code"]))),
        files=queries.files_of(reader(), order["id"], with_linked=True),
        jobs=queries.jobs_of(reader(), order["id"]),
        appeals=appeals,
        contacts=identity.contacts(appeals, me()),
        confidential=document.get("confidential") is True or any(one["confidential"] for one in appeals),
        view=drawn(order) if tab == "diagram" else None,
        actions=wiring().engine.actions(no, me().user_id, me().reach) if order["status"] == "active" else [],
        starts=[one for one in wiring().engine.starts(me().reach, fresh=False) if order["kind"] in one.starts_from],
        may_operate=operator,
        may_reveal=identity.may_reveal(document, me()),
        may_export=wiring().engine.permits(EXPORT, me().posts),
        course=course(order) if operator and tab == "operate" else None,
        nav_active="search",
    )


def _entries(history: Any, names: timeline.Names, tasks: Any) -> list[timeline.Entry]:
    """The timeline, oldest first."""
    forms = {task["id"]: task["form_key"] for task in tasks}
    clauses = _clauses() if any(row["kind"] == timeline.CITED for row in history) else {}

    def words(row: Mapping[str, Any]) -> list[tuple[str, str]]:
        return timeline.rules(row, clauses) if row["kind"] == timeline.CITED else details(row, forms)

    return timeline.entries(history, names, words)


def _clauses() -> dict[str, str]:
    """What the clauses of the district's documents say, by citation."""
    rows = queries.code_list(reader(), DOCUMENTS)
    return {str(Citation(row["document"], row["clause"] or "")): row["summary"] for row in rows}


def _clocks(order: Mapping[str, Any], tasks: Any) -> list[dict[str, Any]]:
    """The clocks of open tasks: stage, due and warning time, next due first; then those that stand still.

    `number` tasks that share one, as in a roll call, are one clock."""
    if order["status"] != "active":
        return []
    open_tasks = [task for task in tasks if task["status"] in ("open", "claimed")]
    running = sorted((task for task in open_tasks if task["due_at"]), key=lambda task: task["due_at"])
    paused = [task for task in open_tasks if not task["due_at"] and _held(order, task["stage"])]
    alike = Counter((task["stage"] or task["name"], task["due_at"], task["warn_at"]) for task in [*running, *paused])
    return [
        {"stage": stage, "due": local(due), "warn": local(warn), "paused": not due, "number": number}
        for (stage, due, warn), number in alike.items()
    ]


def _held(order: Mapping[str, Any], stage: str | None) -> bool:
    """Whether something that is under way pauses the stage."""
    return bool(order["clocks"].get(stage or "", {}).get("held"))


@blueprint.get("/orders/<no>/diagram.json")
@login_required
def diagram(no: str) -> ResponseReturnValue:
    """Where the tokens are: the own diagram, and under `called` those it calls, by call activity."""
    return jsonify(drawn(visible_order(no)))


def drawn(order: Mapping[str, Any]) -> dict[str, Any]:
    """What the viewer needs: xmlUrl, active, done, called."""
    history = queries.history_of(reader(), order["id"], ALL)
    passed = {element for row in history for element in _elements(row)}
    found = {one.key: one for one in positions(wiring().engine, order, passed)}
    return _view(next(iter(found.values())), found, frozenset())


def _elements(row: Mapping[str, Any]) -> list[str]:
    """The elements a row of the history speaks of."""
    data = row["data"] or {}
    return [str(row["element"] or data.get("element") or ""), *(element for element, _item in data.get("path") or ())]


def _view(position: Position, found: Mapping[str, Position], above: frozenset[str]) -> dict[str, Any]:
    inside = above | {position.key}
    return {
        "xmlUrl": url_for("processes.source", key=position.key, version=position.version),
        "name": position.name,
        "active": [element for element, tokens in position.active.items() for _token in range(tokens)],
        "done": list(position.done),
        "called": {
            element: _view(found[key], found, inside)
            for element, key in position.calls.items()
            if key in found and key not in inside
        },
    }


@blueprint.post("/orders/<no>/reporter")
@login_required
def reveal(no: str) -> ResponseReturnValue:
    """Show who reported, once, with a reason that is kept."""
    visible_order(no)
    reporter = execute(RevealReporter(no, request.form.get("reason", ""), me().user_id))
    found = {"name": reporter.name, "phone": reporter.phone, "confidential": reporter.confidential}
    if wants_json() and not request.headers.get("HX-Request"):
        return jsonify(found)
    return render_template("orders/_reporter.html", reporter=found, no=no)


@blueprint.post("/orders/<no>/export")
@login_required
def export(no: str) -> ResponseReturnValue:
    """The work order as a file for a spreadsheet, without who reported; one with a confidential report is refused."""
    order = visible_order(no)
    exported = execute(ExportOrder(no, me().user_id))
    if not exported.allowed:
        refused = NotAllowed(*exported.sentences)
        if wants_json():
            raise refused
        flash(sentence(refused), "error")
        return redirect(url_for("orders.show", no=no))
    tasks = discretion.tasks(queries.tasks_of(reader(), order["id"]), order["definition"])
    history = discretion.history(order["id"], order["definition"])
    starter = (order["document"] or {}).get("startedBy")
    names = names_for(history, tasks, order["main_unit"], order["definition"], starter)
    rests_on = provenance.evidence(order), provenance.versions(order)
    content = record.sheet(order, names, _entries(history, names, tasks), *rests_on)
    given = {"Content-Disposition": f'attachment; filename="{no}.csv"', "Cache-Control": "no-store"}
    return Response(content, mimetype="text/csv", headers=given)


@blueprint.get("/search")
@login_required
def search() -> ResponseReturnValue:
    """Find work orders."""
    arguments = request.args
    wanted = OrderFilter(
        text=arguments.get("q", "").strip()[:80],
        kind=arguments.get("kind", ""),
        status=arguments.get("status", ""),
        category=arguments.get("category", ""),
        town=arguments.get("town", ""),
        mark=arguments.get("mark", ""),
    )
    found = list(queries.search_orders(reader(), me(), wanted, arguments.get("before", type=int), PAGE + 1))
    if len(found) == 1 and found[0]["no"] == wanted.text.upper():
        return redirect(url_for("orders.show", no=found[0]["no"]))
    kept = {name: arguments[name] for name in FILTERS if arguments.get(name)}
    return render_template(
        "orders/search.html",
        orders=found[:PAGE],
        following={**kept, "before": found[PAGE - 1]["id"]} if len(found) > PAGE else None,
        wanted=wanted,
        search_text=wanted.text,
        towns=queries.divisions(reader(), "镇街"),
        marks=[row["mark"] for row in queries.code_list(reader(), "marks")],
        units=queries.names_of_units(reader(), {one["main_unit"] for one in found if one["main_unit"]}),
        today=now(),
        nav_active="search",
    )
