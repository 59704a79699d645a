"""The nonces that signed requests have used, remembered for all web processes together."""

from __future__ import annotations

from datetime import datetime

from connectors.signature import NONCE_MEMORY
from engine.database import Database

# One statement, so that of two simultaneous replays exactly one is the first.
REMEMBER = (
    "insert into nonce (app_key, nonce, seen_at) values (%(app_key)s, %(nonce)s, %(now)s) "
    "on conflict (app_key, nonce) do update set seen_at = excluded.seen_at where nonce.seen_at < %(before)s "
    "returning 1 as fresh"
)
LONGEST = 200


class DatabaseNonces:
    """Satisfies connectors.signature.Seen; housekeeping forgets old rows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, app_key: str, nonce: str, now: datetime) -> bool:
        values = {"app_key": app_key, "nonce": nonce[:LONGEST], "now": now, "before": now - NONCE_MEMORY}
        with self._database.transaction() as transaction:
            return transaction.row(REMEMBER, values) is None
