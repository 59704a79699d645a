"""Context functions (DMN 1.5, 10.3.4.10): get value, get entries, context, context put, context merge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.feel.functions.registry import builtin
from engine.feel.limits import Run
from engine.feel.values import is_context, is_string, plain


@builtin("get value", "m:context, key:string")
def get_value(run: Run, context: Mapping[str, Any], key: str) -> Any:
    return plain(context[key]) if key in context else None


@builtin("get entries", "m:context")
def get_entries(run: Run, context: Mapping[str, Any]) -> list[dict[str, Any]]:
    run.items(len(context))
    return [{"key": key, "value": plain(context[key])} for key in context]


@builtin("context", "entries:list")
def context_of(run: Run, entries: list[Any]) -> dict[str, Any] | None:
    """A context from `{key, value}` entries; null for a duplicate or missing key."""
    run.items(len(entries))
    made: dict[str, Any] = {}
    for entry in entries:
        if not is_context(entry) or "key" not in entry or "value" not in entry:
            return None
        if not is_string(entry["key"]) or entry["key"] in made:
            return None
        made[entry["key"]] = plain(entry["value"])
    return made


@builtin("context put", "context:context, key:string, value:any")
def context_put(run: Run, context: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    run.items(len(context))
    return {**context, key: value}


@builtin("context put", "context:context, keys:list, value:any")
def context_put_nested(run: Run, context: Mapping[str, Any], keys: list[Any], value: Any) -> Any:
    """A copy in which the entry reached by the keys is replaced; the contexts on the way must exist."""
    if not keys or not all(is_string(key) for key in keys):
        return None
    run.items(len(context) + len(keys))
    key, *rest = keys
    if not rest:
        return {**context, key: value}
    inner = plain(context[key]) if key in context else None
    changed = context_put_nested(run, inner, rest, value) if is_context(inner) else None
    return None if changed is None else {**context, key: changed}


@builtin("context merge", "contexts:list")
def context_merge(run: Run, contexts: list[Any]) -> dict[str, Any] | None:
    """All entries of the contexts; later ones win."""
    if not all(is_context(context) for context in contexts):
        return None
    merged: dict[str, Any] = {}
    for context in contexts:
        run.items(len(context))
        merged.update(context)
    return merged
