"""`cityloop db`: the database of this installation."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
from sqlalchemy import make_url

from webapp.database import embedded, running
from webapp.postgres_binaries import find_binaries
from webapp.settings import Settings, load_settings


@click.group()
def command() -> None:
    """查看、备份和恢复数据库 / Look at, back up and restore the database."""


@command.command()
def status() -> None:
    """是否在运行 / Whether the database runs, and where."""
    settings = load_settings()
    if not settings.embedded:
        click.echo(f"DATABASE_URL: {make_url(settings.database_url).render_as_string()}")
        return
    server = embedded(settings)
    pid = server.pid()
    state = f"运行中 / running (pid {pid})" if pid else "未运行 / stopped"
    click.echo(f"{state}\n数据 / data: {server.data}\n地址 / address: {server.url()}")


@command.command()
def start() -> None:
    """启动内置数据库 / Start the embedded database and leave it running."""
    server = embedded(_embedded_only())
    server.start()
    click.echo(server.url())


@command.command()
def stop() -> None:
    """停止内置数据库 / Stop the embedded database."""
    embedded(_embedded_only()).stop()
    click.echo("已停止 / Stopped")


@command.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> None:
    """打开 psql / Open psql on the database; ARGUMENTS are psql's own."""
    with running(load_settings()) as settings:
        sys.exit(_program("psql", settings, *arguments))


@command.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def dump(file: Path) -> None:
    """备份到文件 / Write a complete copy of the database to FILE (readable by its owner only)."""
    with running(load_settings()) as settings:
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
        _or_exit(_program("pg_dump", settings, "--format=custom", "--no-owner", f"--file={file.resolve()}"))
    click.echo(f"已备份 / Written: {file}. 请同时保存 settings.toml / keep settings.toml with it.")


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """从备份恢复到空数据库 / Restore FILE into an empty database."""
    options = ("--no-owner", "--exit-on-error", "--single-transaction", str(file.resolve()))
    with running(load_settings()) as settings:
        _or_exit(_program("pg_restore", settings, *options))
    click.echo("已恢复 / Restored")


@command.command()
@click.argument("message")
def revision(message: str) -> None:
    """新建结构变更 / For developers: write a migration from the difference to engine.tables."""
    from webapp import migrations

    with running(load_settings()) as settings:
        migrations.revise(settings.database_url, message)


def _embedded_only() -> Settings:
    settings = load_settings()
    if not settings.embedded:
        raise click.ClickException("已设置 DATABASE_URL，数据库由别处管理 / DATABASE_URL is set: managed elsewhere")
    return settings


def _program(name: str, settings: Settings, *arguments: str) -> int:
    address = settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    return subprocess.run([find_binaries().program(name), f"--dbname={address}", *arguments]).returncode


def _or_exit(code: int) -> None:
    if code:
        sys.exit(code)
