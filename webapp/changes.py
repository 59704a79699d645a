"""Changes of diagrams as pages and the command line prepare them; the engine decides everything."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine import commands, queries
from engine.errors import InvalidInput
from webapp import bootstrap
from webapp.settings import Settings
from webapp.wiring import wire

PROCESS = "city_change"
EDITING = "UT_edit"
STANDING = "select digest from definition where revoked_at is null"


def being_edited(reader: Any) -> list[Any]:
    """Changes that files can be saved into now."""
    return [one for one in queries.open_changes(reader) if one["element"] == EDITING]


def start(engine: Any, title: str, reason: str, actor: str) -> str:
    """Open a change; its number."""
    if len(title.strip()) < 4 or len(reason.strip()) < 8:
        sentence = "请写清改什么（至少4个字）、为什么改（至少8个字）。"
        raise InvalidInput(sentence, "Say what changes (4 characters) and why (8 characters).", {"reason": [sentence]})
    data = {"title": title.strip()[:60], "changeReason": reason.strip()[:500]}
    opened: commands.Accepted = engine.execute(commands.StartOrder(PROCESS, data, actor))
    return opened.no


def hand_in(settings: Settings, folder: Path, editor: str, reason: str) -> tuple[str, list[str]]:
    """Make the files of a folder that differ from what stands into a change: its number and the paths."""
    wiring = wire(replace(settings, processes_dir=folder))
    try:
        with wiring.engine.database.transaction() as transaction:
            known = {row["digest"] for row in transaction.rows(STANDING)}
        files = bootstrap.collect(folder, settings.forms_dir)
        changed = {path: one for path, one in files.items() if hashlib.sha256(one).hexdigest() not in known}
        if not changed:
            return "", []
        no = start(wiring.engine, f"部署文件夹 {folder.name}", reason, editor)
        wiring.engine.execute(commands.SaveDraft(no, changed, editor))
        return no, sorted(changed)
    finally:
        wiring.close()
