"""What a form shows to who fills it in, as `form_context` gives it; forms and common lists are read once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import forms
from engine.executor import Engine
from engine.jsonable import plain
from webapp import form_context
from webapp.simulate.people import People


class Late(list[Any]):
    """A list that is read when somebody looks into it: most people who fill a form in never open it."""

    def __init__(self, read: Callable[[], list[Any]]) -> None:
        super().__init__()
        self._read: Callable[[], list[Any]] | None = read

    def __iter__(self) -> Iterator[Any]:
        if self._read is not None:
            read, self._read = self._read, None
            self.extend(read())
        return super().__iter__()

    def __len__(self) -> int:
        iter(self)
        return super().__len__()

    def __getitem__(self, index: Any) -> Any:
        iter(self)
        return super().__getitem__(index)

    def __contains__(self, value: object) -> bool:
        iter(self)
        return super().__contains__(value)


class Contexts:
    """Forms and what they show."""

    def __init__(self, engine: Engine, people: People) -> None:
        self._engine, self._people = engine, people
        self._reader = engine.database.reader()
        self._forms: dict[str, forms.Form | None] = {}
        self._lists: dict[tuple[str, Any], list[Any]] = {}

    def close(self) -> None:
        """Give the connection back."""
        self._reader.close()

    def form(self, key: str | None) -> forms.Form | None:
        """The form of a task, if it has one."""
        if key not in self._forms:
            self._forms[key or ""] = form_context.form_of(self._reader, key)
        return self._forms[key or ""]

    def shown(self, form: forms.Form, task: Mapping[str, Any], person: str) -> dict[str, Any]:
        """What this person sees: no more than the form binds."""
        reference = self._engine.definitions.reference
        wanted = {key.partition(".")[0].partition("[")[0] for key in form.bindings()}
        around = {
            "order": {"no": task["order_no"], "kind": task["order_kind"], "status": task["status_code"]},
            "category": reference.categories.get(task["category_code"] or ""),
            "place": reference.place(task["village_code"], task["town_code"]),
        }
        everything = {**around, **task["document"], **(task["variables"] or {})}
        found = {name: everything[name] for name in sorted(wanted) if everything.get(name) is not None}
        shown: dict[str, Any] = plain(found)
        for name in sorted(wanted & form_context.LISTS.keys()):
            shown[name] = self._list(name, task, person)
        return shown

    def _list(self, name: str, task: Mapping[str, Any], person: str) -> list[Any]:
        if name in form_context.MOVING:
            return Late(lambda: self._read(name, task, person))
        depends = form_context.DEPENDS.get(name)
        key = (name, depends(task, person) if depends else None)
        if key not in self._lists:
            self._lists[key] = self._read(name, task, person)
        return list(self._lists[key])

    def _read(self, name: str, task: Mapping[str, Any], person: str) -> list[Any]:
        found: list[Any] = plain(form_context.LISTS[name](self._reader, self._people.viewer(person), task))
        return found
