"""Bundles of the front end in pages: ``{{ bundle('form') }}`` and ``{{ bundle_css('form') }}``.

`webapp/frontend/build.mjs` writes `static/build/manifest.json`: entry name to its hashed files, as
``{"form": {"js": "form-AB12.js", "css": "form-CD34.css"}}``.
"""

import functools
import json
from pathlib import Path
from typing import TypedDict

from flask import Flask, current_app, g, url_for
from flask_babel import gettext
from markupsafe import Markup

#: What to run when there are no bundles; shown on the page itself.
BUILD_COMMAND = "npm ci --ignore-scripts && node build.mjs"


class Entry(TypedDict, total=False):
    """Files of one bundle, relative to `static/build`."""

    js: str
    css: str


def init_app(app: Flask) -> None:
    """Make `bundle`, `bundle_css` and `icons_url` known to templates."""
    app.jinja_env.globals.update(bundle=bundle, bundle_css=bundle_css, icons_url=icons_url)


def icons_url() -> str:
    """Where the drawings are; kept for the request, for a page shows a hundred."""
    found = g.get("icons_url")
    if found is None:
        found = g.icons_url = url_for("static", filename="icons.svg")
    return str(found)


def bundle(name: str) -> Markup:
    """The script tag of a bundle, or a note naming the build command when it is missing."""
    entry = _entry(name)
    if "js" not in entry:
        note = gettext("页面脚本尚未构建，请在 webapp/frontend 下运行：")
        return Markup('<p class="alert alert--warn" role="alert"><span>{} <code>{}</code></span></p>').format(
            note, BUILD_COMMAND
        )
    return Markup('<script type="module" src="{}"></script>').format(_url(entry["js"]))


def bundle_css(name: str) -> Markup:
    """The style sheet tag of a bundle; nothing when the bundle has no styles or is missing."""
    entry = _entry(name)
    return Markup('<link rel="stylesheet" href="{}">').format(_url(entry["css"])) if "css" in entry else Markup()


def _url(file: str) -> str:
    return url_for("static", filename=f"build/{file}")


def _entry(name: str) -> Entry:
    manifest = Path(current_app.static_folder or "static") / "build" / "manifest.json"
    try:
        stamp = manifest.stat().st_mtime_ns
    except OSError:
        return {}
    return _manifest(manifest, stamp).get(name, {})


@functools.lru_cache(maxsize=4)
def _manifest(path: Path, stamp: int) -> dict[str, Entry]:
    entries: dict[str, Entry] = json.loads(path.read_text(encoding="utf-8"))
    return entries
