"""When deliveries are repeated, and how the edge reads values."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count, takewhile
from typing import Any

import pytest

from connectors.retry import Breaker, delay
from connectors.values import SHANGHAI, is_absent, local_text, moment
from tests.contract.connector_contract import NOW


def test_the_delays_are_those_agreed() -> None:
    minutes = [delay(attempt) for attempt in range(1, 10)]
    expected = [10, 30, 60, 300, 900, 3600, 7200, 14400, 14400]
    assert minutes == [timedelta(seconds=seconds) for seconds in expected]


def test_it_gives_up_within_72_hours() -> None:
    waits = list(takewhile(lambda wait: wait is not None, (delay(attempt) for attempt in count(1))))
    total = sum((wait for wait in waits if wait), timedelta())
    assert timedelta(hours=68) < total <= timedelta(hours=72)


def test_attempts_are_counted_from_one() -> None:
    with pytest.raises(ValueError, match="counted from 1"):
        delay(0)


def test_the_breaker_lets_one_probe_out_each_minute() -> None:
    breaker = Breaker()
    for _ in range(10):
        assert breaker.seconds_to_wait(NOW) == 0
        breaker.failed(NOW)
    assert breaker.seconds_to_wait(NOW + timedelta(seconds=20)) == 40
    later = NOW + timedelta(seconds=60)
    assert breaker.seconds_to_wait(later) == 0
    assert breaker.seconds_to_wait(later) == 60
    breaker.succeeded()
    assert breaker.seconds_to_wait(later) == 0


@pytest.mark.parametrize("value", [None, "", " ", "null", "NULL", "0000-00-00", "0000-00-00 00:00:00"])
def test_these_mean_nothing(value: Any) -> None:
    assert is_absent(value)


@pytest.mark.parametrize("value", [0, False, "0", "2026-09-15", [], "nullable"])
def test_these_mean_something(value: Any) -> None:
    assert not is_absent(value)


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("2026-09-15 07:42:00", "2026-09-15 07:42:00"),
        ("2026/09/15 07:42:00", "2026-09-15 07:42:00"),
        ("2026-09-15 07:42", "2026-09-15 07:42:00"),
        ("2026-09-14T23:42:00Z", "2026-09-15 07:42:00"),
        ("2026-09-15T07:42:00+08:00", "2026-09-15 07:42:00"),
    ],
)
def test_times_without_a_zone_are_chinas(text: str, local: str) -> None:
    assert local_text(moment(text)) == local
    assert moment(text) == datetime(2026, 9, 15, 7, 42, tzinfo=SHANGHAI)
