"""Flask-SQLAlchemy's session for the read and administration screens, bound to the engine's own tables."""

from __future__ import annotations

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine

import engine.jsonable
import engine.tables
from engine.database import normalise

db = SQLAlchemy(metadata=engine.tables.metadata, session_options={"expire_on_commit": False})


class Account(db.Model):  # type: ignore[name-defined]
    """A member of staff who can log in."""

    __table__ = engine.tables.account


def options(database_url: str) -> dict[str, object]:
    """What Flask-SQLAlchemy needs to know about the database."""
    return {
        "SQLALCHEMY_DATABASE_URI": normalise(database_url),
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": 8,
            "max_overflow": 8,
            "isolation_level": "AUTOCOMMIT",  # pages only read: a transaction would cost two round trips a request
            "json_serializer": engine.jsonable.text,
            "json_deserializer": engine.jsonable.loads,
            "connect_args": {
                "options": "-c idle_in_transaction_session_timeout=60000 -c statement_timeout=20000"
                " -c timezone=Asia/Shanghai"
            },
        },
    }


def dispose() -> None:
    """Close the pool of the current application."""
    pool: Engine = db.engine
    pool.dispose()
