"""A proxy in front of PostgreSQL that cuts a connection just before or just after a COMMIT.

*before*: the COMMIT never reaches the server. *after*: the server commits, the client never hears of it.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections import Counter

RESET = struct.pack("ii", 1, 0)
CHUNK = 65536


class CuttingProxy:
    """Listens on loopback and forwards to a Unix socket; `cut(where)` arms one cut."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.cuts: Counter[str] = Counter()
        self._armed: str | None = None
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, where: str, patience: float = 5.0) -> bool:
        """Cut the next connection that commits, `before` or `after` the server has seen it; False if nobody did."""
        with self._lock:
            self._armed = where
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if self._armed is None:
                return True
            time.sleep(0.02)
        with self._lock:
            hit, self._armed = self._armed is None, None
        return hit

    def close(self) -> None:
        self._listener.close()

    def _take(self, where: str) -> bool:
        with self._lock:
            if self._armed != where:
                return False
            self._armed = None
            self.cuts[where] += 1
            return True

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self.target)
            except OSError:
                client.close()
                server.close()
                continue
            deaf = threading.Event()
            for source, sink, upward in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._pump, args=(source, sink, upward, deaf), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, upward: bool, deaf: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                if upward and b"COMMIT" in data:
                    if self._take("before"):
                        source.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                        break
                    if self._take("after"):
                        deaf.set()
                if not upward and deaf.is_set():
                    sink.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    break
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
