"""What every page shows around its content: navigation by role, counts, the person's name."""

from __future__ import annotations

from typing import Any

from flask import Flask, url_for
from flask_babel import gettext as _
from flask_login import current_user

from engine import queries
from webapp import assets, labels
from webapp.current import kinds, me, my_counts, now, reader, wiring
from webapp.operations import may_operate
from webapp.times import local, moment_text, short_text


def init(app: Flask) -> None:
    """Make the helpers known to templates."""
    app.context_processor(around)
    assets.init_app(app)
    app.jinja_env.globals.update(labels=labels, term=labels.term, kinds=kinds)
    app.jinja_env.filters.update(moment=moment_text, short=short_text, local=local)


def around() -> dict[str, Any]:
    """Template variables of the shell."""
    found: dict[str, Any] = {"district_name": _("禾江区"), "now": now()}
    if not current_user.is_authenticated:
        return found
    who = me()
    roles = _("、").join(labels.role_word(role) for role in sorted(who.roles))
    return {
        **found,
        "me": who,
        "user_name": who.name,
        "user_title": f"{who.unit_name} · {roles}",
        "home_url": url_for("tasks.index"),
        "search_url": url_for("orders.search"),
        "nav_items": _items(who),
    }


def _items(who: queries.Viewer) -> list[dict[str, Any]]:
    unread = queries.unread_notices(reader(), who)
    waiting = my_counts()
    items = [
        _item("tasks", _("我的任务"), "tasks", url_for("tasks.index"), waiting["all"], bool(waiting["late"])),
        _item("notices", _("提醒"), "bell", url_for("notices.index"), unread, True),
        _item("search", _("工单查询"), "search", url_for("orders.search")),
    ]
    if wiring().engine.starts(who.reach, fresh=False):
        items.insert(1, _item("new", _("新建"), "plus", url_for("undertaking.index")))
    items.append(_item("processes", _("流程"), "flow", url_for("processes.index")))
    if may_operate():
        items.append(_item("incidents", _("对接异常"), "plug", url_for("operations.incidents")))
        items.append(_item("migrations", _("版本迁移"), "swap", url_for("operations.migrations")))
    return items


def _item(key: str, label: str, icon: str, href: str, count: int = 0, alert: bool = False) -> dict[str, Any]:
    return {"key": key, "label": label, "icon": icon, "href": href, "count": count, "alert": alert}
