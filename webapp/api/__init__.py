"""The REST interface: `/api`, described at `/api/docs` and `/api/openapi.json`.

Log-in is the session of the pages; changes carry the request-forgery token in the header `X-CSRFToken`.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_smorest import Api

from webapp.pages.system import program_version


def init(app: Flask) -> None:
    """Register every resource and the page that describes them."""
    app.config.update(
        API_TITLE="Cityloop 城市闭环",
        API_VERSION=program_version(),
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="api/openapi.json",
    )
    api = Api(app)
    from webapp.api import definitions, operations, orders, reports, starts, tasks

    for module in (tasks, orders, starts, reports, definitions, operations):
        api.register_blueprint(module.blueprint)
    from webapp import errors

    errors.init(app)  # flask-smorest has put its own handler for HTTP errors in front

    @app.get("/api/docs")
    def api_docs() -> ResponseReturnValue:
        """Every operation on one page."""
        return render_template("api.html", groups=_operations(api.spec.to_dict()))

    @app.get("/api/")
    def api_root() -> ResponseReturnValue:
        """Where the description is."""
        return jsonify(docs="/api/docs", openapi="/api/openapi.json", version=program_version())


def _operations(spec: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Operations by tag, for the page."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in spec.get("paths", {}).items():
        shared = methods.get("parameters", [])
        for method, operation in methods.items():
            if method == "parameters":
                continue
            tag = (operation.get("tags") or ["-"])[0]
            groups.setdefault(tag, []).append(
                {
                    "method": method.upper(),
                    "path": path,
                    "summary": operation.get("summary", ""),
                    "description": operation.get("description", ""),
                    "parameters": [_named(one) for one in [*shared, *operation.get("parameters", [])]],
                    "body": _body(operation),
                    "responses": sorted(code for code in operation.get("responses", {}) if code != "default"),
                }
            )
    return groups


def _named(parameter: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": parameter.get("name", ""),
        "in": parameter.get("in", ""),
        "required": parameter.get("required", False),
        "type": parameter.get("schema", {}).get("type", ""),
        "description": parameter.get("description", ""),
    }


def _body(operation: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    for kind, media in content.items():
        return f"{kind} {media.get('schema', {}).get('$ref', '').rpartition('/')[2]}".strip()
    return ""
