"""FEEL values to and from values that JSON can carry."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.feel.limits import Run
from engine.feel.temporal_text import format_temporal, parse_temporal
from engine.feel.text import to_text
from engine.feel.values import FeelFunction, Range, from_float, is_list


def from_json(value: Any, temporal: bool = False) -> Any:
    """JSON data as FEEL values: numbers become Decimal, all the way down.

    With `temporal=True`, strings that are ISO dates, times or durations become such values.
    """
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float):
        return from_float(value)
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, str):
        found = parse_temporal(value) if temporal else None
        return value if found is None else found
    if isinstance(value, Mapping):
        return {str(key): from_json(item, temporal) for key, item in value.items()}
    return [from_json(item, temporal) for item in value] if is_list(value) else value


def to_json(value: Any) -> Any:
    """A FEEL value as JSON data: whole numbers int, others float; dates, times, durations and ranges text.

    Functions become None: they cannot leave the engine.
    """
    if value is None or isinstance(value, (bool, str, int, float)):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and value.adjusted() < 40 else float(value)
    if isinstance(value, Mapping):
        return {str(key): to_json(value[key]) for key in value}
    if is_list(value):
        return [to_json(item) for item in value]
    if isinstance(value, FeelFunction):
        return None
    return to_text(value, Run()) if isinstance(value, Range) else format_temporal(value)
