"""`cityloop audit`: whether the audit log is as it was written."""

from __future__ import annotations

import sys

import click

from webapp.database import running
from webapp.settings import load_settings

ROWS = "select id, at, actor, act, object, reason, data, hash from audit order by id"
AT_ONCE = 1000


@click.command()
@click.option("--head", default="", help="以前记下的摘要，应仍在链上 / a hash noted earlier, which must still be there")
@click.option("--show", is_flag=True, help="列出全部记录 / list every entry")
def command(head: str, show: bool) -> None:
    """核对审计记录 / Follow the chain of the audit log from its first entry.

    Fails when an entry was changed, taken out or put in between. Keep the hash it prints elsewhere and give it back
    with --head: then the loss of the last entries shows too.
    """
    import psycopg
    from psycopg.rows import dict_row

    from engine import audit
    from webapp.crypto import sm3

    with running(load_settings()) as settings:
        address = settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
        with psycopg.connect(address, row_factory=dict_row) as connection, connection.cursor("audit") as cursor:
            cursor.itersize = AT_ONCE
            cursor.execute(ROWS)
            found = audit.verify(map(_shown, cursor) if show else cursor, sm3, head)
    for seq in found.broken:
        click.echo(f"✗ 第 {seq} 条与前一条对不上 / entry {seq} does not follow from the one before")
    if not found.held:
        click.echo(f"✗ 链上没有 {head}：后面的记录丢失了 / this hash is not in the chain: entries are missing")
    click.echo(f"{found.count} 条 / entries, {found.head}")
    if found.broken or not found.held:
        sys.exit(1)
    click.echo("审计链完整 / the audit chain is whole")


def _shown(row: dict[str, object]) -> dict[str, object]:
    click.echo(f"{row['id']} {row['at']:%Y-%m-%d %H:%M:%S} {row['actor']} {row['act']} {row['object']} {row['reason']}")
    return row
