"""A small site with the real templates and bundles, whose answers a test decides."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from flask import Flask, Response, jsonify, render_template_string, request
from flask_babel import Babel
from werkzeug.serving import make_server

from webapp import assets
from webapp.security import CONTENT_SECURITY_POLICY

WEBAPP = Path(__file__).parents[2] / "webapp"
DIAGRAM = Path(__file__).with_name("case.bpmn")
HEAD = '{% extends "base.html" %}{% import "_ui.html" as ui with context %}'
PAGES = {
    "task": HEAD
    + "{% block head %}{{ bundle_css('form') }}{% endblock %}{% block scripts %}{{ bundle('form') }}{% endblock %}"
    + "{% block content %}{{ ui.task_form(schema, data, '/submit', 3, 'task-7', file_url='/files/') }}{% endblock %}",
    "case": HEAD
    + "{% block head %}{{ bundle_css('viewer') }}{% endblock %}{% block scripts %}{{ bundle('viewer') }}{% endblock %}"
    + "{% block content %}<div data-diagram data-xml-url='/diagram' data-active='[\"confirm\", \"confirm\"]'"
    + ' data-done=\'["start", "enrich"]\' data-called=\'{"dispatch": {"xmlUrl": "/diagram", "active": ["start"]}}\'>'
    + "</div>{% endblock %}",
    "editor": HEAD
    + "{% block head %}{{ bundle_css('modeler') }}{% endblock %}"
    + "{% block scripts %}{{ bundle('modeler') }}{% endblock %}"
    + "{% block content %}<div data-modeler data-name='case' data-xml-url='/diagram' data-check-url='/check'"
    + " data-save-url='/save' data-changes='[]'></div>{% endblock %}",
    "list": HEAD
    + "{% block content %}<div data-bulk hidden><b data-bulk-count></b></div><table data-worklist>"
    + "{% for n in range(3) %}<tr data-row><td><input type=checkbox><a href='/page/list?opened={{ n }}'>{{ n }}</a>"
    + "</td></tr>{% endfor %}</table>{% endblock %}",
}


class Site:
    """What the pages show, how the server answers, and what it was sent."""

    def __init__(self) -> None:
        self.schema: dict[str, Any] = {"type": "default", "components": []}
        self.data: dict[str, Any] = {}
        self.answer: tuple[int, dict[str, Any]] = (200, {})
        self.findings: list[dict[str, str]] = []
        self.sent: list[dict[str, Any]] = []
        self.address = ""

    def app(self) -> Flask:
        """The site as a Flask program."""
        app = Flask("site", template_folder=str(WEBAPP / "templates"), static_folder=str(WEBAPP / "static"))
        Babel(app, default_locale="zh")
        assets.init_app(app)
        app.jinja_env.globals["csrf_token"] = lambda: "token"
        app.secret_key = "test"
        app.add_url_rule("/page/<name>", view_func=self.page)
        app.add_url_rule("/diagram", view_func=lambda: Response(DIAGRAM.read_bytes(), mimetype="application/xml"))
        for path in ("/submit", "/check", "/save"):
            app.add_url_rule(path, path, self.post, methods=["POST"])
        app.after_request(self.protect)
        return app

    def page(self, name: str) -> str:
        return render_template_string(PAGES[name], schema=self.schema, data=self.data, locale="zh")

    def post(self) -> Any:
        files = {name: (file.mimetype, len(file.read())) for name, file in request.files.items()}
        form = request.form.to_dict()
        data = json.loads(form.pop("data", "null"))
        token = request.headers.get("X-CSRFToken")
        self.sent.append({"path": request.path, "data": data, "form": form, "files": files, "token": token})
        if request.path == "/check":
            return jsonify(findings=self.findings)
        status, body = self.answer
        return jsonify(body), status

    @staticmethod
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response


@contextmanager
def running() -> Iterator[Site]:
    """The site on a loopback port."""
    site = Site()
    server = make_server("127.0.0.1", 0, site.app(), threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    site.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
