"""What an expression of a form sees: the task's document, what was typed, and form-js's local names.

Order as in form-js: a typed value beats the document's, a hidden field's typed value counts as absent.
Only keys the form really asks for may come from the submission, so nobody can slip in a value for a
document key that a condition or an option list reads.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

import engine.feel
from forms import initial, paths, schema as shape
from forms.options import same_value

Data = Mapping[str, Any]
TEMPLATE = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)
#: Rows a repeating list may have.
MAX_ROWS = 200


@dataclass(frozen=True)
class Scope:
    """Surroundings of a component: the whole form's `data`, its row `this`, the 1-based `rows` around it.

    `document` is the task's document as it was before anybody typed; `now` is known to rules on moments.
    """

    data: Data
    this: Any
    document: Data = field(default_factory=dict)
    parent: Any = None
    rows: tuple[int, ...] = field(default=())
    now: datetime | None = None

    @cached_property
    def _names(self) -> Data:
        return {"this": self.this, "parent": self.parent, "i": list(self.rows)}

    @cached_property
    def _local(self) -> Data:
        return self._names if self.now is None else {**self._names, "now": self.now}

    @cached_property
    def _underscored(self) -> Data:
        return {f"_{name}_": value for name, value in self._names.items()}

    def row(self, value: Any, index: int) -> "Scope":
        """The scope inside row `index` (from 0) of a repeating list."""
        return replace(self, this=value, parent=self.this, rows=(*self.rows, index + 1))

    @cached_property
    def _found(self) -> dict[str, Any]:
        """Values so far: fields that hide and show together ask the same, and a scope does not change."""
        return {}

    def evaluate(self, expression: str) -> Any:
        """Value of an ``=`` expression as JSON-able Python; None when it fails, as in form-js."""
        if expression not in self._found:
            self._found[expression] = self._evaluated(expression)
        return self._found[expression]

    def _evaluated(self, expression: str) -> Any:
        try:
            return engine.feel.to_json(engine.feel.evaluate(expression, self._underscored, self.data, self._local))
        except engine.feel.FeelError:
            return None

    def value(self, setting: Any) -> Any:
        """A setting as it is, or the value of the expression it holds."""
        return self.evaluate(setting) if shape.is_expression(setting) else setting

    def text(self, template: str) -> str:
        """A text with what its ``{{…}}`` say; nothing in place of one that is null."""
        return TEMPLATE.sub(lambda found: str(self.evaluate(f"={found[1].strip()}") or ""), template)

    def hides(self, component: shape.Component) -> bool:
        """Whether the component's own condition hides it."""
        conditional = component.get("conditional")
        if conditional is None:
            return False
        return isinstance(conditional, Mapping) and self._holds(conditional.get("hide"))

    def is_readonly(self, component: shape.Component) -> bool:
        """Whether the component shows its value without accepting one."""
        readonly = component.get("readonly")
        return self._holds(readonly) if shape.is_expression(readonly) else bool(readonly)

    def _holds(self, condition: Any) -> bool:
        """form-js asks as a unary test: an expression that is null holds too, one that cannot be read does not."""
        if not shape.is_expression(condition) or not is_readable(condition):
            return False
        return self.evaluate(condition) in (True, None)


@lru_cache(maxsize=4096)
def is_readable(expression: str) -> bool:
    """Whether the expression is FEEL at all."""
    try:
        engine.feel.parse(expression.removeprefix("="))
    except engine.feel.FeelError:
        return False
    return True


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
            sent = paths.has(submitted, key)
            value = paths.get(submitted, key) if sent else initial.value(component, before, scope.document)
            paths.put(kept, key, value)
    return kept


def _accept_inside(component: shape.Component, submitted: Any, before: Any, scope: Scope, kept: dict[str, Any]) -> None:
    path = str(component.get("path") or "")
    if path:
        submitted, before = paths.get(submitted, path), paths.get(before, path)
    if shape.is_repeating(component):
        paths.put(kept, path, _accepted_rows(component, submitted, before, scope))
        return
    inner = accepted(component, submitted, before, scope)
    for key, value in inner.items():
        target = f"{path}.{key}" if path else key
        below = paths.get(kept, target)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        paths.put(kept, target, paths.merge(below, value) if both else value)


def _accepted_rows(component: shape.Component, submitted: Any, before: Any, scope: Scope) -> Any:
    # form-js sends null for a row in which nothing is visible.
    held = [row for row in before if isinstance(row, Mapping)] if isinstance(before, list) else []
    rows = before if submitted is None else submitted
    if rows is None:
        count = component.get("defaultRepetitions", 1)
        rows = [{}] * min(count, MAX_ROWS) if isinstance(count, int) else []
    if not isinstance(rows, list) or len(rows) > MAX_ROWS:
        return rows
    return [
        _accepted_row(component, row, held, scope.row(row, index), index) if isinstance(row, Mapping) else row
        for index, row in enumerate({} if row is None else row for row in rows)
    ]


def _accepted_row(component: shape.Component, row: Data, held: list[Data], scope: Scope, index: int) -> Any:
    """A row as far as it may be believed; what it only shows comes from the row of the document it stands for."""
    fixed = [one for one in shape.components(component) if _only_shows(one, scope)]
    known = [{str(one["key"]): initial.value(one, old, scope.document) for one in fixed} for old in held]
    sent = [str(one["key"]) for one in fixed if paths.has(row, str(one["key"]))]
    if sent:
        same = [old for old in known if all(same_value(old[key], paths.get(row, key)) for key in sent)]
    else:
        same = [] if component.get("allowAddRemove") else known[index : index + 1]
    kept = accepted(component, row, None, scope)
    for one in fixed:
        key = str(one["key"])
        paths.put(kept, key, same[0][key] if same else initial.value(one, None, scope.document))
    return kept


def _only_shows(component: shape.Component, scope: Scope) -> bool:
    keyed = component.get("type") in shape.KEYED and component.get("type") != "expression"
    return keyed and bool(component.get("key")) and not writes(component, scope)


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
        return paths.replaced(data, path, rows)
    if isinstance(inner, Mapping):
        return paths.replaced(data, path, without_hidden(component, inner, scope))
    return data


def _removed(component: shape.Component, data: dict[str, Any], path: str) -> dict[str, Any]:
    if path and component.get("type") not in shape.NESTED or shape.is_repeating(component):
        return paths.dropped(data, path.split("."))
    for child in shape.components(component):
        key = str(child.get("path" if child.get("type") in shape.NESTED else "key") or "")
        data = _removed(child, data, f"{path}.{key}" if path and key else key or path)
    return data
