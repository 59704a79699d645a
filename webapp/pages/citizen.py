"""What people of the district see: report, follow up, rate. No log-in."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from flask import Blueprint, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from engine import queries, tokens
from engine.commands import RateAppeal, SubmitReport
from engine.errors import Conflict, EngineError, InvalidInput, NotAllowed, NotFound
from engine.offers import CITIZEN, Action
from engine.ports import FileContent, Place, Report, Reporter
from webapp import form_context, labels, submission, undertaking
from webapp.current import execute, now, reader, wiring
from webapp.diagrams import element_properties
from webapp.errors import wants_json
from webapp.i18n import language, sentence
from webapp.security import allowed, limit

blueprint = Blueprint("citizen", __name__)
CHANNEL = "public"
SHORTEST, MIN_CONTENT, MAX_CONTENT = 2, 10, 2000
PHONE = re.compile(r"[0-9+\- ]{6,20}")
PART = re.compile(r"[0-9]{16}")
RESOLVED = ("是", "部分", "否")
SATISFIED = {1: "非常不满意", 2: "不满意", 3: "基本满意", 4: "满意", 5: "非常满意"}


def _caller() -> str:
    return request.remote_addr or ""


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """Two doors for citizens; staff go to their work."""
    if current_user.is_authenticated:
        return redirect(url_for("tasks.index"))
    return render_template("citizen/home.html")


# ------------------------------------------------------------------ report
@dataclass
class Draft:
    """What a citizen typed, and what is wrong with it.

    danger  the words speak of danger to life
    """

    values: Mapping[str, str]
    danger: bool = False
    files: list[FileContent] = field(default_factory=list)
    errors: dict[str, list[str]] = field(default_factory=dict)

    def refuse(self, name: str, text: str) -> None:
        self.errors.setdefault(name, []).append(text)


@blueprint.get("/report")
def report() -> ResponseReturnValue:
    """The report form. A plate's or a place's QR code leads here with `?part=` its code or `?place=` its name."""
    return _report_page(Draft({"receipt": secrets.token_urlsafe(12), **_scanned()}))


def _scanned() -> dict[str, str]:
    """The place a QR code stands for, as the form's values."""
    code, name = request.args.get("part", "").strip(), request.args.get("place", "").strip()[:60]
    found = queries.place_of_part(reader(), code) if code else queries.place_called(reader(), name) if name else None
    if found is None:
        return {}
    values = {
        "address": found["address"] or found["name"],
        "village": found.get("villageCode"),
        "lon": found["lon"],
        "lat": found["lat"],
        "part": found.get("partCode"),
        "scanned": f"{found['kind']} {found['partCode']}" if "partCode" in found else found["name"],
    }
    return {name: str(value) for name, value in values.items() if value not in (None, "")}


@blueprint.post("/report")
def submit() -> ResponseReturnValue:
    """Take a report in; a second click on the same form does not make a second appeal."""
    draft = _read_draft()
    if not allowed("report", _caller()):
        draft.refuse("content", _("提交太频繁，请过几分钟再试。"))
    if draft.errors:
        return _report_page(draft, 422)
    try:
        accepted = execute(SubmitReport(_report(draft)))
    except InvalidInput as refused:
        draft.errors = {key: [sentence(refused)] for key in refused.errors or {"content": []}}
        return _report_page(draft, 422)
    session["reported"] = accepted.no
    session["danger"] = draft.danger
    return redirect(url_for("citizen.reported"))


@blueprint.get("/reported")
def reported() -> ResponseReturnValue:
    """The number and the code to follow the report up with."""
    no = session.get("reported")
    if not no:
        return redirect(url_for("citizen.report"))
    code = tokens.follow_up_code(wiring().settings.secret_key, no)
    return render_template("citizen/reported.html", no=no, code=code, danger=session.get("danger"))


def _read_draft() -> Draft:
    draft = Draft({name: value.strip() for name, value in request.form.items()})
    length = len(draft.values.get("content", ""))
    draft.danger = SHORTEST <= length <= MAX_CONTENT and _speaks_of_danger(draft.values)
    least = SHORTEST if draft.danger else MIN_CONTENT  # who calls for help writes no essay
    if not least <= length <= MAX_CONTENT:
        limits = {"least": MIN_CONTENT, "most": MAX_CONTENT}
        draft.refuse("content", _("请写明发生了什么，%(least)d 至 %(most)d 个字。", **limits))
    if not (draft.values.get("address") or draft.values.get("lon") or draft.values.get("village")):
        draft.refuse("address", _("请写明地点，或选择村居、使用定位。"))
    phone = draft.values.get("phone", "")
    if phone and not PHONE.fullmatch(phone):
        draft.refuse("phone", _("请填写正确的电话号码，或留空。"))
    _read_photos(draft)
    return draft


def _speaks_of_danger(values: Mapping[str, str]) -> bool:
    found = wiring().engine.screening([values.get("content", ""), values.get("address", "")])
    return bool(found["lifeRisk"])


def _read_photos(draft: Draft) -> None:
    photos = [file for file in request.files.getlist("photos") if file.filename]
    if len(photos) > submission.MAX_FILES:
        draft.refuse("photos", _("照片最多 %(most)d 张。", most=submission.MAX_FILES))
        return
    for photo in photos:
        try:
            draft.files.append(submission.photo(photo))
        except InvalidInput as refused:
            draft.refuse("photos", sentence(refused))


def _report(draft: Draft) -> Report:
    values = draft.values
    moment = now()
    anonymous = bool(values.get("anonymous"))
    return Report(
        source=CHANNEL,
        source_order_no=values.get("receipt") or secrets.token_urlsafe(12),
        channel="网上反映",
        content=values["content"],
        received_at=moment,
        reporter=Reporter(
            name="" if anonymous else values.get("name", "")[:40],
            phone="" if anonymous else values.get("phone", ""),
            confidential=bool(values.get("confidential")),
            wants_reply=True,
        ),
        place=_place(values),
        files=tuple(draft.files),
        extra={"partCode": values["part"]} if PART.fullmatch(values.get("part", "")) else {},
    )


def _place(values: Mapping[str, str]) -> Place:
    village = values.get("village") or None
    known = {one["value"] for one in queries.divisions(reader(), "村居")}
    village = village if village in known else None
    return Place(
        address=values.get("address", "")[:200],
        lon=_degrees(values.get("lon"), 180),
        lat=_degrees(values.get("lat"), 90),
        village_code=village,
        town_code=f"{village[:9]}000" if village else None,
    )


def _degrees(text: str | None, most: float) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if abs(value) <= most else None


def _report_page(draft: Draft, status: int = 200) -> ResponseReturnValue:
    villages = queries.divisions(reader(), "村居")
    html = render_template(
        "citizen/report.html",
        values=draft.values,
        errors=draft.errors,
        villages=villages,
        least=SHORTEST,
        most=MAX_CONTENT,
        danger=draft.danger,
    )
    return html, status


# ------------------------------------------------------------------ follow up
@blueprint.get("/follow")
def follow() -> ResponseReturnValue:
    """How far a report has come."""
    no, code = request.args.get("no", "").strip().upper(), request.args.get("code", "").strip()
    if not no:
        return render_template("citizen/follow.html", no="", code="", problem="", order=None)
    if not allowed("look_up", _caller()):
        return _follow_problem(no, _("查询太频繁，请过几分钟再试。"), 429)
    if not _shown(no, code):
        known = allowed("guess", no)
        return _follow_problem(
            no, _("编号或查询码不正确，请核对后再试。") if known else _("查询码多次错误，请 15 分钟后再试。"), 404
        )
    order = queries.order_by_no(reader(), no)
    if order is None:
        return _follow_problem(no, _("编号或查询码不正确，请核对后再试。"), 404)
    actions = wiring().engine.actions(no, CITIZEN, ())
    return render_template("citizen/follow.html", no=no, code=code, problem="", actions=actions, **_progress(order))


def _shown(no: str, code: str) -> bool:
    """Whether this is the number's code; after too many wrong ones no code is right for a while."""
    right = tokens.same(tokens.follow_up_code(wiring().settings.secret_key, no), code)
    return right and not limit("guess").exhausted(no)


def _own_order() -> tuple[Mapping[str, Any], str]:
    """The report whose number and code the caller shows, and the code. Raises NotFound or NotAllowed."""
    no, code = request.values.get("no", "").strip().upper(), request.values.get("code", "").strip()
    if not allowed("look_up", _caller()):
        raise NotAllowed("查询太频繁，请过几分钟再试。", "Too many requests; try again in a few minutes.")
    order = queries.order_by_no(reader(), no) if _shown(no, code) else None
    if order is None:
        allowed("guess", no)
        raise NotFound("编号或查询码不正确，请核对后再试。", "Number or code is wrong; check them and try again.")
    return order, code


@blueprint.get("/follow/actions/<element>")
def action(element: str) -> ResponseReturnValue:
    """The form of what a reporter may still do: urge, add, withdraw."""
    order, code = _own_order()
    chosen = _action_of(order, element)
    task = undertaking.acting(order, chosen)
    form = undertaking.form_of(reader(), task) if chosen.form_key else None
    return render_template(
        "citizen/action.html",
        order=order,
        code=code,
        action=chosen,
        form=form,
        data=form_context.context(reader(), form, task, undertaking.NOBODY) if form else {},
        request_id=secrets.token_urlsafe(12),
    )


@blueprint.post("/follow/actions/<element>")
def act(element: str) -> ResponseReturnValue:
    """Do it, with number and code as for looking."""
    if not allowed("report", _caller()):
        raise NotAllowed("提交太频繁，请过几分钟再试。", "Too many requests; try again in a few minutes.")
    order, code = _own_order()
    chosen = _action_of(order, element)
    sent = submission.read(request)
    execute(undertaking.acted(reader(), order, chosen, undertaking.NOBODY, sent, language()))
    message = _("“%(action)s”已提交。", action=_(chosen.text))
    target = url_for("citizen.follow", no=order["no"], code=code)
    flash(message, "success")
    return jsonify(location=target, message=message) if wants_json() else redirect(target)


def _action_of(order: Mapping[str, Any], element: str) -> Action:
    found = next((one for one in wiring().engine.actions(order["no"], CITIZEN, ()) if one.element == element), None)
    if found is None:
        raise Conflict("这件诉求现在不能这样操作，请刷新页面。", "This cannot be done to the report now.")
    return cast(Action, found)


def _follow_problem(no: str, problem: str, status: int) -> ResponseReturnValue:
    return render_template("citizen/follow.html", no=no, code="", problem=problem, order=None), status


@dataclass(frozen=True)
class Milestone:
    """One step a citizen reads."""

    at: Any
    text: str


def _progress(order: Mapping[str, Any]) -> dict[str, Any]:
    """Status in plain words, the way there, the reply, and the rating link when it is due."""
    chain = [order]
    case = queries.order_by_no(reader(), order["case_no"]) if order["case_no"] else None
    if case is not None:
        chain.append(case)
    milestones = _milestones(chain)
    return {
        "order": order,
        "status_text": milestones[0].text,
        "milestones": milestones,
        "reply": (order["document"] or {}).get("replyText"),
        "letters": letters(chain),
        "rating_url": _rating_url(order),
    }


def letters(chain: list[Mapping[str, Any]]) -> list[Milestone]:
    """What the diagrams wrote to everybody who reported the matter (`letters` in the document), newest first."""
    written = [one for order in chain for one in (order["document"] or {}).get("letters") or ()]
    return [Milestone(datetime.fromisoformat(one["at"]), one["text"]) for one in reversed(written)]


def _milestones(chain: list[Mapping[str, Any]]) -> list[Milestone]:
    """What the citizen reads of the appeal and its case, newest first, nothing said twice in a row.

    The words are those of the diagram (`citizenText` of the element that set the status); a status whose element has
    none is put in general words.
    """
    rows = [
        (row["at"], row["id"], {"element": row["element"], **(row["data"] or {})}, order)
        for order in chain
        for row in queries.history_of(reader(), order["id"])
        if row["kind"] == "StatusChanged"
    ]
    rows.sort(key=lambda row: row[:2])
    drawn = {order["no"]: element_properties(wiring().engine, order["definition"]) for order in chain}
    found = [Milestone(chain[0]["opened_at"], str(labels.CITIZEN[10]))]
    for at, _id, data, order in rows:
        if order["kind"] == "case" and data.get("code") in labels.FINISHED:
            continue  # the citizen's own appeal says how it ended
        text = drawn[order["no"]].get(str(data["element"]), {}).get("citizenText", "")
        plain = _(text) if text and not text.startswith("=") else str(labels.CITIZEN.get(data.get("code", 0), ""))
        if plain and data.get("code") != 10 and plain != found[-1].text:
            found.append(Milestone(at, plain))
    return found[::-1]


def _rating_url(order: Mapping[str, Any]) -> str | None:
    link = queries.open_rating_link(reader(), order["id"], now())
    if link is None or order["status"] != "active":
        return None
    token = tokens.rating_token(wiring().settings.secret_key, order["no"], link["item"])
    return url_for("citizen.rate", token=token)


# ------------------------------------------------------------------ rate
@blueprint.get("/rate/<token>")
def rate(token: str) -> ResponseReturnValue:
    """The rating form behind a one-time link."""
    if not allowed("look_up", _caller()):
        return _rate_message(_("操作太频繁，请过几分钟再试。"), 429)
    link = queries.rating_link(reader(), tokens.digest(token))
    if link is None:
        return _rate_message(_("这个评价链接无效，请检查链接是否完整。"), 404)
    if link["used_at"] is not None:
        return _rate_message(_("您已经评价过了，感谢您的反馈。"), 200)
    if link["expires_at"] < now() or link["order_status"] != "active":
        return _rate_message(_("这次评价已经结束，感谢您的关注。"), 410)
    document = (queries.order_by_no(reader(), link["no"]) or {}).get("document") or {}
    return render_template("citizen/rate.html", link=link, errors={}, values={}, reply=document.get("replyText"))


@blueprint.post("/rate/<token>")
def rated(token: str) -> ResponseReturnValue:
    """Take the rating; the link is used up with it."""
    if not allowed("report", _caller()):
        return _rate_message(_("操作太频繁，请过几分钟再试。"), 429)
    values = request.form
    errors: dict[str, list[str]] = {}
    if values.get("resolved") not in RESOLVED:
        errors["resolved-是"] = [_("请选择问题是否解决。")]
    if values.get("satisfaction") not in ("1", "2", "3", "4", "5"):
        errors["satisfaction-5"] = [_("请选择满意程度。")]
    link = queries.rating_link(reader(), tokens.digest(token))
    if errors and link is not None and link["used_at"] is None:
        return render_template("citizen/rate.html", link=link, errors=errors, values=values, reply=None), 422
    try:
        execute(RateAppeal(token, _rating(values)))
    except EngineError as refused:
        return _rate_message(sentence(refused), 409)
    return _rate_message(_("感谢您的评价，我们会认真对待。"), 200, done=True)


def _rating(values: Mapping[str, str]) -> dict[str, Any]:
    satisfaction = int(values.get("satisfaction") or 0)
    return {
        "connected": True,
        "contacted": True,
        "resolved": values.get("resolved"),
        "satisfaction": satisfaction,
        "satisfied": SATISFIED[max(satisfaction, 1)],
        "words": values.get("words", "").strip()[:500],
    }


def _rate_message(text: str, status: int, done: bool = False) -> ResponseReturnValue:
    return render_template("citizen/message.html", text=text, done=done, title=_("评价")), status
