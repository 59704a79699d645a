"""Signed requests to another system, and what its answer means for the job. Source: interfaces document, 0.2–0.4."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from connectors.contract import ACCEPTED, REPEAT_CODES, UNMAPPED_CODE
from connectors.retry import Breaker
from connectors.signature import SM3, signed_headers
from engine.ports import Rejected, TryLater

_REPEAT_STATUS = frozenset({408, 425, 429})


@dataclass
class Channel:
    """Where another system listens and how we sign what we send there. `timeout` is in seconds."""

    url: str
    app_key: str
    secret: str = field(repr=False)
    timeout: float = 10.0
    algorithm: str = SM3
    breaker: Breaker = field(default_factory=Breaker, repr=False)

    def post(self, path: str, body: Mapping[str, Any], idempotency_key: str, now: datetime) -> dict[str, Any]:
        """Their answer to a message they took. Raises TryLater or Rejected; a repeat carries the same key."""
        wait = self.breaker.seconds_to_wait(now)
        if wait:
            raise TryLater(f"{self._host} 连续失败，暂停对接 / paused after repeated failures", wait)
        try:
            taken = self._post(path, body, idempotency_key, now)
        except TryLater:
            self.breaker.failed(now)
            raise
        except Rejected:
            self.breaker.succeeded()
            raise
        self.breaker.succeeded()
        return taken

    def _post(self, path: str, body: Mapping[str, Any], idempotency_key: str, now: datetime) -> dict[str, Any]:
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        address = urlsplit(self.url.rstrip("/") + path)
        headers = signed_headers(
            "POST", address.path, address.query, content,
            app_key=self.app_key, secret=self.secret, now=now, nonce=secrets.token_hex(16), algorithm=self.algorithm,
        )  # fmt: skip
        headers |= {"Content-Type": "application/json; charset=utf-8", "X-Idempotency-Key": idempotency_key}
        try:
            response = requests.post(
                address.geturl(), data=content, headers=headers, timeout=self.timeout, allow_redirects=False
            )
        except requests.RequestException as error:
            raise TryLater(f"{self._host} 无法连接 / not reachable ({type(error).__name__})") from None
        return read_answer(response, self._host)

    @property
    def _host(self) -> str:
        return urlsplit(self.url).netloc.rpartition("@")[2]


def read_answer(response: requests.Response, host: str) -> dict[str, Any]:
    """What the other side said. Raises TryLater when a repeat may help and Rejected when it cannot."""
    try:
        answer = response.json()
    except ValueError:
        answer = None
    code = str(answer.get("code", "")) if isinstance(answer, dict) else ""
    status = response.status_code
    if code in REPEAT_CODES or status >= 500 or status in _REPEAT_STATUS:
        raise TryLater(f"{host} 暂时不能接收 / cannot take it now ({code or status})", _retry_after(response))
    if isinstance(answer, dict) and code in (ACCEPTED, UNMAPPED_CODE) and status < 300:
        return answer
    if code and code != ACCEPTED:
        raise Rejected(f"{host} 拒收 / refused: {code} {answer.get('message', '')}", code)
    if status >= 300:
        raise Rejected(f"{host} 拒收 / refused: HTTP {status}", str(status))
    # A gateway's own page with status 200: whether the message arrived is unknown, and a repeat does no harm.
    raise TryLater(f"{host} 的答复无法识别 / gave an answer that cannot be read")


def _retry_after(response: requests.Response) -> float | None:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else None
