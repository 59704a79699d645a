"""`cityloop check`: what a process owner runs before publishing."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from webapp.database import running
from webapp.settings import Settings, load_settings


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--forms",
    "forms_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="表单文件夹 / folder of forms (default: forms)",
)
@click.option(
    "--only",
    help="此名称的场景，没有时为名称含此文字的 / the scenario of this name, or else those whose name contains it",
)
@click.option(
    "--coverage", is_flag=True, help="列出场景没有走到的结束、边界事件、分支和规则行 / what no scenario touches"
)
def command(folder: Path | None, forms_folder: Path | None, only: str | None, coverage: bool) -> None:
    """体检 / Check the diagrams, decisions, forms and scenarios of FOLDER (default: processes).

    The ten invariants of processes/README.md are proved over all diagrams together. With --coverage it also fails
    when there is something no scenario touches.

    Works in a database of its own that is dropped afterwards; the district's data is not touched.
    """
    with running(load_settings()) as settings:
        processes = folder or settings.processes_dir
        if only:
            _must_be_there(processes, only)
        ok = _check(settings, processes, forms_folder or settings.forms_dir, only or "", coverage)
    sys.exit(0 if ok else 1)


def _must_be_there(processes: Path, only: str) -> None:
    """Nothing to play is a mistake in the name, never a success. Raises click.ClickException."""
    from webapp.check import collect, tables

    names = sorted({path.stem for path in (*collect(processes), *tables.collect(processes))})
    if any(only in name for name in names):
        return
    near = "、".join(difflib.get_close_matches(only, names, cutoff=0.4)) or "–"
    raise click.ClickException(
        f"没有名称含“{only}”的场景或例子，相近的有 / no scenario or example is called so; near: {near}"
    )


def _check(settings: Settings, processes: Path, forms: Path, only: str, coverage: bool) -> bool:
    from webapp import bootstrap
    from webapp.check.coverage import Touched
    from webapp.check.scratch import scratch

    own = processes / "reference"
    reference = own if own.is_dir() else settings.processes_dir / "reference"
    if _tell_reference(reference):
        return False
    touched = Touched()
    with scratch(settings, reference) as found:
        files = bootstrap.collect(processes, forms)
        with found.wiring() as wiring:
            if _tell_queries(wiring) or not _deploy(wiring, files):
                return False
        ok = _examples(processes, only, touched)
        ok = _play(found, processes, only, touched) and ok
    return (not coverage or _cover(files, touched)) and ok


def _deploy(wiring: Any, files: dict[str, bytes]) -> bool:
    """Make the files live and print what was found; False when there is an error among it."""
    from engine import commands
    from engine.errors import InvalidDeployment

    try:
        deployed = wiring.engine.execute(commands.Deploy(files, commands.SYSTEM, "check"))
    except InvalidDeployment as refused:
        return not _tell(refused.findings, len(files))
    return not _tell(deployed.findings, len(files))


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


def _tell_reference(folder: Path) -> bool:
    """Print what is wrong with the master data; whether there is anything."""
    from webapp import reference_check

    findings = reference_check.look(folder)
    for one in findings:
        click.echo(f"error   reference {one}")
    return bool(findings)


def _tell_queries(wiring: Any) -> bool:
    """Try every query against the tables and print what is wrong; whether there is anything."""
    problems: Mapping[str, str] = wiring.queries.trial(wiring.engine.database, wiring.clock())
    for name, problem in problems.items():
        click.echo(f"error   QUERY {name}: {problem}")
    return bool(problems)


def _examples(processes: Path, only: str, touched: Any) -> bool:
    """Play the examples of the decision tables; whether all are right."""
    from webapp.check import tables

    good, total = 0, 0
    for path in _named(tables.collect(processes), only):
        examples = tables.load(path)
        problems = list(tables.play(examples, touched))
        total, good = total + len(examples.cases), good + len(examples.cases) - len(problems)
        for problem in problems:
            click.echo(f"✗ {path.stem}: {problem}")
    click.echo(f"{good} / {total} 个决策表例子通过 / {good} of {total} decision examples pass")
    return good == total


def _named(paths: Iterable[Path], only: str) -> list[Path]:
    """Those called so; when none is, those whose name contains it."""
    found = list(paths)
    return [path for path in found if path.stem == only] or [path for path in found if only in path.stem]


def _play(found: Any, processes: Path, only: str, touched: Any) -> bool:
    """Play the scenarios; whether all went as expected."""
    from webapp.check import collect, ensemble

    paths = _named(collect(processes), only)
    good = 0
    for outcome, seen in ensemble.play(paths, found):
        touched.add(seen)
        good += not outcome.problem
        click.echo(f"{'✗' if outcome.problem else '✓'} {outcome.path.stem}: {outcome.problem or outcome.title}")
    click.echo(f"{good} / {len(paths)} 个场景通过 / {good} of {len(paths)} scenarios pass")
    return good == len(paths)


def _cover(files: Mapping[str, bytes], touched: Any) -> bool:
    """Print what nothing touched; whether everything was."""
    from engine import bpmn, dmn
    from webapp.check import coverage

    programs = [p for path, source in files.items() if path.endswith(".bpmn") for p in bpmn.read(source, deployed=True)]
    tables = [dmn.read(source) for path, source in files.items() if path.endswith(".dmn")]
    parts = coverage.measure([p for p in programs if p.executable], tables, touched)
    for line in coverage.told(parts):
        click.echo(line)
    return all(part.touched for part in parts)
