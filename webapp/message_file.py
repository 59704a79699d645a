"""Reads a table of citizens' messages: a CSV file with a header, UTF-8 or GB18030.

Columns are found by name, in Chinese or English; only the text is required. A row that cannot be read is said with
its number and reason, and the rest goes on.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from engine.ports import Place, Report, Reporter

SOURCE = "import"
CHANNEL = "批量导入"
SHANGHAI = ZoneInfo("Asia/Shanghai")
SHORTEST, LONGEST = 2, 20_000
LONGEST_ID = 100

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "编号", "留言编号", "工单号", "序号", "message_id"),
    "title": ("title", "标题", "主题", "留言主题", "subject"),
    "written_at": ("written_at", "留言时间", "时间", "反映时间", "created_at", "date"),
    "text": ("text", "内容", "留言详情", "诉求内容", "正文", "content", "message"),
    "class1": ("class1", "一级标签", "一级分类", "分类", "类别", "class", "category"),
    "address": ("address", "地址", "地点", "事发地址"),
    "name": ("name", "姓名", "反映人"),
    "phone": ("phone", "电话", "联系电话", "手机"),
}
TIME_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日")


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the sentence says why."""


class UnreadableRow(Exception):
    """One row cannot be read; the sentence says why."""


@dataclass(frozen=True)
class Row:
    """One row of the file. `number` counts the rows below the header from 1, so that a spreadsheet shows it as
    `number + 1`; `problem` is empty for a good one."""

    number: int
    cells: tuple[str, ...]
    report: Report | None = None
    problem: str = ""


@dataclass(frozen=True)
class MessageFile:
    """An opened file: its header, where each known column stands, and the rows that are not blank by number."""

    header: tuple[str, ...]
    columns: Mapping[str, int]
    body: Mapping[int, tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.body)

    def rows(self, now: datetime) -> Iterator[Row]:
        """All rows in order; `now` stands in for a missing time."""
        first: dict[str, int] = {}
        width = len(self.header)
        for number, line in self.body.items():
            cells = line if any(line[width:]) else line[:width]  # spreadsheets leave empty cells behind
            try:
                report = self._report(cells, now)
                self._refuse_repeated(report, number, first)
            except UnreadableRow as problem:
                yield Row(number, cells, problem=str(problem))
            else:
                yield Row(number, cells, report)

    @staticmethod
    def _refuse_repeated(report: Report, number: int, first: dict[str, int]) -> None:
        earlier = first.setdefault(report.source_order_no, number)
        if earlier != number:
            raise UnreadableRow(f"编号 {report.source_order_no} 与第{earlier}行重复 / has the same id as row {earlier}")

    def _report(self, cells: tuple[str, ...], now: datetime) -> Report:
        if len(cells) != len(self.header):
            raise UnreadableRow(
                f"有{len(cells)}列，表头是{len(self.header)}列（引号或逗号有误？）"
                f" / has {len(cells)} columns instead of {len(self.header)}"
            )
        if any("\0" in cell for cell in cells):
            raise UnreadableRow("含有空字符，文件可能已损坏 / contains a null character; the file may be damaged")
        content = self._cell(cells, "text")
        if not SHORTEST <= len(content) <= LONGEST:
            raise UnreadableRow(
                f"内容应为{SHORTEST}至{LONGEST}个字，现为{len(content)}个 / the text has {len(content)} characters"
            )
        title, written_at = self._cell(cells, "title"), self._moment(cells)
        kind = self._cell(cells, "class1")
        return Report(
            source=SOURCE,
            source_order_no=self._id(cells, title, content),
            channel=CHANNEL,
            title=title[:200],
            content=content,
            received_at=now,
            occurred_at=written_at,
            reporter=Reporter(self._cell(cells, "name")[:50], self._cell(cells, "phone")[:30]),
            place=Place(address=self._cell(cells, "address")[:300]),
            extra={"importClass": kind} if kind else {},
        )

    def _cell(self, cells: tuple[str, ...], column: str) -> str:
        return cells[self.columns[column]].strip() if column in self.columns else ""

    def _id(self, cells: tuple[str, ...], title: str, content: str) -> str:
        """The row's own id; without an id column its words stand for it, so that a repeat is recognised."""
        if "id" not in self.columns:
            return hashlib.sha256(f"{title}\n{content}".encode()).hexdigest()[:20]
        found = self._cell(cells, "id")
        if not 1 <= len(found) <= LONGEST_ID:
            raise UnreadableRow("没有编号 / the id is missing" if not found else "编号过长 / the id is too long")
        return found

    def _moment(self, cells: tuple[str, ...]) -> datetime | None:
        text = self._cell(cells, "written_at").replace("/", "-").replace("T", " ")
        if not text:
            return None
        for pattern in TIME_FORMATS:
            try:
                return datetime.strptime(text, pattern).replace(tzinfo=SHANGHAI)
            except ValueError:
                continue
        raise UnreadableRow(f"时间“{text[:40]}”无法识别 / the time cannot be read")


def open_file(path: Path) -> MessageFile:
    """Read a whole file. Raises UnreadableFile."""
    try:
        text = _decode(path.read_bytes())
        csv.field_size_limit(10_000_000)
        lines = [tuple(cells) for cells in csv.reader(io.StringIO(text, newline=""))]
    except OSError as error:
        raise UnreadableFile(f"打不开文件：{error.strerror} / cannot open the file") from error
    except csv.Error as error:
        raise UnreadableFile(f"不是有效的CSV文件：{error} / not a valid CSV file") from error
    if not any(any(line) for line in lines):
        raise UnreadableFile("文件是空的 / the file is empty")
    header = lines[0]
    columns = _find(header)
    if "text" not in columns:
        wanted = "、".join(COLUMNS["text"])
        found = "、".join(header)[:80]
        raise UnreadableFile(f"表头里没有内容列（{wanted}之一） / the header has no text column: {found}")
    body = {number: line for number, line in enumerate(lines[1:], start=1) if any(cell.strip() for cell in line)}
    return MessageFile(header, columns, body)


def _decode(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("编码既不是UTF-8也不是GB18030 / the file is neither UTF-8 nor GB18030")


def _find(header: tuple[str, ...]) -> dict[str, int]:
    """Where each known column stands; the first name that is there wins."""
    names = [name.strip().lower() for name in header]
    return {
        column: names.index(next(name for name in spellings if name in names))
        for column, spellings in COLUMNS.items()
        if any(name in names for name in spellings)
    }
