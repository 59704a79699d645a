"""The district's decision tables decide as its rule sheets say."""

import csv
import re
from pathlib import Path

import pytest

import engine.dmn
from engine.dmn.sheet import from_dmn
from tests.shared_material import shared
from webapp.check import tables

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
SCENARIOS = sorted(PROCESSES.rglob("scenarios/dmn_*.toml"))
TABLES = sorted(PROCESSES.rglob("dmn_*.dmn"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_table_decides_as_its_examples_say(path):
    assert list(tables.play(tables.load(path))) == []


@pytest.mark.parametrize("file", TABLES, ids=lambda file: file.stem)
def test_a_table_has_no_errors_and_no_unreachable_rules(file):
    found = engine.dmn.check(file.read_bytes())
    assert [each for each in found if each.severity == "error" or each.rule == "dmn.table.unreachable"] == []


@pytest.mark.parametrize("file", TABLES, ids=lambda file: file.stem)
def test_a_table_has_every_row_of_the_district_sheet_and_marks_what_was_added(file):
    with shared(f"domain/{file.stem}.csv").open(encoding="utf-8-sig", newline="") as rows:
        wanted = list(csv.DictReader(rows))
    sheet = from_dmn(file.read_bytes())
    assert sheet.id == file.stem
    assert sheet.hit_policy == wanted[0]["hit_policy"]
    own = [rule for rule in sheet.rules if not re.search("补充|防汛", rule.note)]
    for rule, row in zip(own, wanted, strict=True):
        for column, cell in zip(sheet.outputs, rule.outputs, strict=True):
            if column.name in row and cell.startswith('"') and row[column.name] != "同上":
                assert cell == f'"{row[column.name]}"'


def test_every_district_table_has_scenarios():
    assert {file.stem for file in SCENARIOS} == {file.stem for file in TABLES}
    assert len(TABLES) >= 14


@pytest.mark.parametrize(
    ("table", "known", "misspelled", "row", "column"),
    [
        ("shared/deadline/dmn_extension", '"派遣值班长"', '"中心领导"', 2, 7),
        ("city_case/dmn_sla", '"紧急工作时"', '"紧急时"', 1, 7),
        ("city_joint/dmn_joint", '"争议裁定"', '"裁定"', 5, 8),
    ],
)
def test_a_value_no_diagram_knows_is_refused(table, known, misspelled, row, column):
    source = (PROCESSES / f"{table}.dmn").read_text(encoding="utf-8")
    head, rules = source.split("<rule ", 1)
    first = rules.replace(known, misspelled, 1)
    wrong = [one for one in engine.dmn.check(f"{head}<rule {first}".encode()) if one.severity == "error"]
    assert [one.rule for one in wrong] == ["dmn.cell.not_allowed"]
    assert (wrong[0].element, wrong[0].row, wrong[0].column) == (table.rpartition("/")[2], row, column)
    assert misspelled.strip('"') in wrong[0].zh
