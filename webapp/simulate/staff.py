"""People at work: who does a task when, how they fill its form in, and what becomes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import forms
from engine import commands
from engine.errors import Conflict, EngineError, NotAllowed, NotFound
from engine.ports import FileContent
from webapp.simulate.contexts import Contexts
from webapp.simulate.pace import finished
from webapp.simulate.paper import Desk, Filled, fill
from webapp.simulate.world import World

GIVE_UP = 3
"""Attempts at one task."""

Task = Mapping[str, Any]


class Staff:
    """Plans tasks and does them."""

    def __init__(self, world: World) -> None:
        self.world, self.people, self.chance = world, world.people, world.chance
        self._contexts = Contexts(world.engine, world.people)
        self._tried: Counter[int] = Counter()

    def close(self) -> None:
        """Give the connection back that looks at what forms show."""
        self._contexts.close()

    def plan(self, task: Task, soon: datetime | None) -> None:
        """Somebody takes the task up; `soon`: when something runs out for its work order."""
        person = self.people.somebody(task["candidates"], task["not_by"], task["assignee"], self.chance)
        if person is not None:
            self.world.agenda.plan(self._when(task, person, soon), "task", (task["id"], person))

    def do(self, task: Task, person: str) -> None:
        """Somebody does a task; who turns out not to be allowed leaves it to a colleague."""
        if self.people.leaves_it(person, self.chance):
            self._again(task)
            return
        filled = self._filled(task, person)
        if filled is None or filled.errors:
            self.world.outcome.unfilled[f"{task['form_key']}: {dict(filled.errors) if filled else '—'}"] += 1
            self._again(task)
            return
        self._complete(task, person, filled)

    def _complete(self, task: Task, person: str, filled: Filled) -> None:
        ids = {name: f"{self.chance.getrandbits(128):032x}" for name in filled.files}
        files = {ids[name]: _own(file, ids[name]) for name, file in filled.files.items()}
        clean = forms.replace_files(filled.clean, ids)
        for _ in range(GIVE_UP):
            try:
                self.world.engine.execute(commands.CompleteTask(task["id"], clean, person, task["version"], files))
            except NotAllowed:
                other = self.people.somebody(task["candidates"], task["not_by"], None, self.chance, but=person)
                if other is None:
                    break
                person = other
            except (Conflict, NotFound):
                return  # somebody or something was faster
            except EngineError as refused:
                self.world.outcome.refused[f"{task['element']}: {refused.zh}"] += 1
                break
            else:
                self.world.outcome.tasks += 1
                self._did(task, person, filled.clean)
                return
        self._again(task)

    def _did(self, task: Task, person: str, clean: Mapping[str, Any]) -> None:
        """Whether the matter is really dealt with now."""
        work = self.world.habits.work
        if clean.get(work["field"]) is not None:
            done = clean[work["field"]] in work["done"] and self.chance.random() >= work["undone_anyway"]
            self.world.truth.of(task)["done"] = done and not self.people.lies(person, self.chance)

    def _again(self, task: Task) -> None:
        """Nobody has done it: somebody else looks at it later, a few times."""
        self._tried[task["id"]] += 1
        if self._tried[task["id"]] < GIVE_UP:
            person = self.people.somebody(task["candidates"], task["not_by"], task["assignee"], self.chance)
            if person is not None:
                later = timedelta(hours=self.world.habits.pace["again_hours"])
                self.world.agenda.plan(self.world.now + later, "task", (task["id"], person))

    def _when(self, task: Task, person: str, soon: datetime | None) -> datetime:
        pace, calendar = self.world.habits.pace, self.world.engine.definitions.reference.calendar
        done = finished(pace, calendar, task, soon, self.people.slowness(person), self.chance)
        return max(done, self.world.now + timedelta(seconds=pace["least_seconds"]))

    def _filled(self, task: Task, person: str) -> Filled | None:
        form = self._contexts.form(task["form_key"])
        if form is None:
            return None if task["form_key"] else Filled({}, {}, {})
        facts = self.world.truth.of(task)
        desk = Desk(
            self.world.habits,
            self.chance,
            self.world.now,
            self.people.staffed,
            done=facts.get("done", True),
            wrong=self.people.errs(person, self.chance),
            truth=facts,
        )
        return fill(form, self._contexts.shown(form, task, person), desk)


def _own(file: FileContent, mark: str) -> FileContent:
    """A photo like no other."""
    return replace(file, content=file.content + mark.encode())
