"""The browser and the server say the same sentences."""

import json
import string
from pathlib import Path

import pytest

from forms import fields, messages

BROWSER = Path(__file__).parents[2] / "webapp" / "frontend" / "src" / "form" / "messages.json"


def test_it_says_the_same_in_the_browser() -> None:
    browser = {code: tuple(texts) for code, texts in json.loads(BROWSER.read_text(encoding="utf-8")).items()}
    assert browser == messages.MESSAGES


@pytest.mark.parametrize("code", messages.MESSAGES)
def test_it_names_the_field_in_both_languages(code: str) -> None:
    zh, en = messages.MESSAGES[code]
    names = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (zh, en)]
    assert names[0] == names[1]
    assert "label" in names[0]


def test_it_has_a_sentence_for_every_required_kind() -> None:
    assert set(fields.REQUIRED.values()) <= set(messages.MESSAGES)
