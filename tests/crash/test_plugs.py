"""Web, worker and PostgreSQL are killed at random points under load, connections cut around COMMIT.

Afterwards: every submitted step is fully there or fully absent, every job was delivered at least once and its effect
happened once, and no work order is stuck.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.crash.cluster import Cluster
from tests.crash.invariants import broken
from tests.crash.load import Feeder, PatientPerson, staff
from tests.crash.outside import Outside
from webapp.drive import play
from webapp.wiring import Wiring, wire

FAULTS = ("cut before", "cut after", "web", "worker", "postgres")
WEIGHTS = (6, 6, 2, 2, 2)


@dataclass
class Trial:
    """One run: `faults` plugs are pulled, `pause` seconds apart on average."""

    folder: Path
    faults: int
    pause: float
    at_once: int = 12
    pulled: Counter[str] = field(default_factory=Counter)

    def run(self) -> dict[str, object]:
        outside = Outside()
        cluster = Cluster(self.folder, outside.url)
        try:
            cluster.start()
            return self._under_load(cluster, outside)
        finally:
            cluster.close()
            outside.close()

    def _under_load(self, cluster: Cluster, outside: Outside) -> dict[str, object]:
        wiring = wire(cluster.settings())
        feeder = Feeder(wiring, self.at_once)
        feeder.start()
        people = staff(cluster.base_url, "crash-test")
        while feeder.sent < self.at_once:
            time.sleep(0.1)
        working = threading.Thread(target=people.run, daemon=True)
        working.start()
        self._pull_plugs(cluster)
        feeder.finish()
        cluster.wait()
        working.join(timeout=400)
        return self._figures(wiring, cluster, outside, feeder, people.outcome)

    def _pull_plugs(self, cluster: Cluster) -> None:
        chance = random.Random(20260914)
        while self.pulled.total() < self.faults:
            fault = chance.choices(FAULTS, WEIGHTS)[0]
            if fault.startswith("cut"):
                self.pulled[fault] += cluster.proxy.cut(fault.split()[1])
            else:
                self.pulled[fault] += cluster.kill(fault)
            time.sleep(chance.uniform(0.5, 1.5) * self.pause)

    def _figures(
        self, wiring: Wiring, cluster: Cluster, outside: Outside, feeder: Feeder, outcome: object
    ) -> dict[str, object]:
        with wiring.engine.database.transaction() as transaction:
            problems = broken(transaction, feeder.sent)
            done = transaction.rows("select status, count(*) as number from work_order group by 1")
            tasks = transaction.rows("select count(*) as number from user_task where status = 'completed'")
        wiring.close()
        return {
            "faults": dict(self.pulled),
            "reports": feeder.sent,
            "work orders": {row["status"]: row["number"] for row in done},
            "tasks completed": tasks[0]["number"],
            "feedback": len(outside.heard),
            "feedback repeated": sum(outside.heard.values()) - len(outside.heard),
            "stuck": outcome.stuck,  # type: ignore[attr-defined]
            "problems": problems,
        }


def check(figures: dict[str, object]) -> None:
    print("\n" + "\n".join(f"{name:<18}{value}" for name, value in figures.items()))
    assert figures["problems"] == []
    assert figures["stuck"] == {}
    assert set(figures["work orders"]) == {"completed"}  # type: ignore[call-overload]


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short path that PostgreSQL's own user may enter; staff are patient."""
    monkeypatch.setattr(play, "Person", PatientPerson)
    found = Path(tempfile.mkdtemp(prefix="cityloop-crash-"))
    found.chmod(0o755)
    yield found
    shutil.rmtree(found, ignore_errors=True)


def test_it_survives_a_few_pulled_plugs(folder: Path) -> None:
    check(Trial(folder, faults=8, pause=1.2, at_once=6).run())


@pytest.mark.slow
def test_it_survives_two_hundred_pulled_plugs(folder: Path) -> None:
    """About eight minutes: `pytest -m slow tests/crash -s` prints the counts."""
    check(Trial(folder, faults=210, pause=0.9).run())
