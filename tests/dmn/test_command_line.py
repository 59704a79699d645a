"""`python -m engine.dmn` checks, evaluates and converts."""

import json
from pathlib import Path

import pytest

from engine.dmn.__main__ import main
from engine.dmn.sheet import from_dmn
from tests.dmn.making import table

SLA = Path(__file__).resolve().parents[2] / "processes" / "city_case" / "dmn_sla.dmn"


def test_it_evaluates_a_decision(capsys):
    context = {"stage": "派遣", "priority": "紧急", "category_level": "B"}
    assert main(["evaluate", str(SLA), "dmn_sla", json.dumps(context)]) == 0
    assert json.loads(capsys.readouterr().out)["limit"] == 5


def test_it_checks_files_and_fails_on_errors(tmp_path, capsys):
    broken = tmp_path / "broken.dmn"
    broken.write_bytes(table({"n": "number"}, [(("1 +",), ("1",))]))
    assert main(["check", str(SLA)]) == 0
    assert main(["check", str(SLA), str(broken)]) == 1
    assert "dmn.cell.syntax" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_it_converts_a_table_and_back(tmp_path, kind):
    sheet, back = tmp_path / f"sla.{kind}", tmp_path / "sla.dmn"
    assert main(["convert", str(SLA), str(sheet)]) == 0
    assert main(["convert", str(sheet), str(back)]) == 0
    assert from_dmn(back.read_bytes()) == from_dmn(SLA.read_bytes())


def test_it_says_what_is_wrong_with_a_file(tmp_path, capsys):
    wrong = tmp_path / "wrong.dmn"
    wrong.write_bytes(b"<x/>")
    assert main(["evaluate", str(wrong), "d", "{}"]) == 1
    assert "DMN" in capsys.readouterr().err
