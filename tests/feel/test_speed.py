"""How fast conditions are."""

from __future__ import annotations

import timeit
from typing import Any

import pytest

import engine.feel as feel

SCOPE: dict[str, Any] = {"priority": "urgent", "amount": 120, "status": "open", "case": {"level": "III", "count": 3}}


@pytest.mark.benchmark
@pytest.mark.parametrize(
    "text",
    [
        'priority = "urgent" and amount > 100',
        'status in ["open", "closed"]',
        "case.count in [1..5]",
        'case.level = "III" or case.count >= 5',
        'not(status = "closed")',
    ],
)
def test_a_compiled_condition_takes_less_than_five_microseconds(text: str) -> None:
    condition = feel.parse(text)
    assert condition(SCOPE) is True
    seconds = min(timeit.repeat(lambda: condition(SCOPE), number=5000, repeat=7)) / 5000
    assert seconds < 5e-6
