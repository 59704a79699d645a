"""Macros and bundle tags, as a page shows them."""

import datetime
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask_babel import Babel

from webapp import assets

TEMPLATES = Path(__file__).parents[2] / "webapp" / "templates"
NOW = datetime.datetime(2026, 9, 15, 8, 30, tzinfo=datetime.UTC)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    flask = Flask(
        "page", template_folder=str(TEMPLATES), static_folder=str(tmp_path / "static"), static_url_path="/static"
    )
    Babel(flask, default_locale="zh")
    assets.init_app(flask)
    flask.jinja_env.globals["csrf_token"] = lambda: "token"
    with flask.test_request_context():
        yield flask


def shown(call: str, **values: object) -> str:
    return render_template_string('{% import "_ui.html" as ui with context %}{{ ' + call + " }}", now=NOW, **values)


@pytest.mark.parametrize(
    ("hours", "state", "words"),
    [
        (-30, "overdue", "超时 1 天 6 小时"),
        (1, "soon", "剩 1 小时 0 分"),
        (5, "ok", "剩 5 小时 0 分"),
        (0.5, "soon", "剩 30 分钟"),
    ],
)
def test_it_shows_time_left_as_colour_and_words(app: Flask, hours: float, state: str, words: str) -> None:
    html = shown("ui.time_left(due, now)", due=NOW + datetime.timedelta(hours=hours))
    assert f'data-state="{state}"' in html
    assert words in html


def test_it_warns_when_the_process_says_so(app: Flask) -> None:
    due, warn = NOW + datetime.timedelta(hours=40), NOW - datetime.timedelta(hours=1)
    assert 'data-state="soon"' in shown("ui.time_left(due, now, warn)", due=due, warn=warn)


def test_it_does_not_count_down_while_paused(app: Flask) -> None:
    html = shown("ui.time_left(due, now, paused=true)", due=NOW)
    assert "已暂停" in html
    assert "data-due" not in html


def test_it_escapes_what_people_wrote_into_a_form(app: Flask) -> None:
    evil = '"><script>alert(1)</script>'
    html = shown("ui.task_form({'components': []}, data, '/x', 1, 'd')", data={"note": evil})
    assert "<script>alert" not in html
    assert '"note"' not in html.replace("&#34;", "'")


def test_it_names_the_build_command_when_there_is_no_bundle(app: Flask) -> None:
    assert assets.BUILD_COMMAND in str(assets.bundle("form")).replace("&amp;", "&")
    assert str(assets.bundle_css("form")) == ""


def test_it_links_bundles_by_their_hashed_names(app: Flask) -> None:
    build = Path(str(app.static_folder)) / "build"
    build.mkdir(parents=True)
    (build / "manifest.json").write_text(json.dumps({"form": {"js": "form-A1.js", "css": "form-B2.css"}}))
    assert str(assets.bundle("form")) == '<script type="module" src="/static/build/form-A1.js"></script>'
    assert str(assets.bundle_css("form")) == '<link rel="stylesheet" href="/static/build/form-B2.css">'
