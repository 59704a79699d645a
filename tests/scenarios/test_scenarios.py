"""Every scenario beside a diagram is played against the diagrams, forms and decision tables as they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from webapp import check
from webapp.check.world import Clock
from webapp.settings import load_settings
from webapp.wiring import Wiring, wire

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
FILES = check.collect(PROCESSES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_goes_as_the_scenario_says(path: Path, district_database_url: str) -> None:
    @contextmanager
    def world(clock: Clock) -> Iterator[Wiring]:
        wiring = wire(replace(load_settings(), database_url=district_database_url), clock=clock)
        try:
            yield wiring
        finally:
            wiring.close()

    check.run(check.load(path), world)


def test_it_has_a_scenario_for_every_exception_of_the_main_loop() -> None:
    told = {path.stem for path in FILES}
    assert told >= {"main_loop", "return", "rework", "redo", "overdue", "six_reports", "reject", "late_redo"}
