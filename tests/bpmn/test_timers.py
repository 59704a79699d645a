"""ISO 8601 in time: dates, durations, cycles, missed ticks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings, strategies as st

from engine.bpmn.timers import add, form_of, next_tick, schedule
from engine.bpmn.values import duration_text, plain

NOW = datetime(2026, 1, 31, 8, 0, tzinfo=timezone(timedelta(hours=8)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT1H", "2026-01-31T09:00:00+08:00"),
        ("P1M", "2026-02-28T08:00:00+08:00"),
        ("P1Y2M3DT4H5M6.5S", "2027-04-03T12:05:06.500000+08:00"),
        ("P2W", "2026-02-14T08:00:00+08:00"),
        ("-PT1H", "2026-01-31T07:00:00+08:00"),
    ],
)
def test_it_adds_durations_by_the_calendar(text: str, expected: str) -> None:
    assert add(NOW, text).isoformat() == expected


@pytest.mark.parametrize("text", ["P", "PT", "1H", "PT1H2", "P1.5D", "", "tomorrow"])
def test_it_refuses_what_is_no_duration(text: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        add(NOW, text)


def test_a_date_without_offset_is_local() -> None:
    assert schedule("date", "2026-02-01T10:00:00", NOW).due == datetime(2026, 2, 1, 2, 0, tzinfo=UTC).timestamp()
    assert schedule("date", "2026-02-01T10:00:00Z", NOW).due == datetime(2026, 2, 1, 10, 0, tzinfo=UTC).timestamp()


def test_cycles() -> None:
    assert schedule("cycle", "R3/PT1H", NOW) == (NOW.timestamp() + 3600, 3, "PT1H")
    assert schedule("cycle", "R/2026-02-01T00:00:00+08:00/P1D", NOW)[1:] == (-1, "P1D")
    last = datetime(2026, 2, 1, 12, 0, tzinfo=NOW.tzinfo)
    assert schedule("cycle", "R3/PT1H/2026-02-01T12:00:00", NOW).due == (last - timedelta(hours=2)).timestamp()
    with pytest.raises(ValueError, match="moving on"):
        schedule("cycle", "R/PT0S", NOW)


def test_the_form_of_a_text() -> None:
    assert [form_of(t) for t in ("PT1H", "R2/PT1H", "2026-01-01", "x", "=deadline")] == [
        "duration",
        "cycle",
        "date",
        None,
        None,
    ]


@settings(deadline=None)
@given(
    st.integers(1, 10**7), st.sampled_from(["PT1S", "PT7M", "P1D", "P1M", "P1Y"]), st.integers(-1, 10**6).filter(bool)
)
def test_missed_ticks_are_skipped_together(seconds: int, interval: str, left: int) -> None:
    due = datetime(2026, 1, 31, tzinfo=UTC)
    now = due + timedelta(seconds=seconds)
    tick, rest = next_tick(due.timestamp(), interval, left, now)
    assert rest == -1 if left < 0 else 1 <= rest <= left
    assert tick > now.timestamp() or rest == 1
    assert tick > due.timestamp()


def test_a_year_of_missed_seconds_is_quick() -> None:
    due = datetime(2025, 1, 1, tzinfo=UTC)
    tick, _ = next_tick(due.timestamp(), "PT1S", -1, datetime(2026, 1, 1, tzinfo=UTC))
    assert tick == datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC).timestamp()


@settings(deadline=None)
@given(st.timedeltas(min_value=timedelta(days=-900), max_value=timedelta(days=900)))
def test_duration_texts_read_back(value: timedelta) -> None:
    assert abs(add(NOW.astimezone(UTC), duration_text(value)) - NOW - value) < timedelta(milliseconds=1)


def test_values_without_json_form_are_refused() -> None:
    with pytest.raises(TypeError):
        plain(object())
