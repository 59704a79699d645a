"""What a user task costs through HTTP: session, request-forgery token, form validation, step, answer.

The server is a process of its own (waitress), so its CPU time is its own; PostgreSQL's is told beside it. The form is
the district's own 处置 form.
"""

from __future__ import annotations

import multiprocessing
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import requests
from argon2 import PasswordHasher
from sqlalchemy import update

from engine import commands
from engine.tables import account
from tests.benchmarks.idle import process_cpu, server_cpu
from tests.benchmarks.measure import Figures
from tests.benchmarks.world import ACTOR, HERE, district, open_tasks, start
from webapp.settings import Settings
from webapp.wiring import Wiring

PASSWORD = "correct horse battery"
FORM = "handle/handle"
DATA = {
    "resultCode": "解释说明",
    "process": "到场核实，已向反映人说明办理情况，现场照片另附。",
    "finishedAt": "2026-09-14T09:00+08:00",
}
WARM = 60


def run(units: int = 300) -> list[Figures]:
    """Figures of completing a task (JSON), of its page, and of the work list."""
    with district() as wiring:
        prepare(wiring)
        numbers = [start(wiring, f"http{k}") for k in range(units + WARM)]
        tasks = open_tasks(wiring, numbers)
        with serving(wiring.settings) as (address, pid):
            browser = Browser(address).log_in(ACTOR)
            for task in tasks[:WARM]:
                browser.complete(task)
                browser.get(f"/tasks/{task['id']}")
                browser.get("/tasks")
            rest = tasks[WARM:]
            meter = Meter(wiring, pid)
            pages = [
                meter("GET /tasks/<id>: the task page", units, lambda k: browser.get(f"/tasks/{rest[k]['id']}")),
                meter("GET /tasks: the work list", units, lambda k: browser.get("/tasks")),
            ]
            return [meter("POST /api/tasks/<id>/completion", units, lambda k: browser.complete(rest[k])), *pages]


def prepare(wiring: Wiring) -> None:
    """The five tasks get the form of a handling, and people a password that is cheap to check."""
    diagram = (HERE / "five_tasks.bpmn").read_text(encoding="utf-8")
    with_form = diagram.replace('camunda:formKey="city_appeal/answer"', f'camunda:formKey="{FORM}"')
    wiring.engine.execute(
        commands.Deploy(
            {"benchmarks/five_tasks.bpmn": with_form.encode()}, commands.SYSTEM, break_glass="another version"
        )
    )
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with wiring.engine.database.engine.begin() as connection:
        connection.execute(update(account).values(password_hash=cheap))


class Meter:
    """Measures requests one after the other by the CPU time of the server process."""

    def __init__(self, wiring: Wiring, pid: int) -> None:
        self.wiring, self.pid = wiring, pid

    def __call__(self, name: str, units: int, request: Callable[[int], Any]) -> Figures:
        cpu, postgres, wall = process_cpu(self.pid), server_cpu(self.wiring), time.perf_counter()
        for k in range(units):
            request(k)
        wall = time.perf_counter() - wall
        cpu, postgres = process_cpu(self.pid) - cpu, server_cpu(self.wiring) - postgres
        more = {"postgres_cpu_ms": round(postgres / units * 1000, 2)}
        return Figures(name, units, cpu / units * 1000, wall / units * 1000, more)


class Browser:
    """A logged-in person's program: one kept connection, cookies, the token of the pages."""

    def __init__(self, address: str) -> None:
        self.address, self.session = address, requests.Session()

    def get(self, path: str) -> str:
        response = self.session.get(self.address + path)
        response.raise_for_status()
        return response.text

    def log_in(self, user_id: str) -> Browser:
        form = {"user_id": user_id, "password": PASSWORD, "csrf_token": self._token("/login")}
        self.session.post(self.address + "/login", data=form).raise_for_status()
        self.session.headers["X-CSRFToken"] = self._token("/notices")
        return self

    def _token(self, path: str) -> str:
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.get(path))
        assert found is not None, "every page carries its token"
        return found[1]

    def complete(self, task: dict[str, Any]) -> None:
        body = {"data": DATA, "openedVersion": task["version"]}
        response = self.session.post(f"{self.address}/api/tasks/{task['id']}/completion", json=body)
        assert response.status_code == 200, response.text


@contextmanager
def serving(settings: Settings) -> Iterator[tuple[str, int]]:
    """A web server of its own: its address and process id."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(settings, there), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}", process.pid or 0
    finally:
        process.terminate()
        process.join()


def serve(settings: Settings, ready: Connection) -> None:
    """Serve until terminated; tells the port."""
    from waitress.server import create_server

    from webapp import create_app

    server = create_server(create_app(settings), host="127.0.0.1", port=0, threads=4)
    ready.send(server.effective_port)
    server.run()
