"""Writes the schema of `engine.tables` as SQL: `python -m webapp.migrations.render > …/sql/0001.sql`.

Used until the first release, for the first revision only. After it, every change of the tables is a
revision of its own and `0001.sql` stays as it is.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, create_mock_engine

from engine.tables import EXTENSIONS, STATE_COLUMNS_EXTERNAL, metadata


def render() -> str:
    """All statements that make the tables in an empty database, in an order that is always the same."""
    statements = [f"CREATE EXTENSION IF NOT EXISTS {name}" for name in EXTENSIONS]
    for table in metadata.sorted_tables:
        statements += _statements(table)
        if table.dialect_options["postgresql"]["partition_by"]:
            statements.append(f"CREATE TABLE {table.name}_default PARTITION OF {table.name} DEFAULT")
    for name, column in STATE_COLUMNS_EXTERNAL:
        statements.append(f"ALTER TABLE {name} ALTER COLUMN {column} SET STORAGE EXTERNAL")
    return ";\n\n".join(statements) + ";\n"


def _statements(table: Table) -> list[str]:
    """CREATE TABLE first, then comments and indexes, which SQLAlchemy keeps in a set."""
    made: list[str] = []
    engine = create_mock_engine("postgresql+psycopg://", lambda sql, *_: made.append(_text(sql)))

    def _text(sql: Any) -> str:
        lines = str(sql.compile(dialect=engine.dialect)).strip().splitlines()
        return "\n".join(line.rstrip() for line in lines)

    table.create(engine, checkfirst=False)
    return [made[0], *sorted(made[1:])]


if __name__ == "__main__":
    print(render(), end="")
