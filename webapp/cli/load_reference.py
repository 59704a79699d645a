"""`cityloop load-reference`: organisation, grids, categories, calendar, roster."""

from __future__ import annotations

from pathlib import Path

import click

from webapp.database import running
from webapp.settings import load_settings


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def command(folder: Path | None) -> None:
    """载入区级基础数据 / Load the district's master data from FOLDER (default: processes/reference).

    Files with a mistake are refused, each with its row and what is wrong; nothing is loaded then.
    """
    from webapp import bootstrap, reference_check

    with running(load_settings()) as settings:
        source = folder or settings.processes_dir / "reference"
        if findings := reference_check.look(source):
            told = "\n".join(str(one) for one in findings)
            raise click.ClickException(f"主数据有误，没有载入 / nothing was loaded, as the data is wrong:\n{told}")
        if bootstrap.load_reference(settings.database_url, source):
            bootstrap.arm_starts(settings)
    click.echo(f"已载入 / Loaded: {source}")
