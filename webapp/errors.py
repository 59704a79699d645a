"""Errors as people and programs read them: a calm page, or {code, message_zh, message_en, errors}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from engine.errors import Conflict, EngineError, InvalidInput, NotAllowed, NotCorrelated, NotFound
from webapp.i18n import sentence
from webapp.models import db

STATUS: Mapping[type[EngineError], int] = {
    NotFound: 404,
    NotAllowed: 403,
    Conflict: 409,
    NotCorrelated: 409,
    InvalidInput: 422,
}
SENTENCES = {
    400: ("请求不完整，请返回后重试。", "The request was incomplete; go back and try again."),
    403: ("您没有查看这个页面的权限。", "You may not see this page."),
    404: ("没有找到这个页面或这条记录。", "This page or record was not found."),
    405: ("这个地址不支持这种操作。", "This address does not support that."),
    413: ("上传的内容太大：照片不超过 10 MB，最多 9 张。", "Too large: at most nine photos of 10 MB."),
    429: ("操作太频繁，请稍后再试。", "Too many requests; try again a little later."),
    500: ("系统遇到了问题，已记录下来。请稍后再试。", "Something went wrong and was recorded. Please try again later."),
    503: ("系统正在启动或维护，请稍后再试。", "The system is starting or being maintained; try again later."),
}


def init(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(EngineError, _engine_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def wants_json() -> bool:
    """Whether a program (or a script of ours) asks."""
    if (
        request.path.startswith(("/api/", "/open/"))
        or request.headers.get("X-Requested-With")
        or request.headers.get("HX-Request")
    ):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return best == "application/json"


def status_of(error: EngineError) -> int:
    """The HTTP status of an engine error."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 422)


def json_error(
    status: int, code: str, zh: str, en: str, errors: Mapping[str, Any] | None = None, **more: Any
) -> ResponseReturnValue:
    """The error body of the interface; `message` is the one in the language of the page."""
    message = sentence(_Both(zh, en))
    body = {"code": code, "message": message, "message_zh": zh, "message_en": en, "errors": errors or {}, **more}
    return jsonify(body), status


class _Both:
    def __init__(self, zh: str, en: str) -> None:
        self.message_zh, self.message_en = zh, en


def engine_error_body(error: EngineError) -> ResponseReturnValue:
    """An engine error as JSON."""
    errors = error.errors if isinstance(error, InvalidInput) else {}
    more = {"version": error.details["version"]} if "version" in error.details else {}
    return json_error(status_of(error), error.code, error.message_zh, error.message_en, errors, **more)


def page(status: int, message: str, title: str = "") -> Response:
    """A calm page with one sentence."""
    html = render_template("error.html", status=status, message=message, title=title or _title(status))
    return Response(html, status)


def _title(status: int) -> str:
    return {403: _("没有权限"), 404: _("没有找到"), 409: _("已有新的进展"), 413: _("上传内容太大")}.get(
        status, _("没有完成")
    )


def _engine_error(error: EngineError) -> ResponseReturnValue:
    db.session.rollback()
    if wants_json():
        return engine_error_body(error)
    return page(status_of(error), sentence(error))


def _csrf_error(error: CSRFError) -> ResponseReturnValue:
    zh, en = "页面停留时间过长，请刷新后再提交。", "The page was open for too long; reload it and submit again."
    if wants_json():
        return json_error(400, "CSRF", zh, en)
    return page(400, sentence(_Both(zh, en)))


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or (error.code or 500) < 400:
        return error
    status = error.code or 500
    zh, en = SENTENCES.get(status, SENTENCES[500 if status >= 500 else 400])
    if wants_json():
        data = getattr(error, "data", None) or {}
        return json_error(status, error.name.upper().replace(" ", "_"), zh, en, data.get("messages"))
    response = page(status, sentence(_Both(zh, en)))
    response.headers.extend({k: v for k, v in error.get_headers() if k in ("Allow", "Retry-After")})
    return response


def _unexpected(error: Exception) -> ResponseReturnValue:
    from flask import current_app

    db.session.rollback()
    if current_app.debug:
        raise error
    current_app.logger.exception("unexpected error on %s %s", request.method, request.path)
    return _http_error(InternalServerError())
