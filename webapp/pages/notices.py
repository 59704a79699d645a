"""The inbox: what a person should know without having to do it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from engine import queries
from engine.commands import MarkNoticesSeen
from webapp.current import execute, me, reader

blueprint = Blueprint("notices", __name__)
PAGE = 50


@blueprint.get("/notices")
@login_required
def index() -> ResponseReturnValue:
    """Notices for my posts, newest first."""
    found = list(queries.notices_for(reader(), me(), request.args.get("before", type=int), PAGE + 1))
    return render_template(
        "notices.html",
        notices=found[:PAGE],
        following=found[PAGE - 1]["id"] if len(found) > PAGE else None,
        unread=[one["id"] for one in found[:PAGE] if not one["seen"]],
        nav_active="notices",
    )


@blueprint.post("/notices/seen")
@login_required
def seen() -> ResponseReturnValue:
    """Mark notices as read."""
    ids = request.form.getlist("notice", type=int)
    if ids:
        execute(MarkNoticesSeen(ids, me().user_id))
    order_no = request.form.get("order", "")
    return redirect(url_for("orders.show", no=order_no) if order_no else url_for("notices.index"))
