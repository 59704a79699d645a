"""What the one-command start does to the database before anybody comes: migrate, load, deploy.

`processes/` is deployed once, into an installation that has nothing yet. Later what is live is changed on the pages by
two people, or with `cityloop deploy`; a start only says how many files of the folder differ from it.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import NullPool, create_engine, select

from engine import commands
from engine.tables import definition
from webapp import bootstrap
from webapp.settings import Settings
from webapp.wiring import wire


def prepare(settings: Settings) -> list[str]:
    """Bring the database up to date; returns the definitions that went live. Raises EngineError."""
    bootstrap.migrate(settings.database_url)
    loaded = bootstrap.load_reference(settings.database_url, settings.processes_dir / "reference")
    if not has_definitions(settings):
        return _deploy(settings)
    if loaded:
        bootstrap.arm_starts(settings)
    return []


def differing(settings: Settings) -> list[str]:
    """Files of the folder that are live in no version: what `cityloop deploy` would make into a change."""
    with create_engine(settings.database_url, poolclass=NullPool).connect() as connection:
        known = set(connection.scalars(select(definition.c.digest).where(definition.c.revoked_at.is_(None))))
    files = bootstrap.collect(settings.processes_dir, settings.forms_dir)
    return [path for path, source in files.items() if hashlib.sha256(source).hexdigest() not in known]


def demo_accounts(settings: Settings) -> list[tuple[str, str, str]]:
    """User name, display name and purpose of those to try the loop with; nobody when this is no demo."""
    if not settings.demo:
        return []
    return [(who.user_id, who.display_name, who.purpose) for who in bootstrap.demo_accounts(settings.database_url)]


def has_definitions(settings: Settings) -> bool:
    """Whether anything has ever been deployed."""
    with create_engine(settings.database_url, poolclass=NullPool).connect() as connection:
        return connection.execute(select(definition.c.id).limit(1)).first() is not None


def _deploy(settings: Settings) -> list[str]:
    wiring = wire(settings)
    try:
        files = bootstrap.collect(settings.processes_dir, settings.forms_dir)
        done: commands.Deployed = wiring.engine.execute(commands.Deploy(files, commands.SYSTEM))
        return list(done.changed)
    finally:
        wiring.close()
