"""The small world a scenario plays in: a real database, a clock of its own, staff, citizens and a simulated outside.

Everything goes through the doors the product uses: forms are validated as a browser's submission would be, commands
go through `Engine.execute`, jobs through the courier, timers fire at their own time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from engine import change_service, commands, queries, timers, tokens
from engine.assignment import person
from engine.commands import CITIZEN
from engine.errors import InvalidInput, NotFound
from engine.named_queries import PREFIX
from engine.offers import reaches
from engine.ports import Delivery, Place, Rejected, Report, Reporter, TryLater
from engine.queries import Viewer
from webapp import undertaking
from webapp.check.browser import fill, filled_in
from webapp.check.scenario import moment
from webapp.wiring import Wiring

ROUNDS = 200
KINDS = {"bpmn": "process", "dmn": "decision", "form": "form"}
OPEN_TASKS = "select * from user_task where order_no = %(no)s and status in ('open', 'claimed') order by element, id"
POSTS = "select role || '@' || unit_code as post from account_role where user_id = %(by)s"
ORDER = "select * from work_order where no = %(no)s"
DUE_JOBS = (
    "select id, order_id, kind, topic from job "
    "where status = 'due' and coalesce(next_at, %(now)s) <= %(now)s order by id"
)
NEXT_JOB = "select min(next_at) as next_at from job where status = 'due' and next_at > %(now)s"
RATING = (
    "select l.item from rating_link l join work_order o on o.id = l.order_id "
    "where o.no = %(no)s and l.used_at is null order by l.issued_at desc limit 1"
)
NOTICES = "select role, unit, at, text from notice where order_no = %(no)s order by id"
ENTRIES = "select count(*) as entries from ledger_entry where order_no = %(no)s and ledger = %(ledger)s"
DURATION = re.compile(r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?")
REPORT = {
    "source": "import",
    "channel": "小程序",
    "name": "王小明",
    "phone": "12000000123",
}


@dataclass
class Clock:
    """The story's time."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class World:
    """Plays one scenario. `names` maps the story's names to numbers; a process that starts by time gives its own id
    to the work order it opened last. `starts`: which of them do so in this story.
    """

    wiring: Wiring
    clock: Clock
    names: dict[str, str] = field(default_factory=dict)
    starts: Sequence[str] = ()
    answers: dict[str, str] = field(default_factory=dict)
    sent: list[tuple[str, str]] = field(default_factory=list)
    told: int = 0

    # ---------------------------------------------------------------- looking
    def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        with self.wiring.engine.database.transaction() as transaction:
            return transaction.rows(sql, params)

    def order(self, name: str) -> dict[str, Any]:
        """The work order a story's name means: `甲` an appeal, `甲.case` the case it belongs to."""
        alias, _, rest = name.partition(".")
        found = self._by_no(self.names.get(alias, alias))
        return self._by_no(str(found["document"].get("caseNo"))) if rest == "case" else found

    def _by_no(self, no: str) -> dict[str, Any]:
        found = self.rows(ORDER, no=no)
        if not found:
            raise NotFound(f"没有工单 {no}。", f"There is no work order {no}.")
        return found[0]

    def open_tasks(self, no: str) -> list[dict[str, Any]]:
        return self.rows(OPEN_TASKS, no=no)

    def notices(self, no: str) -> list[str]:
        """`role@unit at` (`user:ID at`) of every notice of a work order, in order."""
        zone = self.clock.now.tzinfo
        return [
            f"{person(row['unit']) if row['role'] == 'user' else row['role'] + '@' + row['unit']} "
            f"{row['at'].astimezone(zone):%Y-%m-%dT%H:%M}"
            for row in self.rows(NOTICES, no=no)
        ]

    def entries(self, no: str, ledger: str) -> int:
        """How many lines a work order has written into a ledger."""
        return int(self.rows(ENTRIES, no=no, ledger=ledger)[0]["entries"])

    def task(self, name: str, element: str, by: str = "") -> dict[str, Any]:
        """The open task of an element; of several the first that is `by`'s. Raises NotFound naming those open."""
        found = self.open_tasks(self.order(name)["no"])
        here = [row for row in found if row["element"] == element]
        posts = {f"user:{by}", *(row["post"] for row in self.rows(POSTS, by=by))} if len(here) > 1 else set()
        if here:
            return next((row for row in here if posts.intersection(row["candidates"])), here[0])
        names = "、".join(row["element"] for row in found) or "无"
        raise NotFound(f"{name} 没有打开的 {element}，打开的有：{names}。", f"{name} has no open {element}: {names}.")

    def _named(self, data: Any) -> Any:
        """Data with `甲.case` and the like replaced by the numbers they stand for."""
        if isinstance(data, Mapping):
            return {key: self._named(value) for key, value in data.items()}
        if isinstance(data, str) and data.endswith(".case") and data.partition(".")[0] in self.names:
            return self.order(data)["no"]
        return data

    # ---------------------------------------------------------------- doing
    def begin(self) -> None:
        """Starts by time are reckoned from the story's beginning, not from when the diagrams were deployed."""
        if self.starts:
            self.wiring.engine.execute(commands.ArmStarts(self.starts))

    def report(self, of: str, data: Mapping[str, Any]) -> None:
        """A citizen reports through a channel."""
        values = {**REPORT, "orderNo": f"S-{len(self.names) + 1}", **data}
        place = Place(
            values.get("address", ""),
            values.get("lon"),
            values.get("lat"),
            values.get("villageCode"),
            values.get("townCode"),
        )
        report = Report(
            source=values["source"],
            source_order_no=values["orderNo"],
            channel=values["channel"],
            content=values["content"],
            received_at=self.clock.now,
            title=values.get("title", ""),
            demand=values.get("demand", ""),
            appeal_type=values.get("appealType", ""),
            reporter=Reporter(values["name"], values["phone"]),
            place=place,
            category_code=values.get("categoryCode"),
            reply_due_at=moment(values["replyDeadline"]) if "replyDeadline" in values else None,
        )
        self.names[of] = self.wiring.engine.execute(commands.SubmitReport(report)).no
        self.work()

    def start(self, of: str, process: str, by: str, data: Mapping[str, Any], about: str | None) -> None:
        """A member of staff begins a process with the form of its start event."""
        engine, order = self.wiring.engine, self.order(about) if about else None
        engine.starts(())  # deployments made since are known now
        with engine.database.transaction() as transaction:
            offer = engine.definitions.start(transaction, process, self.clock())
        with engine.database.reader() as reader:
            who, task = self._viewer(reader, by), undertaking.opening(offer, order)
            shown = reaches(offer.starters, who.reach)
            clean, photos = self._filled(reader, task, who, data) if shown else (data, {})
        no = order["no"] if order else None
        self.names[of] = engine.execute(commands.StartOrder(process, clean, by, photos, no)).no
        self.work()

    def action(self, of: str, element: str, by: str, data: Mapping[str, Any]) -> None:
        """Somebody uses a button of a work order's page; without the right to it the engine refuses."""
        engine, order = self.wiring.engine, self.order(of)
        with engine.database.reader() as reader:
            who = undertaking.NOBODY if by == CITIZEN else self._viewer(reader, by)
            offered = engine.actions(order["no"], by, who.reach)
            action = next((one for one in offered if one.element == element), None)
            shown = action is not None and action.form_key
            task = undertaking.acting(order, action) if action is not None and shown else {}
            clean, photos = self._filled(reader, task, who, data) if shown else (data, {})
        engine.execute(commands.SendAction(order["no"], element, clean, by, photos))
        self.work()

    def _filled(self, reader: Any, task: Mapping[str, Any], who: Viewer, data: Mapping[str, Any]) -> undertaking.Clean:
        return fill(reader, undertaking.form_of(reader, task), task, who, self._named(data), self.clock.now)

    @staticmethod
    def _viewer(reader: Any, by: str) -> Viewer:
        who = queries.viewer(reader, by)
        if who is None:
            raise NotFound(f"没有账号 {by}。", f"There is no account {by}.")
        return who

    def draft(self, of: str, by: str, path: str, old: str | list[str], new: str | list[str]) -> None:
        """Save a live file with another text in it, or several, into a change."""
        stem = path.removeprefix("forms/").rpartition(".")[0]
        key = stem if path.endswith(".form") else stem.rpartition("/")[2]
        with self.wiring.engine.database.reader() as reader:
            found = queries.newest_definition(reader, KINDS[path.rpartition(".")[2]], key)
        text = bytes(found["source"]).decode() if found else ""
        for was, becomes in zip(_texts(old), _texts(new), strict=True):
            if was not in text:
                raise NotFound(f"{path} 中没有“{was}”。", f"{path} does not contain {was!r}.")
            text = text.replace(was, becomes)
        files = {path: text.encode()}
        self.wiring.engine.execute(commands.SaveDraft(self.order(of)["no"], files, by))

    def claim(self, of: str, element: str, by: str) -> None:
        self.wiring.engine.execute(commands.ClaimTask(self.task(of, element, by)["id"], by))

    def complete(self, of: str, element: str, by: str, data: Mapping[str, Any]) -> None:
        """Submit a task's form: what it was prefilled with, changed by `data`."""
        task = self.task(of, element, by)
        with self.wiring.engine.database.reader() as reader:
            clean, photos = filled_in(reader, task["id"], by, self._named(data), self.clock.now)
        self.wiring.engine.execute(commands.CompleteTask(task["id"], clean, by, task["version"], photos))
        self.work()

    def rate(self, of: str, rating: Mapping[str, Any]) -> None:
        """The citizen follows the one-time link."""
        no = self.order(of)["no"]
        links = self.rows(RATING, no=no)
        if not links:
            raise NotFound(f"{of} 没有可用的评价链接。", f"{of} has no rating link.")
        token = tokens.rating_token(self.wiring.settings.secret_key, no, links[0]["item"])
        self.wiring.engine.execute(commands.RateAppeal(token, rating))
        self.work()

    def message(self, name: str, key: str | None, payload: Mapping[str, Any], of: str | None = None) -> None:
        """A message from outside, correlated by its key (a story's name stands for its number).

        A work order that it opens is called `of` from then on.
        """
        if key and key.partition(".")[0] in self.names:
            key = self.order(key)["no"]
        self.told += 1
        message_id = f"story-{self.told}-{name}-{key}"
        done = self.wiring.engine.execute(commands.DeliverMessage(name, key, self._named(payload), message_id))
        if of and of not in self.names and done.order_no:
            self.names[of] = done.order_no
        self.work()

    def connector(self, name: str, answer: str) -> None:
        """From now on operations whose name starts with `name` are carried out, fail for now, or are refused.

        Of a message (`msg.case.opened`) `down` means that it is still on its way.
        """
        self.answers[name] = answer

    # ---------------------------------------------------------------- time
    def wait(self, duration: str | None, until: Any) -> None:
        """Let time pass; timers and repeated deliveries happen at their own moments."""
        target = moment(until) if until is not None else self.clock.now + _duration(duration or "")
        for _ in range(ROUNDS):
            due = self._next()
            if due is None or due > target:
                break
            self.clock.now = max(self.clock.now, due.astimezone(self.clock.now.tzinfo))
            self._fire()
        self.clock.now = target
        self._fire()

    def _next(self) -> datetime | None:
        with self.wiring.engine.database.transaction() as transaction:
            timer = timers.next_due(transaction)
            start = timers.next_start(transaction, self.starts) if self.starts else None
            row = transaction.row(NEXT_JOB, {"now": self.clock.now})
        return min((one for one in (timer, start, row["next_at"] if row else None) if one is not None), default=None)

    def _fire(self) -> None:
        with self.wiring.engine.database.transaction() as transaction:
            due = timers.due(transaction, self.clock.now)
            starts = timers.due_starts(transaction, self.clock.now, self.starts) if self.starts else []
        for start in starts:
            done = self.wiring.engine.execute(commands.StartByTime(start["id"], start["due_at"]))
            self.names[start["process_key"]] = done.order_no
        for timer in due:
            self.wiring.engine.execute(commands.FireTimer(timer))
        self.work()

    def work(self) -> None:
        """Carry out every job that is due, as a worker would."""
        courier = replace(self.wiring.courier, deliver=self._deliver)
        for _ in range(ROUNDS):
            due = self._in_reach(self.rows(DUE_JOBS, now=self.clock.now))
            if not due:
                return
            for row in due:
                courier.carry(row["id"])
        raise AssertionError("对接任务没有尽头 / the jobs never end")

    def _in_reach(self, due: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Without the messages that the story keeps on their way, and those of the same work order behind them."""
        names = [name for name, answer in self.answers.items() if name.startswith("msg.") and answer == "down"]
        kept = {row["order_id"] for row in due if any(row["topic"].startswith(name) for name in names)}
        return [row for row in due if row["kind"] == "service" or row["order_id"] not in kept]

    def _deliver(self, delivery: Delivery, now: datetime) -> Mapping[str, Any]:
        if delivery.operation.startswith((PREFIX, change_service.PREFIX)):
            return self.wiring.deliver(delivery, now)
        answer = next((a for name, a in self.answers.items() if delivery.operation.startswith(name)), "ok")
        if answer == "down":
            raise TryLater("对方平台暂时不通 / the other side is down")
        if answer == "refuse":
            raise Rejected("对方平台拒绝 / the other side refuses", "REFUSED")
        self.sent.append((delivery.order_no, delivery.operation))
        return {}


def _duration(text: str) -> timedelta:
    found = DURATION.fullmatch(text)
    if found is None or text in ("", "P"):
        raise InvalidInput(f"“{text}”不是 ISO 8601 时长。", f"{text!r} is not an ISO 8601 duration.")
    return timedelta(**{unit: int(value) for unit, value in found.groupdict().items() if value})


def _texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
