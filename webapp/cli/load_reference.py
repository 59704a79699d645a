"""`cityloop load-reference`: organisation, grids, categories, calendar, roster."""

from __future__ import annotations

from pathlib import Path

import click

from webapp.database import running
from webapp.settings import load_settings


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def command(folder: Path | None) -> None:
    """载入区级基础数据 / Load the district's master data from FOLDER (default: processes/reference)."""
    from webapp import bootstrap

    with running(load_settings()) as settings:
        source = folder or settings.processes_dir / "reference"
        if bootstrap.load_reference(settings.database_url, source):
            bootstrap.arm_starts(settings)
    click.echo(f"已载入 / Loaded: {source}")
