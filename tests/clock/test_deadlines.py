"""The district's three clocks against its own table of expected deadlines."""

import csv
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from engine.clock import Bundle, ClockError, WorkingCalendar, at_percent, deadline, elapsed, percent_used
from tests.pace import best_of, slowness
from tests.shared_material import shared

ZONE = ZoneInfo("Asia/Shanghai")
CLOCKS = st.sampled_from([("紧急工作时", "分钟"), ("工作时", "分钟"), ("工作日", "日")])


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def rows(name):
    with shared(f"domain/{name}").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def calendar():
    return WorkingCalendar.from_rows(rows("calendar_2025_2026.csv"))


def pauses_of(text):
    return [tuple(at(moment) for moment in pair.split("/")) for pair in text.split(";") if pair]


def test_it_meets_every_row_of_the_district_oracle(calendar):
    for row in rows("sla_oracle.csv"):
        due = deadline(
            calendar,
            at(row["start"]),
            row["clock"],
            Decimal(row["limit"]),
            row["unit"],
            pauses_of(row["pauses"]),
        )
        assert due == at(row["expected_deadline"]), row


def made_calendar():
    """Four years with the weekends free, every sixth Friday free, every fifth Saturday a make-up day."""
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(4 * 365)]
    return WorkingCalendar(
        {d: d.weekday() < 5 and d.toordinal() % 6 > 0 or d.weekday() == 5 and d.toordinal() % 5 == 0 for d in days}
    )


CALENDAR = made_calendar()
MOMENTS = st.datetimes(datetime(2024, 2, 1), datetime(2024, 12, 1), timezones=st.just(ZONE))
PAUSE = st.tuples(MOMENTS, st.integers(0, 20_000)).map(lambda p: (p[0], p[0] + timedelta(minutes=p[1])))


@given(CLOCKS, MOMENTS, st.integers(0, 40), st.lists(PAUSE, max_size=4), PAUSE)
def test_a_further_pause_never_makes_a_deadline_earlier(clock, start, limit, pauses, more):
    before = deadline(CALENDAR, start, clock[0], limit, clock[1], pauses)
    assert deadline(CALENDAR, start, clock[0], limit, clock[1], [*pauses, more]) >= before


@given(CLOCKS, MOMENTS, MOMENTS, st.integers(0, 40), st.integers(0, 9), st.lists(PAUSE, max_size=3))
def test_a_later_start_or_a_longer_limit_is_never_due_earlier(clock, one, other, limit, more, pauses):
    early, late = sorted([one, other])
    due = deadline(CALENDAR, early, clock[0], limit, clock[1], pauses)
    assert deadline(CALENDAR, late, clock[0], limit, clock[1], pauses) >= due
    assert deadline(CALENDAR, early, clock[0], limit + more, clock[1], pauses) >= due


@given(CLOCKS, MOMENTS, st.integers(1, 40), st.integers(1, 250), st.lists(PAUSE, max_size=3))
def test_at_the_percent_point_that_percent_has_run(clock, start, limit, percent, pauses):
    due = at_percent(CALENDAR, start, clock[0], limit, clock[1], percent, pauses)
    used = percent_used(CALENDAR, start, due, clock[0], limit, clock[1], pauses)
    assert abs(used - percent) < Decimal("0.001")
    assert due >= start


def minutes_walked(calendar, start, limit, pauses):
    """The office-hours deadline by walking minute after minute."""
    now, left = start, limit
    while left:
        local = now.time()
        office = "08:30" <= local.isoformat("minutes") < "12:00" or "14:00" <= local.isoformat("minutes") < "17:30"
        still = any(begin <= now < end for begin, end in pauses)
        left -= calendar.is_workday(now.date()) and office and not still
        now += timedelta(minutes=1)
    return now


WHOLE_MINUTES = MOMENTS.map(lambda moment: moment.replace(second=0, microsecond=0))
SHORT_PAUSE = st.tuples(WHOLE_MINUTES, st.integers(0, 3000)).map(lambda p: (p[0], p[0] + timedelta(minutes=p[1])))


@given(WHOLE_MINUTES, st.integers(1, 600), st.lists(SHORT_PAUSE, max_size=2))
def test_office_hours_agree_with_walking_minute_after_minute(start, limit, pauses):
    assert deadline(CALENDAR, start, "工作时", limit, "分钟", pauses) == minutes_walked(CALENDAR, start, limit, pauses)


def test_a_working_day_is_skipped_when_the_clock_stood_still_at_its_midnight(calendar):
    start = at("2026-09-14 09:00")
    overnight = [(at("2026-09-14 18:00"), at("2026-09-15 00:01"))]
    till_midnight = [(at("2026-09-14 18:00"), at("2026-09-15 00:00"))]
    by_day = [(at("2026-09-15 00:01"), at("2026-09-15 23:00"))]
    assert deadline(calendar, start, "工作日", 1, "日", overnight) == at("2026-09-16 17:30")
    assert deadline(calendar, start, "工作日", 1, "日", till_midnight) == at("2026-09-15 17:30")
    assert deadline(calendar, start, "工作日", 1, "日", by_day) == at("2026-09-15 17:30")


def test_warnings_fall_on_the_same_clock_across_the_national_holiday(calendar):
    start = at("2026-09-30 16:30")
    points = [at_percent(calendar, start, "工作时", 4, "小时", percent) for percent in (75, 100, 150, 200)]
    due = ["2026-10-08 10:30", "2026-10-08 11:30", "2026-10-08 15:30", "2026-10-08 17:30"]
    assert points == [at(moment) for moment in due]


def test_three_quarters_of_working_days_fall_into_the_office_day(calendar):
    start = at("2026-09-14 09:00")
    assert at_percent(calendar, start, "工作日", 1, "日", 75) == at("2026-09-15 15:45")
    assert at_percent(calendar, start, "工作日", 3, "日", 75) == at("2026-09-17 10:15")
    assert elapsed(calendar, start, at("2026-09-17 10:15"), "工作日") == Decimal("2.25")


def test_a_date_outside_the_calendar_names_the_year_to_import(calendar):
    with pytest.raises(ClockError) as caught:
        deadline(calendar, at("2026-12-30 09:00"), "工作日", 5, "日")
    assert caught.value.code == "clock.calendar_missing"
    assert "2027" in caught.value.message_zh
    assert "2027" in caught.value.message_en


@pytest.mark.parametrize(
    ("clock", "limit", "unit", "code"),
    [
        ("工作日", 8, "小时", "clock.unit_mismatch"),
        ("工作时", 1, "日", "clock.unit_mismatch"),
        ("自然日", 1, "日", "clock.unknown_clock"),
        ("工作时", -1, "小时", "clock.negative_limit"),
    ],
)
def test_it_refuses_what_the_clock_does_not_count(calendar, clock, limit, unit, code):
    with pytest.raises(ClockError) as caught:
        deadline(calendar, at("2026-09-14 09:00"), clock, limit, unit)
    assert caught.value.code == code


def test_an_open_pause_leaves_no_deadline_but_a_reached_one_stays(calendar):
    start, still = at("2026-09-14 09:00"), [(at("2026-09-14 10:00"), None)]
    with pytest.raises(ClockError) as caught:
        deadline(calendar, start, "工作时", 2, "小时", still)
    assert caught.value.code == "clock.standing_still"
    assert deadline(calendar, start, "工作时", 1, "小时", still) == at("2026-09-14 10:00")
    assert elapsed(calendar, start, at("2026-09-14 16:00"), "工作时", still) == 60


def test_a_moment_without_a_zone_is_refused(calendar):
    with pytest.raises(ClockError) as caught:
        deadline(calendar, datetime(2026, 9, 14, 9), "工作时", 2, "小时")
    assert caught.value.code == "clock.naive_time"


def test_a_calendar_that_ends_within_a_year_asks_for_the_rest_of_it():
    short = WorkingCalendar({date(2026, 9, day): True for day in range(1, 31)})
    for clock, unit in (("工作时", "小时"), ("工作日", "日")):
        with pytest.raises(ClockError) as caught:
            deadline(short, at("2026-09-29 09:00"), clock, 200, unit)
        assert "2026" in caught.value.message_en


def test_a_gap_in_the_calendar_is_refused():
    with pytest.raises(ClockError) as caught:
        WorkingCalendar({date(2025, 12, 31): True, date(2027, 1, 1): False})
    assert "2026" in caught.value.message_en


def test_passing_down_and_rework_do_not_restart_the_bundle(calendar):
    bundle = Bundle(at("2026-09-14 09:00"), "工作时", 4, "小时")
    assert bundle.deadline(calendar) == at("2026-09-14 15:00")
    assert bundle.passed_down().deadline(calendar) == at("2026-09-14 15:00")
    in_time = bundle.reworked(calendar, at("2026-09-14 14:59"))
    assert in_time.deadline(calendar) == at("2026-09-14 15:00")


def test_rework_after_all_time_has_gone_adds_a_quarter_or_two_office_hours(calendar):
    short = Bundle(at("2026-09-14 09:00"), "工作时", 4, "小时").reworked(calendar, at("2026-09-15 08:30"))
    assert short.deadline(calendar) == at("2026-09-15 10:30")
    long = Bundle(at("2026-09-14 09:00"), "工作日", 4, "日").reworked(calendar, at("2026-09-21 09:00"))
    assert long.deadline(calendar) == at("2026-09-22 17:30")


def test_a_deadline_takes_less_than_twenty_microseconds(calendar):
    start, limit = at("2026-09-14 09:00"), 20e-6 * slowness()
    for clock, unit in (("工作时", "分钟"), ("工作日", "日"), ("紧急工作时", "小时")):
        best = best_of(partial(deadline, calendar, start, clock, 5, unit))
        assert best < limit, (clock, best, limit)
