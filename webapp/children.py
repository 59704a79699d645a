"""One process that the launcher keeps running."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from webapp.cli import lifeline
from webapp.settings import ROOT, Settings

SLOWEST = 30.0
"""Seconds between two starts of a process that keeps failing."""
SETTLED = 20.0
"""A process that ran this many seconds starts again at once."""
GRACE = 15.0
"""Seconds to finish what it is doing before it is killed."""


class Child:
    """One `cityloop` command run as a process of its own; its output goes to `var/log/<name>.log`."""

    module: Sequence[str] = ("webapp.cli",)

    def __init__(self, name: str, environment: Mapping[str, str], settings: Settings) -> None:
        self.name = name
        self.command = [sys.executable, "-m", *self.module, name]
        self.environment = {**os.environ, **environment, lifeline.VARIABLE: "1", "PYTHONUNBUFFERED": "1"}
        self.log = settings.var_dir / "log" / f"{name}.log"
        self.failures = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._next_start = 0.0

    def start(self) -> None:
        """Start the process; the log of the last start is kept beside the new one."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        with open(self.log, "wb") as log:
            self._process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,  # the lifeline: its other end closes when this process ends
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the launcher alone, which stops things in order
            )
        self._started = time.monotonic()
        self._next_start = 0.0

    def ended(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._process.poll() if self._process else None

    def keep_running(self, say: Callable[[str], None]) -> None:
        """Start the process again when it has ended and its time has come.

        An exit code of 0 counts as ended too: a worker leaves with 0 when the database goes away.
        """
        now = time.monotonic()
        if self._next_start:
            if now >= self._next_start:
                self.start()
            return
        code = self.ended()
        if code is None:
            return
        self._close()
        self.failures = 0 if now - self._started > SETTLED else self.failures + 1
        delay = min(0.5 * 2 ** (self.failures - 1), SLOWEST) if self.failures else 0.0
        self._next_start = now + delay
        say(f"{self.name} 已退出 / has ended ({code}); {delay:g} s; {self.log}")

    def ask_to_stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait(self) -> None:
        """Wait until it has ended; kill it when it takes too long."""
        if self._process is None:
            return
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._close()

    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-3000:] if self.log.exists() else ""

    def _close(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
