"""Type expressions: `x instance of list<number>`, `function(a: string) …` (DMN 1.5, 10.3.2.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from engine.feel.nodes import TypeNode
from engine.feel.values import TYPE_TESTS, FeelFunction, Range, is_context, is_list

Test = Callable[[Any], bool]

#: Types that are no types without their parameters: `list` is none, `list<Any>` is (table 61).
_PARAMETRIC = frozenset({"list", "context", "function", "range"})


class NamedType(Protocol):
    """A type declared outside FEEL, such as an item definition."""

    def accepts(self, value: Any) -> bool: ...


#: The spellings of types: FEEL's own and those of DMN's typeRef.
_SPELLINGS = {
    "dateTime": "date and time",
    "date time": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
}


def type_test(node: TypeNode, named: Mapping[str, NamedType], nullable: bool = False) -> Test | None:
    """A test for membership in a type; None when a name in it is unknown. `nullable` also lets null pass."""
    test = _test(node, named)
    if test is None or not nullable:
        return test
    return lambda value: value is None or test(value)


def _test(node: TypeNode, named: Mapping[str, NamedType]) -> Test | None:
    if node.name == "Any":
        return lambda value: value is not None
    if node.name == "Null":
        return lambda value: value is None
    if node.result is not None:
        return _function_test(node)
    if node.name == "context" and node.fields:
        return _context_test(node, named)
    if node.arguments:
        return _element_test(node, named)
    declared = named.get(node.name)
    plain = TYPE_TESTS.get(_SPELLINGS.get(node.name, node.name))
    if plain is not None and declared is None:
        return None if node.name in _PARAMETRIC else plain
    return None if declared is None else lambda value: value is not None and declared.accepts(value)


def _context_test(node: TypeNode, named: Mapping[str, NamedType]) -> Test | None:
    tests = {}
    for field, argument in zip(node.fields, node.arguments, strict=True):
        test = type_test(argument, named, nullable=True)
        if test is None:
            return None
        tests[field] = test
    return lambda value: (
        is_context(value) and all(field in value and test(value[field]) for field, test in tests.items())
    )


def _element_test(node: TypeNode, named: Mapping[str, NamedType]) -> Test | None:
    element = type_test(node.arguments[0], named, nullable=True)
    if element is None:
        return None
    if node.name == "list":
        return lambda value: is_list(value) and all(element(item) for item in value)
    return lambda value: type(value) is Range and element(value.start) and element(value.end)


def _function_test(node: TypeNode) -> Test:
    """Functions whose parameters accept what the type passes; results have no declared type here."""
    passed = node.arguments

    def test(value: Any) -> bool:
        if not isinstance(value, FeelFunction) or not value.takes(len(passed)):
            return False
        declared = value.params if len(value.params) == len(passed) else ()
        return all(conforms(given, param.type) for given, param in zip(passed, declared, strict=False))

    return test


def conforms(narrow: TypeNode, wide: TypeNode | None) -> bool:
    """Whether values of one type can stand where the other is wanted (10.3.2.9.2); None is Any."""
    if wide is None or wide.name == "Any" or narrow.name == "Null":
        return True
    if narrow.name != wide.name or (narrow.result is None) is not (wide.result is None):
        return False
    if wide.fields:
        given = dict(zip(narrow.fields, narrow.arguments, strict=True))
        wanted = zip(wide.fields, wide.arguments, strict=True)
        return all(name in given and conforms(given[name], type_) for name, type_ in wanted)
    if len(narrow.arguments) != len(wide.arguments):
        return False
    if narrow.result is not None:
        turned = zip(wide.arguments, narrow.arguments, strict=True)
        return conforms(narrow.result, wide.result) and all(conforms(a, b) for a, b in turned)
    return all(conforms(a, b) for a, b in zip(narrow.arguments, wide.arguments, strict=True))
