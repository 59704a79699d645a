"""Ends a child process when the launcher is gone, however it went.

The launcher keeps the other end of the child's standard input open and never writes to it: reading ends when
the launcher does.
"""

from __future__ import annotations

import os
import signal
import threading

VARIABLE = "CITYLOOP_LIFELINE"


def attach() -> None:
    """Watch the lifeline when the launcher has given this process one."""
    if os.environ.get(VARIABLE):
        threading.Thread(target=_watch, name="lifeline", daemon=True).start()


def _watch() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
