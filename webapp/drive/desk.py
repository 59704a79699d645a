"""How a person fills in any form: what it shows is kept, required fields get a value that fits.

Always the same for the same seed. Fields that a condition hides may be filled, too: the server drops them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from typing import Any

from engine import feel
from engine.jsonable import plain as plain_value
from forms import paths, patterns

Values = dict[str, Any]
Component = Mapping[str, Any]


@dataclass(frozen=True)
class Rates:
    """How often people do not go the straight way, each from 0 to 1."""

    returned: float = 0.08
    failed: float = 0.08
    dissatisfied: float = 0.08
    refused: float = 0.04
    joined: float = 0.06


@dataclass
class Sheet:
    """One form to fill: its schema, what it shows, chance for this task, and how often this form was met before."""

    form_id: str
    components: tuple[Component, ...]
    shown: Mapping[str, Any]
    chance: Random
    rates: Rates
    before: int
    units: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)
    """Names of the detours taken, for the final table."""

    def detour(self, rate: float, name: str) -> bool:
        """Whether the person takes a detour now; only the first time, so that every appeal comes to its end."""
        taken = self.chance.random() < rate and self.before == 0
        if taken:
            self.notes.append(name)
        return taken

    def options(self, key: str) -> list[Any]:
        """The values a select or radio offers."""
        component = next((one for one in self.components if one.get("key") == key), {})
        return options_of(component, self.shown)


def keyed(components: Any) -> Iterator[Component]:
    """Every component that holds a value, groups opened; a list, and a group with a path, holds those inside it."""
    for component in components or []:
        if component.get("components") is not None and component.get("path"):
            yield {**component, "key": component["path"]}
        elif component.get("components") is not None:
            yield from keyed(component["components"])
        elif component.get("key"):
            yield component


# ------------------------------------------------------------------ any form
def plain(component: Component, sheet: Sheet) -> Any:
    """What the form shows already, its default, or, when it is required, something that fits."""
    shown = paths.get(sheet.shown, component["key"])
    if component.get("components") is not None:
        return nested(component, shown, sheet)
    if shown not in (None, "", []):
        return shown
    if component.get("defaultValue") is not None:
        return component["defaultValue"]
    rules = component.get("validate") or {}
    if not rules.get("required") and not rules.get("min"):
        return None
    return MAKERS.get(str(component.get("type")), text)(component, sheet)


def nested(component: Component, shown: Any, sheet: Sheet) -> Any:
    """A group's fields, or the rows of a list: those it shows, else as many as the form begins with."""
    if component.get("type") != "dynamiclist":
        return row(component, shown, sheet)
    rows = shown if isinstance(shown, list) and shown else [{}] * int(component.get("defaultRepetitions") or 0)
    return [row(component, one, sheet) for one in rows] or None


def row(component: Component, shown: Any, sheet: Sheet) -> Values:
    """The fields inside a group or a row; of what lies around it only the lists are seen."""
    own = shown if isinstance(shown, Mapping) else {}
    around = {key: value for key, value in sheet.shown.items() if isinstance(value, list)}
    inner = replace(sheet, shown={**around, **own})
    values = {one["key"]: plain(one, inner) for one in keyed(component["components"])}
    return {**own, **{key: value for key, value in values.items() if value is not None}}


PATTERNED = ("L20260914001", "20260914", "13800000000", "粤A12345", "1", "A")
"""What a person writes where a field wants a pattern: the first that fits."""


def text(component: Component, sheet: Sheet) -> str:
    rules = component.get("validate") or {}
    if pattern := rules.get("pattern"):
        return next((one for one in PATTERNED if patterns.matches(pattern, one)), PATTERNED[0])
    made = f"{component.get('label') or '情况'}：已按规定核实办理。"
    while len(made) < int(rules.get("minLength") or 0):
        made += "情况属实，已记录在案。"
    return made[: int(rules.get("maxLength") or 2000)]


def number(component: Component, sheet: Sheet) -> int:
    return int((component.get("validate") or {}).get("min") or 0)


def option(component: Component, sheet: Sheet) -> Any:
    found = options_of(component, sheet.shown)
    return found[0] if found else None


def offered(component: Component, value: Any, shown: Mapping[str, Any]) -> bool:
    """Whether a select or radio has this value; other fields take any."""
    return component.get("type") not in ("select", "radio") or value in options_of(component, shown)


def options_of(component: Component, shown: Mapping[str, Any]) -> list[Any]:
    """The values a select, radio or tag list offers; the lists come with the page's data, or from an expression."""
    expression = str(component.get("valuesExpression") or "").removeprefix("=")
    computed = plain_value(feel.evaluate(expression, shown)) if expression else None
    listed = component.get("values") or shown.get(str(component.get("valuesKey") or "")) or computed or []
    return [one.get("value") if isinstance(one, Mapping) else one for one in listed]


def moment(component: Component, sheet: Sheet) -> str:
    now = datetime.now().astimezone()
    return now.isoformat(timespec="minutes") if component.get("subtype") == "datetime" else now.date().isoformat()


def here(component: Component, sheet: Sheet) -> dict[str, Any]:
    """At the place the form shows, else somewhere in the district."""
    return {"lon": sheet.shown.get("lon") or 114.905, "lat": sheet.shown.get("lat") or 21.705, "accuracy": 20}


MAKERS: Mapping[str, Callable[[Component, Sheet], Any]] = {
    "number": number,
    "select": option,
    "radio": option,
    "checklist": lambda component, sheet: [option(component, sheet)],
    "taglist": lambda component, sheet: [option(component, sheet)],
    "checkbox": lambda component, sheet: True,
    "datetime": moment,
    "geopoint": here,
    "photo": lambda component, sheet: None,  # the client adds pictures, since they are files
}
