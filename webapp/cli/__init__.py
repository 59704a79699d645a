"""The command line `cityloop`.

Every module of this folder that has a click command named `command` is a subcommand; the module's name with
hyphens is its name. Only the module that is asked for is imported.
"""

from __future__ import annotations

import difflib
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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each command with its whole first sentence, as both languages stand in it."""
        with formatter.section("命令 / Commands"):
            formatter.write_dl([(name, self._said(ctx, name)) for name in self.list_commands(ctx)])

    def _said(self, ctx: click.Context, name: str) -> str:
        found = self.get_command(ctx, name)
        if found is None or not found.help:
            return ""
        return " ".join(found.help.split("\n\n")[0].split())

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Who mistypes a command is told what comes near it."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], self.list_commands(ctx))
            known = "、".join(near or self.list_commands(ctx))
            asked = "是不是 / did you mean" if near else "有这些命令 / the commands are"
            ctx.fail(f"没有命令 {args[0]} / there is no command {args[0]}; {asked}: {known}")
        return super().resolve_command(ctx, args)

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
