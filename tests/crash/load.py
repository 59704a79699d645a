"""Load while plugs are pulled: reports come in, and staff who try again when the server does not answer."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

import psycopg
import requests
import sqlalchemy.exc

from engine.commands import SubmitReport
from engine.executor import utc_now
from engine.ports import Place, Report, Reporter
from webapp.drive import play
from webapp.drive.client import Person
from webapp.drive.desk import Rates
from webapp.drive.roster import Roster
from webapp.settings import ROOT
from webapp.wiring import Wiring

VILLAGES = [f"99010700100{k}" for k in range(1, 5)]
PATIENCE = 90.0


class PatientPerson(Person):
    """A member of staff who presses the button again when the server is away."""

    def _request(self, method: str, path: str, **options: Any) -> requests.Response:
        end = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(requests.RequestException):
                response = self._session.request(method, self.base_url + path, timeout=20, **options)
                if response.status_code < 500 or time.monotonic() > end:
                    return response
            if time.monotonic() > end:
                raise AssertionError(f"{path} did not answer for {PATIENCE:g} s")
            time.sleep(0.3)


def staff(base_url: str, password: str) -> play.Play:
    """Everybody at work, patiently."""
    plan = play.Plan(
        base_url,
        password,
        Roster.read(ROOT / "processes" / "reference" / "staff.csv"),
        rates=Rates(0.1, 0.1, 0.1, 0.05),
        workers=3,
        max_seconds=1500,
        patience=150,
    )
    return play.Play(plan, lambda line: None)


class Feeder:
    """Keeps reports coming, half of them by the hotline, each exactly once although it may be sent several times."""

    def __init__(self, wiring: Wiring, at_once: int) -> None:
        self.wiring, self.at_once, self.sent = wiring, at_once, 0
        self.stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def finish(self) -> None:
        self.stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self.stop.is_set():
            with contextlib.suppress(psycopg.Error, sqlalchemy.exc.SQLAlchemyError):
                if self._active() < self.at_once:
                    self._send(self.sent + 1)
                    self.sent += 1
                    continue
            self.stop.wait(0.3)

    def _active(self) -> int:
        with self.wiring.engine.database.transaction() as transaction:
            row = transaction.row("select count(*) as active from work_order where status = 'active'")
        return int(row["active"]) if row else 0

    def _send(self, number: int) -> None:
        source = "hotline_12345" if number % 2 else "public"
        report = Report(
            source=source,
            source_order_no=f"CRASH{number:06d}",
            channel="",
            title=f"第{number}件：路灯不亮",
            content=f"第{number}件：榕荫大道的路灯已经三天不亮，夜里看不清路。",
            received_at=utc_now(),
            reporter=Reporter("王小明", "12000000123"),
            place=Place("榕荫大道", village_code=VILLAGES[number % len(VILLAGES)]),
        )
        self.wiring.engine.execute(SubmitReport(report))
