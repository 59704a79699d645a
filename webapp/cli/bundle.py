"""`cityloop bundle`: builds what the pages need."""

from __future__ import annotations

import sys

import click


@click.command()
def command() -> None:
    """构建前端 / Build the front-end bundle and the translations, unless nothing has changed."""
    from webapp import build

    try:
        built = build.build(click.echo)
    except build.BuildError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    if not built:
        click.echo("前端已是最新 / The front end is up to date")
