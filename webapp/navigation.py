"""What every page shows around its content: navigation by role, counts, the person's name."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from flask import Flask, url_for
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup, escape

from engine import queries
from webapp import labels
from webapp.current import me, now, reader
from webapp.times import local, moment_text, short_text

STATIC = Path(__file__).parent / "static"
MANIFEST = STATIC / "build" / "manifest.json"


def init(app: Flask) -> None:
    """Make the helpers known to templates."""
    app.context_processor(around)
    app.jinja_env.globals.update(bundle=bundle, labels=labels, term=labels.term)
    app.jinja_env.filters.update(moment=moment_text, short=short_text, local=local)


def around() -> dict[str, Any]:
    """Template variables of the shell."""
    found: dict[str, Any] = {"district_name": _("禾江区"), "now": now()}
    if not current_user.is_authenticated:
        return found
    who = me()
    roles = "、".join(labels.term(labels.ROLES, role) for role in sorted(who.roles))
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
    waiting = queries.work_counts(reader(), who, now())
    items = [
        _item("tasks", _("我的任务"), "tasks", url_for("tasks.index"), waiting["all"], bool(waiting["late"])),
        _item("notices", _("提醒"), "bell", url_for("notices.index"), unread, True),
        _item("search", _("工单查询"), "search", url_for("orders.search")),
    ]
    items.append(_item("processes", _("流程"), "flow", url_for("processes.index")))
    if "integrator" in who.roles:
        items.append(_item("incidents", _("对接异常"), "plug", url_for("orders.incidents")))
    return items


def _item(key: str, label: str, icon: str, href: str, count: int = 0, alert: bool = False) -> dict[str, Any]:
    return {"key": key, "label": label, "icon": icon, "href": href, "count": count, "alert": alert}


def bundle(name: str) -> Markup:
    """Script and style tags of one page's bundle; a sentence names the command when it was not built."""
    files = _manifest(MANIFEST.stat().st_mtime_ns if MANIFEST.exists() else 0).get(name)
    if files is None:
        message = _("页面脚本尚未构建，请运行 make bundle。")
        return Markup('<p class="alert alert--warn">{}</p>').format(message)
    tags = []
    for file in [files] if isinstance(files, str) else files.values() if isinstance(files, dict) else files:
        address = escape(url_for("static", filename=f"build/{file}"))
        if str(file).endswith(".css"):
            tags.append(f'<link rel="stylesheet" href="{address}">')
        else:
            tags.append(f'<script type="module" src="{address}"></script>')
    return Markup("".join(tags))


@functools.lru_cache(maxsize=2)
def _manifest(stamp: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8")) if stamp else {}
    return found
