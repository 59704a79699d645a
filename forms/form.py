"""A form: its schema, its fields, and the document keys it touches."""

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import engine.feel
from forms import schema as shape
from forms.errors import FormInvalid, FormNotFound

KEY = re.compile(r"[A-Za-z0-9_]+(?:[-.][A-Za-z0-9_]+)*(?:/[A-Za-z0-9_]+(?:[-.][A-Za-z0-9_]+)*)*")
HERE = Path(__file__).parent
#: Names that expressions know by themselves, form-js's and the moment; they are not document keys.
LOCAL_NAMES = frozenset({"this", "parent", "i", "_this_", "_parent_", "_i_", "now"})


@dataclass(frozen=True)
class Field:
    """One field: `key` is its path in the document (``items[].unit`` inside a repeating list)."""

    key: str
    type: str
    label: str
    required: bool


@dataclass(frozen=True)
class Form:
    """A form-js schema. `key` is where it is stored (``city_appeal/accept``), empty for loose bytes."""

    id: str
    key: str
    schema: Mapping[str, Any]

    @classmethod
    def from_bytes(cls, source: bytes | str, key: str = "") -> "Form":
        """Read form-js JSON. Raises FormInvalid when it is not a form."""
        try:
            schema = json.loads(source)
        except (ValueError, RecursionError) as error:
            raise FormInvalid(f"表单不是有效的 JSON：{error}。", f"The form is not valid JSON: {error}.") from error
        if not isinstance(schema, dict) or not isinstance(schema.get("components"), list):
            raise FormInvalid("表单缺少 components 列表。", "The form has no list of components.")
        return cls(str(schema.get("id") or key), key, schema)

    @functools.cached_property
    def fields(self) -> tuple[Field, ...]:
        """Every field that holds a value, in reading order."""
        return tuple(
            Field(
                prefix + str(component["key"]),
                str(component["type"]),
                shape.label_of(component),
                shape.is_required(component),
            )
            for component, prefix in shape.walk(self.schema)
            if component.get("type") in shape.KEYED and component.get("key")
        )

    def bindings(self) -> set[str]:
        """Document keys the form shows, asks for or reads in an expression.

        Fields by full path (``place.lon``, ``items[].unit``); names inside expressions, templates and
        ``valuesKey`` by their first part, because an expression may reach anywhere below it.
        """
        return set(self._bindings)

    @functools.cached_property
    def _bindings(self) -> frozenset[str]:
        keys = {field.key for field in self.fields}
        for component, _ in shape.walk(self.schema):
            keys |= _names_read(component)
        return frozenset(keys - LOCAL_NAMES)


def find(key: str, root: Path | None = None) -> Form:
    """The form stored as ``<root>/<key>.form``; `root` is the forms room itself when left out.

    Raises FormNotFound for an unknown or unsafe key, FormInvalid for a broken file.
    """
    if not KEY.fullmatch(key):
        raise FormNotFound(key)
    path = (root or HERE) / f"{key}.form"
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        raise FormNotFound(key) from None
    return _load(path, key, stamp)


@functools.lru_cache(maxsize=512)
def _load(path: Path, key: str, stamp: int) -> Form:
    return Form.from_bytes(path.read_bytes(), key)


def _names_read(component: Mapping[str, Any]) -> set[str]:
    names: set[str] = set()
    if component.get("valuesKey"):
        names.add(str(component["valuesKey"]))
    for text in expressions(component):
        try:
            names |= {str(name) for name in engine.feel.parse(text).names}
        except engine.feel.FeelError:
            continue  # forms.check reports it, with its place
    return names


def expressions(component: Mapping[str, Any]) -> Iterator[str]:
    """Every FEEL text of a component, without ``=`` or braces; not those of its children."""
    for name, value in component.items():
        if name != "components":
            yield from _expressions_in(value)


def _expressions_in(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _expressions_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _expressions_in(inner)
    elif shape.is_expression(value):
        yield value[1:]
    elif isinstance(value, str) and "{{" in value:
        yield from _template_expressions(value)


def _template_expressions(text: str) -> Iterator[str]:
    for found in re.findall(r"\{\{(.+?)\}\}", text, re.DOTALL):
        inner = found.strip()
        if inner.startswith("#"):
            inner = inner.removeprefix("#loop").removeprefix("#if").strip()
        if inner and not inner.startswith("/") and inner not in LOCAL_NAMES:
            yield inner
