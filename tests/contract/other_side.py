"""Another system for tests: a loopback HTTP server that answers as it is told and remembers what it got."""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from engine.ports import Request

TAKEN = {"code": "0", "message": "成功", "data": {"duplicate": False}}


class OtherSide(ThreadingHTTPServer):
    """Answers with `status`, `body` (an object, or bytes) and `headers`, `delay` seconds late."""

    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.got: list[Request] = []
        self.answer(200, TAKEN)

    def answer(self, status: int, body: Any, delay: float = 0.0, **headers: str) -> None:
        self.status, self.delay, self.extra = status, delay, headers
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()

    def __enter__(self) -> OtherSide:
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: OtherSide

    def do_POST(self) -> None:
        address, side = urlsplit(self.path), self.server
        content = self.rfile.read(int(self.headers["Content-Length"]))
        side.got.append(Request("POST", address.path, address.query, dict(self.headers), content))
        time.sleep(side.delay)
        try:
            self.send_response(side.status)
            self.send_header("Content-Length", str(len(side.body)))
            for name, value in side.extra.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(side.body)
        except OSError:
            pass  # the caller did not want to wait

    def log_message(self, format: str, *args: Any) -> None:
        """Tests are quiet."""
