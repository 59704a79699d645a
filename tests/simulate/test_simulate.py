"""A simulated district: the same seed gives the same history, any form is filled in, figures are as defined."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

import forms
from engine.clock import WorkingCalendar
from tests.conftest import libpq
from tests.engine.conftest import ZONE
from webapp import form_context, simulate
from webapp.settings import ROOT, load_settings
from webapp.simulate.agenda import WINDOW, Agenda, Dial
from webapp.simulate.figures import Figure
from webapp.simulate.habits import Habits
from webapp.simulate.paper import Desk, fill
from webapp.simulate.reports import District, matters
from webapp.simulate.truth import Truth
from webapp.wiring import wire

HABITS = ROOT / "processes" / "reference" / "habits.toml"
FORMS = sorted((ROOT / "forms").rglob("*.form"))
NOW = datetime(2026, 9, 14, 9, 0, tzinfo=ZONE)


def played(url: str, seed: int = 7, processes: int = 1, cases: int = 12) -> simulate.Result:
    plan = simulate.Plan(cases, 2, seed, date(2026, 9, 14), processes, HABITS)
    return simulate.play(replace(load_settings(), database_url=url), plan, lambda line: None)


def test_the_same_seed_gives_the_same_history_and_another_seed_another(
    make_database: Callable[[str | None], str], district_template: str
) -> None:
    results = [played(make_database(district_template), seed) for seed in (7, 7, 8)]
    assert results[0].digest == results[1].digest != results[2].digest
    for result in results:
        assert result.outcome.reports == 12
        assert result.outcome.tasks > 20
        assert not result.outcome.refused
        assert not result.outcome.unfilled
    assert [str(one) for one in results[0].figures] == [str(one) for one in results[1].figures]
    assert {"结案率", "按期处置率", "返工率", "退单率", "基层办结率"} <= {one.zh for one in results[0].figures}


def test_two_processes_share_the_work(make_database: Callable[[str | None], str], district_template: str) -> None:
    url = make_database(district_template)
    result = played(url, processes=2, cases=10)
    assert result.outcome.reports == 10
    with psycopg.connect(libpq(url)) as connection:
        numbers = [row[0] for row in connection.execute("select no from work_order where kind = 'appeal'")]
        late = connection.execute("select count(*) from history where at > '2026-09-16T00:01+08:00'").fetchone()
        queued = connection.execute("select count(*) from procrastinate_jobs").fetchone()
    assert len(set(numbers)) == 10
    assert late == (0,), "nothing happens after the period"
    assert queued == (0,), "no worker comes after what has been carried out already"


@pytest.fixture(scope="module")
def lists(make_database: Callable[[str | None], str], district_template: str) -> dict[str, Any]:
    """The lists that forms offer, as the district has them."""
    from engine import queries

    wiring = wire(replace(load_settings(), database_url=make_database(district_template)))
    with wiring.engine.database.engine.connect() as reader:
        who = queries.viewer(reader, "SL01")
        assert who is not None
        task = {"village_code": "990107001001", "town_code": "990107001000", "document": {}}
        found = {name: read(reader, who, task) for name, read in form_context.LISTS.items()}
    wiring.close()
    return {name: [dict(one) for one in rows] for name, rows in found.items()}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: f"{path.parent.name}/{path.stem}")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_form_is_filled_in(path: Path, seed: int, lists: dict[str, Any]) -> None:
    form = forms.Form.from_bytes(path.read_bytes(), path.stem)
    habits = Habits.read(HABITS)
    cases = [{"value": "HJ2026091401000001", "label": "在办案件"}]
    context = {**lists, "openCases": cases, "similarCases": cases, "categoryCode": "C0103", "mainUnit": "PS"}
    context["responseKinds"] = ["其他", "防汛"]
    context["policeReasons"] = [{"value": "P01", "label": "正在发生的危险"}]
    desk = Desk(habits, Random(seed), NOW, lambda role, unit: True, done=seed % 2 == 1)
    filled = fill(form, context, desk)
    assert filled.errors == {}


def test_what_a_form_does_not_ask_for_stays_empty() -> None:
    """A least number is no demand: nobody shortens a limit because the field would take 1."""
    schema = {
        "type": "default",
        "components": [
            {"type": "number", "key": "limitOverride", "label": "改为", "validate": {"min": 1, "max": 90}},
            {"type": "number", "key": "people", "label": "人数", "validate": {"required": True, "min": 2}},
        ],
    }
    form = forms.Form.from_bytes(json.dumps(schema).encode(), "limits")
    filled = fill(form, {}, Desk(Habits.read(HABITS), Random(1), NOW, lambda role, unit: True))
    assert filled.errors == {}
    assert filled.clean.get("limitOverride") is None
    assert filled.clean["people"] == 2


def test_what_is_reported_follows_the_habits() -> None:
    names = ("暴露垃圾", "路面塌陷/空洞")
    rows = [
        {"code": names[0], "kind": "事件", "name": names[0], "level": "B", "class_name": "市容环境"},
        {"code": names[1], "kind": "事件", "name": names[1], "level": "A", "class_name": "突发事件"},
    ]
    place = {
        "name": "松岭路",
        "kind": "路",
        "town_key": "T",
        "grid_code15": "990107001001001",
        "lon": None,
        "lat": None,
    }
    district = District([place], rows, {}, {})
    told = list(matters(Habits.read(HABITS), district, WorkingCalendar({NOW.date(): True}), NOW.date(), 1, 400, 7))
    counts = Counter(one.category for one in told)
    assert len(told) == 400
    assert counts[names[0]] > 20 * counts[names[1]]


def test_what_lies_close_together_comes_together_and_nothing_lies_in_the_past() -> None:
    agenda = Agenda(Dial(NOW))
    for minutes, what in ((0, "now"), (-5, "late"), (60, "in an hour"), (180, "after the end")):
        agenda.plan(NOW + timedelta(minutes=minutes), "task", what)
    agenda.once(("timer", 1), NOW + WINDOW, "timer", "soon")
    agenda.once(("timer", 1), NOW + WINDOW, "timer", "again")
    until = NOW + timedelta(hours=2)
    batches = iter(lambda: [(item.at, item.what) for item in agenda.batch(until)], [])
    assert list(batches) == [
        [(NOW, "now"), (NOW, "late"), (NOW + WINDOW, "soon")],
        [(NOW + timedelta(hours=1), "in an hour")],
    ]


def test_an_appeal_and_its_case_share_what_is_true() -> None:
    truth = Truth()
    truth.reported("SQ1", {"categoryCode": "C0103"})
    case = {"order_no": "HJ1", "document": {}}
    truth.of(case)["done"] = False
    assert truth.of({"order_no": "SQ1", "document": {"caseNo": "HJ1"}}) == {"categoryCode": "C0103", "done": False}
    assert truth.of(case)["categoryCode"] == "C0103"
    assert [truth.is_done(no) for no in ("SQ1", "HJ1", "HJ2")] == [False, False, True]


def test_habits_that_cannot_be_read_are_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "habits.toml"
    path.write_text("people = 1", encoding="utf-8")
    with pytest.raises(simulate.HabitsInvalid) as refused:
        Habits.read(path)
    assert "习惯" in refused.value.zh


def test_a_figure_carries_its_counts() -> None:
    assert str(Figure("结案率", "closing rate", 1, 3)) == "结案率 closing rate: 33.33 % (1/3)"
    assert str(Figure("结案率", "closing rate", 0, 0)) == "结案率 closing rate: — (0/0)"
