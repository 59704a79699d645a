"""`cityloop deploy`: makes the diagrams, decisions and forms of a folder live."""

from __future__ import annotations

from pathlib import Path

import click

from webapp.database import running
from webapp.settings import Settings, load_settings


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--as", "editor", metavar="USER", help="以谁的名义修改 / whose change it is")
@click.option("--reason", default="", help="为什么改 / why")
@click.option("--break-glass", default="", metavar="REASON", help="不经同事发布，记入日志 / alone; logged")
def command(folder: Path | None, editor: str | None, reason: str, break_glass: str) -> None:
    """部署流程 / Deploy the diagrams, decisions and forms of FOLDER (default: processes); unchanged ones stay.

    The first load goes live at once. Later the files that differ become a change (--as, --reason) that a colleague
    publishes on the pages. --break-glass makes them live without a colleague; the reason stands in the change log.
    """
    with running(load_settings()) as settings:
        source = folder or settings.processes_dir
        if editor:
            _hand_in(settings, source, editor, reason)
        else:
            _deploy(settings, source, break_glass)


def _deploy(settings: Settings, source: Path, break_glass: str) -> None:
    from engine.errors import NeedsTwoPeople
    from webapp import bootstrap
    from webapp.explain import explain

    try:
        deployed = bootstrap.deploy(settings.database_url, source, break_glass=break_glass)
    except NeedsTwoPeople as refused:
        raise click.ClickException(
            f"{explain(refused)}\n在这里提交修改 / to hand it in from here: cityloop deploy --as 账号 --reason 理由"
        ) from refused
    if not deployed.changed:
        click.echo("没有变化，未部署新版本。 / Nothing has changed; no new version was deployed.")
    for name in deployed.changed:
        click.echo(f"已部署 / deployed  {name}  v{deployed.versions[name]}")


def _hand_in(settings: Settings, source: Path, editor: str, reason: str) -> None:
    from webapp import changes

    no, files = changes.hand_in(settings, source, editor, reason)
    if not files:
        click.echo("没有变化。 / Nothing has changed.")
        return
    for path in files:
        click.echo(f"已修改 / changed  {path}")
    click.echo(f"变更 {no} 已建立，请在页面上提交，由同事发布。 / Change {no}: hand it in on the pages.")
