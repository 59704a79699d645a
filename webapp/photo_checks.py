"""What a form asks of new photos beyond their number: fresh, taken at the place, never used before, newer than others.

Rules stand in the photo field's `validate`: `maxAgeMinutes`, `geofenceM` with `geofenceReason`, `unique`, `newerThan`
(forms/README.md). They hold for photos that come with a submission; those the document has already were judged then.
A position has `geofenceM` with `geofenceReason` as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import forms
from engine import queries
from engine.ports import FileContent
from forms import messages, numbers, paths, schema as shape
from webapp.crypto import sm3

EARTH = 6_371_008.8
"""Mean radius in metres."""
RULES = frozenset(("maxAgeMinutes", "geofenceM", "unique", "newerThan"))
Errors = dict[str, list[str]]
Refuse = Callable[..., None]


@dataclass(frozen=True)
class Around:
    """What photos are judged against: the work order, what was submitted, the moment, the language."""

    order_id: int | None
    document: Mapping[str, Any]
    data: Mapping[str, Any]
    at: datetime
    locale: str


def judge(reader: Any, form: forms.Form, files: Mapping[str, FileContent], around: Around) -> Errors:
    """Sentences by field path; `files` are the new photos by the part names that the data name."""
    errors: Errors = {}
    for component, prefix in shape.walk(form.schema):
        validate = component.get("validate")
        rules: Mapping[str, Any] = validate if isinstance(validate, Mapping) else {}
        if component.get("type") == "geopoint" and rules.get("geofenceM"):
            _judge_point(component, rules, prefix + str(component["key"]), around, errors)
        elif files and component.get("type") == "photo" and RULES & rules.keys():
            for path, names in _values(around.data, (prefix + str(component["key"])).split(".")):
                new = [files[name] for name in names if name in files]
                _judge_field(reader, component, rules, path, new, around, errors)
    return errors


def _values(data: Any, path: Sequence[str], before: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every list of names at a path, with the path where it stands (`items[0].photos`)."""
    if not path:
        if isinstance(data, list):
            yield before, [name for name in data if isinstance(name, str)]
        return
    head, *rest = path
    inner = data.get(head.removesuffix("[]")) if isinstance(data, Mapping) else None
    here = f"{before}.{head.removesuffix('[]')}" if before else head.removesuffix("[]")
    if not head.endswith("[]"):
        yield from _values(inner, rest, here)
    elif isinstance(inner, list):
        for index, row in enumerate(inner):
            yield from _values(row, rest, f"{here}[{index}]")


def _judge_point(
    component: shape.Component, rules: Mapping[str, Any], path: str, around: Around, errors: Errors
) -> None:
    """A position far from the place needs a reason, as a photo does."""
    reason, metres = str(rules.get("geofenceReason") or ""), numbers.number(rules["geofenceM"])
    given, there = paths.get(around.data, path), point(around.document.get("lon"), around.document.get("lat"))
    here = point(given.get("lon"), given.get("lat")) if isinstance(given, Mapping) else None
    if here is None or there is None or metres is None or str(paths.get(around.data, reason) or "").strip():
        return
    if (away := distance(here, there)) > metres:
        told = {"label": shape.label_of(component), "away": round(away), "limit": round(metres)}
        errors.setdefault(reason or path, []).append(messages.text("point_away", around.locale, **told))


def _judge_field(
    reader: Any,
    component: shape.Component,
    rules: Mapping[str, Any],
    path: str,
    photos: Sequence[FileContent],
    around: Around,
    errors: Errors,
) -> None:
    if not photos:
        return

    def refuse(where: str, code: str, **values: Any) -> None:
        sentence = messages.text(code, around.locale, label=shape.label_of(component), **values)
        if sentence not in errors.setdefault(where, []):
            errors[where].append(sentence)

    for photo in photos:
        _one(reader, photo, rules, around, lambda code, **values: refuse(path, code, **values))
    reason, metres = str(rules.get("geofenceReason") or ""), numbers.number(rules.get("geofenceM"))
    if metres is not None and not str(paths.get(around.data, reason) or "").strip():
        for photo in photos:
            _place(photo, float(metres), around, lambda code, **values: refuse(reason or path, code, **values))


def _one(reader: Any, photo: FileContent, rules: Mapping[str, Any], around: Around, refuse: Refuse) -> None:
    """When one photo was taken, and whether it was used before."""
    minutes = numbers.number(rules.get("maxAgeMinutes"))
    earlier = _newest(reader, around, str(rules["newerThan"])) if rules.get("newerThan") else None
    if photo.shot_at is None:
        if minutes is not None or earlier is not None:
            refuse("photo_untimed", name=photo.name)
    elif minutes is not None and abs(around.at - photo.shot_at) > timedelta(minutes=float(minutes)):
        refuse("photo_old", name=photo.name, limit=minutes)
    elif earlier is not None and photo.shot_at < earlier.replace(microsecond=0):  # cameras know no less than a second
        refuse("photo_not_newer", name=photo.name)
    if rules.get("unique") is True and (used := queries.file_elsewhere(reader, sm3(photo.content), around.order_id)):
        refuse("photo_used", name=photo.name, no=used)


def _place(photo: FileContent, most: float, around: Around, refuse: Refuse) -> None:
    """A photo taken elsewhere, or nobody knows where, needs a reason."""
    there = point(around.document.get("lon"), around.document.get("lat"))
    if there is None:
        return
    here = point(photo.lon, photo.lat) or _located(around.data)
    if here is None:
        refuse("photo_nowhere", name=photo.name, limit=round(most))
    elif (away := distance(here, there)) > most:
        refuse("photo_away", name=photo.name, away=round(away), limit=round(most))


def _located(data: Any) -> tuple[float, float] | None:
    """The place somebody gave with the same form."""
    for value in data.values():
        if isinstance(value, Mapping) and (found := point(value.get("lon"), value.get("lat"))):
            return found
    return None


def point(lon: Any, lat: Any) -> tuple[float, float] | None:
    if isinstance(lon, bool) or not isinstance(lon, int | float) or not isinstance(lat, int | float):
        return None
    return float(lon), float(lat)


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two places (longitude, latitude) on a sphere."""
    (lon1, lat1), (lon2, lat2) = ((math.radians(lon), math.radians(lat)) for lon, lat in (one, other))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(half)))


def _newest(reader: Any, around: Around, fields: str) -> datetime | None:
    """When the newest photo of other fields (with commas between) was taken, or came in where it does not say."""
    lists = [paths.get(around.document, field.strip()) for field in fields.split(",")]
    known = {name for names in lists if isinstance(names, list) for name in names}
    files = queries.files_of(reader, around.order_id, with_linked=True) if known and around.order_id else ()
    return max((file["shot_at"] or file["at"] for file in files if file["id"] in known), default=None)
