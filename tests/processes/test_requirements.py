"""The table of requirements names every one that is in scope, and nothing that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = ROOT / "processes"
TEXT = (PROCESSES / "requirements.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"(?<![A-Za-z0-9])[NCJXB]\d+(?![A-Za-z0-9])")
BRIEFS = [path for folder in ROOT.parents if (path := folder / "shared" / "domain" / "brief.md").is_file()]


def test_it_names_every_requirement_in_scope() -> None:
    if not BRIEFS:
        pytest.skip("the list of requirements is not beside the project")
    lines = BRIEFS[0].read_text(encoding="utf-8").splitlines()
    wanted = {found[1] for line in lines if (found := re.match(r"\| ([NCJXB]\d+) \|.*\| IN[ /(|]", line))}
    assert wanted
    assert wanted - set(NUMBER.findall(TEXT)) == set()


def test_the_readme_names_what_belongs_to_later_parts() -> None:
    later = "".join(line for line in TEXT.splitlines() if "以后" in line)
    section = (PROCESSES / "README.md").read_text(encoding="utf-8").partition("## 还没有的")[2].partition("\n## ")[0]
    named = set(NUMBER.findall(section))
    assert named
    assert named == set(NUMBER.findall(later))


def test_what_it_names_exists() -> None:
    diagrams = "".join(path.read_text(encoding="utf-8") for path in PROCESSES.rglob("*.bpmn"))
    for name in re.findall(r"`([^`]+)`", TEXT):
        if "." in name:
            assert list(PROCESSES.rglob(name)), name
        elif "/" in name:
            assert (PROCESSES / name).is_dir(), name
        elif name != "target":
            assert f'id="{name}"' in diagrams, name


def test_the_scenarios_of_the_acceptance_exist() -> None:
    text = (PROCESSES / "acceptance.md").read_text(encoding="utf-8")
    told = {path.stem for path in PROCESSES.rglob("scenarios/*.toml")}
    table = "".join(line for line in text.splitlines() if line.startswith("| ") and "check --only" in line)
    named = set(re.findall(r"`(?:check --only )?([a-z_]+)`", table))
    assert len(named) > 12
    assert named - told == set()
