"""What a view may ask for: the engine, the time, the person, the database session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import current_app, g
from flask_babel import gettext
from flask_login import current_user, login_required

from engine import queries
from engine.commands import Command
from engine.errors import NotAllowed
from engine.queries import Viewer
from webapp import labels
from webapp.models import db

P = ParamSpec("P")
R = TypeVar("R")


def wiring() -> Any:
    """Engine, connectors, settings and clock, wired once."""
    return current_app.extensions["cityloop"]


def execute(command: Command) -> Any:
    """Ask the engine. The read session is given back first, so that what is read afterwards is new."""
    db.session.rollback()
    return wiring().engine.execute(command)


def now() -> datetime:
    """The engine's time."""
    return cast(datetime, wiring().clock())


def reader() -> Any:
    """The session of this request, for queries."""
    return db.session


def me() -> Viewer:
    """The person who is logged in."""
    return cast(Viewer, current_user.viewer)


def roles_required(*roles: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Only people with one of these roles; others read why."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        @login_required
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            require_role(*roles)
            return view(*args, **kwargs)

        return cast(Callable[P, R], guarded)

    return decorate


def kinds() -> dict[str, str]:
    """Kinds of work orders in words: our own, else the name of the process that opens them."""
    if "kinds" not in g:
        drawn = wiring().engine.kinds()
        g.kinds = {**{kind: gettext(name) for kind, name in drawn.items()}, **labels.KINDS}
    return cast(dict[str, str], g.kinds)


def my_counts() -> Any:
    """How many tasks wait for this person, counted once a request."""
    if "counts" not in g:
        g.counts = queries.work_counts(reader(), me(), now())
    return g.counts


def require_role(*roles: str) -> None:
    """Raises NotAllowed unless the person has one of the roles."""
    if not me().roles & set(roles):
        raise NotAllowed(
            "您的岗位没有使用这个页面的权限，如有需要请联系系统管理员。",
            "Your post may not use this page; ask the system administrator if you need it.",
        )
