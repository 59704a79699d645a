"""The database of this installation, with the embedded server running for as long as it is needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from webapp.postgres import EmbeddedPostgres
from webapp.settings import Settings


def embedded(settings: Settings) -> EmbeddedPostgres:
    """The embedded server of this installation."""
    return EmbeddedPostgres(settings.var_dir / "postgres")


@contextmanager
def running(settings: Settings) -> Iterator[Settings]:
    """Settings whose `database_url` answers; an embedded server that had to be started is stopped again."""
    if not settings.embedded:
        yield settings
        return
    server = embedded(settings)
    started = server.start()
    try:
        yield replace(settings, database_url=server.url())
    finally:
        if started:
            server.stop()
