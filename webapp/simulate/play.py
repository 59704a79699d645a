"""A simulated period: shards side by side, progress, and the figures at the end."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time as clock_time, timedelta
from multiprocessing import get_context
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any

from engine import commands
from engine.database import Database, Transaction
from webapp.settings import Settings
from webapp.simulate import figures
from webapp.simulate.habits import Habits
from webapp.simulate.outcome import Outcome
from webapp.simulate.reading import FILLING
from webapp.simulate.reports import District, Matter, matters
from webapp.simulate.shard import Shard
from webapp.wiring import Wiring, wire

PATIENT = (200_000, 25, 25)
"""Thresholds of the garbage collector while much is made and little is thrown away in cycles."""
SECONDS = 5.0
"""Between two lines of progress."""
PLACES = (
    "select p.name, p.kind, p.town_key, p.grid_code15, p.lon, p.lat from place_name p order by p.name, p.grid_code15"
)
CATEGORIES = "select code, kind, name, level, class_name, data->>'main_unit' as main_unit from category order by code"
TOWNS = "select code12, parent_code12 from division where level = '村居' order by code12"
CHANNELS = "select rows from reference_list where name = 'channels'"


@dataclass(frozen=True)
class Plan:
    """What to simulate: so many reports over so many days, in so many processes."""

    cases: int
    days: int
    seed: int
    first: date
    processes: int
    habits: Path

    @property
    def begin(self) -> datetime:
        return datetime.combine(self.first, clock_time())

    @property
    def end(self) -> datetime:
        return self.begin + timedelta(days=self.days)


@dataclass
class Result:
    """How it went. `digest` is the same for the same history, whatever numbers the work orders got."""

    outcome: Outcome = field(default_factory=Outcome)
    seconds: float = 0.0
    figures: list[figures.Figure] = field(default_factory=list)
    digest: str = ""


Say = Callable[[str], None]


def play(settings: Settings, plan: Plan, say: Say) -> Result:
    """Play the plan on the database of the settings, which has the district loaded and deployed."""
    result, started = Result(), monotonic()
    if plan.processes == 1:
        tell = _Teller(plan, say)
        result.outcome = _play_shard(settings, plan, 0, lambda now, outcome: tell(0, now, outcome))
    else:
        result.outcome = _side_by_side(settings, plan, say)
    result.seconds = monotonic() - started
    wiring = wire(settings)
    try:
        with wiring.engine.database.transaction() as transaction:
            zone = _zone(wiring)
            transaction.run(FILLING)
            result.figures = figures.measure(transaction, plan.end.replace(tzinfo=zone))
            result.digest = digest(transaction)
    finally:
        wiring.close()
    return result


def _zone(wiring: Wiring) -> Any:
    wiring.engine.permits("operate", ())
    return wiring.engine.definitions.reference.calendar.zone


def _play_shard(settings: Settings, plan: Plan, shard: int, tell: Callable[[datetime, Outcome], None]) -> Outcome:
    wiring, usual = wire(settings, database=Database(settings.database_url, durable=False)), gc.get_threshold()
    try:
        zone = _zone(wiring)
        habits = Habits.read(plan.habits)
        own = [one for one in _matters(wiring, habits, plan) if _shard_of(one.town, plan.processes) == shard]
        begin, end = (moment.replace(tzinfo=zone) for moment in (plan.begin, plan.end))
        with closing(Shard(wiring, habits, own, begin, f"{plan.seed}|{shard}", first=shard == 0)) as part:
            gc.freeze()  # reports and definitions stay to the end: looking through them again and again costs a tenth
            gc.set_threshold(*PATIENT)
            return part.run(end, tell)
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
        wiring.close()


def _shard_of(town: str, processes: int) -> int:
    """Always the same for a town."""
    return hashlib.sha256(town.encode()).digest()[0] % processes


def _matters(wiring: Wiring, habits: Habits, plan: Plan) -> list[Matter]:
    with wiring.engine.database.transaction() as transaction:
        places, categories, towns, channels = transaction.read(
            [(sql, {}) for sql in (PLACES, CATEGORIES, TOWNS, CHANNELS)]
        )
    district = District(
        places,
        categories,
        {row["code12"]: row["parent_code12"] for row in towns},
        {row["source"]: row["name"] for row in (channels[0]["rows"] if channels else ())},
    )
    calendar = wiring.engine.definitions.reference.calendar
    return list(matters(habits, district, calendar, plan.first, plan.days, plan.cases, plan.seed))


# ------------------------------------------------------------------ several processes
def _side_by_side(settings: Settings, plan: Plan, say: Say) -> Outcome:
    """Each shard in a process of its own; what they tell comes through a queue."""
    spawn = get_context("spawn")
    told = spawn.Queue()
    workers = [spawn.Process(target=_work, args=(settings, plan, shard, told)) for shard in range(plan.processes)]
    for worker in workers:
        worker.start()
    tell, total, waiting = _Teller(plan, say), Outcome(), set(range(plan.processes))
    try:
        while waiting:
            shard, now, outcome, over = _next(told, workers)
            tell(shard, now, outcome)
            if over:
                waiting.discard(shard)
                total.add(outcome)
    finally:
        for worker in workers:
            worker.terminate() if waiting else worker.join()
    return total


def _next(told: Any, workers: list[Any]) -> tuple[int, datetime, Outcome, bool]:
    while True:
        try:
            message = told.get(timeout=2)
        except Empty:
            if any(worker.exitcode for worker in workers):
                raise RuntimeError("模拟进程意外结束 / a simulating process has died") from None
            continue
        if isinstance(message, BaseException):
            raise message
        found: tuple[int, datetime, Outcome, bool] = message
        return found


def _work(settings: Settings, plan: Plan, shard: int, told: Any) -> None:
    last = monotonic()

    def tell(now: datetime, outcome: Outcome) -> None:
        nonlocal last
        if monotonic() - last >= 1.0:
            last = monotonic()
            told.put((shard, now, outcome, False))

    try:
        outcome = _play_shard(settings, plan, shard, tell)
    except Exception as error:
        told.put(RuntimeError(f"{type(error).__name__}: {error}"))
        raise
    told.put((shard, plan.end, outcome, True))


class _Teller:
    """Prints how far it is, now and then."""

    def __init__(self, plan: Plan, say: Say) -> None:
        self.plan, self.say = plan, say
        self.known: dict[int, tuple[datetime, Outcome]] = {}
        self.last = self.began = monotonic()

    def __call__(self, shard: int, now: datetime, outcome: Outcome) -> None:
        self.known[shard] = now, outcome
        if monotonic() - self.last < SECONDS:
            return
        self.last = monotonic()
        reports, tasks, done = (
            sum(getattr(o, n) for _, o in self.known.values()) for n in ("reports", "tasks", "commands")
        )
        moment = min(now.replace(tzinfo=None) for now, _ in self.known.values())
        speed = done / (self.last - self.began)
        self.say(
            f"{moment:%m-%d %H:%M} 上报 {reports}/{self.plan.cases}，办理任务 {tasks}，{speed:.0f} 步/秒"
            f" / {reports} reports, {tasks} tasks, {speed:.0f} steps a second"
        )


# ------------------------------------------------------------------ the same history
STORIES = (
    "with story as materialized (select id, coalesce(document->>'sourceOrderNo', kind) as name from work_order), "
    "told as (select hashtextextended(concat_ws('|', s.name, h.kind, h.element, h.actor, "
    "extract(epoch from h.at), h.data->>'code', h.data->>'due_at', h.data->>'path'), 0) as mark "
    "from history h join story s on s.id = h.order_id) "
    "select count(*)::text as lines, coalesce(sum(mark), 0)::text as total, coalesce(bit_xor(mark), 0)::text as parity "
    "from told"
)


def digest(transaction: Transaction) -> str:
    """A fingerprint of what happened, by report, without the numbers rows happened to get and whatever their order."""
    (row,) = transaction.rows(STORIES)
    return hashlib.sha256(repr((row["lines"], row["total"], row["parity"])).encode()).hexdigest()


def prepare(settings: Settings) -> None:
    """Bring a database to the schema, the master data and the processes of these settings."""
    from webapp import bootstrap

    bootstrap.migrate(settings.database_url)
    bootstrap.load_reference(settings.database_url, settings.processes_dir / "reference", demo_password="")
    wiring = wire(replace(settings))
    try:
        files = bootstrap.collect(settings.processes_dir, settings.forms_dir)
        wiring.engine.execute(commands.Deploy(files, commands.SYSTEM, "simulate"))
    finally:
        wiring.close()
