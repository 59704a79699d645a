"""A simulated city 12345 platform with a page of its own: a separate program that speaks to Cityloop only by HTTP.

`python -m connectors.hotline_12345.simulator --target http://127.0.0.1:8000 --push 3`

| Address | Meaning |
|---|---|
| `GET /` | the page |
| `GET /api/orders` | `{target, down, orders}` |
| `POST /api/orders` | compose and push: a report as in samples.py, or `{"sample": 2}` → `{orderNo, answer}` |
| `POST /api/orders/<no>/events` | `{"eventType": "URGE", …}`, or `{"repeat": true}` → the answer |
| `PUT /api/down` | `{"down": true}`: refuse feedback with 503 |
| `POST /api/order/feedback` | what Cityloop calls |
"""

from __future__ import annotations

import json
import os
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import requests

from connectors.hotline_12345.connector import FEEDBACK_PATH
from connectors.hotline_12345.platform import Platform
from connectors.hotline_12345.samples import SAMPLES
from engine.ports import Request

PAGE = Path(__file__).with_name("simulator.html")
SETTINGS = ("HOTLINE_", "CITYLOOP_CONNECTOR__HOTLINE_12345__")
"""Beginnings of the environment variables with our app key and secret."""
LARGEST = 1_000_000
START_WAIT = timedelta(seconds=90)


class Simulator(ThreadingHTTPServer):
    """The HTTP server around one platform; `port` 0 takes any free one."""

    daemon_threads = True

    def __init__(self, platform: Platform, host: str = "127.0.0.1", port: int = 0) -> None:
        self.platform = platform
        super().__init__((host, port), Handler)

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Simulator

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/":
            self._send(200, PAGE.read_bytes(), "text/html; charset=utf-8")
        elif path == "/healthz":
            self._json(200, {"status": "ok"})
        elif path == "/api/orders":
            self._json(200, self.server.platform.overview())
        elif path == "/api/samples":
            self._json(200, list(SAMPLES))
        else:
            self._json(404, {"message": "没有这个地址 / no such address"})

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        if urlsplit(self.path).path == FEEDBACK_PATH:
            self._json(*self.server.platform.receive(self._request(body)))
            return
        given = self._object(body)
        if given is not None:
            self._json(*self._operate(given))

    def do_PUT(self) -> None:
        given = self._object(self._body() or b"")
        if given is None:
            return
        if urlsplit(self.path).path != "/api/down":
            self._json(404, {"message": "没有这个地址 / no such address"})
            return
        self.server.platform.down = bool(given.get("down"))
        self._json(200, {"down": self.server.platform.down})

    def _operate(self, given: dict[str, Any]) -> tuple[int, Any]:
        platform, parts = self.server.platform, urlsplit(self.path).path.strip("/").split("/")
        if parts == ["api", "orders"]:
            no = platform.sample(int(given["sample"])) if "sample" in given else platform.compose(given)
            return 200, {"orderNo": no, "answer": platform.push(no, "DISPATCH")}
        if len(parts) == 4 and parts[:2] == ["api", "orders"] and parts[3] == "events":
            return self._event(parts[2], given)
        return 404, {"message": "没有这个地址 / no such address"}

    def _event(self, no: str, given: dict[str, Any]) -> tuple[int, Any]:
        platform = self.server.platform
        if no not in platform.orders:
            return 404, {"message": "没有这张工单 / no such order"}
        if given.get("repeat"):
            return 200, platform.repeat(no)
        more = {key: value for key, value in given.items() if key != "eventType"}
        return 200, platform.push(no, str(given.get("eventType", "URGE")), more)

    # -------------------------------------------------------------- reading and answering
    def _body(self) -> bytes | None:
        size = self.headers.get("Content-Length", "0")
        if not size.isdigit() or int(size) > LARGEST:
            self._json(413, {"message": "报文过大 / the body is too large"})
            return None
        return self.rfile.read(int(size))

    def _object(self, body: bytes) -> dict[str, Any] | None:
        # Only our own page may operate the platform: another site's form cannot send this media type unasked.
        try:
            if "json" not in self.headers.get("Content-Type", ""):
                raise ValueError
            given = json.loads(body)
            if isinstance(given, dict):
                return given
        except ValueError:
            pass
        self._json(400, {"message": "报文应为JSON对象 / the body must be a JSON object"})
        return None

    def _request(self, body: bytes) -> Request:
        address = urlsplit(self.path)
        return Request("POST", address.path, address.query, dict(self.headers), body, self.client_address[0])

    def _json(self, status: int, value: Any) -> None:
        self._send(status, json.dumps(value, ensure_ascii=False).encode(), "application/json; charset=utf-8")

    def _send(self, status: int, content: bytes, media: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: what happens is on the page, and request lines could name orders."""


# ------------------------------------------------------------------ the program
def main(argv: Sequence[str] | None = None) -> int:
    """Serve until stopped. The secret comes from the environment only, under the name that Cityloop reads, too."""
    options = _options(argv)
    if not options.secret:
        print(f"缺少密钥：请设置环境变量 {SETTINGS[-1]}SECRET / set this variable", file=sys.stderr)
        return 2
    platform = Platform(options.target, options.app_key, options.secret, state=options.state)
    try:
        server = Simulator(platform, options.host, options.port)
    except OSError as error:
        print(f"端口 {options.port} 不可用 / port not available: {error.strerror}", file=sys.stderr)
        return 1
    print(f"模拟12345热线 / simulated 12345 hotline: {server.url}", flush=True)
    if options.push:
        Thread(target=push_samples, args=(platform, options.push), daemon=True).start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
    return 0


def push_samples(platform: Platform, count: int) -> None:
    """Push samples as soon as Cityloop answers."""
    give_up = time.monotonic() + START_WAIT.total_seconds()
    while time.monotonic() < give_up and not _answers(platform.target):
        time.sleep(0.5)
    for index in range(count):
        platform.push(platform.sample(index), "DISPATCH")


def _answers(target: str) -> bool:
    try:
        return requests.get(f"{target}/healthz", timeout=2).ok
    except requests.RequestException:
        return False


def _setting(name: str, default: str) -> str:
    return next((value for start in SETTINGS if (value := os.environ.get(start + name))), default)


def _options(argv: Sequence[str] | None) -> Namespace:
    given = os.environ
    target = given.get("CITYLOOP_BASE_URL") or f"http://127.0.0.1:{given.get('PORT') or 8000}"
    port = given.get("SIMULATOR_PORT") or given.get("CITYLOOP_SIMULATOR_PORT") or "8012"
    state = Path(given["CITYLOOP_VAR"]) / "simulator.json" if given.get("CITYLOOP_VAR") else None
    parser = ArgumentParser(prog="simulator", description="模拟12345热线平台 / a simulated 12345 hotline platform")
    parser.add_argument("--target", default=target, help="Cityloop 的地址 / address of Cityloop")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=int(port))
    parser.add_argument("--app-key", default=_setting("APP_KEY", "demo-12345"))
    parser.add_argument("--state", type=Path, default=state, help="保存工单的文件 / a file that keeps the orders")
    parser.add_argument("--push", type=int, default=0, metavar="N", help="启动后推送N件样例 / push N samples")
    parser.set_defaults(secret=_setting("SECRET", ""))
    return parser.parse_args(argv)


if __name__ == "__main__":
    raise SystemExit(main())
