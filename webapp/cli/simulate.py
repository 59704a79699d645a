"""`cityloop simulate`: plays a district's days on an injected clock and ends with the district's figures."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from webapp.database import running
from webapp.settings import Settings, load_settings

FIRST = "2026-09-14"


@click.command()
@click.option("--cases", default=300, show_default=True, type=click.IntRange(1), help="上报多少件 / number of reports")
@click.option("--days", default=1, show_default=True, type=click.IntRange(1), help="多少天 / over so many days")
@click.option(
    "--seed",
    default=1,
    show_default=True,
    help="一个进程时，同一种子得到同一段历史 / the same seed, the same history in one process",
)
@click.option("--first", default=FIRST, show_default=True, type=click.DateTime(["%Y-%m-%d"]), help="第一天 / first day")
@click.option(
    "--processes", default=2, show_default=True, type=click.IntRange(1, 8), help="同时几个进程 / side by side"
)
@click.option(
    "--habits", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="习惯文件 / file of habits"
)
@click.option("--database-url", help="写入这个数据库 / write into this database")
@click.option("--here", is_flag=True, help="写入本装置的数据库 / write into the configured database")
@click.option("--drop", is_flag=True, help="结束后删除新建的数据库 / drop the new database afterwards")
def command(
    cases: int,
    days: int,
    seed: int,
    first: datetime,
    processes: int,
    habits: Path | None,
    database_url: str | None,
    here: bool,
    drop: bool,
) -> None:
    """模拟 / Play a district's days: reports by the hour, storm days, staff who are slow, wrong, absent or dishonest.

    Everything goes through the engine's door on a clock of its own. Prints progress and ends with the district's
    figures. By default into a new database, whose name is printed.
    """
    from webapp import simulate

    if habits:
        simulate.Habits.read(habits)  # what is wrong with it is told before a database is made
    with running(load_settings()) as found, _target(found, database_url, here, drop) as settings:
        simulate.prepare(settings)
        file = habits or settings.processes_dir / "reference" / "habits.toml"
        plan = simulate.Plan(cases, days, seed, date(first.year, first.month, first.day), processes, file)
        _tell(simulate.play(settings, plan, click.echo))


@contextmanager
def _target(settings: Settings, url: str | None, here: bool, drop: bool) -> Iterator[Settings]:
    """The database to write into: a new one, unless another is named."""
    if url or here:
        yield replace(settings, database_url=url) if url else settings
        return
    from webapp.check.scratch import Scratch

    made = Scratch(settings, f"cityloop_simulation_{secrets.token_hex(3)}")
    made.create()
    click.echo(f"新数据库 / new database: {made.template}")
    try:
        yield replace(settings, database_url=made.url)
    finally:
        if drop:
            made.close()


def _tell(result: Any) -> None:
    outcome = result.outcome
    for name, counts in (
        ("填不了的表单 / forms that could not be filled in", outcome.unfilled),
        ("被拒绝 / refused", outcome.refused),
    ):
        for words, times in counts.most_common(10):
            click.echo(f"{name}: {times} × {words[:300]}")
    click.echo(
        f"上报 {outcome.reports}，办理任务 {outcome.tasks}，到时 {outcome.timers}，评价 {outcome.ratings}，"
        f"共 {outcome.commands} 步，{result.seconds:.1f} 秒 / {outcome.reports} reports, {outcome.tasks} tasks, "
        f"{outcome.timers} timers, {outcome.ratings} ratings, {outcome.commands} steps, {result.seconds:.1f} s"
    )
    for figure in result.figures:
        click.echo(str(figure))
    click.echo(f"指纹 / fingerprint: {result.digest[:16]}")
