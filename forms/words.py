"""The texts people read on a form, and the same form with other words for them: its values stay as they are."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from forms import schema as shape
from forms.form import Form

LookUp = Callable[[str], str]
#: Properties of a component that hold a text.
TEXTS = ("label", "description", "text", "dateLabel", "timeLabel", "content", "alt", "title")
#: Properties that hold objects with texts, and which of theirs those are.
INSIDE = {"appearance": ("prefixAdorner", "suffixAdorner"), "validate": ("patternErrorMessage", "refuseMessage")}
#: A list of constants in an expression that gives options; not one that something is looked for in.
CONSTANTS = re.compile(r'(?<!in )(?<!contains\()\[\s*"[^"]*"(?:\s*,\s*"[^"]*")*\s*\]')
CONSTANT = re.compile(r'"([^"]*)"')


def texts(form: Form) -> Iterator[str]:
    """Every text of the form, as often as it stands there."""
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    in_words(form, note)
    return iter(found)


def in_words(form: Form, look_up: LookUp) -> Form:
    """The form with each text as `look_up` gives it. Options keep their values, expressions what they compare."""
    return replace(form, schema=_nested(form.schema, look_up))


def _nested(parent: Mapping[str, Any], look_up: LookUp) -> dict[str, Any]:
    inside = parent.get("components")
    if not isinstance(inside, list):
        return dict(parent)
    return {**parent, "components": [_component(one, look_up) if isinstance(one, Mapping) else one for one in inside]}


def _component(component: Mapping[str, Any], look_up: LookUp) -> dict[str, Any]:
    told = _told(component, TEXTS, look_up)
    for name, keys in INSIDE.items():
        if isinstance(told.get(name), Mapping):
            told[name] = _told(told[name], keys, look_up)
    for name in ("values", "quick"):
        if isinstance(told.get(name), list):
            told[name] = [_option(one, look_up) for one in told[name]]
    if isinstance(told.get("columns"), list):
        told["columns"] = [_told(one, ("label",), look_up) for one in told["columns"] if isinstance(one, Mapping)]
    if shape.is_expression(told.get("valuesExpression")):
        told["valuesExpression"] = CONSTANTS.sub(lambda found: _constants(found[0], look_up), told["valuesExpression"])
    return _nested(told, look_up)


def _told(holder: Mapping[str, Any], keys: tuple[str, ...], look_up: LookUp) -> dict[str, Any]:
    return {
        name: look_up(value) if name in keys and isinstance(value, str) and value else value
        for name, value in holder.items()
    }


def _option(option: Any, look_up: LookUp) -> Any:
    """The option with a label of its own beside the value it stands for."""
    if isinstance(option, str):
        label = look_up(option)
        return option if label == option else {"label": label, "value": option}
    if not isinstance(option, Mapping):
        return option
    text = option.get("label") or option.get("value")
    if not isinstance(text, str) or (told := look_up(text)) == text:
        return option
    return {**option, "label": told, "value": text if option.get("value") is None else option["value"]}


def _constants(listed: str, look_up: LookUp) -> str:
    def labelled(found: re.Match[str]) -> str:
        label = look_up(found[1])
        quoted = label.replace('"', "”")
        return found[0] if label == found[1] else f'{{value: {found[0]}, label: "{quoted}"}}'

    return CONSTANT.sub(labelled, listed)
