"""Decision tables as CSV and Excel files, and back, without loss.

The first column says what a row holds: the decision's `id`, `name`, `hit policy` …, then one row each for what the
columns are (`direction`, `label`, `expression`, `type`, `values`), then the rules, numbered. A last column holds
remarks. Cells are FEEL, exactly as in the decision table.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any
from zipfile import BadZipFile, ZipFile

import openpyxl
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from engine.dmn.errors import Finding, InvalidDecision
from engine.dmn.sheet import InputColumn, OutputColumn, Rule, Sheet, Variable, columns_of

Row = Sequence[str]
COLUMN_ROWS = ("direction", "label", "expression", "type", "values")
INPUT, OUTPUT, REMARK = "input", "output", "remark"
HEADER_FILL = PatternFill("solid", fgColor="DDE8F5")
MAX_BYTES = 50_000_000
MAX_ROWS, MAX_COLUMNS = 10_000, 200


def to_csv(sheet: Sheet) -> str:
    """The sheet as CSV text (write it as UTF-8 with a byte order mark for Excel)."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(to_rows(sheet))
    return text.getvalue()


def from_csv(text: str) -> Sheet:
    """The sheet of a CSV text; InvalidDecision when it is not one."""
    return from_rows(list(csv.reader(io.StringIO(text.removeprefix("\ufeff")))))


def to_xlsx(sheet: Sheet) -> bytes:
    """The sheet as an Excel workbook of one worksheet."""
    book = openpyxl.Workbook()
    page = book.active
    assert isinstance(page, Worksheet)
    page.title = sheet.id[:31]
    for number, row in enumerate(to_rows(sheet), 1):
        for column, text in enumerate(row, 1):
            cell = page.cell(number, column)
            cell.value = text or None
            # Text, or Excel would run a cell such as `=5` as a formula.
            cell.data_type = "s" if text else "n"
            cell.number_format = "@"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if row[0] in COLUMN_ROWS:
                cell.font, cell.fill = Font(bold=True), HEADER_FILL
    for column in range(1, page.max_column + 1):
        page.column_dimensions[get_column_letter(column)].width = 22
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def from_xlsx(data: bytes) -> Sheet:
    """The sheet of an Excel workbook's first worksheet; InvalidDecision when it is not one."""
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MAX_BYTES:
                raise _refused("表格过大。", "The workbook is too large.")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise _refused(f"不是有效的 Excel 文件：{error}", f"Not an Excel file: {error}") from error
    rows = islice(book.worksheets[0].iter_rows(values_only=True, max_col=MAX_COLUMNS), MAX_ROWS)
    return from_rows([[_shown(value) for value in row] for row in rows])


def to_rows(sheet: Sheet) -> list[list[str]]:
    """The sheet as rows of text."""
    inputs, outputs, columns = sheet.inputs, sheet.outputs, columns_of(sheet)
    return [
        ["id", sheet.id],
        ["name", sheet.name],
        ["description", sheet.description],
        ["hit policy", sheet.hit_policy],
        ["aggregation", sheet.aggregation],
        ["variables", *(f"{variable.name}: {variable.type}" for variable in sheet.variables)],
        ["direction", *[INPUT] * len(inputs), *[OUTPUT] * len(outputs), REMARK],
        ["label", *(each.label for each in columns), "备注"],
        ["expression", *(each.expression for each in inputs), *(each.name for each in outputs), ""],
        ["type", *(each.type for each in columns), ""],
        ["values", *(each.values for each in columns), ""],
        *([str(number), *rule.inputs, *rule.outputs, rule.note] for number, rule in enumerate(sheet.rules, 1)),
    ]


def from_rows(rows: Iterable[Row]) -> Sheet:
    """The sheet of rows as `to_rows` gives them; empty rows are skipped. Raises InvalidDecision."""
    filled = [[text.strip() for text in row] for row in rows if any(text.strip() for text in row)]
    heads = {row[0]: row[1:] for row in filled if not row[0].isdigit()}
    missing = [name for name in ("id", "hit policy", *COLUMN_ROWS) if name not in heads]
    if missing:
        raise _refused(f"缺少行：{'、'.join(missing)}", f"Rows are missing: {', '.join(missing)}")
    kinds = heads["direction"]
    inputs = [place for place, kind in enumerate(kinds) if kind == INPUT]
    outputs = [place for place, kind in enumerate(kinds) if kind == OUTPUT]
    remarks = [place for place, kind in enumerate(kinds) if kind == REMARK]

    def column(place: int) -> list[str]:
        return [_at(heads[name], place) for name in COLUMN_ROWS[1:]]

    return Sheet(
        _at(heads["id"], 0),
        _at(heads.get("name", ()), 0),
        _at(heads["hit policy"], 0),
        tuple(InputColumn(*column(place)) for place in inputs),
        tuple(OutputColumn(*column(place)) for place in outputs),
        tuple(_rule(row[1:], inputs, outputs, remarks) for row in filled if row[0].isdigit()),
        _at(heads.get("aggregation", ()), 0),
        tuple(_variable(text) for text in heads.get("variables", ()) if text),
        _at(heads.get("description", ()), 0),
    )


def _rule(row: Row, inputs: Sequence[int], outputs: Sequence[int], remarks: Sequence[int]) -> Rule:
    return Rule(
        tuple(_at(row, place) or "-" for place in inputs),
        tuple(_at(row, place) for place in outputs),
        " ".join(_at(row, place) for place in remarks),
    )


def _variable(text: str) -> Variable:
    name, _, kind = text.partition(":")
    return Variable(name.strip(), kind.strip() or "Any")


def _at(row: Row, place: int) -> str:
    return row[place] if place < len(row) else ""


def _shown(value: Any) -> str:
    """A cell as FEEL: people's edits turn `true` into a boolean and `10` into a number."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _refused(zh: str, en: str) -> InvalidDecision:
    return InvalidDecision([Finding("dmn.sheet.invalid", "", "error", zh, en)])
