"""A work order as a file for a spreadsheet: what it is about and what happened, without who reported."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l

from webapp import labels
from webapp.current import kinds
from webapp.timeline import Entry, Names
from webapp.times import moment_text

BOM = "\ufeff"
"""Without it spreadsheets take the file for another encoding."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would calculate instead of show."""


PHASES = {"before": _l("反映时"), "safe": _l("先期处置"), "after": _l("处置后"), "verify": _l("核查")}
Table = Iterator[tuple[str, ...]]


def sheet(
    order: Mapping[str, Any],
    names: Names,
    entries: Sequence[Entry],
    evidence: Sequence[Mapping[str, Any]],
    versions: Mapping[str, Sequence[Mapping[str, Any]]],
) -> str:
    """CSV, an empty line between: the facts; what happened and was filled in, oldest first; evidence; versions."""
    written = io.StringIO()
    writer = csv.writer(written)
    for table in (_facts(order, names), _happened(entries), _evidence(evidence, names), _versions(versions)):
        for row in table:
            writer.writerow([_plain(cell) for cell in row])
        writer.writerow(())
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


def _happened(entries: Sequence[Entry]) -> Table:
    yield _("时间"), _("处理过程"), _("内容")
    for entry in entries:
        yield moment_text(entry.at), entry.text, "\n".join(f"{label}：{value}" for label, value in entry.details)


def _evidence(files: Sequence[Mapping[str, Any]], names: Names) -> Table:
    """Each file with its digest, so that a copy can be compared with what was handed in."""
    yield _("附件"), _("环节"), _("提交人"), _("时间"), _("拍摄时间"), _("经度"), _("纬度"), "SM3"
    for file in files:
        shot = moment_text(file["shotAt"]) if file["shotAt"] else ""
        place = ("" if file[part] is None else str(file[part]) for part in ("lon", "lat"))
        phase = str(PHASES.get(file["phase"], file["phase"]))
        yield file["name"], phase, names.person(file["by"]), moment_text(file["at"]), shot, *place, file["sm3"]


def _versions(used: Mapping[str, Sequence[Mapping[str, Any]]]) -> Table:
    yield _("依据的版本"), _("名称"), _("版本"), "SHA-256"
    for one in (one for kind in used.values() for one in kind):
        yield one["key"], one["name"], str(one["version"]), one["digest"]


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
