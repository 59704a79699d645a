"""Danger and requests for confidentiality: every one is found; what is plainly harmless is not called a danger."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from engine.intake import Intake
from tests.intake.conftest import FOLDER, rows

HERE = Path(__file__).parent
DANGERS = [(row["group"], row["text"]) for row in rows(HERE / "danger.csv")]
HARMLESS = [row["text"] for row in rows(HERE / "harmless.csv")]
CONFIDENTIAL = [row["text"] for row in rows(HERE / "confidential.csv")]


def test_it_has_enough_examples() -> None:
    assert len(DANGERS) >= 150
    assert {group for group, _ in DANGERS} == {
        "火/烟/爆炸",
        "燃气味",
        "溺水/被困/电梯",
        "昏迷/流血/中毒",
        "轻生/持械/伤害/走失",
        "交通事故",
        "生命支持设备断电",
        "触电/断线",
        "塌陷/爆管/落石",
        "侵害未成年人",
    }


@pytest.mark.parametrize(("group", "text"), DANGERS, ids=[text[:16] for _, text in DANGERS])
def test_it_finds_every_danger(intake: Intake, group: str, text: str) -> None:
    found = intake.screening([text])
    assert found["lifeRisk"] is True, text
    assert group in found["groups"], found["text"]
    assert found["reasons"]


@pytest.mark.parametrize("text", HARMLESS, ids=[text[:16] for text in HARMLESS])
def test_it_lets_harmless_reports_pass(intake: Intake, text: str) -> None:
    assert intake.screening(text)["lifeRisk"] is False, intake.screening(text)["text"]


@pytest.mark.parametrize("harmless", HARMLESS, ids=[text[:16] for text in HARMLESS])
def test_a_harmless_beginning_hides_no_danger(intake: Intake, harmless: str) -> None:
    for _, text in DANGERS[::19]:
        assert intake.screening([f"{harmless}{text}"])["lifeRisk"] is True, harmless + text


@pytest.mark.parametrize("text", CONFIDENTIAL, ids=[text[:16] for text in CONFIDENTIAL])
def test_it_finds_every_request_for_confidentiality(intake: Intake, text: str) -> None:
    assert intake.screening(["西塘巷9号有人深夜装修", text])["confidential"] is True


@pytest.mark.parametrize("text", HARMLESS, ids=[text[:16] for text in HARMLESS])
def test_it_does_not_call_everything_confidential(intake: Intake, text: str) -> None:
    assert intake.screening(text)["confidential"] is False


@pytest.mark.parametrize("gap", [" ", "，", "\u200b", "。", "\n", "!"])
def test_gaps_hide_no_danger(intake: Intake, gap: str) -> None:
    for _, text in DANGERS:
        assert intake.screening([gap.join(text)])["lifeRisk"] is True, text


def test_any_text_can_be_screened(intake: Intake) -> None:
    @given(text=st.text(max_size=300))
    def screened(text: str) -> None:
        assert isinstance(intake.screening([text, None])["lifeRisk"], bool)

    screened()


def test_it_takes_any_number_of_texts(intake: Intake) -> None:
    assert intake.screening(None)["lifeRisk"] is False
    assert intake.screening([])["facts"] == {}
    assert intake.screening("有人溺水")["groups"] == ["溺水/被困/电梯"]


def test_its_groups_are_those_of_the_decision() -> None:
    words = rows(FOLDER / "risk_words.csv")
    groups = {row["group"] for row in words if row["kind"] == "危险" and "lifeRisk" in row["facts"]}
    assert groups == {group for group, _ in DANGERS}


def test_the_longest_report_is_screened_within_a_second(intake: Intake) -> None:
    text = ("老人说楼上装修，孩子放学经过小区门口，水管和电线都有人看过。" * 700)[:20_000]
    began = time.process_time()
    intake.screening(text)
    assert time.process_time() - began < 1


def test_no_exception_is_itself_a_word_of_danger(intake: Intake) -> None:
    entries = intake.vocabulary.entries
    words = {pattern.parts for entry in entries if entry.kind == "危险" for pattern in entry.patterns}
    exceptions = [pattern for entry in entries if entry.kind == "例外" for pattern in entry.patterns]
    assert not [pattern.text for pattern in exceptions if pattern.parts in words]
