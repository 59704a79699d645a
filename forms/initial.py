"""What an untouched field holds: the document's value made fit for the field, else its default, else empty.

Source: form-js 1.23, ``sanitizeValue`` and ``emptyValue`` of each component.
"""

from collections.abc import Callable, Mapping
from typing import Any

from forms import options, paths, schema as shape
from forms.moments import is_moment
from forms.numbers import number

Component = shape.Component


def value(component: Component, before: Any, document: Mapping[str, Any]) -> Any:
    """The value a field shows before anybody touches it; `before` is the object its key lies in."""
    key, kind = str(component["key"]), str(component.get("type"))
    if paths.has(before, key):
        fit = FIT.get(kind)
        found = paths.get(before, key)
        return fit(component, found, document) if fit else found
    default = component.get("defaultValue")
    return shape.EMPTY.get(kind) if default is None else default


def everything(parent: Component, document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as the form shows it, every field outside repeating lists with its initial value."""
    shown = dict(document)
    for component, prefix in shape.walk(parent):
        if component.get("type") in shape.KEYED and component.get("key") and "[]" not in prefix:
            inside = paths.get(document, prefix.rstrip(".")) if prefix else document
            path, found = prefix + str(component["key"]), value(component, inside, document)
            if "." in path:
                shown = paths.replaced(shown, path, found)
            else:
                shown[path] = found  # `shown` is our own; only what lies deeper is shared with the document
    return shown


def _text(component: Component, found: Any, document: Mapping[str, Any]) -> str:
    if found is None or isinstance(found, list | Mapping):
        return ""
    text = str(found).lower() if isinstance(found, bool) else str(found)
    return text.translate(LINE_BREAKS) if component.get("type") == "textfield" else text


def _number(component: Component, found: Any, document: Mapping[str, Any]) -> Any:
    exact = number(found)
    if exact is None or not isinstance(found, str):
        return found if exact is not None else None
    if component.get("serializeToString"):
        return found
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def _one_of(component: Component, found: Any, document: Mapping[str, Any]) -> Any:
    return found if _is_offered(component, found, document) else None


def _many_of(component: Component, found: Any, document: Mapping[str, Any]) -> list[Any]:
    chosen = found if isinstance(found, list) else []
    return [one for one in chosen if _is_offered(component, one, document)]


def _is_offered(component: Component, found: Any, document: Mapping[str, Any]) -> bool:
    if component.get("valuesExpression"):
        return True
    return options.among(found, options.known(component, document))


def _moment(component: Component, found: Any, document: Mapping[str, Any]) -> str | None:
    subtype = str(component.get("subtype") or "date")
    return found if isinstance(found, str) and is_moment(subtype, found) else None


def _names(component: Component, found: Any, document: Mapping[str, Any]) -> list[str]:
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


LINE_BREAKS = str.maketrans("\r\n\t", "   ")
FIT: dict[str, Callable[[Component, Any, Mapping[str, Any]], Any]] = {
    "textfield": _text,
    "textarea": _text,
    "number": _number,
    "checkbox": lambda component, found, document: found is True,
    "radio": _one_of,
    "select": _one_of,
    "checklist": _many_of,
    "taglist": _many_of,
    "datetime": _moment,
    "photo": _names,
    "files": _names,
    "filepicker": _names,
    "geopoint": lambda component, found, document: found if isinstance(found, Mapping) else None,
}
