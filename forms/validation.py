"""Validates a submission against its form, the way form-js does in the browser, trusting nothing from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from forms import fields, initial, messages, paths, schema as shape, scope
from forms.files import FileInfo
from forms.form import Form
from forms.options import offered
from forms.scope import Scope

EXPRESSION_RULES = ("min", "max", "minLength", "maxLength", "notAfter", "notBefore", "refuseWhen")


@dataclass(frozen=True)
class Result:
    """`clean`: what may be stored. `errors`: sentences by field path (``items[0].unit``); none when valid."""

    clean: dict[str, Any]
    errors: dict[str, list[str]]

    @property
    def ok(self) -> bool:
        """Whether the submission may be accepted."""
        return not self.errors


def validate(
    form: Form,
    data: Mapping[str, Any],
    *,
    context: Mapping[str, Any] | None = None,
    files: Mapping[str, FileInfo] | None = None,
    locale: str = "zh",
    now: datetime | None = None,
) -> Result:
    """Judge what was submitted.

    `context` is the task's document as the form showed it; `files` are the files that fields may name: those
    uploaded with this submission by part name, and stored ones this person may use by id. `now`, in the
    district's time zone, is what moments are held against (`notAfter`); without it they are not. Hidden, read-only
    and disabled fields are not accepted, unknown keys are dropped, computed fields are computed here.
    Raises FormInvalid when the form itself cannot run (``forms.check`` finds that at deployment).
    """
    document = dict(context or {})
    seen = Scope(data=initial.everything(form.schema, document), this=document, document=document, now=now)
    submitted = scope.accepted(form.schema, data, document, seen)
    everything = _typed_over(form, seen.data, submitted)
    visible = scope.without_hidden(form.schema, everything, replace(seen, data=everything, this=everything))
    shown = replace(seen, data={**seen.data, **visible}, this=visible)
    run = _Run(document, files or {}, locale)
    run.walk(form.schema, submitted, shown, run.clean, "")
    return Result(run.clean, run.errors)


def _typed_over(form: Form, document: Mapping[str, Any], submitted: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the fields' values in place of its own; a place on the map is replaced whole."""
    under = dict(document)
    for one in form.fields:
        if "[]" not in one.key and paths.has(submitted, one.key):
            under = paths.dropped(under, one.key.split("."))
    return paths.merge(under, submitted)


@dataclass
class _Run:
    """One walk over a form: collects what is clean and what is wrong."""

    document: Mapping[str, Any]
    files: Mapping[str, FileInfo]
    locale: str
    clean: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)

    def walk(self, parent: shape.Component, data: Any, here: Scope, out: dict[str, Any], prefix: str) -> None:
        for component in shape.components(parent):
            if here.hides(component):
                continue
            kind = component.get("type")
            if shape.is_repeating(component):
                self.rows(component, data, here, out, prefix)
            elif kind in shape.NESTED:
                self.group(component, data, here, out, prefix)
            elif kind in shape.KEYED and component.get("key"):
                self.field(component, data, here, out, prefix)

    def group(self, component: shape.Component, data: Any, here: Scope, out: dict[str, Any], prefix: str) -> None:
        path = str(component.get("path") or "")
        if not path:
            self.walk(component, data, here, out, prefix)
            return
        inner: dict[str, Any] = {}
        self.walk(component, paths.get(data, path), here, inner, f"{prefix}{path}.")
        if inner:
            below = paths.get(out, path)
            paths.put(out, path, paths.merge(below, inner) if isinstance(below, Mapping) else inner)

    def rows(self, component: shape.Component, data: Any, here: Scope, out: dict[str, Any], prefix: str) -> None:
        path = str(component.get("path") or "")
        rows = paths.get(data, path)
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            self.refuse(component, prefix + path, "type")
        elif len(rows) > scope.MAX_ROWS:
            self.refuse(component, prefix + path, "rows", limit=scope.MAX_ROWS)
        else:
            self.count(component, prefix + path, len(rows))
            places = [f"{prefix}{path}[{index}]." for index in range(len(rows))]
            clean = [self.row(component, row, here, index, places[index]) for index, row in enumerate(rows)]
            paths.put(out, path, clean)

    def count(self, component: shape.Component, path: str, rows: int) -> None:
        """A list may say how many rows it takes; the rows themselves are judged all the same."""
        limits: Mapping[str, int] = component.get("validate") or {}
        if rows < limits.get("minRows", 0):
            self.refuse(component, path, "min_rows", limit=limits["minRows"])
        elif rows > limits.get("maxRows", rows):
            self.refuse(component, path, "max_rows", limit=limits["maxRows"])

    def row(self, component: shape.Component, row: Any, here: Scope, index: int, prefix: str) -> dict[str, Any]:
        clean: dict[str, Any] = {}
        self.walk(component, row, here.row(row, index), clean, prefix)
        return clean

    def field(self, component: shape.Component, data: Any, here: Scope, out: dict[str, Any], prefix: str) -> None:
        key = str(component["key"])
        if component.get("type") == "expression":
            paths.put(out, key, here.value(component.get("expression")))
            return
        if component.get("disabled") or here.is_readonly(component):
            self.keep_shown(key, data, out)
            return
        answer = fields.Answer(
            component=component,
            value=paths.get(data, key),
            rules=self.rules(component, here),
            options=offered(component, self.document, here.value),
            files=self.files,
            locale=self.locale,
        )
        paths.put(out, key, fields.judge(answer))
        if not answer.errors and answer.rules.get("refuseWhen") is True:
            answer.errors.append(here.text(str(answer.rules.get("refuseMessage") or "")))
        if answer.errors:
            self.errors[prefix + key] = answer.errors

    @staticmethod
    def keep_shown(key: str, data: Any, out: dict[str, Any]) -> None:
        """A row is stored whole, so it keeps what it only showed; elsewhere the document still has it."""
        if paths.has(data, key):
            paths.put(out, key, paths.get(data, key))

    @staticmethod
    def rules(component: shape.Component, here: Scope) -> Mapping[str, Any]:
        validate = component.get("validate")
        if not isinstance(validate, Mapping):
            return {}
        evaluated = {name: here.value(validate[name]) for name in EXPRESSION_RULES if name in validate}
        return {**validate, **evaluated}

    def refuse(self, component: shape.Component, path: str, code: str, **values: Any) -> None:
        self.errors[path] = [messages.text(code, self.locale, label=shape.label_of(component), **values)]
