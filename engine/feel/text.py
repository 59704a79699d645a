"""FEEL values as text, as the `string` function writes them (DMN 1.5, 10.3.4.1)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.feel.limits import Run
from engine.feel.temporal_text import format_temporal
from engine.feel.values import (
    NUMBER_TYPES,
    FeelFunction,
    Range,
    is_context,
    is_list,
    number,
)

_MAX_DEPTH = 40


def to_text(value: Any, run: Run, depth: int = 0) -> str:
    """The text of a value; strings inside lists and contexts are quoted."""
    run.tick()
    if depth > _MAX_DEPTH:
        return "…"
    if isinstance(value, str):
        return value if depth == 0 else quoted(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if type(value) in NUMBER_TYPES:
        return number_text(number(value))
    if is_list(value):
        return run.text("[" + ", ".join(to_text(item, run, depth + 1) for item in value) + "]")
    if is_context(value):
        entries = (f"{_key(key)}: {to_text(value[key], run, depth + 1)}" for key in value)
        return run.text("{" + ", ".join(entries) + "}")
    if type(value) is Range:
        return _range_text(value, run, depth)
    if isinstance(value, FeelFunction):
        return value.usage
    return format_temporal(value) if depth == 0 else f'@"{format_temporal(value)}"'


def number_text(value: Decimal | None) -> str:
    """A number without exponent."""
    return "null" if value is None else format(value, "f")


def quoted(text: str) -> str:
    """A string literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _key(key: str) -> str:
    simple = key and all(c.isalnum() or c in " _" for c in key) and not key[0].isdigit()
    return key if simple else quoted(key)


def _range_text(value: Range, run: Run, depth: int) -> str:
    opening = "[" if value.start_included else "("
    closing = "]" if value.end_included else ")"
    ends = (to_text(end, run, depth + 1) for end in (value.start, value.end))
    return f"{opening}{'..'.join(ends)}{closing}"
