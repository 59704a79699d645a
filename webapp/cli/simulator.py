"""`cityloop simulator`: a stand-in for the 12345 hotline, for demonstrations and tests."""

from __future__ import annotations

import os

import click

from webapp.cli import lifeline
from webapp.settings import load_settings


@click.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """启动模拟的 12345 热线 / Start the simulated 12345 hotline; ARGUMENTS are its own."""
    from connectors.hotline_12345 import simulator

    lifeline.attach()
    settings = load_settings()
    for name, value in settings.hotline.items():  # what both sides must know; secrets never as arguments
        os.environ.setdefault(f"HOTLINE_{name.upper()}", str(value))
    os.environ.setdefault("SIMULATOR_PORT", str(settings.simulator_port))
    os.environ.setdefault("CITYLOOP_BASE_URL", settings.base_url)
    os.environ.setdefault("CITYLOOP_VAR", str(settings.var_dir))
    simulator.main(list(arguments))
