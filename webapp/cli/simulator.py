"""`cityloop simulator`: a stand-in for the 12345 hotline, for demonstrations and tests."""

from __future__ import annotations

import click

from webapp.cli import lifeline


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """启动模拟的 12345 热线 / Start the simulated 12345 hotline; ARGUMENTS are its own."""
    from connectors.hotline_12345 import simulator

    lifeline.attach()
    simulator.main(list(arguments))
