"""A decision table that names a unit nobody has heard of is refused, with its row, column and the code."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from lxml import etree

from engine import commands
from engine.errors import InvalidDeployment
from engine.reference import read as read_reference
from engine.table_codes import answers, check
from tests.conftest import ROOT
from tests.engine.conftest import District

DISPATCH = ROOT / "processes/shared/dispatch/dmn_dispatch.dmn"
REPLY = ROOT / "processes/city_appeal/dmn_reply.dmn"
EMERGENCY = ROOT / "processes/city_emergency/dmn_emergency.dmn"
DECLARED = ROOT / "processes/reference/table_codes.csv"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ('"GAJ"', ["GAJ"]),
        ('["ZJJ", town_unit, "ZFW"]', ["ZJJ", "ZFW"]),
        ('if owner_unit = "XX" then [] else ["CF"]', ["CF"]),
        ('"unit_head@" + drafter.code', ["unit_head@"]),
        ('distinct values(concatenate(["PS"], co_units))', ["PS"]),
        ("category.main_unit", []),
        ("null", []),
        ("", []),
        ('"broken', []),
    ],
)
def test_it_reads_what_a_cell_answers_not_what_it_asks(cell: str, said: list[str]) -> None:
    assert list(answers(cell)) == said


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        (DISPATCH, '"GAJ"', '"GAJX"', "第 8 行“主办单位”的“GAJX”不在 org_units.csv 中。"),
        (DISPATCH, '"PS", "GS"', '"PS", "供水"', "第 4 行“协办单位”的“供水”不在 org_units.csv 中。"),
        (REPLY, '"dispatcher@CTR"', '"dispatchers@CTR"', "第 6 行“审核人”的“dispatchers@CTR”不在 roles.csv"),
        (REPLY, '"dispatcher@CTR"', '"dispatcher@CTRX"', "第 6 行“审核人”的“dispatcher@CTRX”不在 roles.csv"),
        (EMERGENCY, '"燃气抢险"', '"燃气抢修"', "第 2 行“转接”的“燃气抢修”不在 emergency_targets.csv 中。"),
    ],
)
def test_a_code_the_district_does_not_have_is_refused(
    district: District, path: Path, old: str, new: str, told: str
) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    deploy = commands.Deploy({path.name: text.replace(old, new, 1).encode()}, commands.SYSTEM, break_glass="检验编码")
    with pytest.raises(InvalidDeployment) as refused:
        district.execute(deploy)
    (finding,) = [one for one in refused.value.findings if one.rule == "dmn.cell.unknown_code"]
    assert finding.zh.startswith(told)
    assert (finding.element, finding.severity) == (path.stem, "error")


def test_todays_tables_name_what_there_is(district: District) -> None:
    with district.wiring.engine.database.transaction() as transaction:
        reference = read_reference(transaction, "now")
    assert reference.units
    assert reference.tables["table_codes"]
    for path in (ROOT / "processes").rglob("*.dmn"):
        assert list(check(path.read_bytes(), reference)) == [], path


def test_the_columns_it_looks_at_are_there() -> None:
    columns = {
        (decision.get("id"), output.get("name"))
        for path in (ROOT / "processes").rglob("*.dmn")
        for decision in etree.parse(path).iter("{*}decision")
        for output in decision.iter("{*}output")
    }
    for row in csv.DictReader(DECLARED.read_text(encoding="utf-8").splitlines()):
        named = {one for one in columns if one[1] == row["column"] and row["decision"] in (one[0], "*")}
        assert named, row
