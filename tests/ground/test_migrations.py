"""A migrated database is exactly what engine.tables describes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, NullPool, create_engine, text

from engine.tables import STATE_COLUMNS_EXTERNAL, metadata
from webapp import migrations
from webapp.migrations import partitions, procrastinate_schema, render
from webapp.migrations.ours import is_ours

FIRST = migrations.FOLDER / "sql" / "0001.sql"
NOVEMBER = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with create_engine(database_url, poolclass=NullPool).connect() as connection:
        yield connection


def test_it_makes_the_tables_of_the_engine(connection: Connection) -> None:
    context = MigrationContext.configure(connection, opts={"include_object": is_ours})
    assert compare_metadata(context, metadata) == []


def test_the_first_revision_is_rendered_from_the_tables() -> None:
    assert render.render() == FIRST.read_text(encoding="utf-8"), "engine/tables.py has changed: run make schema"


def test_it_sees_a_table_that_differs(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE audit ADD COLUMN forgotten text"))
    context = MigrationContext.configure(connection, opts={"include_object": is_ours})
    assert [change[0] for change in compare_metadata(context, metadata)] == ["remove_column"]


def test_it_stores_compressed_bytes_as_they_are(connection: Connection) -> None:
    for table, column in STATE_COLUMNS_EXTERNAL:
        storage = text("SELECT attstorage FROM pg_attribute WHERE attrelid = CAST(:t AS regclass) AND attname = :c")
        assert connection.execute(storage, {"t": table, "c": column}).scalar() in ("e", b"e")


def test_it_searches_chinese_by_trigrams(connection: Connection) -> None:
    assert len(connection.execute(text("SELECT show_trgm('城市管理')")).scalar_one()) > 3


def test_it_can_defer_a_background_job(connection: Connection) -> None:
    job = "row('q', 'some.task', 0, null, null, '{}'::jsonb, null)::procrastinate_job_to_defer_v1"
    made = connection.exec_driver_sql(f"SELECT procrastinate_defer_jobs_v1(ARRAY[{job}])").scalar_one()
    assert len(made) == 1


def test_it_applies_only_new_files_of_procrastinate(connection: Connection) -> None:
    procrastinate_schema.run(connection)  # all files are noted as applied: running one again would fail
    notes = connection.exec_driver_sql("SELECT count(*) FROM procrastinate_migration").scalar_one()
    assert notes > 10


def test_it_does_nothing_the_second_time(database_url: str, connection: Connection) -> None:
    tables = "SELECT count(*) FROM pg_class"
    before = connection.exec_driver_sql(tables).scalar_one()
    connection.commit()
    migrations.run(database_url)
    assert connection.exec_driver_sql(tables).scalar_one() == before


def test_it_lets_two_starts_migrate_one_after_the_other(empty_database_url: str) -> None:
    failed: list[Exception] = []

    def start() -> None:
        try:
            migrations.run(empty_database_url)
        except Exception as error:
            failed.append(error)

    starts = [threading.Thread(target=start) for _ in range(3)]
    for thread in starts:
        thread.start()
    for thread in starts:
        thread.join()
    assert failed == []


def test_it_adds_history_partitions_three_months_ahead(empty_database_url: str) -> None:
    migrations.run(empty_database_url, NOVEMBER)
    with create_engine(empty_database_url, poolclass=NullPool).connect() as connection:
        there = "SELECT relname FROM pg_class WHERE relname LIKE 'history_y%' AND relkind = 'r' ORDER BY 1"
        found = list(connection.execute(text(there)).scalars())
    assert found == ["history_y2026m11", "history_y2026m12", "history_y2027m01", "history_y2027m02"]


def test_it_moves_events_out_of_the_default_partition(empty_database_url: str) -> None:
    migrations.run(empty_database_url, NOVEMBER)
    with create_engine(empty_database_url, poolclass=NullPool).connect() as connection:
        connection.exec_driver_sql(
            "INSERT INTO history (at, order_id, kind, actor) VALUES ('2027-03-01 07:59+08', 1, 'Seen', 'a'),"
            "('2027-02-28 23:59+08', 1, 'Seen', 'a'), ('2027-04-01 00:00+08', 1, 'Seen', 'a')"
        )
        assert partitions.in_default(connection, NOVEMBER) == 2
        assert partitions.add(connection, datetime(2027, 2, 28, 16, 0, tzinfo=UTC), ahead=0) == ["history_y2027m03"]
        assert partitions.in_default(connection, NOVEMBER) == 1
        assert connection.exec_driver_sql("SELECT count(*) FROM history_y2027m03").scalar_one() == 1
        assert connection.exec_driver_sql("SELECT count(*) FROM history").scalar_one() == 3
        connection.exec_driver_sql(
            "INSERT INTO history (at, order_id, kind, actor) VALUES ('2027-03-05 00:00+08', 1, 'Seen', 'a')"
        )
