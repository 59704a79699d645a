"""Values as the DMN Technology Compatibility Kit writes them, and when two of them are the same."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

import engine.feel

TC = "{http://www.omg.org/spec/DMN/20160719/testcase}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
PRECISION = Decimal("1e-8")


def expected_value(result: etree._Element) -> Any:
    """The expected value of a `resultNode`."""
    expected = result.find(f"{TC}expected")
    return None if expected is None else value_of(expected)


def value_of(holder: etree._Element) -> Any:
    """The value inside an element: a simple value, components of a context, or a list."""
    if holder.get(f"{XSI}nil") == "true":
        return None
    components = holder.findall(f"{TC}component")
    if components:
        return {component.get("name"): value_of(component) for component in components}
    items = holder.find(f"{TC}list")
    if items is not None:
        return None if items.get(f"{XSI}nil") == "true" else [value_of(item) for item in items]
    value = holder.find(f"{TC}value")
    return None if value is None else simple_value(value)


def simple_value(value: etree._Element) -> Any:
    """The FEEL value of a `value` element with its XML Schema type."""
    if value.get(f"{XSI}nil") == "true":
        return None
    text = value.text or ""
    kind = (value.get(f"{XSI}type") or "string").rpartition(":")[2]
    if kind in ("decimal", "double", "float", "integer", "int", "long"):
        return Decimal(text.strip())
    if kind == "boolean":
        return text.strip() in ("true", "1")
    if kind in _FUNCTIONS:
        return engine.feel.evaluate(f'{_FUNCTIONS[kind]}("{text.strip()}")')
    return text


_FUNCTIONS = {"date": "date", "dateTime": "date and time", "time": "time", "duration": "duration"}


def same(actual: Any, expected: Any) -> bool:
    """Whether two values are the same; numbers may differ in the eighth decimal, as in the kit."""
    if expected is None or actual is None:
        return expected is actual
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, Decimal):
        return _same_number(actual, expected)
    if isinstance(expected, list):
        return _is_list(actual) and len(actual) == len(expected) and all(map(same, actual, expected))
    if isinstance(expected, dict):
        if not isinstance(actual, Mapping) or set(actual) != set(expected):
            return False
        return all(same(actual[name], expected[name]) for name in expected)
    if isinstance(expected, str) or isinstance(actual, str):
        return isinstance(actual, str) and isinstance(expected, str) and actual == expected
    equal = engine.feel.evaluate("a = b", {"a": actual, "b": expected})
    return equal is True or actual == expected


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _same_number(actual: Any, expected: Decimal) -> bool:
    try:
        difference = abs(Decimal(actual) - expected)
    except (InvalidOperation, TypeError, ValueError):
        return False
    return difference <= PRECISION * max(abs(expected), Decimal(1))
