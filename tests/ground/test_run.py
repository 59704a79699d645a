"""`cityloop run`: everything starts, comes back after accidents, stops in order and keeps its data."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from webapp.launcher import StartError, answers, require_free_port
from webapp.postgres import EmbeddedPostgres
from webapp.settings import ROOT

WARM = 5.0
"""Seconds of work until a second start is up; counted as processor time, as tests share the machine."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Run:
    """One run of the command in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.var = folder / "var"
        self.output = folder / "output"
        self.port, simulator = free_port(), free_port()
        given = {"CITYLOOP_VAR": str(self.var), "PORT": str(self.port), "CITYLOOP_SIMULATOR_PORT": str(simulator)}
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "PYTEST_ADDOPTS")}
        self.environment = {**kept, **given, "PYTHONUNBUFFERED": "1"}
        self.url = f"http://127.0.0.1:{self.port}"
        self.server = EmbeddedPostgres(self.var / "postgres")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start and wait for the first page; returns the processor seconds of launcher and web server."""
        with open(self.output, "wb") as output:
            command = [sys.executable, "-m", "webapp.cli", "run"]
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )
        self.until(lambda: "Ctrl-C" in self.said(), 120)
        launcher = psutil.Process(self.process.pid)
        return sum(sum(one.cpu_times()[:2]) for one in (launcher, self.child("web")))

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(60)

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def until(self, condition: Callable[[], object], seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert self.process is not None
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            time.sleep(0.05)

    def child(self, name: str) -> psutil.Process:
        assert self.process is not None
        found: list[psutil.Process] = []

        def there() -> bool:
            found[:] = running(self, name)  # looked at once: a dying process may be gone at a second look
            return bool(found)

        self.until(there)
        return found[0]

    def query(self, sql: str) -> object:
        with psycopg.connect(self.server.url().replace("+psycopg", "")) as connection:
            row = connection.execute(sql).fetchone()  # type: ignore[call-overload]
            return row[0] if row else None


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    folder = Path(tempfile.mkdtemp(prefix="run-"))
    folder.chmod(0o755)
    made = Run(folder)
    made.start()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_it_prints_the_address_and_the_demo_accounts(run: Run) -> None:
    password = next(line for line in (run.var / "settings.toml").read_text().splitlines() if "demo_password" in line)
    assert run.url in run.said()
    assert password.split('"')[1] in run.said()
    assert "SL01" in run.said()


def test_it_serves_pages_and_has_a_district(run: Run) -> None:
    assert answers(f"{run.url}/healthz")
    assert answers(f"{run.url}/login")
    assert run.query("SELECT count(*) > 100 FROM org_unit") is True
    assert run.query("SELECT count(*) > 0 FROM definition WHERE kind = 'process'") is True


def test_it_starts_a_killed_worker_again(run: Run) -> None:
    before = run.child("worker")
    before.kill()
    run.until(lambda: run.child("worker").pid != before.pid)


def test_it_starts_a_killed_database_again(run: Run) -> None:
    os.kill(run.server.pid() or 0, signal.SIGKILL)
    run.until(lambda: "starting it again" in run.said() and run.server.pid())
    run.until(lambda: answers(f"{run.url}/healthz"))


def test_a_second_run_in_the_same_folder_says_so(run: Run) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "webapp.cli", "run"], cwd=ROOT, env=run.environment, capture_output=True, text=True
    )
    assert second.returncode == 1
    assert "already running" in second.stdout
    assert answers(f"{run.url}/healthz")


def test_it_stops_everything_and_finds_its_data_again(run: Run) -> None:
    definitions = run.query("SELECT count(*) FROM definition")
    children = running(run)
    assert run.stop(signal.SIGINT) == 0
    assert run.server.pid() is None
    assert [child for child in children if child.is_running()] == []
    assert run.start() < WARM
    assert run.query("SELECT count(*) FROM definition") == definitions


def test_nothing_stays_when_it_is_killed(run: Run) -> None:
    children = running(run)
    assert run.process is not None
    run.process.kill()
    run.process.wait()
    psutil.wait_procs(children, timeout=20)
    assert [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []
    assert run.start() < WARM  # adopts the database that outlived it


def test_a_taken_port_is_said_in_one_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(StartError, match=f"Port {port} is taken.*PORT={port + 100} make run"):
            require_free_port("127.0.0.1", port, "PORT")


def running(run: Run, name: str = "") -> list[psutil.Process]:
    """The web server, the worker and the simulator, or the one of that name."""
    assert run.process is not None
    found = []
    for child in psutil.Process(run.process.pid).children():
        with contextlib.suppress(psutil.Error):  # gone since
            command = child.cmdline()
            if "webapp.cli" in command and (not name or name in command):
                found.append(child)
    return found
