"""Databases that live as long as a check: nothing a check does touches the district's own data."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from webapp import bootstrap
from webapp.check.world import Clock
from webapp.settings import Settings
from webapp.wiring import Wiring, wire


class Scratch:
    """A prepared database on the installation's server, and copies of it.

    settings   `database_url` names the server; its user must be allowed to create databases
    reference  folder of the master data to load
    """

    def __init__(self, settings: Settings, reference: Path) -> None:
        self.settings = settings
        self.template = f"cityloop_check_{secrets.token_hex(4)}"
        self._create(self.template, "template0")
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
    def world(self, clock: Clock) -> Iterator[Wiring]:
        """A wiring over a fresh copy, on the story's clock."""
        name = f"{self.template}_{secrets.token_hex(3)}"
        self._create(name, self.template)
        found = wire(replace(self.settings, database_url=self._url(name)), clock=clock)
        try:
            yield found
        finally:
            found.close()
            self._drop(name)

    def close(self) -> None:
        """Drop the prepared database."""
        self._drop(self.template)

    def _url(self, name: str) -> str:
        return make_url(self.settings.database_url).set(database=name).render_as_string(hide_password=False)

    def _create(self, name: str, template: str) -> None:
        self._run(f'create database "{name}" template "{template}"')

    def _drop(self, name: str) -> None:
        self._run(f'drop database if exists "{name}" with (force)')

    def _run(self, sql: str) -> None:
        url: Any = make_url(self.settings.database_url).set(drivername="postgresql")
        with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as server:
            server.execute(sql.encode())


@contextmanager
def scratch(settings: Settings, reference: Path) -> Iterator[Scratch]:
    """A prepared database for the time of a check."""
    found = Scratch(settings, reference)
    try:
        yield found
    finally:
        found.close()
