"""The tables and functions of Procrastinate, from the SQL files it ships.

A new database gets its whole schema; an older one gets those of its migration files that were not applied
yet, in the order of their names (before and after the new version alike: Cityloop migrates while stopped,
or runs against both, as Procrastinate's files are made for that).
"""

from __future__ import annotations

from pathlib import Path

from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, text

NOTE = "procrastinate_migration"


def run(connection: Connection) -> None:
    """Bring Procrastinate's schema to the installed version."""
    files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    if connection.execute(text(f"SELECT to_regclass('{NOTE}')")).scalar() is None:
        _execute(connection, SchemaManager.get_schema())
        connection.execute(text(f"CREATE TABLE {NOTE} (name text PRIMARY KEY)"))
    else:
        applied = set(connection.execute(text(f"SELECT name FROM {NOTE}")).scalars())
        files = [file for file in files if file.name not in applied]
        for file in files:
            _execute(connection, file.read_text(encoding="utf-8"))
    for file in files:
        connection.execute(text(f"INSERT INTO {NOTE} (name) VALUES (:name)"), {"name": file.name})


def _execute(connection: Connection, script: str) -> None:
    """Several statements at once, with their colons and percent signs as they are."""
    cursor = connection.connection.cursor()
    cursor.execute(script)
    cursor.close()
