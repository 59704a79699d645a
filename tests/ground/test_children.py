"""The launcher keeps its processes running and leaves none behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from webapp import children
from webapp.children import Child
from webapp.settings import ROOT, Settings, load_settings

Make = Callable[[str], Child]


class Program(Child):
    """One of the small programs instead of a command."""

    module = ("tests.ground.programs",)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"CITYLOOP_VAR": str(tmp_path), "DATABASE_URL": "postgresql:///unused"})


@pytest.fixture
def make(settings: Settings) -> Iterator[Make]:
    made: list[Child] = []

    def _make(program: str) -> Child:
        made.append(Program(program, {}, settings))
        return made[-1]

    yield _make
    for child in made:
        child.ask_to_stop()
        child.wait()


def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_it_writes_a_log_and_stops_on_request(make: Make) -> None:
    child = make("sleeps")
    child.start()
    until(lambda: child.last_words() == "ready\n")
    child.ask_to_stop()
    child.wait()
    assert child.ended() == -signal.SIGTERM


def test_it_starts_a_failing_process_again_ever_slower(make: Make) -> None:
    said: list[str] = []
    child = make("fails")
    child.start()
    until(lambda: (child.keep_running(said.append), len(said))[1] == 2)
    assert "(1); 0.5 s" in said[0]
    assert "(1); 1 s" in said[1]
    assert child.failures == 2
    assert "something is wrong" in child.last_words()


def test_it_starts_a_process_again_that_left_in_peace(make: Make) -> None:
    said: list[str] = []
    child = make("leaves")
    child.start()
    until(lambda: child.ended() == 0)
    child.keep_running(said.append)
    assert "(0)" in said[0]


def test_a_process_that_ran_long_starts_again_at_once(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "SETTLED", 0.0)
    said: list[str] = []
    child = make("leaves")
    child.failures = 5
    child.start()
    until(lambda: child.ended() == 0)
    child.keep_running(said.append)
    assert child.failures == 0
    assert "0 s" in said[0]


def test_it_kills_a_process_that_does_not_stop(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "GRACE", 0.1)
    child = make("sleeps")
    child.start()
    until(lambda: child.last_words() == "ready\n")
    child.wait()
    assert child.ended() == -signal.SIGKILL


def test_its_processes_end_when_the_launcher_is_killed(tmp_path: Path) -> None:
    launcher = (
        "import os, signal, time\nfrom tests.ground.test_children import Program\n"
        "from webapp.settings import load_settings\n"
        "child = Program('sleeps', {}, load_settings())\nchild.start()\n"
        "while child.last_words() != 'ready\\n': time.sleep(0.02)\n"
        "print(child._process.pid, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = {**os.environ, "CITYLOOP_VAR": str(tmp_path), "DATABASE_URL": "postgresql:///unused"}
    said = subprocess.run([sys.executable, "-c", launcher], cwd=ROOT, env=environment, capture_output=True, text=True)
    pid = int(said.stdout)
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
