"""What other systems push to us: `POST /open/v1/<a connector's route>`.

request → connector.parse → engine.execute(TakeInbound) → connector.answer. A message that is signed but cannot be
taken is kept, sealed, in the audit table, so that nothing is lost and nothing blocks what comes after it.
Source: interfaces document, sections 0.3 and 0.4.
"""

from __future__ import annotations

import base64
import logging
import time
from dataclasses import replace
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request

from connectors.contract import BAD_SIGNATURE, NOT_AUTHORISED
from engine import audit
from engine.commands import TakeInbound
from engine.errors import EngineError
from engine.ports import BadMessage, Connector, Inbound, Rejected, Request, TryLater
from webapp.crypto import sm3
from webapp.security import csrf

blueprint = Blueprint("inbound", __name__, url_prefix="/open/v1")
log = logging.getLogger(__name__)

LARGEST = 2 * 1024 * 1024
MOST_FILES = 9
FETCH_WITHIN = 15.0
"""Seconds that fetching the files of one message may take; the sender is waiting."""

UNTRUSTED = frozenset({BAD_SIGNATURE, NOT_AUTHORISED})
"""Not kept: anybody could fill the table with them."""


def init(app: Flask) -> None:
    """Register the addresses of all connectors. Requests are signed, so they need no request-forgery token."""
    csrf.exempt(blueprint)
    app.register_blueprint(blueprint)


@blueprint.post("/<path:route>")
def take(route: str) -> tuple[Response, int]:
    """Take one message in; a repeat gets the first answer, marked as duplicate."""
    request.max_content_length = LARGEST
    connector = _connector(route)
    if connector is None:
        return jsonify(code="1001", message="没有这个接口地址。", data={"accepted": False}, traceId=""), 404
    received = _request()
    inbound: Inbound | None = None
    result: dict[str, Any] | None = None
    problem: Exception | None = None
    try:
        inbound = with_files(connector, connector.parse(received, _wiring().clock()))
        accepted = _wiring().engine.execute(TakeInbound(inbound, f"connector:{connector.name}"))
        result = {"no": accepted.no, "duplicate": accepted.duplicate}
    except (BadMessage, EngineError) as error:
        problem = error
        _keep(connector, received, error)
    except Exception as error:  # the sender is told to repeat; what went wrong is ours to find in the log
        log.exception("message of %s failed", connector.name)
        problem = error
    status, body = connector.answer(inbound, result, problem)
    return jsonify(body), status


def with_files(connector: Connector, inbound: Inbound) -> Inbound:
    """The message with the files it names; those that cannot be had are named in the document, and block nothing."""
    fetch, report = getattr(connector, "fetch", None), inbound.report
    if report is None or not report.remote_files or fetch is None:
        return inbound
    files, missing = list(report.files), []
    give_up = time.monotonic() + FETCH_WITHIN
    for number, remote in enumerate(report.remote_files):
        try:
            if number >= MOST_FILES or time.monotonic() > give_up:
                raise Rejected("附件太多或太慢 / too many files, or too slow")
            files.append(fetch(remote))
        except (TryLater, Rejected) as problem:
            missing.append({"name": remote.name, "reason": str(problem)})
    extra = {**report.extra, **({"missingFiles": missing} if missing else {})}
    return replace(inbound, report=replace(report, files=tuple(files), extra=extra))


def _wiring() -> Any:
    return current_app.extensions["cityloop"]


def _connector(route: str) -> Connector | None:
    found = _wiring().connectors.values()
    return next((connector for connector in found if route in getattr(connector, "routes", ())), None)


def _request() -> Request:
    return Request(
        method=request.method,
        path=request.path,
        query=request.query_string.decode("ascii", "replace"),
        headers=dict(request.headers),
        body=request.get_data(),
        remote_address=request.remote_addr or "",
    )


def _keep(connector: Connector, received: Request, error: BadMessage | EngineError) -> None:
    """Note a message that could not be taken, its body sealed: it may name a reporter."""
    if error.code in UNTRUSTED:
        log.warning("untrusted request for %s from %s: %s", connector.name, received.remote_address, error)
        return
    wiring = _wiring()
    sealed = wiring.engine.ports.cipher.seal(received.body)
    data = {
        "code": error.code,
        "size": len(received.body),
        "sm3": sm3(received.body),
        "fields": sorted(getattr(error, "errors", {})),
        "sealed": base64.b64encode(sealed).decode(),
    }
    who, what = f"connector:{connector.name}", "inbound.refused"
    with wiring.engine.database.transaction() as transaction:
        audit.append(transaction, sm3, audit.Entry(wiring.clock(), who, what, received.path, error.zh, data))
