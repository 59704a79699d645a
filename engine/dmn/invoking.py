"""What boxed expressions do with values: calling functions, iterating, quantifying, filtering."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import engine.feel
from engine.feel.values import FeelFunction, is_number

EXTERNAL = re.compile(r"\)\s*external\b")


def invoke(function: Any, named: Mapping[str, Any]) -> Any:
    """The function's value for named arguments; None for no function or other parameter names."""
    arguments = function.bind([], named) if isinstance(function, FeelFunction) else None
    return None if arguments is None else function(*arguments)


def items_of(domain: Any) -> Sequence[Any] | None:
    """What an iteration runs over: the items of a list, the numbers of a range; None if it cannot run."""
    if isinstance(domain, list | tuple):
        return domain
    items = engine.feel.parse("for each in domain return each")({"domain": domain})
    return items if isinstance(items, list) else None


def some(results: Sequence[Any]) -> bool | None:
    """Three-valued `or`: a result that is no boolean leaves the answer open unless one is true."""
    if any(result is True for result in results):
        return True
    return False if all(result is False for result in results) else None


def every(results: Sequence[Any]) -> bool | None:
    """Three-valued `and`: a result that is no boolean leaves the answer open unless one is false."""
    if any(result is False for result in results):
        return False
    return True if all(result is True for result in results) else None


def filtered(items: Sequence[Any], match: Callable[[Any], Any]) -> Any:
    """The items for which `match` is true; a number instead picks the item at that position.

    As in FEEL's own filters, a match that is neither makes the whole result null.
    """
    matches = [match(item) for item in items]
    if matches and is_number(matches[0]):
        return at_position(items, int(matches[0]))
    if not all(each is None or isinstance(each, bool) for each in matches):
        return None
    return [item for item, kept in zip(items, matches, strict=True) if kept is True]


def at_position(items: Sequence[Any], position: int) -> Any:
    """The item at a FEEL position: 1 is the first, -1 the last; None outside."""
    if 1 <= position <= len(items):
        return items[position - 1]
    return items[position] if -len(items) <= position < 0 else None
