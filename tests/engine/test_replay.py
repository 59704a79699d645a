"""The cases of the last weeks once more, on old and new diagrams."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from engine import change_service, jsonable
from tests.conftest import ROOT
from tests.diagram_edits import with_step
from webapp.check import load, run
from webapp.check.world import Clock
from webapp.settings import load_settings
from webapp.wiring import Wiring, wire

CASE = "city_case/city_case.bpmn"
SOURCE = (ROOT / "processes" / CASE).read_bytes()
FIRST = {"groups": '="town_dispatcher@" + place.townUnit', "form": "verify/confirm", "due": '=due("工作时", 4, "小时")'}


@pytest.fixture
def lived(district_database_url: str) -> Iterator[Wiring]:
    """A district in which one case has gone the whole way."""
    clock = Clock(load(ROOT / "processes/city_appeal/scenarios/main_loop.toml").now)
    wiring = wire(replace(load_settings(), database_url=district_database_url), clock=lambda: clock())

    @contextmanager
    def world(story: Clock) -> Iterator[Wiring]:
        nonlocal clock
        clock = story
        yield wiring

    run(load(ROOT / "processes/city_appeal/scenarios/main_loop.toml"), world)
    yield wiring
    wiring.close()


def report(wiring: Wiring, **files: bytes) -> dict[str, Any]:
    return change_service.replayed(wiring.engine, files, wiring.clock(), 30)


def test_the_same_diagram_goes_the_same_way(lived: Wiring) -> None:
    found = report(lived, **{CASE: SOURCE})
    assert found["replayed"] == found["same"] > 0
    assert (found["other"], found["ways"], found["assumed"]) == (0, [], [])
    assert found["steps"] == {"added": [], "removed": []}
    assert found["inTime"]["old"] == found["inTime"]["new"]


def test_it_ends_as_the_case_did(lived: Wiring) -> None:
    with lived.engine.database.transaction() as transaction:
        from engine.replay import facts
        from engine.replay.course import run as course
        from engine.replay.overlay import Overlay

        known = facts.read(transaction, ["city_case"], lived.clock() - change_service.replay.DAYS * _day(), 10)
        gone = course(known[0], Overlay(lived.engine.definitions, {}), transaction, lived.clock())
    row = known[0].row
    assert row["status"] == "completed"
    assert gone.end == "EE_closed"
    assert [work.element for work in gone.tasks].count("UT_dis") == 1


def _day() -> Any:
    from datetime import timedelta

    return timedelta(days=1)


def test_a_new_step_is_taken_as_done_at_its_limit(lived: Wiring) -> None:
    files = {CASE: with_step(SOURCE, "CA_ver", "UT_street", "街道先行复核", **FIRST)}
    found = report(lived, **files)
    assert found["steps"]["added"] == [{"process": "city_case", "element": "UT_street", "name": "街道先行复核"}]
    assert {one["element"] for one in found["assumed"]} == {"UT_street"}
    assert found["other"] == 0
    assert any(one["new"] > one["old"] for one in found["load"])
    assert found["hours"]["new"] > found["hours"]["old"]


def test_it_says_the_same_twice_and_writes_nothing(lived: Wiring) -> None:
    files = {CASE: with_step(SOURCE, "CA_ver", "UT_street", "街道先行复核", **FIRST)}
    with lived.engine.database.transaction() as transaction:
        before = transaction.row("select count(*) as n, max(id) as last from history")
    assert jsonable.dumps(report(lived, **files)) == jsonable.dumps(report(lived, **files))
    with lived.engine.database.transaction() as transaction:
        assert transaction.row("select count(*) as n, max(id) as last from history") == before
