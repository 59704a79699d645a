"""A decision table leaves for a spreadsheet and comes back the same."""

from pathlib import Path

import openpyxl
import pytest

from engine.dmn import InvalidDecision, sheets
from engine.dmn.sheet import InputColumn, OutputColumn, Rule, Sheet, Variable, from_dmn, to_dmn

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
DISTRICT = sorted(PROCESSES.rglob("dmn_*.dmn"))


@pytest.mark.parametrize("file", DISTRICT, ids=lambda file: file.stem)
def test_a_district_table_survives_csv_excel_and_dmn(file):
    sheet = from_dmn(file.read_bytes())
    assert sheets.from_csv(sheets.to_csv(sheet)) == sheet
    assert sheets.from_xlsx(sheets.to_xlsx(sheet)) == sheet
    assert from_dmn(to_dmn(sheet)) == sheet


def small(cell='"a"'):
    return Sheet(
        "d",
        "例",
        "FIRST",
        (InputColumn("数", "n", "number"),),
        (OutputColumn("结果", "result"),),
        (Rule((cell,), ('"x"',), "备注"),),
        variables=(Variable("n", "number"),),
    )


def test_cells_that_excel_would_compute_stay_text(tmp_path):
    file = tmp_path / "d.xlsx"
    file.write_bytes(sheets.to_xlsx(small("=5")))
    cell = openpyxl.load_workbook(file).worksheets[0].cell(12, 2)
    assert (cell.value, cell.data_type) == ("=5", "s")


def test_numbers_and_booleans_typed_by_people_become_feel(tmp_path):
    file = tmp_path / "d.xlsx"
    file.write_bytes(sheets.to_xlsx(small()))
    book = openpyxl.load_workbook(file)
    book.worksheets[0].cell(12, 2).value = 10
    book.worksheets[0].cell(12, 3).value = True
    book.save(file)
    assert sheets.from_xlsx(file.read_bytes()).rules == (Rule(("10",), ("true",), "备注"),)


def test_a_sheet_without_its_header_rows_is_refused():
    with pytest.raises(InvalidDecision) as refused:
        sheets.from_csv("id,d\r\n1,-\r\n")
    assert "direction" in refused.value.en


def test_bytes_that_are_no_workbook_are_refused():
    with pytest.raises(InvalidDecision):
        sheets.from_xlsx(b"no workbook")


def test_annotations_of_other_editors_are_kept_as_the_remark():
    rule = "<description>《权责清单》</description>"
    made = to_dmn(small()).replace("<description>备注</description>".encode(), rule.encode())
    annotated = made.replace(b"</rule>", "<annotationEntry><text>首派</text></annotationEntry></rule>".encode())
    assert from_dmn(annotated).rules[0].note == "《权责清单》 首派"
