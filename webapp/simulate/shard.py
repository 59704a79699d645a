"""One part of the simulated district: its reports, people, timers and messages, on a clock of its own.

Everything goes through the engine's door, in the order of time. Work orders of one shard never meet those of another
(places decide which shard a report belongs to), so shards run side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

from engine import commands
from engine.database import Row
from engine.named_queries import PREFIX
from engine.ports import Delivery
from webapp.simulate.agenda import Agenda, Dial, Item
from webapp.simulate.habits import Habits
from webapp.simulate.outcome import Outcome
from webapp.simulate.outside import Outside
from webapp.simulate.people import People
from webapp.simulate.reading import Reading, There
from webapp.simulate.reports import Matter
from webapp.simulate.staff import Staff
from webapp.simulate.truth import Truth
from webapp.simulate.watched import Watched
from webapp.simulate.world import World
from webapp.wiring import Wiring

ROUNDS = 200
"""At most, of messages that bring up messages."""


class Shard:
    """Plays its reports until the end. `first` also lets processes start by time."""

    def __init__(
        self, wiring: Wiring, habits: Habits, matters: Iterable[Matter], begin: datetime, seed: str, first: bool = True
    ) -> None:
        self.dial, self.outcome = Dial(begin), Outcome()
        self.agenda, self.truth = Agenda(self.dial), Truth()
        self.engine = Watched(wiring, self.dial, habits.outside, self.outcome)
        self.habits = habits
        self._wiring = replace(wiring, engine=self.engine, clock=self.dial)
        self._courier = replace(self._wiring.courier, deliver=self._deliver)
        self._reading, self._there = Reading(wiring.engine.database), There({}, set())
        people = People(habits, self.engine, seed.partition("|")[0])
        world = World(self.engine, habits, people, Random(seed), self.dial, self.agenda, self.truth, self.outcome)
        self.staff, self.outside = Staff(world), Outside(world, wiring.settings.secret_key)
        for matter in matters:
            self.agenda.plan(matter.at, "report", matter)
        if first:
            self.engine.execute(commands.ArmStarts(self._reading.starting()))
            self._plan_starts()

    def run(self, until: datetime, tell: Callable[[datetime, Outcome], None] = lambda now, outcome: None) -> Outcome:
        """Everything up to a moment, in the order of time."""
        while batch := self.agenda.batch(until):
            self._play(batch)
            self._settle()
            self._reading.tell_planner(self.outcome.reports)
            tell(self.dial.now, self.outcome)
        self.dial.now = max(self.dial.now, until)
        return self.outcome

    def close(self) -> None:
        """Give the connections back that look at what there is."""
        self._reading.close()
        self.staff.close()

    # ---------------------------------------------------------------- what happens
    def _play(self, batch: list[Item]) -> None:
        tasks = [item.what[0] for item in batch if item.kind == "task"]
        timers = [item.what for item in batch if item.kind == "timer"]
        self._there = self._reading.there(tasks, timers, batch[-1].at)
        for item in batch:
            self.dial.now = max(self.dial.now, item.at)
            _DO[item.kind](self, item.what)

    def _report(self, matter: Matter) -> None:
        taken = self.engine.attempt(commands.SubmitReport(replace(matter.report, received_at=self.dial.now)))
        if taken is not None:
            self.truth.reported(taken.no, {"categoryCode": matter.category})
            self.outcome.reports += 1

    def _task(self, what: tuple[int, str]) -> None:
        number, person = what
        if number in self._there.tasks:
            self.staff.do(self._there.tasks[number], person)

    def _timer(self, timer: int) -> None:
        if timer in self._there.due and self.engine.attempt(commands.FireTimer(timer)) is not None:
            self.outcome.timers += 1

    def _rating(self, what: tuple[str, int]) -> None:
        self.outside.rate(*what)

    def _answer(self, message: commands.DeliverMessage) -> None:
        self.outside.answer(message)

    def _job(self, job: Row) -> None:
        self._courier.carry(job["id"])

    def _start(self, what: tuple[int, datetime]) -> None:
        if self.engine.attempt(commands.StartByTime(*what)) is not None:
            self.outcome.started += 1
        self._plan_starts()

    # ---------------------------------------------------------------- what follows from it
    def _settle(self) -> None:
        """Carry messages until none is on its way, then plan what has come up."""
        for _ in range(ROUNDS):
            sending = sorted(self.engine.fresh.pop("jobs", ()))
            if not sending:
                break
            for job in self._reading.jobs(sending):
                if job["next_at"] is None or job["next_at"] <= self.dial.now:
                    self._courier.carry_row(job)
                else:
                    self.agenda.once(("job", job["id"], job["next_at"]), job["next_at"], "job", job)
        self._plan_news()

    def _plan_news(self) -> None:
        news = self._reading.news(self.engine.fresh, self.habits.outside)
        self.engine.fresh.clear()
        soonest = news.soonest()
        for task in news.tasks:
            if self.agenda.is_new(("task", task["id"])):
                self.staff.plan(task, soonest.get(task["order_id"]))
        for timer in news.timers:
            self.agenda.once(("timer", timer["id"], timer["due_at"]), timer["due_at"], "timer", timer["id"])
        for link in news.links:
            self.outside.plan_rating(link)
        for one in news.waiting:
            self.outside.plan_answer(one)

    def _plan_starts(self) -> None:
        for row in self._reading.starts():
            start = row["id"], row["due_at"]
            self.agenda.once(("start", *start), row["due_at"], "start", start)

    def _deliver(self, delivery: Delivery, now: datetime) -> Mapping[str, Any]:
        """Questions to the stored data are asked; other systems take everything."""
        return self._wiring.deliver(delivery, now) if delivery.operation.startswith(PREFIX) else {}


_DO: Mapping[str, Callable[[Shard, Any], None]] = {
    "report": Shard._report,
    "task": Shard._task,
    "timer": Shard._timer,
    "rating": Shard._rating,
    "answer": Shard._answer,
    "job": Shard._job,
    "start": Shard._start,
}
