"""Item definitions: what values a type accepts, and how a value is made to fit (DMN 1.5, 7.3.2 and 10.3.2.9).

A value that does not fit becomes null, a list of one fits its element's type and the other way round, a date fits
date and time as midnight UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import engine.feel
from engine.feel.values import TYPE_TESTS, FeelFunction, converted


class Type(Protocol):
    """A FEEL type: accepts a value or not. Null is accepted by every type."""

    def accepts(self, value: Any) -> bool: ...


@dataclass(frozen=True)
class AnyType:
    def accepts(self, value: Any) -> bool:
        return True


@dataclass(frozen=True)
class SimpleType:
    """A built-in type, or any FEEL type expression such as `list<number>`."""

    name: str
    test: Callable[[Any], bool]

    def accepts(self, value: Any) -> bool:
        return value is None or self.test(value)


@dataclass(frozen=True)
class ListType:
    element: Type

    def accepts(self, value: Any) -> bool:
        return value is None or isinstance(value, list | tuple) and all(map(self.element.accepts, value))


@dataclass(frozen=True)
class ContextType:
    """A context with at least these entries."""

    components: Mapping[str, Type]

    def accepts(self, value: Any) -> bool:
        if value is None:
            return True
        return isinstance(value, Mapping) and all(
            name in value and type_.accepts(value[name]) for name, type_ in self.components.items()
        )


@dataclass(frozen=True)
class FunctionType:
    parameters: Sequence[Type]
    output: Type

    def accepts(self, value: Any) -> bool:
        return value is None or isinstance(value, FeelFunction)


@dataclass(frozen=True)
class ConstrainedType:
    """A type whose values must also satisfy the unary tests of `allowedValues` or `typeConstraint`."""

    base: Type
    tests: Callable[[Any], Any]
    text: str

    def accepts(self, value: Any) -> bool:
        return value is None or self.base.accepts(value) and self.tests(value) is True


@dataclass
class NamedType:
    """A type looked up when first used, so that item definitions may come in any order or be recursive."""

    look_up: Callable[[], Type]
    found: Type | None = None

    @property
    def target(self) -> Type:
        if self.found is None:
            self.found = self.look_up()
        return self.found

    def accepts(self, value: Any) -> bool:
        return (self.found or self.target).accepts(value)


ANY = AnyType()


def coerce(type_: Type, value: Any) -> Any:
    """`value` made to fit `type_` by FEEL's implicit conversions (10.3.2.9.4), else None."""
    if value is None or type_ is ANY or type_.accepts(value):
        return value
    return converted(value, type_.accepts)


def unconstrained(type_: Type) -> Type:
    """The type without its allowed values, as `instance of` sees it (10.3.2.9.2)."""
    if isinstance(type_, NamedType):
        return NamedType(lambda: unconstrained(type_.target))
    if isinstance(type_, ConstrainedType):
        return unconstrained(type_.base)
    if isinstance(type_, ListType):
        return ListType(unconstrained(type_.element))
    if isinstance(type_, ContextType):
        return ContextType({name: unconstrained(each) for name, each in type_.components.items()})
    return type_


def bare(type_: Type) -> Type:
    """The type behind names and constraints."""
    while isinstance(type_, NamedType | ConstrainedType):
        type_ = type_.target if isinstance(type_, NamedType) else type_.base
    return type_


_SPELLINGS = {
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "integer": "number",
    "long": "number",
    "double": "number",
    "decimal": "number",
    "any": "Any",
}


@cache
def builtin(name: str) -> Type | None:
    """The built-in type called `name`, or the type a FEEL type expression such as `list<date>` describes."""
    name = _SPELLINGS.get(name, name)
    if name == "Any":
        return ANY
    if name in TYPE_TESTS:
        return SimpleType(name, TYPE_TESTS[name])
    if "<" not in name:
        return None
    try:
        test = engine.feel.parse(f"value instance of {name}")
    except engine.feel.FeelError:
        return None
    return SimpleType(name, lambda value: test({"value": value}) is True)
