"""Which objects of the database belong to `engine.tables`."""

from __future__ import annotations

from sqlalchemy.schema import SchemaItem

from engine.tables import metadata

NOT_OURS = ("procrastinate_", "alembic_", "apscheduler_")


def is_ours(item: SchemaItem, name: str | None, kind: str, reflected: bool, compared_to: SchemaItem | None) -> bool:
    """Alembic's `include_object`: leaves out Procrastinate's tables and the partitions of ours."""
    if kind != "table" or not reflected or name is None:
        return True
    return not name.startswith(NOT_OURS) and not _is_partition(name)


def _is_partition(name: str) -> bool:
    partitioned = [
        table.name for table in metadata.tables.values() if table.dialect_options["postgresql"]["partition_by"]
    ]
    return any(name.startswith(f"{table}_") for table in partitioned) and name not in metadata.tables
