"""What the process owner reads is true: every task, property and file that exists is described, and nothing else."""

from __future__ import annotations

import csv
import re
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest

from engine import bpmn

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = ROOT / "processes"
DIAGRAMS = sorted(PROCESSES.rglob("*.bpmn"))
GUIDE = (PROCESSES / "README.md").read_text(encoding="utf-8")
REFERENCE = (PROCESSES / "reference" / "README.md").read_text(encoding="utf-8")
DMN = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
ASKED = ("deadlines.{}", '"{}"', '"stage">{}<')
"""How a diagram asks for the limit of a stage."""


def elements(path: Path) -> list[bpmn.Element]:
    return [element for program in bpmn.read(path.read_bytes()) for element in program.elements.values()]


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_it_finds_nothing_to_mend_in_a_diagram(path: Path) -> None:
    assert bpmn.lint(path.read_bytes(), None) == []


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_it_describes_every_user_task_with_its_form_and_post(path: Path) -> None:
    text = (path.parent / "README.md").read_text(encoding="utf-8")
    for element in elements(path):
        if element.kind == "userTask":
            form = element.attributes["formKey"]
            assert f"`{element.id}` {element.name} " in text
            assert f"`{form}`" in text
            assert f"`{element.attributes['candidateGroups']}`" in text
            assert (ROOT / "forms" / f"{form}.form").is_file()


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_every_user_task_says_who_takes_it_when_nobody_can(path: Path) -> None:
    with (PROCESSES / "reference" / "roles.csv").open(encoding="utf-8", newline="") as file:
        named = {row["role"] for row in csv.DictReader(file)}
    posts = named | {post for line in staff() for post in line["roles"].split(";")}
    tasks = [one for one in elements(path) if one.kind == "userTask" and one.attributes.get("candidateGroups")]
    missing = {one.id for one in tasks if one.properties.get("fallback", "").partition("@")[0] not in posts}
    assert missing == set()


def staff() -> list[dict[str, str]]:
    with (PROCESSES / "reference" / "staff.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_it_names_every_message_of_a_diagram(path: Path) -> None:
    text = (path.parent / "README.md").read_text(encoding="utf-8")
    names = {
        event.name for element in elements(path) for event in element.events if event.kind in ("message", "signal")
    }
    assert {name for name in names if name and name not in text} == set()


def test_it_explains_every_property_the_diagrams_use() -> None:
    used = {name for path in DIAGRAMS for element in elements(path) for name in element.properties}
    assert used
    assert {name for name in used if f"`{name}`" not in GUIDE} == set()


@pytest.mark.parametrize("path", sorted((PROCESSES / "reference").glob("*.csv")), ids=lambda path: path.stem)
def test_it_explains_every_column_of_the_master_data(path: Path) -> None:
    line = next(line for line in REFERENCE.splitlines() if f"`{path.name}`" in line)
    with path.open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    assert [column for column in columns if column not in line] == []


def test_it_gives_every_status_a_meaning() -> None:
    with (PROCESSES / "reference" / "status_codes.csv").open(encoding="utf-8", newline="") as file:
        known = {row["code"] for row in csv.DictReader(file)}
    staged = [e for path in DIAGRAMS for e in elements(path) if "status" in e.properties]
    used = {e.properties["status"] for e in staged}
    assert used <= known
    assert [e.id for e in staged if not e.properties.get("citizenText")] == []


def limits() -> set[str]:
    """The stages that dmn_sla has a limit for."""
    table = ElementTree.fromstring((PROCESSES / "city_case" / "dmn_sla.dmn").read_bytes())
    first = [rule.find(f"{DMN}inputEntry/{DMN}text") for rule in table.iter(f"{DMN}rule")]
    return {stage for text in first if text is not None for stage in re.findall('"([^"]+)"', text.text or "")}


def test_every_limit_of_the_table_is_asked_for_by_a_diagram() -> None:
    """A row that nothing asks for would be changed in vain."""
    drawn = "".join(unescape(path.read_text(encoding="utf-8")) for path in DIAGRAMS)
    assert len(limits()) > 30
    asked = {stage for stage in limits() if any(form.format(stage) in drawn for form in ASKED)}
    assert limits() - asked == set()


def test_every_limit_a_diagram_asks_for_is_in_the_table() -> None:
    """Of a stage without a row nothing ever falls due."""
    drawn = "".join(unescape(path.read_text(encoding="utf-8")).replace("&quot;", '"') for path in DIAGRAMS)
    asked = {*re.findall(r'due\("([^",]+)"\)', drawn), *re.findall(r"deadlines\.([\w（）]+)", drawn)}
    assert asked - limits() == set()
