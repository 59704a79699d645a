"""What people do on their own account: start a process (新建), act on a work order with the buttons of its page."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from engine import tokens
from engine.errors import Conflict, NotAllowed
from engine.offers import Action, Start
from webapp import form_context, submission, undertaking
from webapp.current import execute, me, reader, wiring
from webapp.errors import wants_json
from webapp.i18n import language
from webapp.pages.orders import visible_order

blueprint = Blueprint("undertaking", __name__)


# ------------------------------------------------------------------ starting
@blueprint.get("/new")
@login_required
def index() -> ResponseReturnValue:
    """What this person may start."""
    return render_template("undertaking/index.html", starts=my_starts(), nav_active="new")


def my_starts(kind: str | None = None) -> list[Start]:
    """What this person may start about nothing, or about a work order of a kind."""
    found = wiring().engine.starts(me().reach)
    return [one for one in found if (one.alone if kind is None else kind in one.starts_from)]


def my_start(process: str) -> Start:
    """One of them. Raises NotAllowed."""
    found: Start | None = next((one for one in wiring().engine.starts(me().reach) if one.process == process), None)
    if found is None:
        raise NotAllowed("您的岗位不能新建这种工单。", "Your post may not start this.")
    return found


def about() -> Mapping[str, Any] | None:
    """The work order a new one is about, when this person may see it."""
    no = request.values.get("about", "").strip()
    return visible_order(no) if no else None


@blueprint.get("/new/<process>")
@login_required
def new(process: str) -> ResponseReturnValue:
    """The form of a process's start event."""
    offer, other = my_start(process), about()
    task = undertaking.opening(offer, other)
    form = undertaking.form_of(reader(), task)
    return render_template(
        "undertaking/new.html",
        offer=offer,
        about=other,
        form=form,
        data=form_context.context(reader(), form, task, me()),
        # What is typed about a reporter does not stay on the device.
        draft="" if offer.seals else f"new-{process}-{other['no'] if other else ''}-{form_context.digest(form)}",
        request_id=secrets.token_urlsafe(12),
        nav_active="new",
    )


@blueprint.post("/new/<process>")
@login_required
def start(process: str) -> ResponseReturnValue:
    """Begin it; nothing typed is lost when it is refused."""
    offer, other = my_start(process), about()
    sent = submission.read(request)
    no = execute(undertaking.started(reader(), offer, me(), sent, language(), other)).no
    target, message = url_for("orders.show", no=no), started_message(offer, no)
    if wants_json():
        flash(message, "success")
        return jsonify(location=target, message=message, orderNo=no)
    flash(message, "success")
    return redirect(target)


def started_message(offer: Start, no: str) -> str:
    """What to tell, with the code the reporter follows it up with."""
    if offer.seals:
        return _("已建立 %(no)s。请告知反映人编号和查询码 %(code)s。", no=no, code=follow_up_code(no))
    return _("已建立 %(no)s。", no=no)


def follow_up_code(no: str) -> str:
    """What opens the progress page together with the number."""
    return tokens.follow_up_code(wiring().settings.secret_key, no)


# ------------------------------------------------------------------ acting
def my_actions(no: str) -> list[Action]:
    """What this person may do to a work order now."""
    found: list[Action] = wiring().engine.actions(no, me().user_id, me().reach)
    return found


def my_action(no: str, element: str) -> Action:
    """One of them. Raises Conflict when it is not, or no longer, offered to this person."""
    found = next((one for one in my_actions(no) if one.element == element), None)
    if found is None:
        raise Conflict("这项操作现在不能办理，或不属于您的岗位。", "This cannot be done now, or not by your post.")
    return found


@blueprint.get("/orders/<no>/actions/<element>")
@login_required
def action(no: str, element: str) -> ResponseReturnValue:
    """The form of an action, or the question whether it is meant."""
    order, chosen = visible_order(no), my_action(no, element)
    task = undertaking.acting(order, chosen)
    form = undertaking.form_of(reader(), task) if chosen.form_key else None
    return render_template(
        "undertaking/action.html",
        order=order,
        action=chosen,
        form=form,
        data=form_context.context(reader(), form, task, me()) if form else {},
        draft=f"action-{no}-{element}-{form_context.digest(form)}" if form else "",
        request_id=secrets.token_urlsafe(12),
        nav_active="search",
    )


@blueprint.post("/orders/<no>/actions/<element>")
@login_required
def act(no: str, element: str) -> ResponseReturnValue:
    """Do it."""
    order, chosen = visible_order(no), my_action(no, element)
    execute(undertaking.acted(reader(), order, chosen, me(), submission.read(request), language()))
    target, message = url_for("orders.show", no=no), _("“%(action)s”已提交。", action=_(chosen.text))
    flash(message, "success")
    if wants_json():
        return jsonify(location=target, message=message, orderNo=no)
    return redirect(target)
