"""Databases and a browser for tests.

Without anything set, a PostgreSQL of its own is started for each test process; `TEST_DATABASE_URL` or
`DATABASE_URL` names a real server instead (its user must be allowed to create databases). Every test that
asks for a database gets a fresh one, copied from a template that was migrated once.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from tests.chromium import a_browser

ROOT = Path(__file__).resolve().parent.parent
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
"""For tests only: what they store need not survive a power cut."""


LONG = ("crash", "cli", "browser", "scenarios", "simulate", "engine", "processes", "web")
"""Folders whose files take minutes begin first, so that no worker is left alone with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    folders = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: folders.get(item.path.relative_to(ROOT / "tests").parts[0], len(LONG)))


@contextmanager
def _server() -> Iterator[str]:
    given = os.environ.get("TEST_DATABASE_URL") or os.environ.get("DATABASE_URL")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        return
    from webapp.postgres import EmbeddedPostgres

    folder = Path(tempfile.mkdtemp(prefix="cityloop-test-"))
    folder.chmod(0o755)  # as root the server runs as another user, who must get in
    server = EmbeddedPostgres(folder / "pg", FAST)
    try:
        server.start()
        yield server.url("postgres")
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Databases:
    """Makes and drops databases on one server."""

    def __init__(self, server_url: str) -> None:
        self.server_url = server_url
        self.prefix = f"cityloop_test_{os.getpid()}_{secrets.token_hex(3)}"
        self.made = 0

    def create(self, template: str | None = None) -> str:
        """The SQLAlchemy URL of a new database: empty, or a copy of the database at the URL `template`."""
        self.made += 1
        name = f"{self.prefix}_{self.made}"
        source = f' TEMPLATE "{make_url(template).database}"' if template else " TEMPLATE template0"
        self._run(f'CREATE DATABASE "{name}"{source}')
        return make_url(self.server_url).set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def _run(self, sql: str) -> None:
        with psycopg.connect(libpq(self.server_url), autocommit=True) as server:
            server.execute(sql)  # type: ignore[call-overload]


def libpq(url: str) -> str:
    """The same address without SQLAlchemy's driver name."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    with _server() as url:
        yield Databases(url)


@pytest.fixture(scope="session")
def migrated_template(databases: Databases) -> Iterator[str]:
    """The URL of a migrated, empty database that others are copied from. Nobody may stay connected to it."""
    from webapp import migrations

    url = databases.create()
    migrations.run(url)
    yield url
    databases.drop(url)


@pytest.fixture(scope="session")
def district_template(databases: Databases, migrated_template: str) -> Iterator[str]:
    """As `migrated_template`, with the demo district loaded and `processes/` deployed."""
    from webapp import bootstrap

    url = databases.create(migrated_template)
    bootstrap.load_reference(url, ROOT / "processes" / "reference")
    bootstrap.deploy(url, ROOT / "processes")
    yield url
    databases.drop(url)


@pytest.fixture
def empty_database_url(databases: Databases) -> Iterator[str]:
    """The URL of a database without any table."""
    yield from _fresh(databases, None)


@pytest.fixture
def database_url(databases: Databases, migrated_template: str) -> Iterator[str]:
    """The URL (`postgresql+psycopg://…`) of this test's own migrated database, without data."""
    yield from _fresh(databases, migrated_template)


@pytest.fixture
def district_database_url(databases: Databases, district_template: str) -> Iterator[str]:
    """The URL of this test's own database with the demo district and the deployed processes."""
    yield from _fresh(databases, district_template)


@pytest.fixture(scope="module")
def make_database(databases: Databases) -> Iterator[Callable[[str | None], str]]:
    """Makes databases that live as long as the test module: `make_database(migrated_template)`."""
    made: list[str] = []

    def make(template: str | None = None) -> str:
        made.append(databases.create(template))
        return made[-1]

    yield make
    for url in made:
        databases.drop(url)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A headless Chromium for one test module."""
    with a_browser() as opened:
        yield opened


def _fresh(databases: Databases, template: str | None) -> Iterator[str]:
    url = databases.create(template)
    yield url
    databases.drop(url)
