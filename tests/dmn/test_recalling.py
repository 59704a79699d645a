"""A table that does not ask for the time is looked up for inputs it has had before, and tells the same rules."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

import engine.dmn
from engine.dmn import model as models
from tests.dmn.making import decision, literal, model, table

LIMITS = table(
    {"stage": "string", "days": "number"},
    [(('"处置"', "< 3"), ('"short"',)), (('"处置"', ">= 3"), ('"long"',)), (("-", "-"), ('"any"',))],
    hit_policy="FIRST",
)


@pytest.fixture
def known():
    read = engine.dmn.read(LIMITS)
    read._recalled.clear()
    return read


def asked(known, **context):
    rules = []
    value = known.recall("decide", context, told=lambda node, hits: rules.append((node.id, list(hits))))
    return value, rules


def test_the_same_inputs_have_the_same_result_and_rules(known):
    first = asked(known, stage="处置", days=Decimal(2))
    assert first == ("short", [("decide", [1])])
    assert asked(known, stage="处置", days=Decimal(2)) == first
    assert len(known._recalled) == 1


def test_inputs_that_only_look_alike_are_not_the_same(known):
    assert asked(known, stage="处置", days=Decimal(3))[0] == "long"
    assert asked(known, stage="处置", days="3")[0] == asked(known, stage="x", days=None)[0] == "any"
    assert len(known._recalled) == 3


def test_it_keeps_a_bounded_number(known, monkeypatch):
    monkeypatch.setattr(models, "RECALLED", 2)
    assert [asked(known, stage="处置", days=Decimal(days))[0] for days in range(5)] == ["short"] * 3 + ["long"] * 2
    assert len(known._recalled) <= 2


@pytest.mark.parametrize("text", ["now()", "string(today())"])
def test_one_that_asks_for_the_time_is_asked_each_time(text):
    read = engine.dmn.read(model(decision("when", literal(text))))
    first, second = (read.recall("when", {}, datetime(2026, 9, day, 8, tzinfo=UTC)) for day in (14, 15))
    assert not read.timeless
    assert first != second
