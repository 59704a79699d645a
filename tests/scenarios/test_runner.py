"""The scenario runner: what it refuses to read, and that it notices what goes wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import Databases
from webapp import check
from webapp.check.world import Clock
from webapp.cli.check import command
from webapp.settings import ROOT, load_settings
from webapp.wiring import Wiring, wire

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


def play(path: Path, database_url: str) -> None:
    @contextmanager
    def world(clock: Clock) -> Iterator[Wiring]:
        wiring = wire(replace(load_settings(), database_url=database_url), clock=clock)
        try:
            yield wiring
        finally:
            wiring.close()

    check.run(check.load(path), world)


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
        ('[[step]]\ndo = "complete"\nof = "甲"\ntask = "UT_acc"\nas = "SL01"', "categoryCode"),
        (
            '[[step]]\ndo = "complete"\nof = "甲"\ntask = "UT_acc"\nas = "SL01"\n'
            'data = { appealType = "求助", categoryCode = "C0103", address = "校门口", villageCode = "990107001001", '
            "colour = 1 }",
            "colour",
        ),
        ('[[step]]\ndo = "rate"\nof = "甲"\ndata = {}', "rating link"),
    ],
)
def test_it_notices_when_something_else_happens(
    tmp_path: Path, district_database_url: str, more: str, reason: str
) -> None:
    with pytest.raises(check.ScenarioFailed) as failed:
        play(written(tmp_path, REPORT + more), district_database_url)
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
