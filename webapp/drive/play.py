"""Everybody at work: people take tasks from their lists until every appeal has its answer.

A few threads share the people; nobody is played by two threads at once. Between the tasks of one appeal there is work
in the background, so an empty list is looked at again until nothing is active, or nothing has moved for a while.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from random import Random
from typing import Any

from webapp.drive.citizens import Citizen
from webapp.drive.client import Person
from webapp.drive.desk import Rates, Sheet, keyed
from webapp.drive.pages import DriveError, Refused, TaskPage
from webapp.drive.roster import CENTRE, Roster, village_unit
from webapp.drive.rules import fill

PAUSE = 0.3
AT_ONCE = 5
"""Tasks a person does before the others get their turn."""
LOOK_AROUND = 5.0
"""Seconds between two looks at what is still active."""
FEW = 40
"""With so few active orders looking at them is cheap enough to do it every second."""

TO_VISIT, CALL_NOW = 60, "MC_call"
"""The status of an appeal that waits for its visit, and the button that has the reporter called at once."""

GONE = frozenset({404, 409, 410})
"""Somebody or something else was faster: no harm."""


@dataclass(frozen=True)
class Plan:
    """What to play."""

    base_url: str
    password: str
    roster: Roster
    seed: int = 1
    rates: Rates = field(default_factory=Rates)
    workers: int = 4
    limit: int | None = None
    max_seconds: float = 3600.0
    patience: float = 60.0


@dataclass
class Outcome:
    """How it ended, counted by name. `stuck` maps a work order's number to where it stands."""

    done: Counter[str] = field(default_factory=Counter)
    detours: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    stuck: dict[str, str] = field(default_factory=dict)
    rated: int = 0


class Play:
    """One run. `say` prints a line."""

    def __init__(self, plan: Plan, say: Callable[[str], None], citizens: Iterable[Citizen] = ()) -> None:
        self.plan, self.say, self.outcome = plan, say, Outcome()
        self.citizens = {citizen.no: citizen for citizen in citizens}
        self._people: dict[str, Person] = {}
        self._waiting: SimpleQueue[str] = SimpleQueue()
        self._met: Counter[tuple[str, str]] = Counter()
        self._hopeless: set[tuple[str, int]] = set()
        self._lock = threading.Lock()
        self._moved = time.monotonic()
        self._stop = threading.Event()
        self._failure: BaseException | None = None

    # -------------------------------------------------------------- the run
    def run(self) -> Outcome:
        """Play until all is answered, the time is up, or nothing moves. Raises DriveError."""
        control = Person(self.plan.base_url, self.plan.roster.of("shift_leader@CTR")[0], self.plan.password)
        try:
            control.sign_in()
            for post in CENTRE:
                self.invite(post, 2)
            with ThreadPoolExecutor(self.plan.workers) as pool:
                for _ in range(self.plan.workers):
                    pool.submit(self._work)
                try:
                    self._watch(control)
                finally:
                    self._stop.set()
            if self._failure:
                raise self._failure
            self._settle(control)
        finally:
            control.close()
            for person in self._people.values():
                person.close()
            for citizen in self.citizens.values():
                citizen.close()
        return self.outcome

    def invite(self, post: str, most: int = 1) -> None:
        """Let the holders of a post take part."""
        for user_id in self.plan.roster.of(post, most):
            with self._lock:
                if user_id in self._people:
                    continue
                self._people[user_id] = Person(self.plan.base_url, user_id, self.plan.password)
            self._waiting.put(user_id)

    def _watch(self, control: Person) -> None:
        started = time.monotonic()
        while not self._failure:
            active = self._active(control)
            self._tell(len(active), time.monotonic() - started)
            if not active or self._enough():
                return
            if time.monotonic() - started > self.plan.max_seconds:
                return
            if time.monotonic() - self._moved > self.plan.patience:
                return
            self._wake(control, active)
            if time.monotonic() - self._moved > LOOK_AROUND:
                self._find_people(control, active)
            self._stop.wait(LOOK_AROUND if len(active) > FEW else 1.0)

    def _enough(self) -> bool:
        return self.plan.limit is not None and sum(self.outcome.done.values()) >= self.plan.limit

    @staticmethod
    def _active(control: Person) -> list[dict[str, Any]]:
        return control.orders(status="active")

    def _find_people(self, control: Person, active: Iterable[Mapping[str, Any]]) -> None:
        """Invite whoever may do the tasks that wait: those of units nobody plays yet."""
        for order in active:
            for task in control.order(str(order["no"])).get("tasks") or []:
                for post in control.task(task["id"]).get("candidates") or []:
                    self.invite(post, 2)

    def _wake(self, control: Person, active: Iterable[Mapping[str, Any]]) -> None:
        """What waits for tomorrow happens now: citizens rate, the shift leader has the others called."""
        for order in active:
            no = str(order["no"])
            if (order["kind"], order["statusCode"]) != ("appeal", TO_VISIT) or control.order(no).get("tasks"):
                continue
            if not self._citizen_rates(no):
                with suppress(Refused):  # it waits for something else, or somebody was faster
                    control.act(no, CALL_NOW)

    # -------------------------------------------------------------- the workers
    def _work(self) -> None:
        try:
            while not self._stop.is_set():
                try:
                    user_id = self._waiting.get(timeout=PAUSE)
                except Empty:
                    continue
                done = self._turn(self._people[user_id])
                if not done:
                    self._stop.wait(PAUSE)
                self._waiting.put(user_id)
        except Refused as refused:
            self._failure = self._failure or DriveError(f"Cityloop 出错 / failed: {refused}")
            self._stop.set()
        except BaseException as error:  # the run ends with it; a thread would swallow it
            self._failure = self._failure or error
            self._stop.set()

    def _turn(self, person: Person) -> int:
        """Do some of a person's tasks; how many."""
        done = 0
        for task in person.tasks():
            if done >= AT_ONCE or self._stop.is_set() or self._enough():
                break
            if (person.user_id, task["id"]) in self._hopeless:
                continue
            done += self._do(person, task)
        return done

    def _do(self, person: Person, task: Mapping[str, Any]) -> bool:
        page: TaskPage | None = None
        try:
            page = person.open(int(task["id"]))
            form_id, no = str(page.schema.get("id")), str(task["orderNo"])
            if form_id == "rate_visit" and self._citizen_rates(no):
                return True
            if task.get("status") == "open":
                person.claim(page)
                page = person.open(int(task["id"]))
            self._finish(person, page, form_id, no, str(task["name"]))
        except Refused as refused:
            return self._refused(person, task, page, refused)
        return True

    def _finish(self, person: Person, page: TaskPage, form_id: str, no: str, name: str) -> None:
        sheet = self._sheet(page, form_id, no)
        values = fill(sheet)
        person.submit(page, values)
        with self._lock:
            self._met[no, form_id] += 1
            self.outcome.done[name] += 1
            self.outcome.detours.update(sheet.notes)
            self._moved = time.monotonic()
        self._invite_next(values)

    def _sheet(self, page: TaskPage, form_id: str, no: str) -> Sheet:
        before = self._met[no, form_id]
        # The subject and not the number, which depends on the order of arrival, decides what happens to an appeal.
        subject = page.data.get("title") or page.data.get("content") or no
        return Sheet(
            form_id=form_id,
            components=tuple(keyed(page.schema.get("components"))),
            shown=page.data,
            chance=Random(f"{self.plan.seed}|{subject}|{form_id}|{before}"),
            rates=self.plan.rates,
            before=before,
            units=frozenset(post.partition("@")[2] for post in self.plan.roster.holders if post.startswith("handler@")),
        )

    def _invite_next(self, values: Mapping[str, Any]) -> None:
        """Those who will be needed next."""
        if values.get("mainUnit"):
            self.invite(f"handler@{values['mainUnit']}")
        if values.get("villageCode"):
            self.invite(f"verifier@{village_unit(str(values['villageCode']))}")

    def _citizen_rates(self, no: str) -> bool:
        """The reporter rates by the one-time link, once; afterwards the visitor calls."""
        with self._lock:
            citizen = self.citizens.pop(no, None)
        if citizen is None:
            return False
        happy = Random(f"{self.plan.seed}|{no}").random() >= self.plan.rates.dissatisfied
        rated = citizen.rate("是" if happy else "部分", 5 if happy else 2, "谢谢" if happy else "只处理了一部分")
        citizen.close()
        with self._lock:
            self.outcome.rated += rated
            if rated and not happy:
                self.outcome.detours["低评价（群众自评）"] += 1
            self._moved = time.monotonic()
        return rated

    def _refused(self, person: Person, task: Mapping[str, Any], page: TaskPage | None, refused: Refused) -> bool:
        """Somebody was faster: look again. Not allowed or not valid: this person gives it back and leaves it alone."""
        if refused.status in GONE:
            return False
        if page is not None:
            with suppress(Refused):
                person.release(page)
        with self._lock:
            self._hopeless.add((person.user_id, int(task["id"])))
            self.outcome.refused[f"{task['orderNo']} {task['name']}: {refused}"] += 1
        return False

    # -------------------------------------------------------------- the end
    def _tell(self, active: int, seconds: float) -> None:
        done = sum(self.outcome.done.values())
        pace = done / seconds if seconds > 1 else 0.0
        self.say(f"{seconds:6.0f} s  已办任务 / tasks done {done:>6} ({pace:.1f}/s)  在办工单 / active {active:>5}")

    def _settle(self, control: Person) -> None:
        for order in control.orders():
            kind = {"appeal": "诉求 appeal", "case": "案件 case"}.get(order["kind"], order["kind"])
            if order["status"] != "active":
                self.outcome.ended[f"{kind}: {order.get('statusName') or order['statusCode']}"] += 1
            elif self.plan.limit is not None and self._enough():
                self.outcome.ended[f"{kind}: 在办 active"] += 1
            else:
                self.outcome.stuck[order["no"]] = self._where(control, order)

    @staticmethod
    def _where(control: Person, order: Mapping[str, Any]) -> str:
        """Where an order stands: its open tasks and who could do them, else its status."""
        try:
            tasks = control.order(str(order["no"])).get("tasks") or []
            places = [
                f"{task['name']}（{'、'.join(control.task(task['id']).get('candidates') or [])}）" for task in tasks
            ]
        except Refused as refused:
            return str(refused)
        return "；".join(places) or f"{order.get('statusName')}，无待办任务 / no open task"
