"""Cityloop as it runs: a web server and a worker, each a process of its own, on one database."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from argon2 import PasswordHasher
from sqlalchemy import update

from engine import tables
from engine.database import Database

PASSWORD = "drive-test-password"
ROOT = Path(__file__).resolve().parents[2]
START_WITHIN = 150.0


@dataclass(frozen=True)
class Live:
    """A running installation."""

    url: str
    database: Database
    environment: dict[str, str]
    logs: Path

    def words(self) -> str:
        """The end of what the processes have said."""
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in sorted(self.logs.glob("*.log")))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(database_url: str, folder: Path, **more: str) -> Iterator[Live]:
    """Start both processes; stop them at the end. All accounts have PASSWORD."""
    database = Database(database_url)
    with database.engine.begin() as connection:
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        connection.execute(update(tables.account).values(password_hash=cheap.hash(PASSWORD)))
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "CITYLOOP_VAR": str(folder / "var"),
        "CITYLOOP_DEMO_PASSWORD": PASSWORD,
        "PORT": str(port),
        **more,
    }
    live = Live(f"http://127.0.0.1:{port}", database, environment, folder)
    processes = [_start(name, environment, folder) for name in ("web", "worker")]
    try:
        _wait(live, processes)
        yield live
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        database.close()


def _start(name: str, environment: dict[str, str], folder: Path) -> subprocess.Popen[bytes]:
    with (folder / f"{name}.log").open("wb") as log:
        command = [sys.executable, "-m", "webapp.cli", name]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)


def _wait(live: Live, processes: list[subprocess.Popen[bytes]]) -> None:
    give_up = time.monotonic() + START_WITHIN
    while time.monotonic() < give_up:
        assert all(process.poll() is None for process in processes), live.words()
        try:
            if requests.get(f"{live.url}/healthz", timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.1)
    raise AssertionError(f"did not start: {live.words()}")
