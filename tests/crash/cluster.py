"""PostgreSQL, a web process and a worker process, as an installation runs them, each ready to be killed."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import requests
from sqlalchemy import make_url

from tests.crash.proxy import CuttingProxy
from webapp import bootstrap
from webapp.postgres import EmbeddedPostgres
from webapp.settings import ROOT, Settings, load_settings

PASSWORD = "crash-test"
PROCESSES = ("web", "worker")
SETTLED = 6.0
"""Seconds after a kill before the same process is killed again: it has to come up and get into its work."""


class Cluster:
    """Everything lives in `folder`. Processes reach PostgreSQL through the cutting proxy only."""

    def __init__(self, folder: Path, hotline_url: str) -> None:
        self.folder = folder
        self.postgres = EmbeddedPostgres(folder / "pg")
        self.postgres.start()
        self.url = self.postgres.url()
        self.proxy = CuttingProxy(_socket_of(self.url))
        self.port = _free_port()
        self._environment = {
            **os.environ,
            "DATABASE_URL": make_url(self.url)
            .set(host="127.0.0.1", port=self.proxy.port, query={})
            .render_as_string(hide_password=False),
            "CITYLOOP_VAR": str(folder / "var"),
            "CITYLOOP_DEMO_PASSWORD": PASSWORD,
            "CITYLOOP_CONNECTOR__HOTLINE_12345__BASE_URL": hotline_url,
            "PORT": str(self.port),
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._since: dict[str, float] = {}
        self._stop = threading.Event()
        self._keeper = threading.Thread(target=self._keep_running, daemon=True)
        self._prepare()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings(self) -> Settings:
        """Settings that go straight to PostgreSQL, past the proxy."""
        return replace(load_settings({**self._environment, "DATABASE_URL": self.url}), demo_password=PASSWORD)

    def _prepare(self) -> None:
        bootstrap.migrate(self.url)
        bootstrap.load_reference(self.url, ROOT / "processes" / "reference", PASSWORD)
        bootstrap.deploy(self.url, ROOT / "processes")

    # ---------------------------------------------------------------- processes
    def start(self) -> None:
        """Start web and worker and keep them running, as a supervisor would."""
        for name in PROCESSES:
            self._spawn(name)
        self._keeper.start()
        self.wait()

    def wait(self, seconds: float = 90.0) -> None:
        """Until the web process answers."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{self.base_url}/healthz", timeout=5).ok:
                    return
            time.sleep(0.2)
        raise AssertionError("the web process does not come up")

    def _spawn(self, name: str) -> None:
        log = open(self.folder / f"{name}.log", "ab")  # noqa: SIM115 - belongs to the process
        command = [sys.executable, "-m", "webapp.cli", name]
        self._running[name] = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)
        log.close()

    def _keep_running(self) -> None:
        while not self._stop.wait(0.2):
            if self.postgres.pid() is None:
                with contextlib.suppress(Exception):
                    self.postgres.start()
            for name, process in list(self._running.items()):
                if process.poll() is not None and not self._stop.is_set():
                    self._spawn(name)

    # ---------------------------------------------------------------- faults
    def kill(self, name: str) -> bool:
        """kill -9 of `web`, `worker` or `postgres`; False when it is not up long enough to have done anything."""
        pid = self.postgres.pid() if name == "postgres" else self._running[name].pid
        if pid is None or time.monotonic() - self._since.get(name, 0.0) < SETTLED:
            return False
        self._since[name] = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return True

    def close(self) -> None:
        self._stop.set()
        if self._keeper.is_alive():
            self._keeper.join()
        for process in self._running.values():
            process.kill()
            process.wait()
        self.proxy.close()
        self.postgres.stop()


def _socket_of(url: str) -> str:
    host = make_url(url).query.get("host") or make_url(url).host
    return f"{host}/.s.PGSQL.5432"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
