"""`cityloop deploy`: makes the diagrams, decisions and forms of a folder live."""

from __future__ import annotations

from pathlib import Path

import click

from webapp.database import running
from webapp.settings import load_settings


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def command(folder: Path | None) -> None:
    """部署流程 / Deploy the diagrams, decisions and forms of FOLDER (default: processes); unchanged ones stay."""
    from webapp import bootstrap

    with running(load_settings()) as settings:
        source = folder or settings.processes_dir
        deployed = bootstrap.deploy(settings.database_url, source)
    if not deployed.changed:
        click.echo("没有变化，未部署新版本。 / Nothing has changed; no new version was deployed.")
    for name in deployed.changed:
        click.echo(f"已部署 / deployed  {name}  v{deployed.versions[name]}")
