"""`cityloop check`: what a process owner runs before publishing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from webapp.database import running
from webapp.settings import Settings, load_settings


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--forms", "forms_folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--only", help="只运行名称含此文字的场景 / only scenarios whose name contains this text")
def command(folder: Path | None, forms_folder: Path | None, only: str | None) -> None:
    """体检 / Check the diagrams, decisions, forms and scenarios of FOLDER (default: processes).

    The ten invariants of processes/README.md are proved over all diagrams together.

    Works in a database of its own that is dropped afterwards; the district's data is not touched.
    """
    with running(load_settings()) as settings:
        ok = _check(settings, folder or settings.processes_dir, forms_folder or settings.forms_dir, only or "")
    sys.exit(0 if ok else 1)


def _check(settings: Settings, processes: Path, forms: Path, only: str) -> bool:
    from webapp import bootstrap
    from webapp.check.scratch import scratch

    with scratch(settings, settings.processes_dir / "reference") as found:
        with found.wiring() as wiring:
            if _tell_queries(wiring):
                return False
            files = bootstrap.collect(processes, forms)
            findings = wiring.engine.check(files)
            if _tell(findings, len(files)):
                return False
            _deploy(wiring, files)
        return _play(found, processes, only)


def _tell(findings: Sequence[Any], files: int) -> bool:
    """Print what was found; whether there is an error among it."""
    for one in findings:
        click.echo(f"{one.severity:7} {one.rule} {one.element}: {one.zh} / {one.en}")
        if repair := getattr(one, "repair_zh", None):
            click.echo(f"{'':7} → {repair} / {one.repair_en}")
    errors = sum(one.severity == "error" for one in findings)
    click.echo(
        f"{files} 个文件，{errors} 个错误，{len(findings) - errors} 个提醒"
        f" / {files} files, {errors} errors, {len(findings) - errors} warnings"
    )
    return errors > 0


def _tell_queries(wiring: Any) -> bool:
    """Try every query against the tables and print what is wrong; whether there is anything."""
    problems = wiring.queries.trial(wiring.engine.database, wiring.clock())
    for name, problem in problems.items():
        click.echo(f"error   QUERY {name}: {problem}")
    return bool(problems)


def _deploy(wiring: Any, files: dict[str, bytes]) -> None:
    from engine import commands

    wiring.engine.execute(commands.Deploy(files, commands.SYSTEM, "check"))


def _play(found: Any, processes: Path, only: str) -> bool:
    """Play the scenarios; whether all went as expected."""
    from webapp import check

    paths = [path for path in check.collect(processes) if only in path.stem]
    good = 0
    for path in paths:
        outcome = check.run_all([path], found.world)[0]
        good += not outcome.problem
        click.echo(f"{'✗' if outcome.problem else '✓'} {path.stem}: {outcome.problem or outcome.title}")
    click.echo(f"{good} / {len(paths)} 个场景通过 / {good} of {len(paths)} scenarios pass")
    return good == len(paths)
