"""Fills a task's form in as a person at a browser would, and judges it as the server does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import forms
import forms.schema as shape
from engine import queries
from engine.errors import InvalidInput, NotFound
from forms import paths
from webapp import form_context


def filled_in(reader: Any, task_id: int, by: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The clean data of a form as a browser would send it. Raises InvalidInput as the pages do.

    Somebody who may not do the task never sees its form: their data goes to the engine as it is, to be refused.
    """
    task, who = queries.task_by_id(reader, task_id), queries.viewer(reader, by)
    form = form_context.form_of(reader, task["form_key"]) if task else None
    if task is None or who is None or form is None:
        raise NotFound(f"任务没有表单，或没有账号 {by}。", f"The task has no form, or there is no account {by}.")
    if not queries.may_work(who, task):
        return data
    known = {
        file["id"]: forms.FileInfo(file["name"], file["mime"], file["size"])
        for file in queries.files_of(reader, task["order_id"])
    }
    context = form_context.context(reader, form, task, who)
    result = forms.validate(form, _submission(form, context, data), context=context, files=known)
    if not result.ok:
        raise InvalidInput(errors=result.errors)
    unknown = sorted(set(data) - {one.key.partition(".")[0] for one in form.fields})
    if unknown:
        raise InvalidInput(f"表单 {form.key} 没有 {'、'.join(unknown)}。", f"Form {form.key} has no {unknown}.")
    return result.clean


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
