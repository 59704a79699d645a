"""Variables are JSON values: what expressions give is turned into them before it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

SCALARS = (str, bool, int, float, type(None))
"""Types whose values JSON holds as they are."""
_AS_THEY_ARE = frozenset(SCALARS)


def plain(value: Any) -> Any:
    """The JSON form of a value: numbers as int or float, dates, times and durations as ISO 8601 text.

    Raises TypeError for what has no JSON form (functions, ranges).
    """
    if type(value) in _AS_THEY_ARE:
        return value
    if type(value) is dict:
        return {str(key): inner if type(inner) in _AS_THEY_ARE else plain(inner) for key, inner in value.items()}
    if type(value) is list:
        return [inner if type(inner) in _AS_THEY_ARE else plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return _plain_other(value)


def _plain_other(value: Any) -> Any:
    if isinstance(value, SCALARS):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (tuple, list, set, frozenset)):
        return [plain(inner) for inner in value]
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if callable(value):  # the name of a function, where no variable has that name
        return None
    text = str(value)
    if text.lstrip("-").startswith("P"):  # calendar durations of the expression language print as ISO 8601
        return text
    raise TypeError(f"{type(value).__name__} cannot be kept in a variable")


def duration_text(value: timedelta) -> str:
    """ISO 8601 text of a days-and-time duration, such as `P1DT2H` or `-PT0.5S`."""
    sign = "-" if value < timedelta(0) else ""
    value = abs(value)
    hours, rest = divmod(value.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    text = f"{value.days}D" if value.days else ""
    fraction = f".{value.microseconds:06d}".rstrip("0").rstrip(".")
    clock = f"{hours}H" if hours else ""
    clock += f"{minutes}M" if minutes else ""
    clock += f"{seconds}{fraction}S" if seconds or fraction else ""
    if not text and not clock:
        return "PT0S"
    return sign + "P" + text + ("T" + clock if clock else "")
