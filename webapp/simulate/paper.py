"""Fills in any form: what it shows is kept, habits choose, and what it demands and nobody knows is made to fit.

A form is judged as the server judges it; where it is not content the next candidate for that field is tried. So a
diagram or form that its owner changes tomorrow is filled in, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import forms
import forms.schema as shape
from engine.ports import FileContent
from forms import options as offers, paths
from forms.scope import Scope
from webapp.simulate.habits import Habits, pick
from webapp.submission import FILE_FIELDS

TRIES = 6
ROW = re.compile(r"\[\d+\]")
PHOTO = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300" + "08" * 64 + "ffc0000b080001000101011100ffc40014000100000000"
    "0000000000000000000000ffda0008010100003f0037ffd9"
)


@dataclass
class Desk:
    """What somebody knows who fills a form in.

    `done`: whether the matter is really dealt with; `truth`: values of fields as they are in the world outside;
    `wrong`: this person gets the fields of the habit wrong now. `straight`: takes what the form offers first.
    """

    habits: Habits
    chance: Random
    now: datetime
    staffed: Callable[[str, str], bool]
    done: bool = True
    wrong: bool = False
    straight: bool = False
    truth: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Filled:
    """A form's clean data with its photos, or what it was not content with."""

    clean: Mapping[str, Any]
    files: Mapping[str, FileContent]
    errors: Mapping[str, Sequence[str]]


def fill(form: forms.Form, context: Mapping[str, Any], desk: Desk) -> Filled:
    """Fill a form in until it is accepted: as habits have it, else the straight way, or give up."""
    filled = _filled(form, context, desk)
    return filled if not filled.errors else _filled(form, context, replace(desk, straight=True))


def _filled(form: forms.Form, context: Mapping[str, Any], desk: Desk) -> Filled:
    components = {prefix + str(one["key"]): one for one, prefix in shape.walk(form.schema) if _keyed(one)}
    data: dict[str, Any] = {}
    for path, component in components.items():
        if "[]" not in path:
            value = _first(path, component, context, desk)
            if value is not None:
                paths.put(data, path, value)
    for component, prefix in shape.walk(form.schema):
        if shape.is_repeating(component) and "[]" not in prefix:
            _rows(component, prefix, data, context, desk)
    tried: dict[str, int] = {}
    for _ in range(TRIES):
        files = _photos(components, data)
        infos = {name: forms.FileInfo(file.name, file.mime, len(file.content)) for name, file in files.items()}
        result = forms.validate(form, data, context=context, files=infos, now=desk.now)
        if result.ok or not _mend(result.errors, components, data, context, desk, tried):
            break
    return Filled(result.clean, files, result.errors)


def _keyed(component: Mapping[str, Any]) -> bool:
    return component.get("type") in shape.KEYED and bool(component.get("key"))


def _first(path: str, component: Mapping[str, Any], context: Mapping[str, Any], desk: Desk) -> Any:
    """What somebody enters at first sight."""
    chosen = _chosen(path, component, context, desk)
    if chosen is not None:
        return chosen
    shown = paths.get(context, path)
    if shown not in (None, "", []):
        return shown
    if component.get("defaultValue") is not None:
        return component["defaultValue"]
    return next(iter(_candidates(component, context, desk)), None) if _demanded(component) else None


def _demanded(component: Mapping[str, Any]) -> bool:
    """Whether a form asks for the field. The least of a number says nothing of that; a least number of photos does."""
    rules = component.get("validate") or {}
    return bool(rules.get("required") or (component.get("type") in FILE_FIELDS and rules.get("min")))


def _chosen(path: str, component: Mapping[str, Any], context: Mapping[str, Any], desk: Desk) -> Any:
    """By habit: what is true, what is suggested, what people usually choose."""
    wrong = desk.wrong and path in desk.habits.people["wrong_fields"]
    follows = () if wrong else desk.habits.follows.get(path, ())
    known = [] if wrong else [one for one in (desk.truth.get(path), *map(context.get, follows)) if one is not None]
    weights = None if desk.straight else desk.habits.choice(path, desk.done)
    if weights is None and not known:
        return None
    listed = _options(component, context)
    for value in known:
        if not listed or value in listed:
            return value
    if weights is None:
        return None
    able = {value: weights[_word(value)] for value in listed or _words(component) if weights.get(_word(value))}
    return pick(desk.chance, able) if able else None


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _words(component: Mapping[str, Any]) -> Sequence[Any]:
    return (True, False) if component.get("type") == "checkbox" else ()


def _options(component: Mapping[str, Any], context: Mapping[str, Any]) -> list[Any]:
    if component.get("type") not in shape.OPTIONS:
        return []
    return offers.offered(component, context, Scope(data=context, this=context, document=context).value) or []


def _rows(
    component: Mapping[str, Any], prefix: str, data: dict[str, Any], context: Mapping[str, Any], desk: Desk
) -> None:
    """A list has its shown rows, else two, each with everything that is demanded."""
    path = prefix + str(component.get("path") or "")
    rows = paths.get(context, path)
    if not isinstance(rows, list) or not rows:
        rows = [{}, {}]
    children = [(one, inner) for one, inner in shape.walk(component) if _keyed(one)]
    filled = []
    for row in rows:
        made = dict(row)
        for child, _ in children:
            key = str(child["key"])
            if made.get(key) in (None, "", []) and _demanded(child):
                value = next(iter(_candidates(child, context, desk)), None)
                made = paths.merge(made, {key: value}) if value is not None else made
        filled.append(made)
    paths.put(data, path, filled)


# ------------------------------------------------------------------ what fits
def _candidates(component: Mapping[str, Any], context: Mapping[str, Any], desk: Desk) -> Iterator[Any]:
    """Values to try, likely ones first; always the same for the same chance."""
    kind = str(component.get("type"))
    if kind in shape.OPTIONS:
        many = kind in shape.MANY_OF
        yield from ([one] if many else one for one in _ranked(component, _options(component, context), desk))
        return
    yield from _MAKERS.get(kind, _texts)(component, desk)


def _ranked(component: Mapping[str, Any], listed: list[Any], desk: Desk) -> list[Any]:
    role = desk.habits.staffed.get(str(component.get("valuesKey") or ""))
    able = [one for one in listed if role is None or desk.staffed(role, str(one))]
    if role is not None:
        return desk.chance.sample(able, min(len(able), TRIES))
    if len(able) > 1 and desk.chance.random() > desk.habits.others["first"]:
        able = desk.chance.sample(able, len(able))
    return able[:TRIES]


def _texts(component: Mapping[str, Any], desk: Desk) -> Iterator[Any]:
    rules = component.get("validate") or {}
    least, most = _int(rules.get("minLength")), _int(rules.get("maxLength")) or 2000
    made = f"{shape.label_of(component)}：已按规定核实办理。"
    while len(made) < least:
        made += "情况属实，已记录在案。"
    yield made[:most]
    yield "13800000000"
    yield str(1)


def _numbers(component: Mapping[str, Any], desk: Desk) -> Iterator[Any]:
    rules = component.get("validate") or {}
    yield from (value for value in (_int(rules.get("min")), 1, 3, 10, _int(rules.get("max")), 0))


def _moments(component: Mapping[str, Any], desk: Desk) -> Iterator[Any]:
    for days in (0, 1, 3, 10, 25, -1):
        moment = desk.now + timedelta(days=days)
        subtype = component.get("subtype", "datetime")
        if subtype == "date":
            yield moment.date().isoformat()
        elif subtype == "time":
            yield moment.strftime("%H:%M")
        else:
            yield moment.isoformat(timespec="minutes")


def _int(value: Any) -> int:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0


_MAKERS: Mapping[str, Callable[[Mapping[str, Any], Desk], Iterator[Any]]] = {
    "number": _numbers,
    "datetime": _moments,
    "checkbox": lambda component, desk: iter((True, False)),
    "geopoint": lambda component, desk: iter(({"lon": 114.905, "lat": 21.705, "accuracy": 10},)),
    "photo": lambda component, desk: iter([["photo 1"], ["photo 1", "photo 2"], ["photo 1", "photo 2", "photo 3"]]),
    "filepicker": lambda component, desk: iter([["file 1"]]),
}


def _photos(components: Mapping[str, Mapping[str, Any]], data: Mapping[str, Any]) -> dict[str, FileContent]:
    """The photos that were just taken, each with bytes of its own."""
    named = [
        name
        for path, component in components.items()
        if component.get("type") in FILE_FIELDS and "[]" not in path
        for name in paths.get(data, path) or ()
        if str(name).startswith(("photo ", "file "))
    ]
    return {name: FileContent(f"{name}.jpg", "image/jpeg", PHOTO) for name in dict.fromkeys(named)}


def _mend(
    errors: Mapping[str, Sequence[str]],
    components: Mapping[str, Mapping[str, Any]],
    data: dict[str, Any],
    context: Mapping[str, Any],
    desk: Desk,
    tried: dict[str, int],
) -> bool:
    """The next candidate for each field that was not accepted; False when nothing is left to try."""
    moved = False
    for path in errors:
        component = components.get(ROW.sub("[]", path))
        if component is None:
            continue
        number = tried[path] = tried.get(path, -1) + 1
        value = next((one for k, one in enumerate(_candidates(component, context, desk)) if k == number), None)
        if value is not None:
            _put(data, path, value)
            moved = True
    return moved


def _put(data: dict[str, Any], path: str, value: Any) -> None:
    """`items[1].unit` and plain paths."""
    here: Any = data
    *way, last = [part for part in re.split(r"[.\[\]]+", path) if part]
    for part in way:
        here = here[int(part)] if part.isdigit() and isinstance(here, list) else here.setdefault(part, {})
    here[int(last) if last.isdigit() and isinstance(here, list) else last] = value
