"""Fills a task's form in as a person at a browser would, and judges it as the server does."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from PIL import Image

import forms
import forms.schema as shape
from engine import queries
from engine.errors import InvalidInput, NotFound
from engine.ports import FileContent
from forms import paths
from webapp import exif, form_context, submission
from webapp.submission import FILE_FIELDS, Submission

SOMEWHERE = {"lon": 114.905, "lat": 21.705}


def filled_in(
    reader: Any, task_id: int, by: str, data: Mapping[str, Any], at: datetime | None = None
) -> tuple[Mapping[str, Any], Mapping[str, FileContent]]:
    """The clean data of a form as a browser would send it, and its new photos. Raises InvalidInput as the pages do.

    A name in a field for photos that no stored file has is a photo taken just now (`at`) and there; photos, the place
    and the moment that a form demands come by themselves where the story is silent. Somebody who may not do the task
    never sees its form: their data goes to the engine as it is, to be refused.
    """
    task, who = queries.task_by_id(reader, task_id), queries.viewer(reader, by)
    form = form_context.form_of(reader, task["form_key"]) if task else None
    if task is None or who is None or form is None:
        raise NotFound(f"任务没有表单，或没有账号 {by}。", f"The task has no form, or there is no account {by}.")
    return fill(reader, form, task, who, data, at) if queries.may_work(who, task) else (data, {})


def fill(
    reader: Any,
    form: forms.Form,
    task: Mapping[str, Any],
    who: queries.Viewer,
    data: Mapping[str, Any],
    at: datetime | None = None,
) -> tuple[Mapping[str, Any], Mapping[str, FileContent]]:
    """The clean data of a form, of a task or something like it, and its new photos. Raises InvalidInput."""
    context = form_context.context(reader, form, task, who)
    at = at or datetime.now(UTC)
    place = task["document"] or {}
    filled = _demanded(form, place, _submission(form, context, data), data, at)
    shot = exif.Shot(at, *(place.get(name) or value for name, value in SOMEWHERE.items()))
    photos = _taken(form, filled, _stored(reader, task), shot, task["order_no"])
    sent = Submission(filled, None, photos, at=at)
    clean, photos = submission.validated(reader, form, task, who, sent)
    unknown = sorted(set(data) - {one.key.partition(".")[0].removesuffix("[]") for one in form.fields})
    if unknown:
        raise InvalidInput(f"表单 {form.key} 没有 {'、'.join(unknown)}。", f"Form {form.key} has no {unknown}.")
    return clean, photos


def _stored(reader: Any, task: Mapping[str, Any]) -> set[str]:
    return {str(file["id"]) for file in queries.files_of(reader, task["order_id"], with_linked=True)}


def _taken(
    form: forms.Form, data: Mapping[str, Any], stored: set[str], shot: exif.Shot, no: str
) -> dict[str, FileContent]:
    """The photos that fields for files name and nobody has stored, each taken by itself."""
    keys = [field.key.replace("[]", "").split(".") for field in form.fields if field.type in FILE_FIELDS]
    names = [name for key in keys for name in _names(data, key) if name not in stored]
    return {name: _photo(name, shot, no) for name in names}


def _photo(name: str, shot: exif.Shot, no: str) -> FileContent:
    """The smallest photo that says when and where it was taken, and what of."""
    file = io.BytesIO()
    Image.new("RGB", (1, 1)).save(file, "JPEG", exif=exif.write(shot, f"{no} {name}".encode("unicode_escape").decode()))
    return FileContent(f"{name}.jpg", "image/jpeg", file.getvalue(), "before", shot.at, shot.lon, shot.lat)


def _names(value: Any, path: Sequence[str]) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _names(one, path)
    elif isinstance(value, Mapping) and path:
        yield from _names(value.get(path[0]), path[1:])
    elif isinstance(value, str) and not path:
        yield value


def _submission(form: forms.Form, context: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """What the browser has in its fields: the document's values, then defaults, then what the person enters."""
    filled: dict[str, Any] = {}
    for component, prefix in shape.walk(form.schema):
        if component.get("type") not in shape.KEYED or "[]" in prefix:
            continue
        path = prefix + str(component["key"])
        value = paths.get(context, path)
        value = component.get("defaultValue") if value is None else value
        if value is not None:
            paths.put(filled, path, value)
    return paths.merge(filled, data)


def _demanded(
    form: forms.Form, place: Mapping[str, Any], filled: dict[str, Any], data: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    """The fields with the photos, place and moment that the form demands and the story does not mention."""
    for component, prefix in shape.walk(form.schema):
        rules, kind = component.get("validate") or {}, component.get("type")
        least = max(int(rules.get("min") or 0), int(bool(rules.get("required"))))
        path = prefix + str(component.get("key"))
        if not least or "[]" in path or paths.get(data, path) is not None or paths.get(filled, path):
            continue
        if kind == "photo":
            paths.put(filled, path, [f"{path} {number}" for number in range(1, least + 1)])
        elif kind == "geopoint":
            here = {name: place.get(name) or value for name, value in SOMEWHERE.items()}
            paths.put(filled, path, {**here, "accuracy": 10})
        elif kind == "datetime" and component.get("subtype") == "datetime":
            paths.put(filled, path, at.isoformat(timespec="minutes"))
    return filled
