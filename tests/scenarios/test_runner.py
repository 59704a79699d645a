"""The scenario runner: what it refuses to read, and that it notices what goes wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine import commands
from engine.executor import utc_now
from tests.conftest import Databases
from webapp import check
from webapp.check import tables
from webapp.check.coverage import Touched
from webapp.check.scratch import Stage
from webapp.cli.check import command
from webapp.settings import ROOT, load_settings
from webapp.wiring import Wiring

REPORT = """
title = "试"
[[step]]
do = "report"
of = "甲"
data = { content = "校门口的沙井盖坏了。" }
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "story.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def stage(databases: Databases, district_template: str) -> Iterator[Stage]:
    found = Stage(load_settings(), lambda: databases.create(district_template), databases.drop)
    yield found
    found.close()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title = 1 1", "TOML"),
        ('title = "无步骤"', "title"),
        (REPORT + '[[step]]\ndo = "dance"', "dance"),
        (REPORT + '[[step]]\ndo = "claim"\nof = "甲"\ntsak = "UT_acc"', "tsak"),
        (REPORT + 'expect = { opne = ["UT_acc"] }', "opne"),
        (REPORT + '[[step]]\ndo = "connector"\nname = "hotline_12345"\nanswer = "maybe"', "answer"),
    ],
)
def test_it_says_what_is_wrong_with_a_scenario_file(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(check.ScenarioInvalid) as refused:
        check.load(written(tmp_path, text))
    assert reason in refused.value.message_zh
    assert reason in refused.value.message_en


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("expect = { status = 70 }", "status 应为 70，实际为 10"),
        ('expect = { open = ["UT_dis"] }', "open 应为 ['UT_dis']，实际为 ['UT_acc']"),
        ('expect = { notices = ["visitor@CTR"] }', "notices"),
        ('expect = { due = { UT_acc = "2026-09-14T09:11" } }', "due"),
        ('expect = { document = { priority = "特急" } }', "document"),
        ("expect = { done = true }", "done"),
        ('[[step]]\ndo = "claim"\nof = "甲"\ntask = "UT_hdl"\nas = "SL01"', "UT_acc"),
        ('[[step]]\ndo = "claim"\nof = "甲"\ntask = "UT_acc"\nas = "PS-01"', "NOT_ALLOWED"),
        ('[[step]]\ndo = "claim"\nof = "甲"\ntask = "UT_acc"\nas = "SL01"\nrefused = "NOT_ALLOWED"', "refused"),
        ('[[step]]\ndo = "complete"\nof = "甲"\ntask = "UT_acc"\nas = "SL01"', "appealType"),
        (
            '[[step]]\ndo = "complete"\nof = "甲"\ntask = "UT_acc"\nas = "SL01"\n'
            'data = { appealType = "求助", categoryCode = "C0103", address = "校门口", villageCode = "990107001001", '
            'resultReason = "已问清地点", colour = 1 }',
            "colour",
        ),
        ('[[step]]\ndo = "rate"\nof = "甲"\ndata = {}', "rating link"),
    ],
)
def test_it_notices_when_something_else_happens(tmp_path: Path, stage: Stage, more: str, reason: str) -> None:
    with pytest.raises(check.ScenarioFailed) as failed:
        check.run(check.load(written(tmp_path, REPORT + more)), stage.world)
    assert reason in str(failed.value)


def checked(databases: Databases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *arguments: str) -> tuple[int, str]:
    monkeypatch.setenv("DATABASE_URL", databases.server_url)
    monkeypatch.setenv("CITYLOOP_VAR", str(tmp_path / "var"))
    result = CliRunner().invoke(command, list(arguments))
    return result.exit_code, result.output


def test_it_checks_the_district_from_the_command_line(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code, output = checked(databases, monkeypatch, tmp_path, "--only", "answer")
    assert code == 0, output
    assert "✓ answer" in output
    assert "1 of 1 scenarios pass" in output


def test_it_tells_which_scenario_a_changed_diagram_breaks(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "processes"
    shutil.copytree(ROOT / "processes", folder)
    diagram = folder / "city_appeal" / "city_appeal.bpmn"
    text = diagram.read_text(encoding="utf-8")
    assert 'value="15"' in text
    diagram.write_text(text.replace('value="15"', 'value="14"'), encoding="utf-8")
    code, output = checked(databases, monkeypatch, tmp_path, str(folder), "--only", "answer")
    assert code == 1
    assert "✗ answer" in output
    assert "status 应为 15，实际为 14" in output


def test_a_story_that_deploys_leaves_the_next_one_a_fresh_district(stage: Stage) -> None:
    def versions(wiring: Wiring) -> dict[str, int]:
        rows = wiring.engine.execute(commands.Deploy({}, commands.SYSTEM, break_glass="another version")).versions
        return {key: version for key, version in rows.items() if version > 1}

    changed = (
        (ROOT / "processes/city_case/dmn_sla.dmn").read_bytes().replace("接听即处置".encode(), "即接即办".encode())
    )
    with stage.world(utc_now) as wiring:
        wiring.engine.execute(
            commands.Deploy({"city_case/dmn_sla.dmn": changed}, commands.SYSTEM, break_glass="another version")
        )
        assert versions(wiring) == {"decision:dmn_sla": 2}
    with stage.world(utc_now) as wiring:
        assert versions(wiring) == {}


def test_coverage_tells_what_no_story_has_touched(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code, output = checked(databases, monkeypatch, tmp_path, "--only", "answer", "--coverage")
    assert code == 1
    assert "1 of 1 scenarios pass" in output
    told = output.partition("city_appeal\n")[2].partition("场景覆盖")[0]
    ends = " ".join(line for line in told.splitlines() if "ends:" in line)
    assert "EE_ans" not in ends, "the story ends there"
    assert "EE_rej" in ends
    assert "dmn_sla\n" in output
    last = output.splitlines()[-1]
    assert "规则行 rule rows" in last


def test_it_says_which_example_of_a_table_is_wrong(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "processes" / "city_case", tmp_path / "city_case")
    path = tmp_path / "city_case" / "scenarios" / "dmn_sla.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("limit = 1, ", "limit = 2, ", 1), encoding="utf-8")
    touched = Touched()
    (problem,) = tables.play(tables.load(path), touched)
    assert "#1" in problem
    assert ("dmn_sla", 1) in touched.rows
