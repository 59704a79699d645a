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


def play(path: Path, district_database_url: str) -> None:
    @contextmanager
    def world(clock: Clock) -> Iterator[Wiring]:
        wiring = wire(replace(load_settings(), database_url=district_database_url), clock=clock)
        try:
            yield wiring
        finally:
            wiring.close()

    check.run(check.load(path), world)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_goes_as_the_scenario_says(path: Path, district_database_url: str) -> None:
    play(path, district_database_url)


def test_it_plays_the_example_of_the_guide(tmp_path: Path, district_database_url: str) -> None:
    guide = (PROCESSES / "README.md").read_text(encoding="utf-8")
    example = tmp_path / "example.toml"
    example.write_text(guide.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    play(example, district_database_url)


def test_it_has_a_scenario_for_every_exception_of_the_main_loop() -> None:
    told = {path.stem for path in FILES}
    assert told >= {"main_loop", "return", "rework", "redo", "overdue", "six_reports", "reject", "late_redo"}
