"""The values a choice field offers. Source: form-js 1.23 options sources (static, input data, expression)."""

from collections.abc import Callable, Mapping
from typing import Any

from forms import paths, schema as shape


def offered(component: shape.Component, context: Mapping[str, Any], evaluate: Callable[[Any], Any]) -> list[Any] | None:
    """Values on offer; None for a component that is no choice.

    ``valuesKey`` reads the task's document alone, never the submission: a person cannot offer themselves
    a choice.
    """
    if component.get("type") not in shape.OPTIONS:
        return None
    if component.get("valuesKey") is None and component.get("values") is None:
        return _values(evaluate(component.get("valuesExpression")))
    return known(component, context)


def known(component: shape.Component, document: Mapping[str, Any]) -> list[Any]:
    """Values offered by the form itself or by the document."""
    if component.get("valuesKey") is not None:
        return _values(paths.get(document, str(component["valuesKey"])))
    return _values(component.get("values"))


def _values(source: Any) -> list[Any]:
    if not isinstance(source, list):
        return []
    # Long lists come as plain objects with values; asking each whether it is a Mapping costs more than the rest.
    quick = [one["value"] if type(one) is dict and one.get("value") is not None else None for one in source]
    return quick if None not in quick else [value_of(one) for one in source if is_option(one)]


def is_option(option: Any) -> bool:
    """Whether form-js would list it: a plain value, or an object with a value or a label."""
    if isinstance(option, Mapping):
        return option.get("value") is not None or isinstance(option.get("label"), str)
    return isinstance(option, str | int | float)


def value_of(option: Any) -> Any:
    """The value an option stands for; a label alone is its own value."""
    if not isinstance(option, Mapping):
        return option
    return option["value"] if option.get("value") is not None else option["label"]


def among(value: Any, values: list[Any]) -> bool:
    """Whether one of the values is the same; a text, the usual case, need not be told from other kinds of values."""
    return value in values if isinstance(value, str) else any(same_value(value, one) for one in values)


def same_value(one: Any, other: Any) -> bool:
    """Equality as JSON knows it: ``true`` is not 1, while 1 and 1.0 are one number."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_value, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same_value(one[key], other[key]) for key in one)
    return bool(one == other)
