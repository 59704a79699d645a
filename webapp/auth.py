"""Who is logged in: log-in with lock-out after failed tries, log-out, idle timeout.

Five wrong passwords lock an account for fifteen minutes. Passwords are argon2 hashes. Every log-in, failed log-in
and log-out is in the audit table.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import Blueprint, Flask, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import case, update

from engine import audit, queries
from engine.tables import account
from webapp.crypto import sm3
from webapp.current import now, reader, wiring
from webapp.errors import json_error, wants_json
from webapp.models import Account, db
from webapp.security import limit

DEMO = {
    "SL01": _l("受理诉求"),
    "PQ01": _l("派遣、审核退单"),
    "PS-01": _l("处置（排水）"),
    "CGJ-01": _l("处置（城管）"),
    "WG001001001": _l("现场核查（榕树头）"),
    "HF01": _l("回访评价"),
    "ZB01": _l("值班长判定"),
    "LC01": _l("修改流程图"),
    "LC02": _l("审核、发布流程变更"),
    "L01": _l("领导批示、确认"),
    "JC01": _l("处理对接异常"),
}
TRIES = 5
LOCKED_FOR = timedelta(minutes=15)
IDLE = timedelta(minutes=60)
blueprint = Blueprint("auth", __name__)
logins = LoginManager()
hasher = PasswordHasher()


class User(UserMixin):
    """The logged-in person."""

    def __init__(self, viewer: queries.Viewer) -> None:
        self.viewer = viewer

    def get_id(self) -> str:
        return self.viewer.user_id

    @property
    def name(self) -> str:
        return self.viewer.name


def init(app: Flask) -> None:
    """Set up log-in for the application."""
    app.config["PERMANENT_SESSION_LIFETIME"] = IDLE
    app.config["SESSION_REFRESH_EACH_REQUEST"] = True
    logins.init_app(app)
    app.register_blueprint(blueprint)


@logins.user_loader
def _load(user_id: str) -> User | None:
    found = queries.viewer(reader(), user_id, now())
    return User(found) if found else None


@logins.unauthorized_handler
def _unauthorized() -> ResponseReturnValue:
    if wants_json():
        return json_error(401, "NOT_LOGGED_IN", "登录已过期，请重新登录。", "Your session has ended; log in again.")
    target = request.full_path if request.method == "GET" else "/tasks"
    return redirect(url_for("auth.login", next=target.rstrip("?")))


@blueprint.get("/login")
def login() -> ResponseReturnValue:
    """The log-in page."""
    if current_user.is_authenticated:
        return redirect(_next())
    return _page()


@blueprint.post("/login")
def log_in() -> ResponseReturnValue:
    """Check name and password."""
    user_id, password = request.form.get("user_id", "").strip(), request.form.get("password", "")
    if limit("login").exhausted(request.remote_addr or ""):
        return _page(_("尝试次数过多，请几分钟后再试。"), user_id, 429)
    found = db.session.get(Account, user_id) if user_id else None
    moment = now()
    if found and found.locked_until and found.locked_until > moment:
        minutes = max(1, round((found.locked_until - moment).total_seconds() / 60))
        return _page(_("密码多次错误，账号已锁定，请 %(minutes)d 分钟后再试。", minutes=minutes), user_id, 423)
    if not _matches(found.password_hash if found and found.active else None, password):
        limit("login").allow(request.remote_addr or "")
        _failed(user_id, moment)
        return _page(_("账号或密码不正确。"), user_id, 401)
    return _succeeded(user_id, moment)


def _matches(stored: str | None, password: str) -> bool:
    """Takes as long for an unknown account as for a known one."""
    try:
        hasher.verify(stored or _hash_of_nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@cache
def _hash_of_nobody() -> str:
    """Made at the first need: it takes as long as a hash should, which a start need not wait for."""
    return hasher.hash("nobody has this password")


def _failed(user_id: str, moment: datetime) -> None:
    tries = account.c.failed_logins + 1
    db.session.execute(
        update(account)
        .where(account.c.user_id == user_id)
        .values(
            failed_logins=case((tries >= TRIES, 0), else_=tries),
            locked_until=case((tries >= TRIES, moment + LOCKED_FOR), else_=account.c.locked_until),
        )
    )
    _note(moment, user_id or "-", "login_failed")


def _succeeded(user_id: str, moment: datetime) -> ResponseReturnValue:
    db.session.execute(update(account).where(account.c.user_id == user_id).values(failed_logins=0, locked_until=None))
    _note(moment, user_id, "login")
    viewer = queries.viewer(reader(), user_id, now())
    assert viewer is not None, "an active account was just found"
    target = _next()
    session.clear()
    session.permanent = True
    login_user(User(viewer))
    return redirect(target)


@blueprint.post("/logout")
def logout() -> ResponseReturnValue:
    """End the session."""
    if current_user.is_authenticated:
        _note(now(), current_user.get_id(), "logout")
    logout_user()
    session.clear()
    return redirect(url_for("auth.login"))


def _note(moment: datetime, user_id: str, act: str) -> None:
    data = {"address": request.remote_addr or ""}
    db.session.commit()
    with wiring().engine.database.transaction() as transaction:
        audit.append(transaction, sm3, audit.Entry(moment, user_id, act, f"account:{user_id}", data=data))


def _next() -> str:
    """Where to go after log-in: a path of this site or the work list."""
    target = request.values.get("next", "")
    parts = urlsplit(target)
    safe = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc
    return target if safe and not target.startswith(("/login", "/logout")) else url_for("tasks.index")


def _demo_people() -> list[tuple[Any, str]]:
    """The accounts a visitor needs to walk the loop, in the order of the loop, each with what for."""
    found = {one["user_id"]: one for one in queries.accounts(reader(), list(DEMO))}
    return [(found[user_id], str(purpose)) for user_id, purpose in DEMO.items() if user_id in found]


def _page(problem: str = "", user_id: str = "", status: int = 200) -> ResponseReturnValue:
    settings = wiring().settings
    people = _demo_people() if settings.demo else []
    html = render_template(
        "login.html",
        problem=problem,
        user_id=user_id,
        next=request.values.get("next", ""),
        people=people,
        demo_password=settings.demo_password if settings.demo else "",
    )
    return html, status
