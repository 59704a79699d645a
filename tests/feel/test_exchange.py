"""FEEL values to and from JSON."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

from hypothesis import given, strategies as st

import engine.feel as feel
from engine.feel.values import standard

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.floats(-1e15, 1e15) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_json_survives_the_way_there_and_back(value: Any) -> None:
    assert feel.to_json(feel.from_json(value)) == value


def test_numbers_become_decimals_all_the_way_down() -> None:
    assert feel.from_json({"a": [1, 0.1]}) == {"a": [Decimal(1), Decimal("0.1")]}


def test_iso_text_becomes_a_date_only_when_asked() -> None:
    assert feel.from_json("2026-01-31") == "2026-01-31"
    assert feel.from_json(["2026-01-31", "P1D", "x"], temporal=True) == [
        dt.date(2026, 1, 31),
        dt.timedelta(days=1),
        "x",
    ]


def test_everything_feel_knows_can_be_written_as_json() -> None:
    value = feel.evaluate('[1, 1.5, "a", null, @"2026-01-31", @"10:00:00Z", @"P1M", @"PT1H", [1..2), abs, {a: 1}]')
    assert json.loads(json.dumps(feel.to_json(value))) == [
        1,
        1.5,
        "a",
        None,
        "2026-01-31",
        "10:00:00Z",
        "P1M",
        "PT1H",
        "[1..2)",
        None,
        {"a": 1},
    ]


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
def test_integers_and_decimals_calculate_alike(a: int, b: int) -> None:
    scope, decimals = {"a": a, "b": b}, {"a": Decimal(a), "b": Decimal(b)}
    for text in ("a + b", "a * b", "a - b", "a < b", "a = b", "min(a, b)", "modulo(a, 7)"):
        assert feel.evaluate(text, scope) == feel.evaluate(text, decimals)


@given(st.text())
def test_any_text_is_read_back_from_its_literal(text: str) -> None:
    literal = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    assert feel.evaluate(literal) == text


@given(st.text(alphabet="ab1 +-*/().,[]{}<>=!\"'@?:不中（，and or in if then else for return not", max_size=40))
def test_any_text_is_either_evaluated_or_refused_with_a_place(text: str) -> None:
    error = refusal(text, {"a": 1, "b": [1, {"a": 2}]})
    assert error is None or error.code
    if isinstance(error, feel.FeelSyntaxError):
        assert (error.line, error.column) >= (1, 1)


def refusal(text: str, scope: dict[str, Any]) -> feel.FeelError | None:
    """Why an expression is refused, or None when it can be evaluated."""
    try:
        feel.evaluate(text, scope)
    except feel.FeelError as error:
        return error
    return None


def test_what_is_finer_than_a_microsecond_is_cut_off_for_python() -> None:
    scope = {"a": dt.datetime(2026, 11, 28, 11, 9, 34, 123457, dt.UTC), "b": dt.datetime(2026, 11, 27, tzinfo=dt.UTC)}
    fifth = feel.evaluate("[b + (a - b) / 3, (a - b) / 3]", scope)
    moment, length = standard(fifth)
    assert moment == dt.datetime(2026, 11, 27, 11, 43, 11, 374485, dt.UTC)
    assert length == dt.timedelta(seconds=42191, microseconds=374485)
    assert standard({"beyond": feel.evaluate('date and time("12026-01-01T00:00:00Z")')})["beyond"] is not None
