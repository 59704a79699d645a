"""The command line: what it lists, what it says, backup and restore."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from engine.errors import InvalidInput, NotFound
from webapp.cli import main
from webapp.explain import explain
from webapp.postgres import EmbeddedPostgres
from webapp.settings import ROOT

COMMANDS = {
    *("bundle", "check", "db", "deploy", "drive", "import-messages", "load-reference", "migrate", "replay", "run"),
    "web",
}


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="cli-"))
    made.chmod(0o755)
    yield made
    for server in (EmbeddedPostgres(made / name / "postgres") for name in ("one", "two")):
        server.stop()
    shutil.rmtree(made, ignore_errors=True)


def cityloop(var: Path, *arguments: str, **environment: str) -> Result:
    given = {"CITYLOOP_VAR": str(var), "DATABASE_URL": None, **environment}
    return CliRunner().invoke(main, arguments, env=given)


def start(var: Path) -> EmbeddedPostgres:
    """`cityloop db start` as a process of its own, as its server outlives it."""
    command = [sys.executable, "-m", "webapp.cli", "db", "start"]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    subprocess.run(command, cwd=ROOT, env={**environment, "CITYLOOP_VAR": str(var)}, check=True, capture_output=True)
    return EmbeddedPostgres(var / "postgres")


def test_it_lists_every_command() -> None:
    said = CliRunner().invoke(main, ["--help"]).output
    assert {line.split()[0] for line in said.splitlines() if line.startswith("  ") and line.split()} >= COMMANDS


def test_it_says_what_each_command_is_for_in_both_languages() -> None:
    said = " ".join(CliRunner().invoke(main, ["--help"]).output.split())
    assert "学习类别建议 / Learn from closed cases which category a report belongs to." in said
    assert said.count("...") == 1  # that of ARGS


def test_a_mistyped_command_is_told_what_comes_near() -> None:
    refused = CliRunner().invoke(main, ["chek"])
    assert refused.exit_code == 2
    assert "check" in refused.output


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself(name: str) -> None:
    said = CliRunner().invoke(main, [name, "--help"])
    assert said.exit_code == 0
    assert "Usage: main" in said.output or "Usage: cityloop" in said.output


def test_an_unknown_command_is_refused() -> None:
    assert CliRunner().invoke(main, ["lifeline"]).exit_code == 2


def test_a_wrong_setting_is_one_sentence(tmp_path: Path) -> None:
    said = cityloop(tmp_path, "migrate", PORT="many")
    assert said.exit_code == 1
    assert "PORT" in said.output
    assert "Traceback" not in said.output


def test_it_backs_up_and_restores(folder: Path) -> None:
    one, two, copy = folder / "one", folder / "two", folder / "copy.dump"
    assert cityloop(one, "migrate").exit_code == 0
    server = start(one)
    with psycopg.connect(server.url().replace("+psycopg", "")) as connection:
        connection.execute("INSERT INTO audit (at, actor, act, object) VALUES (now(), 'SL01', 'kept', '城市')")
    assert "running" in cityloop(one, "db", "status").output
    assert cityloop(one, "db", "dump", str(copy)).exit_code == 0
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert cityloop(one, "db", "stop").exit_code == 0
    assert server.pid() is None

    restored = cityloop(two, "db", "restore", str(copy))
    assert restored.exit_code == 0, restored.output
    with psycopg.connect(start(two).url().replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT object FROM audit WHERE act = 'kept'").fetchone() == ("城市",)
        checked = cityloop(two, "audit")
        assert (checked.exit_code, "entry 1 does not follow" in checked.output) == (1, True)
        connection.execute("TRUNCATE audit")
        connection.commit()
    assert "whole" in cityloop(two, "audit").output
    assert cityloop(two, "audit", "--head", "f" * 64).exit_code == 1


def test_a_scenario_that_is_not_there_is_no_success(tmp_path: Path) -> None:
    refused = cityloop(tmp_path, "check", "--only", "disput", DATABASE_URL="postgresql://nowhere/nothing")
    assert refused.exit_code != 0
    missing = cityloop(tmp_path, "check", "--only", "nothing_like_it", DATABASE_URL="postgresql://nowhere/nothing")
    assert missing.exit_code == 1
    assert "nothing_like_it" in missing.output


def test_unreadable_habits_are_one_sentence(tmp_path: Path) -> None:
    habits = tmp_path / "habits.toml"
    habits.write_text("x = [", encoding="utf-8")
    refused = cityloop(tmp_path, "simulate", "--habits", str(habits), DATABASE_URL="postgresql://nowhere/nothing")
    assert refused.exit_code == 1
    assert "无法使用" in refused.output


def test_a_managed_database_is_neither_started_nor_stopped(tmp_path: Path) -> None:
    said = cityloop(tmp_path, "db", "stop", DATABASE_URL="postgresql:///elsewhere")
    assert said.exit_code == 1
    assert "DATABASE_URL" in said.output


def test_status_shows_no_password(tmp_path: Path) -> None:
    said = cityloop(tmp_path, "db", "status", DATABASE_URL="postgresql://u:hidden@db.example/city")
    assert "db.example" in said.output
    assert "hidden" not in said.output


def test_errors_are_shown_in_both_languages() -> None:
    assert explain(NotFound()) == f"{NotFound.zh} / {NotFound.en}"
    assert explain(InvalidInput(errors={"title": ["太长"]})).splitlines()[1] == "  title: 太长"
