"""The command line `cityloop`.

Every module of this folder that has a click command named `command` is a subcommand; the module's name with
hyphens is its name. Only the module that is asked for is imported.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import Any

import click

from engine.errors import EngineError
from webapp.explain import explain
from webapp.postgres_binaries import PostgresError
from webapp.settings import SettingsError

HELPERS = {"__main__", "lifeline"}


class Commands(click.Group):
    """The subcommands found in this folder."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        modules = {module.name for module in pkgutil.iter_modules(__path__)} - HELPERS
        return sorted(name.replace("_", "-") for name in modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{__name__}.{cmd_name.replace('-', '_')}")
        found = getattr(module, "command", None)
        return found if isinstance(found, click.Command) else None

    def invoke(self, ctx: click.Context) -> Any:
        """Errors that a person can act on are shown as their sentence, without a traceback."""
        try:
            return super().invoke(ctx)
        except (PostgresError, SettingsError) as error:
            click.echo(str(error), err=True)
            sys.exit(1)
        except EngineError as error:
            click.echo(explain(error), err=True)
            sys.exit(1)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """城市闭环 Cityloop：按流程图运行区级工单 / runs a district's work orders from BPMN diagrams."""
