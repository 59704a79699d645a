"""A start prepares the database exactly when something has changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from webapp import readiness
from webapp.settings import Settings, load_settings

NOVEMBER = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    folder = tmp_path / "processes" / "city_case"
    folder.mkdir(parents=True)
    (folder / "city_case.bpmn").write_text("<one/>")
    loaded = load_settings({"CITYLOOP_VAR": str(tmp_path / "var"), "DATABASE_URL": database_url})
    return replace(loaded, processes_dir=folder.parent)


def test_it_is_ready_only_for_what_was_noted(settings: Settings) -> None:
    assert readiness.noted(settings, "a") is None
    readiness.note(settings, "a", accounts=["SL01"])
    assert readiness.noted(settings, "a") == {"digest": "a", "accounts": ["SL01"]}
    readiness.note(settings, "b")
    assert readiness.noted(settings, "a") is None


def test_an_empty_database_is_not_ready(settings: Settings, empty_database_url: str) -> None:
    assert readiness.noted(replace(settings, database_url=empty_database_url), "a") is None


def test_the_digest_follows_what_the_preparation_reads(settings: Settings) -> None:
    first = readiness.digest(settings, NOVEMBER)
    assert readiness.digest(settings, NOVEMBER) == first
    assert readiness.digest(replace(settings, demo=not settings.demo), NOVEMBER) != first
    assert readiness.digest(settings, NOVEMBER.replace(month=12)) != first
    (settings.processes_dir / "city_case" / "city_case.bpmn").write_text("<two/>")
    assert readiness.digest(settings, NOVEMBER) != first
