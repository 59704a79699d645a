"""JSON for documents, payloads and history: orjson, with the few types FEEL adds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson

_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS


def _default(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, str):
        return str.__str__(value)
    return str(value)


def dumps(value: Any) -> bytes:
    """UTF-8 JSON. Decimals become numbers, times ISO 8601 with offset."""
    return orjson.dumps(value, default=_default, option=_OPTIONS)


def text(value: Any) -> str:
    """The same as text."""
    return dumps(value).decode()


def plain(value: Any) -> Any:
    """The value as JSON would bring it back."""
    return orjson.loads(dumps(value))


loads = orjson.loads
