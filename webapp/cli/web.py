"""`cityloop web`: the web server of the one-command start."""

from __future__ import annotations

import signal
from types import FrameType

import click

from webapp.cli import lifeline
from webapp.database import running
from webapp.settings import load_settings

THREADS = 8


@click.command()
def command() -> None:
    """只启动网页服务 / Start the web server alone (waitress; in production use gunicorn)."""
    import waitress

    from webapp import create_app

    lifeline.attach()
    signal.signal(signal.SIGTERM, _leave)
    with running(load_settings()) as settings:
        app = create_app(settings)
        waitress.serve(app, host=settings.host, port=settings.port, threads=THREADS, ident="Cityloop")


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """Waitress finishes the requests at hand when it sees this exception."""
    raise SystemExit(0)
