"""`cityloop drive`: plays the staff and some citizens until every appeal has its answer."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click

from webapp.settings import load_settings

Share = click.FloatRange(0, 1)


@click.command()
@click.option("--url", help="Cityloop 的地址 / address; default: this installation's")
@click.option("--password", envvar="CITYLOOP_DEMO_PASSWORD", help="演示账号的密码 / of the demo accounts")
@click.option(
    "--staff", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="人员名单，默认现行的 / list of staff"
)
@click.option("--workers", default=4, show_default=True, type=click.IntRange(1, 64), help="同时几个人 / people at once")
@click.option("--seed", default=1, show_default=True, help="同样的种子，同样的办法 / same seed, same decisions")
@click.option(
    "--citizens",
    default=0,
    show_default=True,
    type=click.IntRange(0, 25),
    help="先由N位群众网上反映并评价 / N citizens report first and rate",
)
@click.option("--limit", type=click.IntRange(min=1), help="办满N项任务就停 / stop after N tasks")
@click.option(
    "--max-minutes",
    default=60.0,
    show_default=True,
    type=click.FloatRange(min=0.1),
    help="最多几分钟 / at most so long",
)
@click.option("--patience", default=60.0, show_default=True, help="多少秒毫无进展就算卡住 / seconds without progress")
@click.option("--returned", default=0.08, show_default=True, type=Share, help="退单率 / units that return a case")
@click.option("--failed", default=0.08, show_default=True, type=Share, help="核查不通过率 / failed verifications")
@click.option("--dissatisfied", default=0.08, show_default=True, type=Share, help="低评价率 / low ratings")
@click.option("--joined", default=0.06, show_default=True, type=Share, help="并案率 / appeals that join an open case")
@click.option("--refused", default=0.04, show_default=True, type=Share, help="不予受理率 / appeals not taken")
def command(
    url: str | None,
    password: str | None,
    staff: Path | None,
    workers: int,
    seed: int,
    citizens: int,
    limit: int | None,
    max_minutes: float,
    patience: float,
    returned: float,
    failed: float,
    dissatisfied: float,
    joined: float,
    refused: float,
) -> None:
    """让系统自己跑一遍 / Play the staff over HTTP: claim, fill, submit, until every appeal is answered.

    Some units return their case, some verifications fail, some citizens are not content. Exit code 1 when
    something is stuck; it is named with the place where it stands.
    """
    from webapp.drive.citizens import reports
    from webapp.drive.desk import Rates
    from webapp.drive.pages import DriveError
    from webapp.drive.play import Plan, Play
    from webapp.drive.roster import Roster

    settings = load_settings()
    plan = Plan(
        base_url=url or settings.base_url,
        password=password or settings.demo_password,
        roster=Roster.read(staff or settings.processes_dir / "reference" / "staff.csv"),
        seed=seed,
        rates=Rates(returned, failed, dissatisfied, refused, joined),
        workers=workers,
        limit=limit,
        max_seconds=max_minutes * 60,
        patience=patience,
    )
    try:
        play = Play(plan, click.echo, reports(plan.base_url, citizens, seed))
        outcome = play.run()
    except DriveError as error:
        raise click.ClickException(str(error)) from error
    table("办理的任务 / tasks done", outcome.done)
    table("走过的弯路 / detours", outcome.detours)
    table("结果 / where they ended", outcome.ended)
    click.echo(f"\n群众自己评价 / rated by citizens: {outcome.rated}")
    if outcome.stuck:
        table("被拒绝的提交 / refused", outcome.refused)
        for no, where in outcome.stuck.items():
            click.echo(f"卡住 / stuck: {no} {where}", err=True)
        sys.exit(1)


def table(title: str, counted: Counter[str]) -> None:
    """A small table, most frequent first."""
    click.echo(f"\n{title}")
    for name, number in counted.most_common():
        click.echo(f"{number:>8}  {name}")
    if not counted:
        click.echo("       –")
