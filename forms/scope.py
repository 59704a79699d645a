"""What an expression of a form sees: the task's document, what was typed, and form-js's local names.

Order as in form-js: a typed value beats the document's, a hidden field's typed value counts as absent.
Only keys the form really asks for may come from the submission, so nobody can slip in a value for a
document key that a condition or an option list reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import engine.feel
from forms import paths, schema as shape

Data = Mapping[str, Any]
#: Rows a repeating list may have.
MAX_ROWS = 200


@dataclass(frozen=True)
class Scope:
    """Surroundings of a component: the whole form's `data`, its row `this`, the 1-based `rows` around it."""

    data: Data
    this: Any
    parent: Any = None
    rows: tuple[int, ...] = field(default=())

    def row(self, value: Any, index: int) -> "Scope":
        """The scope inside row `index` (from 0) of a repeating list."""
        return replace(self, this=value, parent=self.this, rows=(*self.rows, index + 1))

    def evaluate(self, expression: str) -> Any:
        """Value of an ``=`` expression as JSON-able Python; None when it fails, as in form-js."""
        local = {"this": self.this, "parent": self.parent, "i": list(self.rows)}
        underscored = {f"_{name}_": value for name, value in local.items()}
        try:
            return engine.feel.to_json(engine.feel.evaluate(expression, underscored, self.data, local))
        except engine.feel.FeelError:
            return None

    def value(self, setting: Any) -> Any:
        """A setting as it is, or the value of the expression it holds."""
        return self.evaluate(setting) if shape.is_expression(setting) else setting

    def hides(self, component: shape.Component) -> bool:
        """Whether the component's own condition hides it."""
        conditional = component.get("conditional")
        hide = conditional.get("hide") if isinstance(conditional, Mapping) else None
        return shape.is_expression(hide) and self.evaluate(str(hide)) is True

    def is_readonly(self, component: shape.Component) -> bool:
        """Whether the component shows its value without accepting one."""
        readonly = component.get("readonly")
        return self.evaluate(str(readonly)) is True if shape.is_expression(readonly) else bool(readonly)


def accepted(parent: shape.Component, submitted: Any, before: Any, scope: Scope) -> dict[str, Any]:
    """What the form's own fields hold after a submission; every other key is dropped.

    A field that was not sent keeps what it showed: the document's value (`before`), else its default.
    """
    kept: dict[str, Any] = {}
    for component in shape.components(parent):
        if component.get("type") in shape.NESTED:
            _accept_inside(component, submitted, before, scope, kept)
        elif writes(component, scope):
            key = str(component["key"])
            source = next((data for data in (submitted, before) if paths.has(data, key)), None)
            paths.put(kept, key, component.get("defaultValue") if source is None else paths.get(source, key))
    return kept


def _accept_inside(component: shape.Component, submitted: Any, before: Any, scope: Scope, kept: dict[str, Any]) -> None:
    path = str(component.get("path") or "")
    if path:
        submitted, before = paths.get(submitted, path), paths.get(before, path)
    if shape.is_repeating(component):
        paths.put(kept, path, _accepted_rows(component, before if submitted is None else submitted, scope))
        return
    inner = accepted(component, submitted, before, scope)
    for key, value in inner.items():
        target = f"{path}.{key}" if path else key
        below = paths.get(kept, target)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        paths.put(kept, target, paths.merge(below, value) if both else value)


def _accepted_rows(component: shape.Component, rows: Any, scope: Scope) -> Any:
    if rows is None:
        count = component.get("defaultRepetitions", 1)
        rows = [{}] * min(count, MAX_ROWS) if isinstance(count, int) else []
    if not isinstance(rows, list) or len(rows) > MAX_ROWS:
        return rows
    return [
        accepted(component, row, None, scope.row(row, index)) if isinstance(row, Mapping) else row
        for index, row in enumerate(rows)
    ]


def writes(component: shape.Component, scope: Scope) -> bool:
    """Whether a person may put a value into the component."""
    return (
        component.get("type") in shape.KEYED
        and component.get("type") != "expression"
        and bool(component.get("key"))
        and not component.get("disabled")
        and not scope.is_readonly(component)
    )


def without_hidden(parent: shape.Component, data: Any, scope: Scope) -> dict[str, Any]:
    """The data with the values of hidden fields taken out."""
    kept = dict(data) if isinstance(data, Mapping) else {}
    for component in shape.components(parent):
        path = str(component.get("path" if component.get("type") in shape.NESTED else "key") or "")
        if scope.hides(component):
            kept = _removed(component, kept, path)
        elif component.get("type") in shape.NESTED:
            kept = _without_hidden_inside(component, kept, path, scope)
    return kept


def _without_hidden_inside(component: shape.Component, data: dict[str, Any], path: str, scope: Scope) -> dict[str, Any]:
    if not path:
        return without_hidden(component, data, scope)
    inner = paths.get(data, path)
    if shape.is_repeating(component) and isinstance(inner, list):
        rows = [without_hidden(component, row, scope.row(row, index)) for index, row in enumerate(inner)]
        return paths.merge(data, _nested(path, rows))
    if isinstance(inner, Mapping):
        return _replaced(data, path, without_hidden(component, inner, scope))
    return data


def _removed(component: shape.Component, data: dict[str, Any], path: str) -> dict[str, Any]:
    if path and component.get("type") not in shape.NESTED or shape.is_repeating(component):
        return dropped(data, path.split("."))
    for child in shape.components(component):
        key = str(child.get("path" if child.get("type") in shape.NESTED else "key") or "")
        data = _removed(child, data, f"{path}.{key}" if path and key else key or path)
    return data


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


def _replaced(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    head, _, rest = path.partition(".")
    inner = data.get(head)
    below = dict(inner) if isinstance(inner, Mapping) else {}
    return {**data, head: _replaced(below, rest, value) if rest else value}


def _nested(path: str, value: Any) -> dict[str, Any]:
    return _replaced({}, path, value)
