"""`cityloop import-messages`: citizens' messages from a table become appeals, each once."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import click

from engine.commands import SubmitReport
from engine.errors import EngineError
from engine.executor import Engine
from webapp.message_file import MessageFile, Row, UnreadableFile, open_file
from webapp.settings import load_settings


@dataclass
class Summary:
    """What became of the rows."""

    taken: int = 0
    known: int = 0
    rejected: list[Row] = field(default_factory=list)

    @property
    def seen(self) -> int:
        return self.taken + self.known + len(self.rejected)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--limit", type=click.IntRange(min=1), help="只导入前N行 / import the first N rows only")
@click.option("--rejects", type=click.Path(dir_okay=False, path_type=Path), help="不能导入的行写到这里 / rejected rows")
def command(file: Path, limit: int | None, rejects: Path | None) -> None:
    """批量导入群众留言 / Import citizens' messages from a CSV file (UTF-8 or GB18030, with a header).

    Columns by name: id, title, written_at, text, class1 (or 编号、标题、时间、内容、分类). A repeat adds nothing;
    an import that was cut short is continued by the same command. Rows that cannot be read go to
    NAME.rejected.csv beside the file, the rest goes on; then the exit code is 1.
    """
    try:
        messages = open_file(file)
    except UnreadableFile as problem:
        raise click.ClickException(f"{file.name}: {problem}") from problem
    with _engine() as engine:
        summary = take_in(engine, messages, limit)
    _tell(summary)
    if summary.rejected:
        target = rejects or file.with_name(f"{file.stem}.rejected.csv")
        write_rejects(target, messages.header, summary.rejected)
        click.echo(f"不能导入的行已写入 / rejected rows are in {target}", err=True)
        sys.exit(1)


@contextmanager
def _engine() -> Iterator[Engine]:
    from webapp.database import running
    from webapp.wiring import wire

    with running(load_settings()) as settings:
        wiring = wire(settings)
        try:
            yield wiring.engine
        finally:
            wiring.close()


def take_in(engine: Engine, messages: MessageFile, limit: int | None = None) -> Summary:
    """Submit every row; each is its own transaction, so a stop in between loses nothing."""
    summary = Summary()
    total = min(len(messages), limit or len(messages))
    with click.progressbar(length=total, label="导入 / importing", file=sys.stderr) as bar:
        for row in islice(messages.rows(engine.clock()), total):
            _take(engine, row, summary)
            bar.update(1)
    return summary


def _take(engine: Engine, row: Row, summary: Summary) -> None:
    if row.report is None:
        summary.rejected.append(row)
        return
    try:
        accepted = engine.execute(SubmitReport(row.report, actor="import"))
    except EngineError as error:
        sentence = f"{error.message_zh} / {error.message_en}"
        summary.rejected.append(Row(row.number, row.cells, problem=sentence))
        return
    if accepted.duplicate:
        summary.known += 1
    else:
        summary.taken += 1


def _tell(summary: Summary) -> None:
    for row in summary.rejected:
        place = f"第{row.number}行（表格第{row.number + 1}行） / row {row.number} (sheet row {row.number + 1})"
        click.echo(f"{place}: {row.problem}", err=True)
    click.echo(f"读到 / rows read           {summary.seen:>7}")
    click.echo(f"新建诉求 / new appeals      {summary.taken:>7}")
    click.echo(f"已在系统中 / already there   {summary.known:>7}")
    click.echo(f"不能导入 / rejected         {len(summary.rejected):>7}")


def write_rejects(target: Path, header: Sequence[str], rows: Sequence[Row]) -> None:
    """The rejected rows as they were, with number and reason in front; opens in a spreadsheet."""
    with target.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["行号 row", "原因 reason", *header])
        writer.writerows([row.number, row.problem, *row.cells] for row in rows)
