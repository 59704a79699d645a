"""A district in miniature: an engine on a real database with the deployed processes and a clock of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine import commands, timers
from engine.ports import Delivery, Place, Report, Reporter
from webapp.settings import load_settings
from webapp.wiring import Wiring, wire

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY_NINE = datetime(2026, 9, 14, 9, 0, tzinfo=ZONE)
VILLAGE = "990107001001"


@dataclass
class District:
    """Drives the engine as staff, worker and clock would."""

    wiring: Wiring
    now: datetime = MONDAY_NINE
    delivered: list[Delivery] = field(default_factory=list)
    answer: Callable[[Delivery], Mapping[str, Any]] = lambda delivery: {}

    @property
    def execute(self) -> Callable[[commands.Command], Any]:
        return self.wiring.engine.execute

    def report(self, no: str = "C-1", **changes: Any) -> str:
        """Somebody reports a broken manhole cover; the appeal's number."""
        values: dict[str, Any] = {
            "source": "import",
            "source_order_no": no,
            "channel": "小程序",
            "content": "学校门口的沙井盖破损，孩子上学有危险。",
            "received_at": self.now,
            "reporter": Reporter("王小明", "12000000123"),
            "place": Place("松岭中心小学门口", village_code=VILLAGE),
            **changes,
        }
        return self.execute(commands.SubmitReport(Report(**values))).no

    def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        with self.wiring.engine.database.transaction() as transaction:
            return transaction.rows(sql, params)

    def order(self, no: str) -> dict[str, Any]:
        return self.rows("select * from work_order where no = %(no)s", no=no)[0]

    def tasks(self, no: str) -> dict[str, dict[str, Any]]:
        """The open tasks of a work order by element."""
        sql = "select * from user_task where order_no = %(no)s and status in ('open', 'claimed') order by id"
        return {row["element"]: row for row in self.rows(sql, no=no)}

    def do(self, no: str, element: str, by: str, **data: Any) -> None:
        """A member of staff finishes a task, and the worker catches up."""
        task = self.tasks(no)[element]
        self.execute(commands.CompleteTask(task["id"], data, by, version=task["version"]))
        self.work()

    def work(self) -> None:
        """Carry out every job that is due now, as a worker would."""
        courier = replace(self.wiring.courier, deliver=self._deliver)
        for _ in range(50):
            sql = "select id from job where status = 'due' and coalesce(next_at, %(now)s) <= %(now)s order by id"
            due = self.rows(sql, now=self.now)
            if not due:
                return
            for row in due:
                courier.carry(row["id"])
        raise AssertionError("jobs never end")

    def _deliver(self, delivery: Delivery, now: datetime) -> Mapping[str, Any]:
        self.delivered.append(delivery)
        return self.answer(delivery)

    def pass_time(self, **by: float) -> None:
        """Move the clock, firing on the way what becomes due."""
        self.now += timedelta(**by)
        with self.wiring.engine.database.transaction() as transaction:
            due = timers.due(transaction, self.now)
        for timer in due:
            self.execute(commands.FireTimer(timer))
        self.work()


@pytest.fixture
def district(district_database_url: str) -> Iterator[District]:
    settings = replace(load_settings(), database_url=district_database_url)
    found: list[District] = []
    wiring = wire(settings, clock=lambda: found[0].now)
    found.append(District(wiring))
    yield found[0]
    wiring.close()
