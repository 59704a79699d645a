"""Databases that live as long as a check: nothing a check does touches the district's own data."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from engine.definitions import STAMPS
from engine.executor import utc_now
from engine.tables import metadata
from engine.tracing import Trace
from webapp import bootstrap
from webapp.settings import Settings
from webapp.wiring import Wiring, wire

KEPT = frozenset(
    {
        *("deployment", "definition", "change_log", "message_start", "timer_start", "account", "account_role"),
        *("org_unit", "division", "grid", "place_name", "part", "category", "calendar_day", "duty", "absence"),
        *("deputy", "reference_list"),
    }
)
"""Tables that hold what is deployed and the master data: no story but one about changing them writes there."""
CLEAR = [f"delete from {table}" for table in metadata.tables if table not in KEPT] + ["delete from procrastinate_jobs"]


class Stage:
    """A copy of a prepared database on which one story after the other is played, each finding it as it was.

    make, drop   give the address of a fresh copy, and take it away
    trace        told what the stories touch
    """

    def __init__(
        self, settings: Settings, make: Callable[[], str], drop: Callable[[str], None], trace: Trace | None = None
    ) -> None:
        self.settings, self.make, self.drop, self.trace = settings, make, drop, trace
        self._clock: Callable[[], datetime] = utc_now
        self._wiring: Wiring | None = None

    @contextmanager
    def world(self, clock: Callable[[], datetime]) -> Iterator[Wiring]:
        """A wiring over the copy, on the story's clock."""
        self._clock = clock
        wiring = self._wiring = self._wiring or self._set_up()
        before = _stamps(wiring)
        try:
            yield wiring
        finally:
            self._tidy(wiring, before)

    def close(self) -> None:
        """Drop the copy."""
        if self._wiring is not None:
            self._wiring.close()
            self.drop(self._wiring.settings.database_url)
            self._wiring = None

    def _set_up(self) -> Wiring:
        return wire(replace(self.settings, database_url=self.make()), clock=lambda: self._clock(), trace=self.trace)

    def _tidy(self, wiring: Wiring, before: Any) -> None:
        """Take away the story's work orders; a story that deployed something leaves no copy behind."""
        if _stamps(wiring) != before:
            self.close()
            return
        with wiring.engine.database.transaction() as transaction:
            transaction.write([(sql, {}) for sql in CLEAR])


def _stamps(wiring: Wiring) -> Any:
    with wiring.engine.database.transaction() as transaction:
        return transaction.rows(STAMPS)


@dataclass(frozen=True)
class Scratch:
    """A prepared database on the installation's server, and copies of it. Other processes may use it too.

    settings   `database_url` names the server; its user must be allowed to create databases
    template   name of the prepared database
    """

    settings: Settings
    template: str

    def create(self) -> None:
        """Make the database, empty."""
        self._create(self.template, "template0")

    def prepare(self, reference: Path) -> None:
        """Make the database, with the master data of that folder."""
        self.create()
        bootstrap.migrate(self.url)
        bootstrap.load_reference(self.url, reference, demo_password="")

    @property
    def url(self) -> str:
        """Where the prepared database is."""
        return self._url(self.template)

    @contextmanager
    def wiring(self) -> Iterator[Wiring]:
        """A wiring over the prepared database itself, on the wall clock."""
        found = wire(replace(self.settings, database_url=self.url))
        try:
            yield found
        finally:
            found.close()

    @contextmanager
    def stage(self, trace: Trace | None = None) -> Iterator[Stage]:
        """A stage for stories. While it lasts nobody may be connected to the prepared database."""
        found = Stage(self.settings, self.copy, self.drop, trace)
        try:
            yield found
        finally:
            found.close()

    def copy(self) -> str:
        """The address of a fresh copy of the prepared database."""
        name = f"{self.template}_{secrets.token_hex(3)}"
        self._create(name, self.template)
        return self._url(name)

    def drop(self, url: str) -> None:
        """Drop a copy."""
        self._drop(str(make_url(url).database))

    def close(self) -> None:
        """Drop the prepared database."""
        self._drop(self.template)

    def _url(self, name: str) -> str:
        return make_url(self.settings.database_url).set(database=name).render_as_string(hide_password=False)

    def _create(self, name: str, template: str) -> None:
        self._run(f'create database "{name}" template "{template}"')
        self._run(f'alter database "{name}" set synchronous_commit = off')

    def _drop(self, name: str) -> None:
        self._run(f'drop database if exists "{name}" with (force)')

    def _run(self, sql: str) -> None:
        url: Any = make_url(self.settings.database_url).set(drivername="postgresql")
        with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as server:
            server.execute(sql.encode())


@contextmanager
def scratch(settings: Settings, reference: Path) -> Iterator[Scratch]:
    """A prepared database for the time of a check."""
    found = Scratch(settings, f"cityloop_check_{secrets.token_hex(4)}")
    try:
        found.prepare(reference)
        yield found
    finally:
        found.close()
