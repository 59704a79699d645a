"""What keeps the database tidy: partitions ahead, old nonces, finished timers."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from engine import commands, delivery, timers
from webapp.migrations import partitions
from webapp.wiring import Wiring

LOST_AFTER = timedelta(seconds=20)
NONCE_MEMORY = timedelta(minutes=20)
TIMER_MEMORY = timedelta(days=7)


def requeue(wiring: Wiring) -> None:
    """Jobs and timers whose queue entry is gone (a worker failed in a way nobody foresaw) go back into the queue."""
    before = wiring.clock() - LOST_AFTER
    with wiring.engine.database.transaction() as transaction:
        timers.requeue(transaction, before)
        delivery.requeue(transaction, before)


def daily(wiring: Wiring) -> None:
    """Each statement is idempotent; several workers may do it at once."""
    now = wiring.clock()
    wiring.engine.execute(commands.ArmStarts())  # a calendar that reached no further may do so now
    with wiring.engine.database.engine.begin() as connection:
        partitions.add(connection, now)
        connection.execute(text("delete from nonce where seen_at < :before"), {"before": now - NONCE_MEMORY})
        connection.execute(
            text("delete from timer where status in ('fired', 'disarmed') and due_at < :before"),
            {"before": now - TIMER_MEMORY},
        )
