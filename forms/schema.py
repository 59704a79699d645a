"""The form-js component types, as data. Source: form-js 1.23 (schemaVersion 19) plus our own types."""

from collections.abc import Iterator, Mapping
from typing import Any

Component = Mapping[str, Any]

#: Types that hold a value under ``key``.
KEYED = frozenset(
    {
        "textfield",
        "textarea",
        "number",
        "checkbox",
        "radio",
        "select",
        "checklist",
        "taglist",
        "datetime",
        "filepicker",
        "expression",
        "photo",
        "files",
        "geopoint",
    }
)
#: Types that hold other components; ``group`` may, ``dynamiclist`` must have a ``path``.
NESTED = frozenset({"group", "dynamiclist"})
#: Types that only show something.
SHOWN = frozenset(
    {"text", "html", "image", "button", "spacer", "separator", "iframe", "table", "documentPreview", "map"}
)
KNOWN = KEYED | NESTED | SHOWN

#: Types whose value is a list of file names.
FILES = frozenset({"photo", "files", "filepicker"})
TEXT = frozenset({"textfield", "textarea"})
ONE_OF = frozenset({"radio", "select"})
MANY_OF = frozenset({"checklist", "taglist"})
OPTIONS = ONE_OF | MANY_OF

#: What an untouched field holds in the browser.
EMPTY: dict[str, Any] = {
    "textfield": "",
    "textarea": "",
    "checkbox": False,
    "checklist": [],
    "taglist": [],
    "photo": [],
    "files": [],
    "filepicker": [],
}


def components(parent: Component) -> list[Component]:
    """The components directly inside a form, group or list."""
    found = parent.get("components")
    if not isinstance(found, list):
        return []
    # Forms are walked for every field of every submission, and asking for Mapping costs ten times as much.
    return [one for one in found if type(one) is dict or isinstance(one, Mapping)]


def walk(parent: Component, prefix: str = "") -> Iterator[tuple[Component, str]]:
    """Every component with the dotted path of its surroundings; rows of a list add ``[]``."""
    for component in components(parent):
        yield component, prefix
        if component.get("type") in NESTED:
            yield from walk(component, inner_prefix(component, prefix))


def inner_prefix(component: Component, prefix: str) -> str:
    """Prefix of the fields inside a group or list: ``place.`` or ``items[].``."""
    path = component.get("path") or ""
    rows = "[]" if is_repeating(component) else ""
    return f"{prefix}{path}{rows}." if path else prefix


def is_repeating(component: Component) -> bool:
    """Whether the component repeats its children once per row."""
    return component.get("type") == "dynamiclist" and component.get("isRepeating", True) is not False


def label_of(component: Component) -> str:
    """The name a person knows the field by; its key when the label is missing or computed."""
    label = component.get("label") or component.get("dateLabel") or component.get("timeLabel")
    if isinstance(label, str) and label.strip() and not label.startswith("=") and "{{" not in label:
        return label.strip()
    return str(component.get("key") or component.get("id"))


def is_required(component: Component) -> bool:
    """Whether the schema always asks for a value."""
    validate = component.get("validate")
    return isinstance(validate, Mapping) and validate.get("required") is True


def is_expression(value: object) -> bool:
    """Whether form-js would evaluate this property as FEEL."""
    return isinstance(value, str) and value.startswith("=")
