"""One part of the simulated district: its reports, people, timers and messages, on a clock of its own.

Everything goes through the engine's door, in the order of time. Work orders of one shard never meet those of another
(places decide which shard a report belongs to), so shards run side by side.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import forms
from engine import commands, events, tokens
from engine.clock import ClockError
from engine.database import Transaction, driver_of
from engine.errors import Conflict, EngineError, NotAllowed, NotCorrelated, NotFound
from engine.executor import Engine
from engine.jsonable import plain
from engine.named_queries import PREFIX
from engine.ports import Delivery, FileContent
from engine.queries import Viewer
from engine.work import Decision, Work
from webapp import form_context
from webapp.simulate.habits import Habits
from webapp.simulate.paper import Desk, Filled, fill
from webapp.simulate.people import People
from webapp.simulate.reports import Matter
from webapp.wiring import Wiring

WINDOW = timedelta(seconds=30)
"""What happens within it is looked at together; messages between work orders take about as long."""
ROUNDS = 200
FIRST_LOOK = 25
"""Reports after which PostgreSQL looks at the filling tables for the first time, then whenever there are four times as
many: by itself it looks once a minute, and until then it plans as if they were empty."""
FILLING = "analyze work_order, user_task, timer, subscription, job, inbound, history, ledger_entry, notice"
GIVE_UP = 3
"""Attempts at one task."""
OPENS: Mapping[type[events.Event], str] = {
    events.TaskOpened: "tasks",
    events.TaskReleased: "tasks",
    events.TimerArmed: "timers",
    events.JobCreated: "jobs",
    events.JobRetried: "jobs",
    events.RatingLinkIssued: "links",
    events.Subscribed: "waiting",
}
"""What an event brings that somebody or something has to look after."""

TASKS = (
    "select t.id, t.order_id, t.order_no, t.element, t.form_key, t.candidates, t.not_by, t.assignee, t.version, "
    "t.variables, o.document, o.kind as order_kind, o.status_code, o.opened_at, o.category_code, o.village_code, "
    "o.town_code from user_task t join work_order o on o.id = t.order_id "
    "where t.id = any(%(ids)s) and t.status in ('open', 'claimed') and o.status = 'active'"
)
DUE_TIMERS = "select id from timer where id = any(%(ids)s) and status = 'armed' and due_at <= %(now)s"
OPEN_TASKS = (
    "select id, order_id, order_no, element, created_at, due_at, candidates, not_by, assignee, priority "
    "from user_task where order_id = any(%(orders)s) and status in ('open', 'claimed') order by id"
)
JOBS = (
    "select j.id, order_id, order_no, item, j.kind, topic, payload, idempotency_key, sequence, attempts, created_at, "
    "next_at from job j where order_id = any(%(orders)s) and status = 'due' order by id"
)
TIMERS = "select id, order_id, due_at from timer where order_id = any(%(orders)s) and status = 'armed' order by id"
LINKS = (
    "select l.item, l.order_id, o.no from rating_link l join work_order o on o.id = l.order_id "
    "where l.order_id = any(%(orders)s) and used_at is null order by l.order_id, l.item"
)
WAITING = (
    "select order_id, item, name, key from subscription where order_id = any(%(orders)s) and kind = 'message' "
    "and name = any(%(names)s) order by order_id, item, name"
)
STARTS = (
    "select id, due_at from timer_start where status = 'armed' and due_at is not null order by process_key, element"
)


@dataclass
class Dial:
    """The shard's clock."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


class Watched(Engine):
    """An engine that remembers which work orders have something new to do, by kind; `awaited`: messages that count."""

    def __init__(self, wiring: Wiring, clock: Callable[[], datetime], awaited: Collection[str]) -> None:
        super().__init__(wiring.engine.database, wiring.engine.ports, clock, queues=False)
        self.fresh: defaultdict[str, set[int]] = defaultdict(set)
        self.commands = 0
        self._awaited = awaited

    def _apply(self, work: Work, decision: Decision) -> None:
        super()._apply(work, decision)
        self.commands += 1
        if decision.order is None:
            return
        for event in decision.events:
            kind = OPENS.get(type(event))
            if kind is not None and (not isinstance(event, events.Subscribed) or event.name in self._awaited):
                self.fresh[kind].add(decision.order.id)


@dataclass(order=True)
class Item:
    """Something that is going to happen."""

    at: datetime
    number: int
    kind: str = field(compare=False)
    what: Any = field(compare=False)


@dataclass
class Outcome:
    """Counters of a run; `problems` are sentences with how often."""

    reports: int = 0
    tasks: int = 0
    timers: int = 0
    messages: int = 0
    ratings: int = 0
    started: int = 0
    commands: int = 0
    unfilled: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def add(self, other: Outcome) -> None:
        for name in ("reports", "tasks", "timers", "messages", "ratings", "started", "commands"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.unfilled += other.unfilled
        self.refused += other.refused


class Shard:
    """Plays its reports until the end. `first` also lets processes start by time."""

    def __init__(
        self, wiring: Wiring, habits: Habits, matters: Iterable[Matter], begin: datetime, seed: str, first: bool = True
    ) -> None:
        self.dial = Dial(begin)
        self.engine = Watched(wiring, self.dial, habits.outside)
        self.wiring = replace(wiring, engine=self.engine, clock=self.dial)
        self.courier = replace(self.wiring.courier, deliver=self._deliver)
        self.habits, self.chance, self.outcome = habits, Random(seed), Outcome()
        self._reader = wiring.engine.database.reader()
        self.reading = Transaction(driver_of(self._reader))
        self.people = People(habits, self.engine, seed.partition("|")[0])
        self.agenda: list[Item] = []
        self._number = 0
        self._scheduled: set[tuple[Any, ...]] = set()
        self._tried: Counter[int] = Counter()
        self._truth: dict[str, dict[str, Any]] = {}
        self._lists: dict[str, list[Any]] = {}
        self._forms: dict[str, forms.Form | None] = {}
        self._look_again = FIRST_LOOK
        for matter in matters:
            self._plan(matter.at, "report", matter)
        if first:
            self.engine.execute(commands.ArmStarts(self._processes()))
            self._plan_starts()

    def run(self, until: datetime, tell: Callable[[datetime, Outcome], None] = lambda now, outcome: None) -> Outcome:
        """Everything up to a moment, in the order of time."""
        while self.agenda and self.agenda[0].at <= until:
            batch = self._batch(until)
            tasks, timers = self._look(batch)
            for item in batch:
                self.dial.now = max(self.dial.now, item.at)
                _DO[item.kind](self, item.what, tasks, timers)
            self._settle()
            self._tell_planner()
            self.outcome.commands = self.engine.commands
            tell(self.dial.now, self.outcome)
        self.dial.now = max(self.dial.now, until)
        return self.outcome

    def close(self) -> None:
        """Give the connection back that looks at what there is."""
        self._reader.close()

    def _tell_planner(self) -> None:
        if self.outcome.reports >= self._look_again:
            self._look_again *= 4
            self.reading.run(FILLING)

    # ---------------------------------------------------------------- the agenda
    def _plan(self, at: datetime, kind: str, what: Any) -> None:
        self._number += 1
        heapq.heappush(self.agenda, Item(max(at, self.dial.now), self._number, kind, what))

    def _batch(self, until: datetime) -> list[Item]:
        end = min(self.agenda[0].at + WINDOW, until)
        found = []
        while self.agenda and self.agenda[0].at <= end:
            found.append(heapq.heappop(self.agenda))
        return found

    def _look(self, batch: list[Item]) -> tuple[dict[int, Mapping[str, Any]], set[int]]:
        """What tasks and timers of the batch are like now: those that are gone need nothing."""
        tasks = [item.what[0] for item in batch if item.kind == "task"]
        timers = [item.what for item in batch if item.kind == "timer"]
        rows, due = self._read([(TASKS, {"ids": tasks}), (DUE_TIMERS, {"ids": timers, "now": batch[-1].at})])
        return {row["id"]: row for row in rows}, {row["id"] for row in due}

    # ---------------------------------------------------------------- what happens
    def _report(self, matter: Matter, *_: Any) -> None:
        report = replace(matter.report, received_at=self.dial.now)
        no = self._execute(commands.SubmitReport(report))
        if no is not None:
            self._truth[no.no] = {"categoryCode": matter.category}
            self.outcome.reports += 1

    def _timer(self, timer: int, tasks: Any, due: set[int]) -> None:
        if timer in due and self._execute(commands.FireTimer(timer)) is not None:
            self.outcome.timers += 1

    def _task(self, what: tuple[int, str], tasks: Mapping[int, Mapping[str, Any]], _: Any) -> None:
        """Somebody does a task; who turns out not to be allowed leaves it to a colleague."""
        task = tasks.get(what[0])
        if task is None:
            return
        person = what[1]
        if self.people.leaves_it(person, self.chance):
            self._again(task)
            return
        filled = self._filled(task, person)
        if filled is None or filled.errors:
            self.outcome.unfilled[f"{task['form_key']}: {dict(filled.errors) if filled else '—'}"] += 1
            self._again(task)
            return
        self._complete(task, person, filled)

    def _complete(self, task: Mapping[str, Any], person: str, filled: Filled) -> None:
        ids = {name: f"{self.chance.getrandbits(128):032x}" for name in filled.files}
        files = {ids[name]: _own(file, ids[name]) for name, file in filled.files.items()}
        clean = forms.replace_files(filled.clean, ids)
        for _ in range(GIVE_UP):
            try:
                self.engine.execute(commands.CompleteTask(task["id"], clean, person, task["version"], files))
            except NotAllowed:
                other = self.people.somebody(task["candidates"], task["not_by"], None, self.chance, but=person)
                if other is None:
                    break
                person = other
            except (Conflict, NotFound):
                return  # somebody or something was faster
            except EngineError as refused:
                self.outcome.refused[f"{task['element']}: {refused.zh}"] += 1
                break
            else:
                self.outcome.tasks += 1
                self._did(task, person, filled.clean)
                return
        self._again(task)

    def _did(self, task: Mapping[str, Any], person: str, clean: Mapping[str, Any]) -> None:
        """Whether the matter is really dealt with now."""
        work = self.habits.work
        if clean.get(work["field"]) is not None:
            done = clean[work["field"]] in work["done"] and self.chance.random() >= work["undone_anyway"]
            self._facts(task)["done"] = done and not self.people.lies(person, self.chance)

    def _again(self, task: Mapping[str, Any]) -> None:
        """Nobody has done it: somebody else looks at it later, a few times."""
        self._tried[task["id"]] += 1
        if self._tried[task["id"]] < GIVE_UP:
            person = self.people.somebody(task["candidates"], task["not_by"], task["assignee"], self.chance)
            if person is not None:
                later = timedelta(hours=self.habits.pace["again_hours"])
                self._plan(self.dial.now + later, "task", (task["id"], person))

    def _rate(self, what: tuple[str, int], *_: Any) -> None:
        no, item = what
        habits, done = self.habits.citizens, self._truth.get(no, {}).get("done", True)
        satisfied = self._pick(habits["good"] if done else habits["bad"])
        resolved = "否" if satisfied in habits["bad_satisfactions"] else "是"
        rating = {
            "resolved": resolved,
            "satisfied": satisfied,
            "satisfaction": habits["scores"][satisfied],
            "words": "",
        }
        token = tokens.rating_token(self.wiring.settings.secret_key, no, item)
        if self._execute(commands.RateAppeal(token, rating)) is not None:
            self.outcome.ratings += 1

    def _outside(self, what: tuple[str, str | None, Mapping[str, Any], str], *_: Any) -> None:
        name, key, payload, identity = what
        if self._execute(commands.DeliverMessage(name, key, payload, identity)) is not None:
            self.outcome.messages += 1

    def _job(self, job: Mapping[str, Any], *_: Any) -> None:
        self.courier.carry(job["id"])

    def _start(self, what: tuple[int, datetime], *_: Any) -> None:
        if self._execute(commands.StartByTime(*what)) is not None:
            self.outcome.started += 1
        self._plan_starts()

    def _execute(self, command: commands.Command) -> Any:
        try:
            return self.engine.execute(command)
        except (Conflict, NotFound, NotCorrelated):
            return None
        except EngineError as refused:
            self.outcome.refused[f"{type(command).__name__}: {refused.zh}"] += 1
            return None

    # ---------------------------------------------------------------- what follows from it
    def _settle(self) -> None:
        """Carry messages until none is on its way, then plan what has come up."""
        for _ in range(ROUNDS):
            sending = sorted(self.engine.fresh.pop("jobs", ()))
            if not sending:
                break
            for job in self._read([(JOBS, {"orders": sending})])[0]:
                if job["next_at"] is None or job["next_at"] <= self.dial.now:
                    self.courier.carry_row(job)
                else:
                    self._once(("job", job["id"], job["next_at"]), job["next_at"], "job", job)
        self._plan_all()

    def _read(self, queries: Sequence[tuple[str, Mapping[str, Any]]]) -> list[list[dict[str, Any]]]:
        """The rows of each query; one that asks for nothing is not asked."""
        asked = [one for one in queries if all(value for value in one[1].values() if isinstance(value, list))]
        if not asked:
            return [[] for _ in queries]
        found = iter(self.reading.read(asked))
        return [next(found) if one in asked else [] for one in queries]

    def _plan_all(self) -> None:
        """Plan what the steps since the last time have brought up."""
        fresh = {kind: sorted(orders) for kind, orders in self.engine.fresh.items()}
        self.engine.fresh.clear()
        tasked, timed = fresh.get("tasks", []), fresh.get("timers", [])
        tasks, timers, links, waiting = self._read(
            [
                (OPEN_TASKS, {"orders": tasked}),
                (TIMERS, {"orders": sorted({*tasked, *timed})}),
                (LINKS, {"orders": fresh.get("links", [])}),
                (WAITING, {"orders": fresh.get("waiting", []), "names": list(self.habits.outside)}),
            ]
        )
        soon: dict[int, datetime] = {}
        for timer in timers:
            soon[timer["order_id"]] = min(timer["due_at"], soon.get(timer["order_id"], timer["due_at"]))
        for task in tasks:
            if self._new(("task", task["id"])):
                self._plan_task(task, soon.get(task["order_id"]))
        for timer in timers:
            self._once(("timer", timer["id"], timer["due_at"]), timer["due_at"], "timer", timer["id"])
        for link in links:
            if (
                self._new(("link", link["order_id"], link["item"]))
                and self.chance.random() < self.habits.citizens["rates"]
            ):
                hours = self.chance.random() * self.habits.citizens["rates_within_hours"]
                self._plan(self.dial.now + timedelta(hours=hours), "rate", (link["no"], link["item"]))
        for one in waiting:
            self._plan_answer(one)

    def _plan_task(self, task: Mapping[str, Any], soon: datetime | None) -> None:
        person = self.people.somebody(task["candidates"], task["not_by"], task["assignee"], self.chance)
        if person is not None:
            self._plan(self._when(task, person, soon), "task", (task["id"], person))

    def _when(self, task: Mapping[str, Any], person: str, soon: datetime | None) -> datetime:
        """When somebody gets it done: some part of the time there is, in office hours where there are any.

        People hurry when something is about to run out for the work order (`soon`), whatever the task itself allows.
        """
        pace, start = self.habits.pace, task["created_at"]
        share = pace["share"] * math.exp(self.chance.gauss(0, pace["spread"])) * self.people.slowness(person)
        due = task["due_at"]
        if due is None:
            due = start + timedelta(hours=pace["without_limit_hours"] / pace["share"])
        if soon is not None:
            due = min(due, max(soon, start + timedelta(minutes=pace["hurry_minutes"])))
        least = timedelta(seconds=pace["least_seconds"])
        return max(self._between(start, due, share), self.dial.now + least)

    def _between(self, start: datetime, due: datetime, share: float) -> datetime:
        calendar = self.engine.definitions.reference.calendar
        try:
            begin, end = (calendar.office_time(calendar.wall(one)) for one in (start, due))
            if end > begin:
                return calendar.moment(calendar.at_office_time(begin + int((end - begin) * share)))
        except ClockError:
            pass
        return start + (due - start) * share

    def _plan_answer(self, one: Mapping[str, Any]) -> None:
        """What the outside answers, when a work order waits for it."""
        if not self._new(("waiting", one["order_id"], one["item"], one["name"])):
            return
        habit = self.habits.outside[one["name"]]
        if self.chance.random() < habit.chance:
            wait = timedelta(minutes=habit.minutes * (0.5 + self.chance.random()))
            identity = f"sim-{one['order_id']}-{one['item']}-{one['name']}"
            self._plan(self.dial.now + wait, "outside", (one["name"], one["key"] or None, habit.payload, identity))

    def _plan_starts(self) -> None:
        with self.engine.database.transaction() as transaction:
            rows = transaction.rows(STARTS)
        for row in rows:
            self._once(("start", row["id"], row["due_at"]), row["due_at"], "start", (row["id"], row["due_at"]))

    def _once(self, key: tuple[Any, ...], at: datetime, kind: str, what: Any) -> None:
        if self._new(key):
            self._plan(at, kind, what)

    def _new(self, key: tuple[Any, ...]) -> bool:
        if key in self._scheduled:
            return False
        self._scheduled.add(key)
        return True

    def _pick(self, weights: Mapping[Any, float]) -> Any:
        return self.chance.choices(list(weights), list(weights.values()))[0]

    def _deliver(self, delivery: Delivery, now: datetime) -> Mapping[str, Any]:
        """Questions to the stored data are asked; other systems take everything."""
        return self.wiring.deliver(delivery, now) if delivery.operation.startswith(PREFIX) else {}

    def _processes(self) -> list[str]:
        with self.engine.database.transaction() as transaction:
            return [row["process_key"] for row in transaction.rows("select process_key from timer_start")]

    # ---------------------------------------------------------------- forms
    def _filled(self, task: Mapping[str, Any], person: str) -> Filled | None:
        form = self._form(task["form_key"])
        if form is None:
            return None if task["form_key"] else Filled({}, {}, {})
        facts = self._facts(task)
        desk = Desk(
            self.habits,
            self.chance,
            self.dial.now,
            self.people.staffed,
            done=facts.get("done", True),
            wrong=self.people.errs(person, self.chance),
            truth=facts,
        )
        return fill(form, self._context(form, task, person), desk)

    def _facts(self, task: Mapping[str, Any]) -> dict[str, Any]:
        """What is true of the matter: work orders about the same one share it."""
        document = task["document"]
        no = document.get("caseNo") or task["order_no"]
        facts = self._truth.setdefault(no, {})
        if task["order_no"] != no:
            own = self._truth.setdefault(task["order_no"], facts)
            if own is not facts:
                self._truth[task["order_no"]] = facts
                facts.update({name: value for name, value in own.items() if name not in facts})
        return facts

    def _form(self, key: str | None) -> forms.Form | None:
        if key not in self._forms:
            with self.engine.database.reader() as reader:
                self._forms[key or ""] = form_context.form_of(reader, key)
        return self._forms[key or ""]

    def _context(self, form: forms.Form, task: Mapping[str, Any], person: str) -> dict[str, Any]:
        """As form_context gives it; lists are read once."""
        reference = self.engine.definitions.reference
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
        if name in self._lists:
            return self._lists[name]
        with self.engine.database.reader() as reader:
            found = plain(form_context.LISTS[name](reader, self._viewer(person), task))
        if name not in form_context.PER_ORDER:
            self._lists[name] = found
        return list(found)

    def _viewer(self, person: str) -> Viewer:
        return self.people.viewer(person)


def _own(file: FileContent, mark: str) -> FileContent:
    """A photo like no other."""
    return replace(file, content=file.content + mark.encode())


_DO: Mapping[str, Callable[..., None]] = {
    "report": Shard._report,
    "task": Shard._task,
    "timer": Shard._timer,
    "rate": Shard._rate,
    "outside": Shard._outside,
    "job": Shard._job,
    "start": Shard._start,
}
