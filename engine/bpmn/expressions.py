"""Telling expressions from literal text in diagram attributes.

A whole value `=feel` or `${feel}` is an expression; a text may embed `${feel}` parts; anything else is literal.
Slots that always hold an expression (conditions, mappings of data) may leave the wrapper out: see `body`.
"""

from __future__ import annotations

from functools import lru_cache

Part = tuple[bool, str]
NAMES = frozenset(("on duty", "grids near", "parts near", "next workday", "next day", "next month", "next policy"))
"""Names of several words that expressions in a diagram may use besides FEEL's own functions."""


@lru_cache(maxsize=4096)
def parts(text: str) -> tuple[Part, ...]:
    """The text as (is_expression, content) parts in order; empty text has none."""
    stripped = text.strip()
    if stripped.startswith("="):
        return ((True, stripped[1:].strip()),)
    found: list[Part] = []
    rest = stripped
    while (start := rest.find("${")) >= 0:
        end = _closing(rest, start + 2)
        if end < 0:
            break
        if start:
            found.append((False, rest[:start]))
        found.append((True, rest[start + 2 : end].strip()))
        rest = rest[end + 1 :]
    if rest:
        found.append((False, rest))
    return tuple(found)


@lru_cache(maxsize=4096)
def is_literal(text: str) -> bool:
    """True when a text holds no expression: it stands for itself."""
    return not any(is_expression for is_expression, _ in parts(text))


def _closing(text: str, start: int) -> int:
    """Position of the brace that closes the one before `start`; -1 if none. Braces in strings do not count."""
    depth, quoted = 1, False
    for position in range(start, len(text)):
        char = text[position]
        if char == '"' and text[position - 1] != "\\":
            quoted = not quoted
        elif not quoted and char in "{}":
            depth += 1 if char == "{" else -1
            if depth == 0:
                return position
    return -1


def expression(text: str) -> tuple[bool, str]:
    """(True, body) when the whole text is one expression, else (False, text).

    A text with embedded parts is (False, text); use `parts` for it.
    """
    found = parts(text)
    if len(found) == 1 and found[0][0]:
        return found[0]
    return False, text


@lru_cache(maxsize=4096)
def body(text: str) -> str:
    """The FEEL text of a slot that always holds an expression, wrapped or not."""
    return expression(text)[1].strip()
