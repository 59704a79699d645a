"""Every sentence of the pages has an English translation with the same placeholders."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

WEBAPP = Path(__file__).parents[2] / "webapp"
KEYWORDS = {"_": None, "gettext": None, "_l": None, "lazy_gettext": None}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
PLACEHOLDER = re.compile(r"%\((\w+)\)")


def _sentences() -> set[str]:
    found = extract_from_dir(WEBAPP, METHODS, keywords=KEYWORDS)
    return {message for _file, _line, message, *_rest in found if re.search("[一-龥]", str(message))}


def _english() -> dict[str, str]:
    with open(WEBAPP / "translations/en/LC_MESSAGES/messages.po", "rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def test_it_translates_every_sentence() -> None:
    english = _english()
    assert sorted(sentence for sentence in _sentences() if not english.get(sentence)) == []


def test_it_keeps_the_placeholders() -> None:
    for chinese, english in _english().items():
        assert sorted(PLACEHOLDER.findall(chinese)) == sorted(PLACEHOLDER.findall(english)), chinese
        assert not re.search("[一-龥]", english), english
