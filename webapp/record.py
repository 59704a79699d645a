"""A work order as a file for a spreadsheet: what it is about and what happened, without who reported."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from webapp import labels
from webapp.current import kinds
from webapp.timeline import Entry, Names
from webapp.times import moment_text

BOM = "\ufeff"
"""Without it spreadsheets take the file for another encoding."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would calculate instead of show."""


def sheet(order: Mapping[str, Any], names: Names, entries: Sequence[Entry]) -> str:
    """CSV: the facts, an empty line, then time, what happened and what was filled in, oldest first."""
    written = io.StringIO()
    writer = csv.writer(written)
    for row in (*_facts(order, names), (), (_("时间"), _("处理过程"), _("内容")), *_happened(entries)):
        writer.writerow([_plain(cell) for cell in row])
    return BOM + written.getvalue()


def _facts(order: Mapping[str, Any], names: Names) -> Iterator[tuple[str, str]]:
    document = order["document"] or {}
    yield _("编号"), order["no"]
    yield _("类型"), labels.term(kinds(), order["kind"])
    yield _("标题"), document.get("title") or order["title"] or ""
    yield _("内容"), document.get("content") or ""
    yield _("地点"), document.get("address") or ""
    yield _("类别"), order["category_name"] or order["category_code"] or ""
    yield _("承办单位"), names.unit(order["main_unit"])
    yield _("状态"), labels.status_name(order["status_code"], order["kind"], order["status"])
    yield _("建立"), moment_text(order["opened_at"])
    yield _("办结"), moment_text(order["closed_at"]) if order["closed_at"] else ""


def _happened(entries: Sequence[Entry]) -> Iterator[tuple[str, str, str]]:
    for entry in entries:
        yield moment_text(entry.at), entry.text, "\n".join(f"{label}：{value}" for label, value in entry.details)


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
