"""Do more processes do more steps? 1, 2 and 4 processes complete user tasks of their own work orders at once."""

from __future__ import annotations

import multiprocessing
import os
import time
from multiprocessing.connection import Connection
from typing import Any

from engine import commands
from tests.benchmarks.idle import server_cpu
from tests.benchmarks.measure import Figures
from tests.benchmarks.step import FORM
from tests.benchmarks.world import ACTOR, district, open_tasks, start
from webapp.settings import Settings
from webapp.wiring import Wiring, wire

Tasks = list[dict[str, Any]]
WARM = 40


def run(units: int = 400) -> list[Figures]:
    """Steps a second and CPU a step, for each number of processes; `units` steps in all each time."""
    with district() as wiring:
        return [_together(wiring, processes, units) for processes in (1, 2, 4)]


def _together(wiring: Wiring, processes: int, units: int) -> Figures:
    share = units // processes
    numbers = [start(wiring, f"scale{processes}-{k}") for k in range(processes * (share + WARM))]
    tasks = open_tasks(wiring, numbers)
    context = multiprocessing.get_context("spawn")
    pipes, started = [], []
    for k in range(processes):
        here, there = context.Pipe()
        mine = tasks[k * (share + WARM) : (k + 1) * (share + WARM)]
        worker = context.Process(target=work, args=(wiring.settings, mine, there), daemon=True)
        worker.start()
        pipes.append(here)
        started.append(worker)
    for pipe in pipes:
        pipe.recv()
    postgres, wall = server_cpu(wiring), time.perf_counter()
    for pipe in pipes:
        pipe.send("go")
    cpu = sum(pipe.recv() for pipe in pipes)
    wall, postgres = time.perf_counter() - wall, server_cpu(wiring) - postgres
    for pipe, worker in zip(pipes, started, strict=True):
        pipe.send("end")
        worker.join()
    done = share * processes
    more = {
        "steps_per_second": round(done / wall, 1),
        "postgres_cpu_ms": round(postgres / done * 1000, 2),
        "cores": len(os.sched_getaffinity(0)),
    }
    name = f"{processes} process{'es' if processes > 1 else ''}"
    return Figures(name, done, cpu / done * 1000, wall / done * 1000, more)


def work(settings: Settings, tasks: Tasks, pipe: Connection) -> None:
    """One process: warm up, wait for the start, do the steps, tell the CPU seconds they took."""
    wiring = wire(settings)
    _complete(wiring, tasks[:WARM])
    pipe.send("ready")
    pipe.recv()
    cpu = time.process_time()
    _complete(wiring, tasks[WARM:])
    pipe.send(time.process_time() - cpu)
    pipe.recv()
    wiring.close()


def _complete(wiring: Wiring, tasks: Tasks) -> None:
    for task in tasks:
        wiring.engine.execute(commands.CompleteTask(task["id"], FORM, ACTOR, task["version"]))
