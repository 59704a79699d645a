"""The front end is built once, and again only when its sources change."""

from __future__ import annotations

from pathlib import Path

import pytest

from webapp import build

BUILD_MJS = """
import { mkdirSync, appendFileSync } from 'node:fs';
mkdirSync('../static/build', { recursive: true });
appendFileSync('../static/build/runs', 'x');
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    frontend = tmp_path / "frontend"
    (frontend / "node_modules").mkdir(parents=True)
    for name, value in {"FOLDER": tmp_path, "FRONTEND": frontend, "BUILD": tmp_path / "static" / "build"}.items():
        monkeypatch.setattr(build, name, value)
    monkeypatch.setattr(build, "TRANSLATIONS", tmp_path / "translations")
    (frontend / "package.json").write_text('{"name": "x", "version": "1.0.0"}')
    (frontend / "package-lock.json").write_text(
        '{"name": "x", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "x", "version": "1.0.0"}}}'
    )
    (frontend / "build.mjs").write_text(BUILD_MJS)
    return tmp_path


def silent(_: str) -> None:
    """Nobody needs to hear about it."""


def runs(folder: Path) -> int:
    return len((folder / "static" / "build" / "runs").read_text())


def test_it_builds_again_only_when_the_sources_change(folder: Path) -> None:
    assert build.build_bundle(silent) is True
    assert build.build_bundle(silent) is False
    (folder / "frontend" / "form.js").write_text("export {}")
    assert build.build_bundle(silent) is True
    (folder / "frontend" / "node_modules" / "other.js").write_text("")
    (folder / "frontend" / "README.md").write_text("words only")
    assert build.build_bundle(silent) is False
    assert runs(folder) == 2


def test_it_builds_with_the_node_of_the_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "_system_node_is_usable", lambda: False)
    monkeypatch.setenv("PATH", "")
    assert build.build_bundle(silent) is True
    assert runs(folder) == 1


def test_it_shows_what_the_failing_command_said(folder: Path) -> None:
    (folder / "frontend" / "build.mjs").write_text("throw new Error('no such page')")
    with pytest.raises(build.BuildError, match="no such page"):
        build.build_bundle(silent)
    assert not (folder / "static" / "build" / ".sources").exists()


def test_it_compiles_newer_translations(folder: Path) -> None:
    source = folder / "translations" / "en" / "LC_MESSAGES" / "messages.po"
    source.parent.mkdir(parents=True)
    source.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "待办"\nmsgstr "Tasks"\n')
    assert build.compile_translations(silent) is True
    assert b"Tasks" in source.with_suffix(".mo").read_bytes()
    assert build.compile_translations(silent) is False
