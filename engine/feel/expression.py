"""Compiled expressions and unary tests, ready to be called any number of times, from any thread."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from engine.feel.compiler import Compiler
from engine.feel.control import any_test
from engine.feel.errors import Note
from engine.feel.functions import BUILTINS
from engine.feel.limits import ACTIVE, Run, too_deep
from engine.feel.nodes import Literal
from engine.feel.parser import Parser
from engine.feel.types import NamedType
from engine.feel.values import NUMBERS

Types = Mapping[str, NamedType] | None
_OPEN = object()
"""No value yet: an expression that has to be run."""
_SCALARS = frozenset((type(None), bool, str, int, Decimal))
_WORDY = tuple(name for name in BUILTINS if " " in name)


class _Compiled:
    """What expressions and unary tests share: the text, its names and one guarded run."""

    def __init__(self, text: str, compiler: Compiler) -> None:
        self.text = text
        #: The free variables it reads, without the names of built-in functions.
        self.names = frozenset(compiler.names)
        #: Names read inside filters: an entry of the list's items, or else a free variable.
        self.item_names = frozenset(compiler.uncertain)
        #: Every name that it looks up in the scopes, those of built-in functions too.
        self.looked_up = frozenset(compiler.looked_up)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r})"


class Expression(_Compiled):
    """A compiled expression. Call it with scopes, innermost first; `now` is what `now()` returns."""

    def __init__(self, text: str, compiler: Compiler, closure: Callable[..., Any], fixed: Any = _OPEN) -> None:
        super().__init__(text, compiler)
        self._closure = closure
        #: The value of a bare literal (`null`, `"text"`, `0`): nothing need be run for it.
        self._fixed = fixed

    def __call__(self, *scopes: Mapping[str, Any], now: dt.datetime | None = None) -> Any:
        """The value; what cannot be computed is None. Raises FeelLimitError."""
        if self._fixed is not _OPEN:
            return self._fixed
        outer = ACTIVE.get()
        return self._evaluate(scopes, Run(now) if outer is None else outer.inner(now), outer)

    def explain(self, *scopes: Mapping[str, Any], now: dt.datetime | None = None) -> tuple[Any, list[Note]]:
        """The value, and why parts of the expression were null."""
        outer = ACTIVE.get()
        run = Run(now, explain=True) if outer is None else outer.inner(now, explain=True)
        return self._evaluate(scopes, run, outer), run.messages(self.text)

    def _evaluate(self, scopes: tuple[Mapping[str, Any], ...], run: Run, outer: Run | None) -> Any:
        """The value, in a run on the budget of the evaluation that called us (`outer`), if one did."""
        try:
            value = self._closure(scopes, run)
            if type(value) is list or type(value) is dict:
                run.result(value)
        except RecursionError:
            raise too_deep() from None
        finally:
            if outer is not None:
                outer.charge(run)
        return NUMBERS.create_decimal(value) if type(value) is int else value


class UnaryTests(_Compiled):
    """Compiled unary tests. `names` does not contain `?`, the tested value."""

    def __init__(self, text: str, compiler: Compiler, tests: list[Any], negated: bool) -> None:
        super().__init__(text, compiler)
        self._tests = tests
        self._negated = negated

    def __call__(self, value: Any, *scopes: Mapping[str, Any], now: dt.datetime | None = None) -> bool | None:
        """Whether the value passes; None when that cannot be said. Raises FeelLimitError."""
        if not self._tests:
            return True
        outer = ACTIVE.get()
        run = Run(now) if outer is None else outer.inner(now)
        try:
            result = any_test(self._tests, ({"?": value}, *scopes), run, value)
        except RecursionError:
            raise too_deep() from None
        finally:
            if outer is not None:
                outer.charge(run)
        return (not result) if self._negated and result is not None else result


@lru_cache(maxsize=8192)
def _cached(text: str, names: frozenset[str]) -> Expression:
    return _expression(text, names, None)


@lru_cache(maxsize=8192)
def _cached_tests(text: str, names: frozenset[str]) -> UnaryTests:
    return _unary_tests(text, names, None)


@lru_cache(maxsize=8192)
def plain_expression(text: str) -> Expression:
    """The expression where no name in scope has several words, from the cache."""
    return _cached(text, frozenset())


def compiled(text: str, names: frozenset[str], types: Types) -> Expression:
    """The expression, from the cache unless it may name item definitions."""
    return _cached(text, names) if types is None else _expression(text, names, types)


def compiled_tests(text: str, names: frozenset[str], types: Types) -> UnaryTests:
    """The unary tests, from the cache unless they may name item definitions."""
    return _cached_tests(text, names) if types is None else _unary_tests(text, names, types)


def _parser(text: str, names: frozenset[str], types: Types) -> Parser:
    return Parser(text, [*names, *(types or ())], _WORDY)


def _expression(text: str, names: frozenset[str], types: Types) -> Expression:
    node = _parser(text, names, types).expression_only()
    compiler = Compiler(types, names)
    closure = compiler.compile(node)
    fixed = node.value if isinstance(node, Literal) and type(node.value) in _SCALARS else _OPEN
    return Expression(text, compiler, closure, NUMBERS.create_decimal(fixed) if type(fixed) is int else fixed)


def _unary_tests(text: str, names: frozenset[str], types: Types) -> UnaryTests:
    node = _parser(text, names, types).unary_tests_only()
    compiler = Compiler(types, names)
    compiler.locals.append("?")
    tests = [compiler.cell_test(test) for test in node.tests]
    return UnaryTests(text, compiler, tests, node.negated)
