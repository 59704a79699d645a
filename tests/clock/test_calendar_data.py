"""The district's working calendar agrees with the published holidays, for the years the package knows."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import chinese_calendar
import pytest

REFERENCE = Path(__file__).resolve().parents[2] / "processes" / "reference"
KNOWN_YEARS = {day.year for day in chinese_calendar.holidays}


def days() -> list[tuple[date, bool]]:
    found: list[tuple[date, bool]] = []
    for path in sorted(REFERENCE.glob("calendar_*.csv")):
        with path.open(encoding="utf-8-sig") as file:
            found += [(date.fromisoformat(row["date"]), row["is_workday"] == "1") for row in csv.DictReader(file)]
    return found


@pytest.mark.parametrize("year", sorted({day.year for day, _ in days()}))
def test_it_works_on_the_days_the_state_council_published(year: int) -> None:
    if year not in KNOWN_YEARS:
        pytest.skip(f"the chinesecalendar package does not know {year} yet")
    wrong = [
        f"{day} 应为{'工作日' if chinese_calendar.is_workday(day) else '休息日'}"
        for day, worked in days()
        if day.year == year and chinese_calendar.is_workday(day) != worked
    ]
    assert not wrong


def test_it_has_no_missing_day() -> None:
    known = [day for day, _ in days()]
    assert known == sorted(set(known))
    assert (known[-1] - known[0]).days + 1 == len(known)
