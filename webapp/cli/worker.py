"""`cityloop worker`: background jobs and timers."""

from __future__ import annotations

import click

from webapp.cli import lifeline
from webapp.database import running
from webapp.settings import load_settings


@click.command()
def command() -> None:
    """只启动后台任务 / Start a worker for background jobs and timers; run as many as needed."""
    from webapp import worker

    lifeline.attach()
    with running(load_settings()) as settings:
        worker.run(settings)
