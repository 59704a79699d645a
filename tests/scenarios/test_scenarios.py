"""Every scenario beside a diagram is played against the diagrams, forms and decision tables as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Databases
from webapp import check
from webapp.check.scratch import Stage
from webapp.settings import load_settings

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
FILES = check.collect(PROCESSES)


@pytest.fixture(scope="module")
def stage(databases: Databases, district_template: str) -> Iterator[Stage]:
    """One copy of the district for all stories: each finds it as it was."""
    found = Stage(load_settings(), lambda: databases.create(district_template), databases.drop)
    yield found
    found.close()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_goes_as_the_scenario_says(path: Path, stage: Stage) -> None:
    check.run(check.load(path), stage.world)


def test_it_plays_the_example_of_the_guide(tmp_path: Path, stage: Stage) -> None:
    guide = (PROCESSES / "README.md").read_text(encoding="utf-8")
    example = tmp_path / "example.toml"
    example.write_text(guide.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    check.run(check.load(example), stage.world)


def test_it_has_a_scenario_for_every_exception_of_the_main_loop() -> None:
    told = {path.stem for path in FILES}
    assert told >= {"main_loop", "return", "rework", "redo", "overdue", "six_reports", "reject", "late_redo"}
