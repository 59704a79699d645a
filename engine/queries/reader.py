"""The little every query needs: what a reader is, and how rows come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Executable

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


def contains(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Whether a column has this text somewhere, in capitals or not. Text without letters, such as Chinese, has no
    capitals, and is compared as it stands: folding the case of every row is what made long lists slow."""
    cased = text.lower() != text.upper()
    return column.ilike(pattern(text)) if cased else column.like(pattern(text))


def pattern(text: str) -> str:
    """A LIKE pattern that finds `text` anywhere, whatever characters it has."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
