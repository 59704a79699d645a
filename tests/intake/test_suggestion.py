"""Suggestions: category, place, unit, codes, splitting and what to do, from the district's own words."""

from __future__ import annotations

import time
from typing import Any

import pytest

from engine.intake import Intake, build
from tests.intake.conftest import FOLDER, rows


def suggested(intake: Intake, content: str, **more: Any) -> dict[str, Any]:
    return intake.suggestion({"content": content, **more})


@pytest.mark.parametrize(
    ("content", "category"),
    [
        ("松岭小学校门口的沙井盖破损", "C0103"),
        ("写着通信的井盖翘起来了，通信井盖", "C0106"),
        ("春晖路路灯不亮三天了", "C0108"),
        ("南濠街大排档每晚油烟很大", "E0108"),
        ("老板拖欠三个月工资不发", "S0201"),
        ("楼道里有人给电动车飞线充电", "S0701"),
        ("半夜还在打桩，夜间施工吵死人", "E0302"),
        ("请问居住证怎么办理？需要什么材料", "W0101"),
        ("雨水篦子被树叶堵了", "C0104"),
        ("市场门口流动摊贩占道经营", "E0401"),
    ],
)
def test_it_knows_the_category_and_says_why(intake: Intake, content: str, category: str) -> None:
    best = suggested(intake, content)["categories"][0]
    assert best["code"] == category
    assert best["reason"].startswith("写有")
    assert 0 < best["confidence"] <= 1


def test_it_offers_three_at_most_the_likest_first(intake: Intake) -> None:
    found = suggested(intake, "小区门口垃圾没人收，污水横流，还有人违停")["categories"]
    assert len(found) == 3
    assert [one["confidence"] for one in found] == sorted((one["confidence"] for one in found), reverse=True)


def test_it_finds_the_place_with_village_grid_and_point(intake: Intake) -> None:
    found = suggested(intake, "春晖小学后门积水")
    assert found["places"][0]["villageCode"] == "990107004003"
    assert found["places"][0]["gridCode"] == "990107004003006"
    assert found["point"]["lon"] == 114.951233
    assert found["placeUnique"] is True


def test_a_shortened_name_is_found_too(intake: Intake) -> None:
    assert suggested(intake, "松岭小学门口")["places"][0]["name"] == "松岭中心小学"


def test_the_given_point_outranks_every_name(intake: Intake) -> None:
    found = suggested(intake, "区人民医院门口红绿灯坏了", lon=114.893, lat=21.6975)
    assert found["places"][0]["villageName"] == "书院社区"
    assert found["places"][0]["score"] == 1.0


def test_a_village_is_no_point(intake: Intake) -> None:
    assert suggested(intake, "路灯不亮", villageCode="990107001001")["point"] is None


def test_a_village_and_a_place_in_it_are_one_answer(intake: Intake) -> None:
    inside = suggested(intake, "榕树头广场路灯不亮", villageCode="990107001001")
    assert [one["kind"] for one in inside["places"]] == ["村居", "广场"]
    assert inside["placeUnique"] is True
    assert suggested(intake, "榕树头广场路灯不亮", villageCode="990107004002")["placeUnique"] is False


def test_the_unit_follows_the_category_or_the_town(intake: Intake) -> None:
    assert suggested(intake, "沙井盖破损")["unit"]["code"] == "PS"


@pytest.mark.parametrize(
    ("content", "result"),
    [
        ("有人落水了", "应急联动"),
        ("我家电动车被偷了，小偷被监控拍到", "转110"),
        ("法院判决了对方不执行", "不予受理"),
        ("请问居住证怎么办理？需要什么材料", "直接答复"),
        ("路灯不亮", "补充信息"),
        ("春晖路路灯不亮", "受理"),
        ("一、春晖路路灯不亮三天了；二、春晖小学门口流动摊贩占道。", "拆分"),
    ],
)
def test_it_says_what_to_do(intake: Intake, content: str, result: str) -> None:
    assert suggested(intake, content)["result"] == result


def test_several_things_become_several_items(intake: Intake) -> None:
    split = suggested(intake, "一、春晖路路灯不亮三天了；二、春晖小学门口流动摊贩占道。")["split"]
    assert [item["categoryCode"] for item in split] == ["C0108", "E0401"]


def test_numbered_laws_are_no_items(intake: Intake) -> None:
    assert suggested(intake, "根据第一百一十八条和第二次检测，餐馆油烟直排。")["split"] == []


def test_what_was_learned_counts(intake: Intake) -> None:
    bare = intake.suggestion({"content": "那个东西又那样了"})
    learned = intake.suggestion({"content": "那个东西又那样了"}, lambda text: {"C0108": 0.9, "X": 1.0})
    assert bare["categories"] == []
    assert learned["categories"][0]["code"] == "C0108"
    assert "以往同类件" in learned["categories"][0]["reason"]


def test_a_long_letter_is_read_well_within_a_second(intake: Intake) -> None:
    text = "我们小区的路灯不亮，垃圾没人收，门口小贩占道，油烟很大，施工半夜还在吵。" * 60
    began = time.process_time()
    suggested(intake, text)
    assert time.process_time() - began < 1


def test_what_is_suggested_is_a_row_of_a_file() -> None:
    lists = {path.stem: rows(path) for path in FOLDER.glob("*.csv")}
    moved = [{**row, "result": "转外单位"} if row["code"] == "N07" else row for row in lists["intake_results"]]
    known = (lists["categories"], lists["gazetteer"], lists["divisions"], lists["grids"])
    asked = "请帮我取消罚款，给我开绿灯，不符合政策也特批一下"
    assert suggested(build(lists, *known), asked)["result"] == "不予受理"
    assert suggested(build({**lists, "intake_results": moved}, *known), asked)["result"] == "转外单位"
