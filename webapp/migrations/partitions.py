"""Monthly partitions of the history, three months ahead.

Months are those of the district (UTC+8). A default partition catches everything else, such as imported
old events; when a month is added, rows of that month move out of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from sqlalchemy import Connection, text

DISTRICT_TIME = timezone(timedelta(hours=8))
AHEAD = 3


def add(connection: Connection, now: datetime, table: str = "history", ahead: int = AHEAD) -> list[str]:
    """Add the missing partitions from the month of `now` to `ahead` months later; returns their names."""
    local = now.astimezone(DISTRICT_TIME)
    month = local.year * 12 + local.month - 1
    wanted = [_partition(table, number) for number in range(month, month + ahead + 1)]
    missing = [partition for partition in wanted if not _exists(connection, partition[0])]
    for name, start, end in missing:
        _add_one(connection, table, name, start, end)
    return [name for name, _, _ in missing]


def in_default(connection: Connection, since: datetime, table: str = "history") -> int:
    """How many rows since `since` lie in the default partition: more than none means a missing month."""
    count = connection.execute(text(f"SELECT count(*) FROM {table}_default WHERE at >= :since"), {"since": since})
    return int(count.scalar_one())


def _partition(table: str, month: int) -> tuple[str, str, str]:
    return f"{table}_y{month // 12:04}m{month % 12 + 1:02}", _first_day(month), _first_day(month + 1)


def _first_day(month: int) -> str:
    return f"{month // 12:04}-{month % 12 + 1:02}-01 00:00:00+08"


def _exists(connection: Connection, name: str) -> bool:
    return connection.execute(text("SELECT to_regclass(:name)"), {"name": name}).scalar() is not None


def _add_one(connection: Connection, table: str, name: str, start: str, end: str) -> None:
    period = f"at >= '{start}' AND at < '{end}'"
    for statement in (
        f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)",
        f"WITH moved AS (DELETE FROM {table}_default WHERE {period} RETURNING *) "
        f"INSERT INTO {name} SELECT * FROM moved",
        f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{start}') TO ('{end}')",
    ):
        connection.exec_driver_sql(statement)
