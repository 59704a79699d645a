"""`cityloop migrate`: brings the database to the newest schema."""

from __future__ import annotations

import click

from webapp.database import running
from webapp.settings import load_settings


@click.command()
def command() -> None:
    """升级数据库结构 / Bring the database to the newest schema; safe to repeat."""
    from webapp import migrations

    with running(load_settings()) as settings:
        migrations.run(settings.database_url)
    click.echo("数据库结构已是最新 / The database schema is up to date")
