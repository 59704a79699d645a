"""`cityloop run`: everything on this machine, in one command."""

from __future__ import annotations

import sys

import click

from webapp.settings import load_settings


@click.command()
def command() -> None:
    """启动全部服务 / Start database, web server, worker and, in demo mode, the simulated hotline.

    Ctrl-C stops everything; the next start finds all data.
    """
    from webapp.launcher import Launcher

    sys.exit(Launcher(load_settings()).run())
