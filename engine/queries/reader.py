"""The little every query needs: what a reader is, and how rows come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Executable

Row = Mapping[str, Any]


class Reader(Protocol):
    """An SQLAlchemy connection or session: something that executes a statement."""

    def execute(self, statement: Executable, params: Mapping[str, Any] | None = None, /) -> Any: ...


def rows(reader: Reader, statement: Executable, params: Mapping[str, Any] | None = None) -> Sequence[Row]:
    """All rows, each as a mapping of column name to value."""
    found: Sequence[Row] = reader.execute(statement, params).mappings().all()
    return found


def row(reader: Reader, statement: Executable, params: Mapping[str, Any] | None = None) -> Row | None:
    """The first row or None. Statements of every request are built once, with `params` for their values."""
    found: Row | None = reader.execute(statement, params).mappings().first()
    return found


def pattern(text: str) -> str:
    """A LIKE pattern that finds `text` anywhere, whatever characters it has."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
