"""An order goes from the city's platform through the district and back, also while the platform is down for a while."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Thread, Timer
from typing import Any

import pytest
import requests
from sqlalchemy import select

from connectors.hotline_12345.platform import Platform
from connectors.hotline_12345.simulator import Simulator
from engine import tables
from tests.cli.live import ROOT, Live, running

APP_KEY, SECRET = "demo-12345", "0123456789abcdef0123456789abcdef"
SETTING = "CITYLOOP_CONNECTOR__HOTLINE_12345__"
BACK_AFTER = 6.0
"""Seconds after which the platform answers again: longer than the first attempts, so that some fail."""


@pytest.fixture
def hotline() -> Iterator[Simulator]:
    server = Simulator(Platform("http://127.0.0.1:9", APP_KEY, SECRET))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def live(district_database_url: str, tmp_path: Path, hotline: Simulator) -> Iterator[Live]:
    settings = {"BASE_URL": hotline.url, "APP_KEY": APP_KEY, "SECRET": SECRET}
    with running(district_database_url, tmp_path, **{SETTING + key: value for key, value in settings.items()}) as found:
        hotline.platform.target = found.url
        yield found


def pushed(hotline: Simulator, sample: int) -> tuple[str, str]:
    """The order's number there and here."""
    made = requests.post(f"{hotline.url}/api/orders", json={"sample": sample}, timeout=30).json()
    assert made["answer"]["code"] == "0", made
    return made["orderNo"], made["answer"]["data"]["caseNo"]


def rows(live: Live, table: Any) -> list[Any]:
    with live.database.engine.connect() as connection:
        return list(connection.execute(select(table)))


def test_orders_are_signed_and_answered_once_though_the_platform_is_down_for_a_while(
    live: Live, hotline: Simulator
) -> None:
    platform = hotline.platform
    numbers = dict(pushed(hotline, sample) for sample in (0, 3))
    repeat = platform.repeat(next(iter(numbers)))
    assert repeat["data"] == {**repeat["data"], "duplicate": True, "caseNo": next(iter(numbers.values()))}
    platform.down = True
    Timer(BACK_AFTER, setattr, (platform, "down", False)).start()
    rates = ("--returned", "0", "--failed", "0", "--dissatisfied", "0", "--refused", "0", "--joined", "0")
    driven = subprocess.run(
        [sys.executable, "-m", "webapp.cli", "drive", *rates],
        cwd=ROOT, env=live.environment, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert driven.returncode == 0, driven.stdout + driven.stderr + live.words()
    for theirs, ours in numbers.items():
        feedback = platform.orders[theirs]["feedback"]
        told = Counter(item["action"] for item in feedback)
        assert (told.pop("SIGN"), told.pop("FINISH")) == (1, 1)
        assert set(told) == {"CONTACT"}
        finish = next(item["body"] for item in feedback if item["action"] == "FINISH")
        [appeal] = [order for order in rows(live, tables.work_order) if order.no == ours]
        assert finish["result"]["reply"] == appeal.document["replyText"]
        assert appeal.status == "completed"
    jobs = [job for job in rows(live, tables.job) if job.topic.startswith("hotline_12345.")]
    assert {job.status for job in jobs} == {"done"}
    assert Counter(job.topic.partition(".")[2] for job in jobs if "contact" not in job.topic) == {
        "sign": 2,
        "finish": 2,
    }
    assert any(job.attempts > 0 for job in jobs)
