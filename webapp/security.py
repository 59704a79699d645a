"""What protects every page: request-forgery tokens, headers, and a limit on public posts."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from flask import Flask, Response, current_app, request
from flask_wtf import CSRFProtect

csrf = CSRFProtect()

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        # the diagram and form libraries position their elements with style attributes
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
MONTH = 30 * 24 * 3600
LIMITS = {"login": (60, 300), "report": (30, 600), "look_up": (60, 600), "places": (600, 600), "guess": (10, 900)}
"""At most so many calls within so many seconds. By address; wrong follow-up codes by number.

Of log-ins only failures count: a whole office that logs in at half past eight may share one address.
"""


def init(app: Flask) -> None:
    """Switch protection on for every response and every form."""
    csrf.init_app(app)
    app.extensions["limits"] = {name: RateLimit(most, seconds) for name, (most, seconds) in LIMITS.items()}
    app.after_request(_headers)


def limit(name: str) -> RateLimit:
    """One of the running application's `LIMITS`."""
    found: RateLimit = current_app.extensions["limits"][name]
    return found


def allowed(name: str, key: str) -> bool:
    """Count one call against a limit; False when there were too many."""
    return limit(name).allow(key)


def _headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={MONTH}")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response


class RateLimit:
    """At most `most` calls per key within `seconds`; kept in memory, for the least-used keys forgotten first."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic, keys: int = 10_000):
        self.most, self.seconds, self.clock, self.keys = most, seconds, clock, keys
        self._calls: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def allow(self, key: str) -> bool:
        """Count one call; False when there were too many."""
        now = self.clock()
        with self._lock:
            calls = self._recent(key, now)
            if len(calls) >= self.most:
                return False
            calls.append(now)
            return True

    def exhausted(self, key: str) -> bool:
        """Whether the next call would be one too many; counts nothing."""
        with self._lock:
            return len(self._recent(key, self.clock())) >= self.most

    def _recent(self, key: str, now: float) -> deque[float]:
        calls = self._calls.setdefault(key, deque())
        self._calls.move_to_end(key)
        while calls and calls[0] <= now - self.seconds:
            calls.popleft()
        while len(self._calls) > self.keys:
            self._calls.popitem(last=False)
        return calls
