"""`cityloop replay`: what changed diagrams would have done to the cases of the last weeks."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import click

from webapp.database import running
from webapp.settings import Settings, load_settings


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--change", metavar="NO", help="推演一件变更的草稿 / the drafts of a change")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1), help="最近多少天 / how many days back")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
def command(folder: Path | None, change: str | None, days: int, as_json: bool) -> None:
    """推演 / Replay recent cases on what is live and on the files of FOLDER (default: processes) or of a change.

    Nothing is written.
    """
    with running(load_settings()) as settings:
        report = _report(settings, folder or settings.processes_dir, change, days)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=2, default=str))
    else:
        _tell(report)


def _report(settings: Settings, folder: Path, change: str | None, days: int) -> dict[str, Any]:
    from engine import change_service
    from webapp.changes import STANDING
    from webapp.wiring import wire

    wiring = wire(settings)
    try:
        with wiring.engine.database.transaction() as transaction:
            known = {row["digest"] for row in transaction.rows(STANDING)}
            files = _drafts(transaction, change) if change else _differing(settings, folder, known)
        return change_service.replayed(wiring.engine, files, wiring.clock(), days)
    finally:
        wiring.close()


def _drafts(transaction: Any, change: str) -> dict[str, bytes]:
    from engine import change_service

    files = change_service.files_of(transaction, change)
    if not files:
        raise click.ClickException(
            f"没有变更 {change}，或者它还没有修改任何文件 / there is no change {change}, or it has no files yet"
        )
    return files


def _differing(settings: Settings, folder: Path, known: set[str]) -> dict[str, bytes]:
    from webapp import bootstrap

    files = bootstrap.collect(folder, settings.forms_dir)
    return {path: source for path, source in files.items() if hashlib.sha256(source).hexdigest() not in known}


def _tell(report: dict[str, Any]) -> None:
    old, new = report["inTime"]["old"], report["inTime"]["new"]
    click.echo(f"推演 {report['replayed']} 件，结局相同 {report['same']} 件，不同 {report['other']} 件")
    click.echo(f"replayed {report['replayed']}, same end {report['same']}, other end {report['other']}")
    for way in report["ways"]:
        click.echo(f"  {way['old']} → {way['new']}: {way['number']}（{'、'.join(way['orders'])}）")
    if not report["replayed"]:
        click.echo("没有可以推演的案件，或者没有改动 / no case can be replayed, or nothing differs")
        return
    click.echo(f"按期率 / tasks in time  {_share(old)} → {_share(new)}")
    hours = report["hours"]
    click.echo(f"平均历时（小时）/ average hours  {_number(hours['old'])} → {_number(hours['new'])}")
    click.echo(f"到110的人工步骤 / human steps to 110  {report['toPolice']['old']} → {report['toPolice']['new']}")
    for word, kind in (("新增 / added", "added"), ("取消 / removed", "removed")):
        for step in report["steps"][kind]:
            click.echo(f"{word}  {step['process']} {step['element']} {step['name']}")
    for post in report["load"]:
        if post["old"] != post["new"]:
            click.echo(f"  {post['post']}: {post['old']} → {post['new']}")


def _share(part: dict[str, Any]) -> str:
    return "–" if part["percent"] is None else f"{part['percent']}%"


def _number(found: float | None) -> str:
    return "–" if found is None else str(found)
