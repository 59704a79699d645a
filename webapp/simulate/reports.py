"""What citizens report on the simulated days: when, where, what, through which channel. Always the same for a seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from engine.clock import ClockError, WorkingCalendar
from engine.ports import Place, Report, Reporter
from webapp.simulate.habits import Habits, pick

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Matter:
    """A report with what is true of it: its category, and the town it belongs to."""

    at: datetime
    report: Report
    category: str
    town: str


@dataclass(frozen=True)
class District:
    """Where and what can be reported: rows of gazetteer.csv and categories.csv, village code → town code."""

    places: Sequence[Row]
    categories: Sequence[Row]
    towns: Mapping[str, str]
    channels: Mapping[str, str]


def days(
    habits: Habits, calendar: WorkingCalendar, first: date, count: int, seed: int
) -> list[tuple[date, float, bool]]:
    """(day, its share of the reports, whether there is a storm)."""
    chance = Random(f"{seed}|days")
    found = []
    for number in range(count):
        day = first + timedelta(days=number)
        storm = chance.random() < habits.reports["storm_days"]
        share = habits.reports["storm_factor"] if storm else 1.0
        found.append((day, share * (1.0 if _worked(calendar, day) else habits.reports["rest_day"]), storm))
    return found


def _worked(calendar: WorkingCalendar, day: date) -> bool:
    try:
        return calendar.is_workday(day)
    except ClockError:
        return day.weekday() < 5


def matters(
    habits: Habits, district: District, calendar: WorkingCalendar, first: date, count: int, total: int, seed: int
) -> Iterator[Matter]:
    """All reports, oldest first."""
    chance, planned = Random(f"{seed}|reports"), days(habits, calendar, first, count, seed)
    hours = habits.reports["hours"]
    slots = [(day, hour, storm) for day, _, storm in planned for hour in range(24)]
    weights = [share * hours[hour] for _, share, _ in planned for hour in range(24)]
    drawn = chance.choices(range(len(slots)), weights, k=total)
    moments = sorted((slot, chance.random()) for slot in drawn)
    recent: list[tuple[Row, Row]] = []
    for number, (slot, within) in enumerate(moments, 1):
        day, hour, storm = slots[slot]
        at = datetime(day.year, day.month, day.day, hour, tzinfo=calendar.zone) + timedelta(hours=within)
        again = bool(recent) and chance.random() < habits.reports["repeat"]
        place, category = chance.choice(recent) if again else _subject(habits, district, chance, storm)
        recent = [*recent[-40:], (place, category)]
        yield _matter(habits, district, chance, number, at, place, category, seed)


def _subject(habits: Habits, district: District, chance: Random, storm: bool) -> tuple[Row, Row]:
    kind = pick(chance, habits.reports["kinds"])
    listed = [one for one in district.categories if one["kind"] == kind] or list(district.categories)
    if storm:
        words = habits.reports["storm_words"]
        listed = [one for one in district.categories if any(word in one["name"] for word in words)] or listed
    weights = [_weight(habits, one) for one in listed]
    return chance.choice(district.places), chance.choices(listed, weights)[0]


def _weight(habits: Habits, category: Row) -> float:
    """How often a category is reported beside the others of its kind: by name, else by level and class.

    What a department answers for is reported more seldom than what towns and villages deal with themselves.
    """
    reports = habits.reports
    level = reports["levels"].get(category["level"], 1.0)
    usual = reports["names"].get(category["name"], level * reports["classes"].get(category["class_name"], 1.0))
    return float(usual * (reports["departments"] if category.get("main_unit") else 1.0))


def _matter(
    habits: Habits, district: District, chance: Random, number: int, at: datetime, place: Row, category: Row, seed: int
) -> Matter:
    source = pick(chance, habits.reports["channels"])
    phrase = chance.choice(habits.reports["phrases"])
    village = place["grid_code15"][:12]
    given = chance.random() < habits.reports["given_category"]
    report = Report(
        source=source,
        source_order_no=f"SIM{seed}-{number:06d}",
        channel=district.channels.get(source, source),
        content=phrase.format(place=place["name"], name=category["name"]),
        received_at=at,
        title=f"{place['name']}{category['name']}"[:60],
        reporter=Reporter(f"群众{number:06d}", f"120{number:08d}"),
        place=Place(place["name"], place["lon"], place["lat"], village, district.towns.get(village)),
        category_code=category["code"] if given else None,
    )
    return Matter(at, report, category["code"], str(place["town_key"]))
