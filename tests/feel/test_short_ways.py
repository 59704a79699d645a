"""What is common goes a short way. It gives the same and counts the same steps as the way that explains itself."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

import engine.feel as feel
from engine.feel.limits import Run

ROWS: list[Any] = [
    {"k": "x", "n": 1},
    {"k": 1},
    {"k": None},
    {"k": [1]},
    {"other": "x"},
    {"k": "x", "wanted": "y"},
    3,
    None,
]
VALUES: list[Any] = [None, True, 1, 2.5, Decimal(1), "x", "", ["x"], [1, "x"], {"k": "x"}, ROWS, dt.date(2026, 9, 14)]
TEXTS = [
    "rows[k = wanted]",
    'rows[k = "x"]',
    "rows[k = null]",
    "rows[item = wanted]",
    "rows[wanted = k]",
    "[{item: 1}, {item: wanted}][item = wanted]",
    "given = wanted",
    "given != wanted",
    'given = "x"',
    'given != "x"',
    "given = 1",
    "given = true",
    "null != given",
    "given != null",
    "given < wanted",
    "given >= 1",
    "given in rows",
    "count(given) > 0",
    "list contains(given, wanted)",
    'list contains(["x", "y", null], given)',
    'split(given, ";")',
    'split("a;b;c", given)',
    "date(given)",
]


def outcome(text: str, scope: dict[str, Any], explain: bool) -> tuple[Any, int, int]:
    """The value, and what is left of the slice and of the budget."""
    run, expression = Run(None, explain), feel.parse(text)
    value = expression._evaluate((scope,), run, None)
    return value, run.steps, run.budget


@pytest.mark.parametrize("text", TEXTS)
def test_the_short_way_gives_and_counts_the_same(text: str) -> None:
    for given, wanted in product(VALUES, repeat=2):
        scope = {"rows": ROWS, "given": given, "wanted": wanted}
        assert repr(outcome(text, scope, explain=False)) == repr(outcome(text, scope, explain=True))


def test_a_row_may_hide_the_value_that_others_are_compared_with() -> None:
    rows = [{"k": "x"}, {"k": "y", "wanted": "y"}, {"k": "y"}]
    assert feel.evaluate("rows[k = wanted]", {"rows": rows, "wanted": "x"}) == rows[:2]


def test_a_list_of_literals_is_a_new_one_each_time() -> None:
    expression = feel.parse('["a", 1, null]')
    expression().append("b")
    assert expression() == ["a", 1, None]


@pytest.mark.parametrize("text", ["2026-02-30", "2026-09-14", "-2026-09-14", "12026-09-14", "2026-9-14x"])
def test_a_date_is_read_the_same_again(text: str) -> None:
    assert repr(feel.evaluate("date(a)", {"a": text})) == repr(feel.evaluate("date(a)", {"a": text}))


def test_it_says_every_name_it_looks_up() -> None:
    expression = feel.parse("for i in rows[k = now] return count(i) + order.no")
    assert {"rows", "k", "now", "i", "order"} <= expression.looked_up
    assert expression.names == {"rows", "order"}
