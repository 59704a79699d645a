"""Looks through the district's master data before it is loaded: rows, keys, values, and whom and what they name.

The database takes most mistakes of a table in silence: a unit that does not exist gets no work, a category written
twice keeps the second row. Each is told here by file, row and sentence.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

Row = Mapping[str, str]
Files = Mapping[str, Sequence[tuple[int, Row]]]
"""By file name without ending: rows with their line in the file."""

KEYS = {
    "categories": "code",
    "org_units": "unit_code",
    "staff": "user_id",
    "divisions": "code12",
    "grids": "grid_code15",
    "parts": "code",
    "delegated_powers": "power_code",
}
"""What may stand only once in a file."""

NAMES = {
    "categories": {"main_unit": "org_units", "co_units": "org_units"},
    "org_units": {"parent_unit": "org_units"},
    "staff": {"unit_code": "org_units"},
    "duty_roster": {"user_id": "staff", "unit_code": "org_units"},
    "absences": {"user": "staff"},
    "deputies": {"user": "staff", "deputy": "staff"},
    "delegated_powers": {"category": "categories"},
    "divisions": {"parent_code12": "divisions", "unit_code": "org_units"},
    "grids": {"village_code12": "divisions", "town_code12": "divisions", "full_time_worker_id": "staff"},
    "parts": {"category": "categories", "owner": "org_units", "grid_code15": "grids"},
}
"""Columns that name rows of another file by its key; several names are separated by semicolons, a narrower
meaning may follow in brackets (`E0403(人行道)`)."""

ANYBODY = {("categories", "co_units"): frozenset({"TOWN", "GRID"}), ("divisions", "parent_code12"): frozenset({"*"})}
"""What may stand there besides: words for whoever it is where the matter is."""

NUMBER = re.compile(r"\d+(\.\d+)?")
CLOCKS = re.compile("紧急工作时|工作时|工作日")
VALUES: Mapping[str, Mapping[str, re.Pattern[str]]] = {
    "categories": {"clock": CLOCKS, "limit": NUMBER, "level": re.compile("A|B|C|D")},
    "calendar": {"is_workday": re.compile("0|1")},
    "campaigns": {"clock": CLOCKS, "limit": NUMBER, "unit": re.compile("分钟|小时|日")},
    "org_units": {"can_be_assigned": re.compile("Y|N"), "duty_24h": re.compile("[YN]")},
}
MOMENTS = {
    "calendar": ("date",),
    "duty_roster": ("from", "to"),
    "absences": ("from", "to"),
    "deputies": ("from", "to"),
    "campaigns": ("begins", "until"),
}


@dataclass(frozen=True)
class Finding:
    """One mistake; `row` counts as a spreadsheet does, the header being row 1."""

    file: str
    row: int
    zh: str
    en: str

    def __str__(self) -> str:
        where = f"{self.file}.csv 第 {self.row} 行" if self.row else f"{self.file}.csv"
        return f"{where}：{self.zh} / row {self.row}: {self.en}" if self.row else f"{where}：{self.zh} / {self.en}"


def look(folder: Path) -> list[Finding]:
    """Every mistake of the files of a folder."""
    files, found = {}, []
    for path in sorted(folder.glob("*.csv")):
        try:
            rows = _rows(path.read_bytes().decode("utf-8-sig"))
        except UnicodeDecodeError:
            found.append(
                Finding(path.stem, 0, "不是 UTF-8 编码，请另存为 CSV UTF-8。", "not UTF-8; save as CSV UTF-8.")
            )
            continue
        found += _shape(path.stem, rows)
        header = rows[0][1] if rows else []
        files[path.stem] = [
            (line, dict(zip(header, cells, strict=True))) for line, cells in rows[1:] if len(cells) == len(header)
        ]
    for name in files:
        found += [*_twice(name, files), *_unknown(name, files), *_values(name, files)]
    return sorted(found, key=lambda one: (one.file, one.row))


def _rows(text: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text))
    return [(at, cells) for at, cells in enumerate(reader, 1) if any(cell.strip() for cell in cells)]


def _shape(name: str, rows: list[tuple[int, list[str]]]) -> Iterator[Finding]:
    if not rows:
        return
    wide = len(rows[0][1])
    for line, cells in rows[1:]:
        if len(cells) != wide:
            yield Finding(
                name,
                line,
                f"应有 {wide} 格，现有 {len(cells)} 格；格里有逗号的要加英文双引号。",
                f"{wide} cells are wanted, there are {len(cells)}; a cell with a comma needs double quotes.",
            )


def _twice(name: str, files: Files) -> Iterator[Finding]:
    key = KEYS.get(name)
    seen: dict[str, int] = {}
    for line, row in files[name] if key else ():
        value = row.get(key or "", "")
        if value in seen:
            first = seen[value]
            yield Finding(
                name, line, f"{key} “{value}”与第 {first} 行重复。", f"{key} “{value}” is that of row {first}."
            )
        seen.setdefault(value, line)


def _unknown(name: str, files: Files) -> Iterator[Finding]:
    for column, target in NAMES.get(name, {}).items():
        if target not in files:
            continue
        known: Collection[str] = {row.get(KEYS[target], "") for _line, row in files[target]}
        free = ANYBODY.get((name, column), frozenset())
        for line, row in files[name]:
            for value in filter(None, (one.partition("(")[0].strip() for one in row.get(column, "").split(";"))):
                if value not in known and value not in free and "*" not in free:
                    yield Finding(
                        name,
                        line,
                        f"{column} “{value}”不在 {target}.csv 中。",
                        f"{column} “{value}” is not in {target}.csv.",
                    )


def _values(name: str, files: Files) -> Iterator[Finding]:
    base = "calendar" if name.startswith("calendar_") else name
    for line, row in files[name]:
        for column, wanted in VALUES.get(base, {}).items():
            if column in row and not wanted.fullmatch(row[column].strip()):
                told = "数字" if wanted is NUMBER else wanted.pattern
                said = "a number" if wanted is NUMBER else wanted.pattern
                yield Finding(
                    name,
                    line,
                    f"{column} “{row[column]}”不对，应为 {told}。",
                    f"{column} “{row[column]}” should be {said}.",
                )
        for column in MOMENTS.get(base, ()):
            if column in row and not _is_moment(row[column]):
                yield Finding(
                    name,
                    line,
                    f"{column} “{row[column]}”不是时间，应如 2026-09-14 08:30。",
                    f"{column} “{row[column]}” is no moment; write it like 2026-09-14 08:30.",
                )


def _is_moment(value: str) -> bool:
    try:
        datetime.fromisoformat(value.strip())
    except ValueError:
        return False
    return True
