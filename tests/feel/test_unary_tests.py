"""Unary tests, the cells of decision tables (DMN 1.5, 10.3.1.2, rules 7 and 13–15)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

import engine.feel as feel


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("-", 1, True),
        ("", None, True),
        ("< 10", 5, True),
        ("< 10", 10, False),
        (">= 10", 10, True),
        ("[1..5]", 5, True),
        ("[1..5)", 5, False),
        ("]1..5]", 1, False),
        ("< 10, [20..30]", 25, True),
        ("< 10, [20..30]", 15, False),
        ('"a", "b"', "b", True),
        ('not("a", "b")', "b", False),
        ('not("a")', "b", True),
        ("not(< 10)", 5, False),
        ('"紧急"', "紧急", True),
        ("true", True, True),
        ("false", True, False),
        ("null", None, True),
        ("null", 1, False),
        ("< 10", None, None),
        ('["a", "b"]', "b", True),
        ("tags", "x", True),
        ("tags", "z", False),
        ("limit", 100, True),
        ("> limit", 101, True),
        ("? > limit", 101, True),
        ("? > limit and ? < 200", 201, False),
        ('contains(?, "树")', "行道树倒伏", True),
        ("limit > 50", "anything", True),
        ("limit > 500", "x", False),
        ('date("2026-01-01")', dt.date(2026, 1, 1), True),
        ('> @"2026-01-01"', dt.date(2026, 1, 2), True),
        ('not(contains(?, "树"))', "井盖", True),
        ("not(flag)", False, True),
        ("flag", True, True),
        ("[1,2,3]", [1, 2, 3], True),
        ("= 5", 5, True),
        ("!= 5", 5, False),
        ("some t in tags satisfies t = ?", "x", True),
        ("0.1", 0.1, True),
        ("5", 5.0, True),
    ],
)
def test_a_cell_accepts(text: str, value: Any, expected: bool | None) -> None:
    assert feel.unary(text)(value, {"limit": 100, "tags": ["x", "y"], "flag": True}) is expected


def test_the_tested_value_is_no_free_variable() -> None:
    assert feel.unary("? > limit").names == {"limit"}


def test_parse_gives_the_same_tests() -> None:
    assert feel.parse("delivery days > 3", unary=True, names=["delivery days"])(1, {"delivery days": 4}) is True


@pytest.mark.parametrize("text", ["< ", "[1..", "not(", ",", "1,", "1 2", "-, 1"])
def test_a_broken_cell_is_refused(text: str) -> None:
    with pytest.raises(feel.FeelSyntaxError):
        feel.unary(text)
