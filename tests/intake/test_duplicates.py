"""Which cases may be the same: the score, the vetoes, the relation."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.intake import Intake, build
from tests.intake.conftest import FOLDER, rows

NOW = datetime(2026, 9, 14, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
REPORT = {"content": "榕树头广场旁的沙井盖破了一个角。", "categoryCode": "C0103", "lon": 114.90275, "lat": 21.700677}


def case(**more: Any) -> dict[str, Any]:
    known = {"no": "HJ1", "title": "", "address": "", "status": "active", "openedAt": NOW - timedelta(hours=1)}
    return {**known, **REPORT, **more}


def best(intake: Intake, report: dict[str, Any], *cases: dict[str, Any]) -> dict[str, Any] | None:
    likeness = intake.likeness
    found = likeness.ranked(report, cases, lambda likely: {one["no"]: likeness.said(one) for one in likely}, NOW)
    return next(iter(found), None)


def test_the_same_words_at_the_same_place_are_the_same(intake: Intake) -> None:
    found = best(intake, REPORT, case(sameCaller=True))
    assert found is not None
    assert (found["score"], found["metres"], found["relation"]) == (1.0, 0, "同一事件")


def test_without_the_same_caller_it_is_still_enough(intake: Intake) -> None:
    found = best(intake, REPORT, case())
    assert found is not None
    assert found["score"] == 0.95


@pytest.mark.parametrize("other", ["榕树头广场旁写着通信字样的井盖翘了", "榕树头广场旁的雨水篦子堵了"])
def test_another_part_is_never_the_same(intake: Intake, other: str) -> None:
    assert best(intake, REPORT, case(content=other)) is None
    assert best(intake, {**REPORT, "content": other}, case()) is None


def test_far_away_counts_nothing_for_the_place(intake: Intake) -> None:
    near, far = best(intake, REPORT, case()), best(intake, REPORT, case(lat=21.71))
    assert near is not None
    assert far is not None
    assert near["score"] - far["score"] == pytest.approx(0.35)


def test_time_fades_in_two_weeks(intake: Intake) -> None:
    old = best(intake, REPORT, case(openedAt=NOW - timedelta(days=15)))
    assert old is not None
    assert old["score"] == 0.8


def test_after_it_was_closed_it_has_recurred(intake: Intake) -> None:
    found = best(intake, REPORT, case(status="completed"))
    assert found is not None
    assert (found["open"], found["relation"]) == (False, "复发")


def test_again_after_the_result_has_recurred_too(intake: Intake) -> None:
    again = {**REPORT, "content": "榕树头广场旁的沙井盖又破了一个角，昨天说处理了。"}
    found = best(intake, again, case(published=True))
    assert found is not None
    assert found["relation"] == "复发"


def test_an_injury_is_a_new_fact(intake: Intake) -> None:
    found = best(intake, {**REPORT, "facts": {"injured": True}}, case(facts={"injured": False}))
    assert found is not None
    assert (found["newFacts"], found["relation"]) == (["injured"], "带新情况")


def test_without_points_the_name_of_the_place_counts(intake: Intake) -> None:
    bare = {**REPORT, "lon": None, "lat": None}
    found = best(intake, bare, case(lon=None, lat=None))
    assert found is not None
    assert found["score"] == 0.95


def test_what_weighs_how_much_is_a_file() -> None:
    lists = {path.stem: rows(path) for path in FOLDER.glob("*.csv")}
    weights = {"文字": "0.3", "来电人": "0", "时间": "0.1"}
    changed = [{**row, "value": weights.get(row["name"], row["value"])} for row in lists["duplicate_score"]]
    known = (lists["categories"], lists["gazetteer"], lists["divisions"], lists["grids"])
    found = best(build({**lists, "duplicate_score": changed}, *known), REPORT, case())
    assert found is not None
    assert found["score"] == 1.0
