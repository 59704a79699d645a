"""Whether a start has anything to prepare: the digest of everything the preparation reads, noted when it is done.

It lets a second start skip the preparation without importing what that needs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webapp.settings import ROOT, Settings

if TYPE_CHECKING:
    import psycopg

OBJECT, ACT = "start", "start.prepared"


def digest(settings: Settings, now: datetime | None = None) -> str:
    """SHA-256 over migrations, processes, forms, Procrastinate's version, the demo switch and the month.

    The month, because history partitions are added ahead.
    """
    total = hashlib.sha256()
    for file in _files(settings):
        total.update(f"{file.relative_to(ROOT) if file.is_relative_to(ROOT) else file}\0".encode())
        total.update(file.read_bytes())
    month = (now or datetime.now(UTC)).strftime("%Y-%m")
    total.update(f"{version('procrastinate')}\0{settings.demo}\0{month}".encode())
    return total.hexdigest()


def noted(settings: Settings, wanted: str) -> Mapping[str, Any] | None:
    """What the last preparation of this database noted when it was for the same digest, else None."""
    import psycopg

    sql = "SELECT data FROM audit WHERE object = %s AND act = %s ORDER BY at DESC, id DESC LIMIT 1"
    with _connect(settings) as connection:
        try:
            row = connection.execute(sql, [OBJECT, ACT]).fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return row[0] if row is not None and row[0]["digest"] == wanted else None


def note(settings: Settings, done: str, **data: Any) -> Mapping[str, Any]:
    """Note that everything of this digest is in the database; `data` is anything worth knowing next time."""
    from engine import audit  # what a start that has nothing to prepare need not import
    from engine.database import Transaction
    from webapp.crypto import sm3

    noting = {"digest": done, **data}
    with _connect(settings) as connection:
        audit.append(Transaction(connection), sm3, audit.Entry(datetime.now(UTC), "system", ACT, OBJECT, data=noting))
    return noting


def _connect(settings: Settings) -> psycopg.Connection:
    import psycopg

    return psycopg.connect(settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1))


def _files(settings: Settings) -> Iterator[Path]:
    migrations = ROOT / "webapp" / "migrations"
    processes, forms = settings.processes_dir, settings.forms_dir
    for folder, pattern in ((migrations, "*.sql"), (migrations, "*.py"), (processes, "*"), (forms, "*.form")):
        yield from sorted(path for path in folder.rglob(pattern) if path.is_file())
