"""A throw-away district on a PostgreSQL of its own, with fsync and synchronous_commit on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from engine import commands
from webapp import bootstrap
from webapp.postgres import EmbeddedPostgres
from webapp.settings import ROOT, load_settings
from webapp.wiring import Wiring, wire

HERE = Path(__file__).resolve().parent
ACTOR = "SL01"


@contextmanager
def district() -> Iterator[Wiring]:
    """A migrated, loaded, deployed district; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="cityloop-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder) / "pg")
        server.start()
        wiring = wire(replace(load_settings(), database_url=server.url()))
        try:
            bootstrap.migrate(server.url())
            bootstrap.load_reference(server.url(), ROOT / "processes" / "reference")
            bootstrap.deploy(server.url(), ROOT / "processes")
            files = {"benchmarks/five_tasks.bpmn": (HERE / "five_tasks.bpmn").read_bytes()}
            wiring.engine.execute(commands.Deploy(files, commands.SYSTEM, break_glass="another version"))
            yield wiring
        finally:
            wiring.close()
            server.stop()


def start(wiring: Wiring, key: str) -> str:
    """Begin one five-task work order; its number."""
    content = "学校门口的沙井盖破损，孩子上学有危险。" * 4
    document = {"title": "沙井盖破损", "content": content, "sourceChannel": "public"}
    command = commands.DeliverMessage("msg.bench.start", None, document, f"bench:{key}")
    return str(wiring.engine.execute(command).order_no)


def open_tasks(wiring: Wiring, numbers: list[str]) -> list[dict[str, object]]:
    """The one open task of each of these work orders."""
    sql = (
        "select id, version, order_no from user_task where order_no = any(%(numbers)s) and status = 'open' order by id"
    )
    with wiring.engine.database.transaction() as transaction:
        return transaction.rows(sql, {"numbers": numbers})
