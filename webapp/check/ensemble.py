"""Plays many stories at once: each process has a stage of its own and takes the next story when it is ready."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, util
from pathlib import Path

from webapp.check.coverage import Touched
from webapp.check.scenarios import Outcome, run_all
from webapp.check.scratch import Scratch, Stage

FEW = 8
"""Up to so many stories are played here: starting another process takes longer."""
MOST = 4

Played = tuple[Outcome, Touched]


class Company:
    """One stage with what is touched on it."""

    def __init__(self, scratch: Scratch) -> None:
        self.touched = Touched()
        self.stage = Stage(scratch.settings, scratch.copy, scratch.drop, self.touched)

    def play(self, path: Path) -> Played:
        """Play one story; only what it touches itself is told."""
        self.touched.clear()
        (outcome,) = run_all([path], self.stage.world)
        return outcome, self.touched.copy()


def play(files: Sequence[Path], scratch: Scratch, processes: int | None = None) -> Iterator[Played]:
    """How each story went and what it touched, in the order of the files."""
    count = processes or (1 if len(files) <= FEW else min(MOST, os.cpu_count() or 1))
    if count == 1:
        company = Company(scratch)
        try:
            yield from (company.play(path) for path in files)
        finally:
            company.stage.close()
        return
    spawn = get_context("spawn")  # a forked process would share our connections
    with ProcessPoolExecutor(count, spawn, _set_up, (scratch,)) as processes_:
        yield from processes_.map(_play, files)


_here: Company


def _set_up(scratch: Scratch) -> None:
    """In a process of the pool: its own stage until it ends."""
    global _here
    _here = Company(scratch)
    util.Finalize(None, _here.stage.close, exitpriority=1)


def _play(path: Path) -> Played:
    return _here.play(path)
