"""Values inside nested data by form-js path: ``place.lon`` is ``data["place"]["lon"]``."""

from collections.abc import Mapping
from typing import Any


def get(data: Any, path: str) -> Any:
    """Value at a dotted path; None where any part is missing."""
    for part in path.split("."):
        if type(data) is not dict and not isinstance(data, Mapping):  # the first is cheap and nearly always so
            return None
        data = data.get(part)
    return data


def has(data: Any, path: str) -> bool:
    """Whether something, even None, is stored at a dotted path."""
    parents, _, last = path.rpartition(".")
    parent = get(data, parents) if parents else data
    return (type(parent) is dict or isinstance(parent, Mapping)) and last in parent


def put(data: dict[str, Any], path: str, value: Any) -> None:
    """Store a value at a dotted path, making the objects on the way."""
    *parents, last = path.split(".")
    for part in parents:
        child = data.get(part)
        if not isinstance(child, dict):
            child = data[part] = {}
        data = child
    data[last] = value


def merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Objects laid over each other level by level; lists and plain values of `over` win whole."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        result[key] = merge(below, value) if both else value  # type: ignore[arg-type]
    return result


def replaced(data: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of the data with another value at a dotted path."""
    head, _, rest = path.partition(".")
    inner = data.get(head)
    below = inner if isinstance(inner, Mapping) else {}
    return {**data, head: replaced(below, rest, value) if rest else value}


def dropped(data: dict[str, Any], parts: list[str]) -> dict[str, Any]:
    """The data without the value at a path, nor objects that this leaves empty."""
    head, *rest = parts
    kept = dict(data)
    if not rest:
        kept.pop(head, None)
    elif isinstance(kept.get(head), Mapping):
        kept[head] = dropped(dict(kept[head]), rest)
        if not kept[head]:
            del kept[head]
    return kept
