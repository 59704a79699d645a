"""What the one-command start does to the database before anybody comes: migrate, load, deploy.

`processes/` is deployed file by file, each only when it has changed since the last start: what process owners
have deployed on the pages since then stays live.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from sqlalchemy import Engine, NullPool, create_engine, insert, select

from engine import commands
from engine.executor import utc_now
from engine.tables import audit, definition
from webapp import bootstrap
from webapp.settings import Settings
from webapp.wiring import wire

ACT = "deploy.folder"
"""The audit entry of a start that deployed; its data are the digests of all files."""


def prepare(settings: Settings) -> list[str]:
    """Bring the database up to date; returns the definitions that went live. Raises EngineError."""
    bootstrap.migrate(settings.database_url)
    bootstrap.load_reference(settings.database_url, settings.processes_dir / "reference")
    return deploy_changed(settings)


def deploy_changed(settings: Settings) -> list[str]:
    """Deploy the files that have changed since they were last deployed from the folder, all or none."""
    files = bootstrap.collect(settings.processes_dir, settings.forms_dir)
    digests = {path: hashlib.sha256(source).hexdigest() for path, source in files.items()}
    database = create_engine(settings.database_url, poolclass=NullPool)
    noted = _noted(database)
    changed = {path: source for path, source in files.items() if noted.get(path) != digests[path]}
    if not changed:
        return []
    deployed = _deploy(settings, changed)
    with database.begin() as connection:
        connection.execute(
            insert(audit).values(at=utc_now(), actor=commands.SYSTEM, act=ACT, object="processes", data=digests)
        )
    return deployed


def demo_accounts(settings: Settings) -> list[tuple[str, str, str]]:
    """User name, display name and purpose of those to try the loop with; nobody when this is no demo."""
    if not settings.demo:
        return []
    return [(who.user_id, who.display_name, who.purpose) for who in bootstrap.demo_accounts(settings.database_url)]


def has_definitions(settings: Settings) -> bool:
    """Whether anything has ever been deployed."""
    with create_engine(settings.database_url, poolclass=NullPool).connect() as connection:
        return connection.execute(select(definition.c.id).limit(1)).first() is not None


def _noted(database: Engine) -> Mapping[str, str]:
    last = select(audit.c.data).where(audit.c.object == "processes", audit.c.act == ACT).order_by(audit.c.id.desc())
    with database.connect() as connection:
        return connection.execute(last.limit(1)).scalar() or {}


def _deploy(settings: Settings, files: Mapping[str, bytes]) -> list[str]:
    wiring = wire(settings)
    try:
        done: commands.Deployed = wiring.engine.execute(commands.Deploy(files, commands.SYSTEM, "start"))
        return list(done.changed)
    finally:
        wiring.close()
