"""Why something is suggested, in Chinese and in English; what people wrote stays as it is."""

from __future__ import annotations

import re
from string import Formatter
from typing import Any

import pytest

from engine.intake import reasons
from engine.intake.district import Intake

CHINESE = re.compile(r"[一-龥]")
QUOTED = re.compile(r"“[^”]*”")


def names(sentence: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(sentence) if name)


@pytest.mark.parametrize("code", reasons.SENTENCES)
def test_both_languages_say_the_same(code: str) -> None:
    chinese, english = reasons.SENTENCES[code]
    assert names(chinese) == names(english)
    assert not CHINESE.search(english)


def test_a_suggestion_is_explained_in_both(intake: Intake) -> None:
    found = intake.suggestion({"content": "沙井盖坏了，在榕树头广场旁边。", "address": "榕树头广场"})
    category, place = found["categories"][0], found["places"][0]
    assert category["reason"] == reasons.told(category["why"])
    assert reasons.told(category["why"], "en").startswith("the report says “沙井盖")
    assert reasons.told(place["why"], "en") == "the address says “榕树头广场”"


def test_reasons_stand_beside_each_other() -> None:
    why = [reasons.reason("words", words=["井盖", "破"]), reasons.reason("learned", percent=40)]
    assert reasons.told(why) == "写有“井盖、破”；以往同类件（40%）"
    assert reasons.told(why, "en") == "the report says “井盖, 破”; like earlier reports (40%)"


@pytest.mark.parametrize(
    ("report", "told"),
    [
        ({"content": "有人在桥上要跳河，快来"}, "danger: "),
        ({"content": "那个东西又那样了"}, "no place recognised"),
    ],
)
def test_what_to_do_is_explained(intake: Intake, report: dict[str, Any], told: str) -> None:
    assert reasons.told(intake.suggestion(report)["why"], "en").startswith(told)
