"""When a delivery is tried again, and when it is better to stop trying for a while.

Source: interfaces document, section 0.4.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

FIRST_DELAYS = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 60, 300, 900, 3600, 7200))
LATER_DELAY = timedelta(hours=4)
LONGEST = timedelta(hours=72)


def delay(attempt: int) -> timedelta | None:
    """How long to wait after the failed attempt number `attempt` (1, 2, …); None: 72 hours have gone, give up."""
    if attempt < 1:
        raise ValueError(f"attempts are counted from 1, not {attempt}")
    if attempt <= len(FIRST_DELAYS):
        return FIRST_DELAYS[attempt - 1]
    waited = sum(FIRST_DELAYS, timedelta()) + (attempt - len(FIRST_DELAYS)) * LATER_DELAY
    return LATER_DELAY if waited <= LONGEST else None


class Breaker:
    """Spares a system that is down: after ten straight failures only one probe a minute goes out."""

    THRESHOLD = 10
    PROBE_EVERY = timedelta(seconds=60)

    def __init__(self) -> None:
        self._failures = 0
        self._next_probe: datetime | None = None
        self._lock = Lock()

    def seconds_to_wait(self, now: datetime) -> float:
        """0 when a call may go out now; it then counts as the probe."""
        with self._lock:
            if self._failures < self.THRESHOLD:
                return 0.0
            if self._next_probe is None or now >= self._next_probe:
                self._next_probe = now + self.PROBE_EVERY
                return 0.0
            return (self._next_probe - now).total_seconds()

    def succeeded(self) -> None:
        with self._lock:
            self._failures, self._next_probe = 0, None

    def failed(self, now: datetime) -> None:
        with self._lock:
            self._failures += 1
            self._next_probe = now + self.PROBE_EVERY
