"""Brings a database to the newest schema: our own revisions, Procrastinate's tables, history partitions.

Revisions go forward only. Whoever comes second waits for the first; a table that is locked by somebody else
ends the attempt after ten seconds instead of blocking everybody behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, NullPool, create_engine, text

from webapp.migrations import partitions, procrastinate_schema

FOLDER = Path(__file__).resolve().parent
LOCK = 0x436974796C6F6F70 & 0x7FFFFFFFFFFFFFFF
"""The advisory lock of everybody who migrates: the letters “Cityloop” as a number."""
LOCK_TIMEOUT = "10s"


def run(database_url: str, today: datetime | None = None) -> None:
    """Migrate the database at `database_url` (a SQLAlchemy URL); does nothing when it is up to date.

    History partitions reach from the month of `today` (default: now) three months ahead.
    """
    with _locked(database_url) as connection:
        command.upgrade(config(connection), "head")
        procrastinate_schema.run(connection)
        partitions.add(connection, today or datetime.now(UTC))
        connection.commit()


def revise(database_url: str, message: str) -> None:
    """Write a new revision file with the difference between the database and `engine.tables`."""
    with _locked(database_url) as connection:
        command.revision(config(connection), message=message, autogenerate=True)


def config(connection: Connection) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    settings.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    settings.attributes["connection"] = connection
    return settings


@contextmanager
def _locked(database_url: str) -> Iterator[Connection]:
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        # For the session, as it spans the transactions of several revisions; closing it lets go.
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        yield connection
