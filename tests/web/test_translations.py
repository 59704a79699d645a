"""Every sentence of the pages has an English translation with the same placeholders, and so have the words drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from lxml import etree

from forms import Form, words

WEBAPP = Path(__file__).parents[2] / "webapp"
KEYWORDS = {"_": None, "gettext": None, "_l": None, "lazy_gettext": None}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
BPMN, CAMUNDA = "{http://www.omg.org/spec/BPMN/20100524/MODEL}", "{http://camunda.org/schema/1.0/bpmn}"
QUOTED = re.compile(r"\{\{.*?\}\}", re.DOTALL)
NAMED = [f"{BPMN}{kind}" for kind in ("process", "userTask", "serviceTask", "sendTask", "boundaryEvent")]
"""What the history of a work order names."""
PLACEHOLDER = re.compile(r"%\((\w+)\)")


def _sentences() -> set[str]:
    found = extract_from_dir(WEBAPP, METHODS, keywords=KEYWORDS)
    return {message for _file, _line, message, *_rest in found if re.search("[一-龥]", str(message))}


def _english(domain: str = "messages") -> dict[str, str]:
    with open(WEBAPP / f"translations/en/LC_MESSAGES/{domain}.po", "rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def test_it_translates_every_sentence() -> None:
    english = _english()
    assert sorted(sentence for sentence in _sentences() if not english.get(sentence)) == []


def test_it_keeps_the_placeholders() -> None:
    for chinese, english in _english().items():
        assert sorted(PLACEHOLDER.findall(chinese)) == sorted(PLACEHOLDER.findall(english)), chinese
        assert not re.search("[一-龥]", english), english


def test_it_has_english_for_what_the_district_drew() -> None:
    """Names of processes, tasks, stages, buttons and tables, and what is said beside a process one may start."""
    english, processes = _english(), WEBAPP.parent / "processes"
    drawn = {word for diagram in processes.rglob("*.bpmn") for word in _drawn(diagram)}
    drawn |= {
        str(one.get("name")) for table in processes.rglob("*.dmn") for one in etree.parse(table).iter("{*}decision")
    }
    missing = sorted(word for word in drawn if not english.get(word))
    assert len(missing) <= len(drawn) // 20, missing  # a new step's words may follow it


def _drawn(diagram: Path) -> Iterator[str]:
    for element in etree.parse(diagram).iter(*NAMED, "{*}property"):
        if element.tag != f"{CAMUNDA}property":
            yield str(element.get("name"))
        elif element.get("name") in ("action", "stage") and not element.get("value", "=").startswith("="):
            yield str(element.get("value"))
        if element.get(f"{CAMUNDA}candidateStarterGroups"):
            yield str(element.findtext(f"{BPMN}documentation"))


def _texts_of_forms() -> set[str]:
    found = (WEBAPP.parent / "forms").glob("*/*.form")
    texts = {text for path in found for text in words.texts(Form.from_bytes(path.read_bytes()))}
    return {text for text in texts if re.search("[一-龥]", QUOTED.sub("", text))}


def test_it_has_english_for_the_forms() -> None:
    english, texts = {**_english(), **_english("forms")}, _texts_of_forms()
    assert sorted(text for text in texts if not english.get(text)) == []


def test_the_catalogue_of_forms_holds_nothing_else() -> None:
    assert sorted(_english("forms").keys() - _texts_of_forms()) == []


def test_forms_quote_the_same_values_in_english() -> None:
    for chinese, english in _english("forms").items():
        assert sorted(QUOTED.findall(chinese)) == sorted(QUOTED.findall(english)), chinese
        assert not re.search("[一-龥，。：；（）？！、　]", QUOTED.sub("", english)), english
