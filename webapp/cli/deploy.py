"""`cityloop deploy`: makes the diagrams, decisions and forms of a folder live."""

from __future__ import annotations

from pathlib import Path

import click

from webapp.database import running
from webapp.settings import Settings, load_settings


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--break-glass", default="", metavar="REASON", help="不经同事直接发布，理由入日志 / logged")
def command(folder: Path | None, break_glass: str) -> None:
    """部署流程 / Deploy the diagrams, decisions and forms of FOLDER (default: processes); unchanged ones stay.

    The first load goes live at once. Later --break-glass makes what differs live without a colleague; the reason
    stands in the change log.
    """
    with running(load_settings()) as settings:
        _deploy(settings, folder or settings.processes_dir, break_glass)


def _deploy(settings: Settings, source: Path, break_glass: str) -> None:
    from webapp import bootstrap

    deployed = bootstrap.deploy(settings.database_url, source, break_glass=break_glass)
    if not deployed.changed:
        click.echo("没有变化，未部署新版本。 / Nothing has changed; no new version was deployed.")
    for name in deployed.changed:
        click.echo(f"已部署 / deployed  {name}  v{deployed.versions[name]}")
