"""FEEL, the expression language of DMN 1.5 (chapter 10): parsed once, compiled to closures, bounded.

    evaluate('priority = "urgent" and amount > 100', {"priority": "urgent", "amount": 120})  # True

Evaluation is lenient (what fails is null; `Expression.explain` says why), syntax is strict
(`FeelSyntaxError` with line and column), and an expression that takes too much is stopped (`FeelLimitError`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Literal, overload

from engine.feel.errors import FeelError, FeelLimitError, FeelSyntaxError, Note
from engine.feel.exchange import from_json, to_json
from engine.feel.expression import Expression, UnaryTests, compiled, compiled_tests, plain_expression
from engine.feel.types import NamedType
from engine.feel.values import FeelFunction, Param, Range, YearsMonthsDuration

__all__ = [
    "Expression",
    "FeelError",
    "FeelFunction",
    "FeelLimitError",
    "FeelSyntaxError",
    "Note",
    "Param",
    "Range",
    "UnaryTests",
    "YearsMonthsDuration",
    "evaluate",
    "from_json",
    "parse",
    "to_json",
    "unary",
]


@overload
def parse(
    text: str,
    *,
    unary: Literal[False] = False,
    names: Iterable[str] = (),
    types: Mapping[str, NamedType] | None = None,
) -> Expression: ...


@overload
def parse(
    text: str,
    *,
    unary: Literal[True],
    names: Iterable[str] = (),
    types: Mapping[str, NamedType] | None = None,
) -> UnaryTests: ...


def parse(
    text: str,
    *,
    unary: bool = False,
    names: Iterable[str] = (),
    types: Mapping[str, NamedType] | None = None,
) -> Expression | UnaryTests:
    """The compiled expression, or the unary tests of a decision table cell with `unary=True`.

    `names` are the names in scope that contain spaces or operators (others may be given too); `types` the
    item definitions that `instance of` may name, as objects with `accepts(value)`. Cached by text and names
    when there are no types. Raises FeelSyntaxError and FeelLimitError.
    """
    known = frozenset(names)
    return compiled_tests(text, known, types) if unary else compiled(text, known, types)


def evaluate(text: str, *scopes: Mapping[str, Any], now: dt.datetime | None = None) -> Any:
    """The value of an expression in some scopes, innermost first; `now` is what `now()` returns.

    Raises FeelError.
    """
    return plain_expression(text)(*scopes, now=now)


def unary(text: str, names: Iterable[str] = ()) -> UnaryTests:
    """The compiled unary tests of a decision table cell such as `< 10, [20..30]` or `not("a")`."""
    return compiled_tests(text, frozenset(names), None)
