"""The language itself: literals, operators, names, control flow (DMN 1.5, 10.3.1 and 10.3.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

import engine.feel as feel
from engine.feel.limits import Run
from engine.feel.operators import equal
from engine.feel.values import Offered

SCOPE = {
    "优先级": "紧急",
    "amount": 120,
    "rate": 0.1,
    "open": True,
    "nothing": None,
    "tags": ("a", "b"),
    "case": {"level": "III", "visits": [{"by": "甲", "n": 1}, {"by": "乙", "n": 2}]},
    "due": dt.datetime(2026, 3, 1, 9, tzinfo=dt.timezone(dt.timedelta(hours=8))),
}


def same(left: Any, right: Any) -> bool:
    return left is right if left is None or right is None else equal(Run(), left, right) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 3/2*2 - 2**3", "-4"),
        (".10 * 30.00", "3"),
        ("1/3", "0.3333333333333333333333333333333333"),
        ("1.01/2", "0.505"),
        ("2 ** 3 ** 2", "64"),
        ("-3 ** 2", "9"),
        ("- - 2", "2"),
        ("1e3 + 1", "1001"),
        ("10 - 2 - 3", "5"),
        ("amount * rate", "12"),
        ("(1 + 2) * 3", "9"),
        ("1 + /* middle */ 1 // end", "2"),
        ("0.1 + 0.2", "0.3"),
        ("99999999999999999999999999999999999999", "1E+38"),
    ],
)
def test_it_calculates_with_34_decimal_digits(text: str, expected: str) -> None:
    assert feel.evaluate(text, SCOPE) == Decimal(expected)
    assert isinstance(feel.evaluate(text, SCOPE), Decimal)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('优先级 = "紧急" and amount > 100', True),
        ("open and nothing", None),
        ("nothing and false", False),
        ("nothing or true", True),
        ("nothing or false", None),
        ("true and 1", None),
        ("not(nothing)", None),
        ('1 = "1"', None),
        ("1 = null", False),
        ("null = null", True),
        ("null != 1", True),
        ("1 = 1.00", True),
        ("amount between 100 and 120", True),
        ("amount between 121 and 200", False),
        ("15 between null and 10", False),
        ("5 between null and 10", None),
        ('"b" > "a"', True),
        ('1 < "a"', None),
        ("null < 1", None),
        ("[1,2] = [1,2]", True),
        ("{a: 1, b: [2]} = {b: [2], a: 1}", True),
        ("[1..3] = [1..3]", True),
        ("(1..3) = ]1..3[", True),
        ("amount in [100..120)", False),
        ("amount in (1, > 100)", True),
        ('"a" in tags', True),
        ("1 in [[2..4], [1..3]]", True),
        ("5 in (null..10]", None),
        ("null in [1..10]", None),
        ("if nothing then 1 else 2", 2),
        ("if 1 then 1 else 2", 2),
        ("if amount = 120 then 1 else 2", 1),
        ('some t in tags satisfies t = "b"', True),
        ("every x in [] satisfies false", True),
        ("some x in [1, null] satisfies x > 5", None),
        ("every x in [1,2], y in [1,2] satisfies x + y < 4", False),
    ],
)
def test_it_decides_with_three_valued_logic(text: str, expected: bool | None) -> None:
    assert same(feel.evaluate(text, SCOPE), expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for i in 1..3 return i * i", [1, 4, 9]),
        ("for i in 3..1 return i", [3, 2, 1]),
        ("for x in [1,2], y in [10,20] return x + y", [11, 21, 12, 22]),
        ("for x in [[1,2],[3]], y in x return y", [1, 2, 3]),
        ("for i in 0..4 return if i = 0 then 1 else i * partial[-1]", [1, 1, 2, 6, 24]),
        ("for i in 1..3 return count(partial)", [0, 1, 2]),
        ("for i in (1..4) return i", [2, 3]),
        ('for d in @"2026-01-31"..@"2026-02-01" return d.day', [31, 1]),
        ('for i in "a".."c" return i', None),
        ("for i in 5 return i", [5]),
        ("for i in null return i", None),
        ("[1,2,3][item >= 2]", [2, 3]),
        ("[1,2,3][-1]", 3),
        ("[1,2,3][4]", None),
        ("5[1]", 5),
        ("5[false]", []),
        ("case.visits[n > 1].by", ["乙"]),
        ("case.visits.n", [1, 2]),
        ("case.visits[2].by", "乙"),
        ("[{item: 1}, {item: 2}][item > 1]", [{"item": 2}]),
        ("[1,2][count([1])]", 1),
        ('[1,2]["a"]', None),
        ("{a: 1, b: a + 1}.b", 2),
        ('{"a b": 1}.a b', 1),
        ("{a: 1, a: 2}", None),
        ("[{x: 1}, {}].x", [1, None]),
        ("(function(a, b: number) a - b)(5, 3)", 2),
        ("(function(a, b) a - b)(b: 5, a: 3)", -2),
        ("(function(a: number) a)([7])", 7),
        ('(function(a: number) a)("x")', None),
        ("{fact: function(n) if n = 0 then 1 else n * fact(n - 1), r: fact(5)}.r", 120),
        ("{twice: function(f, x) f(f(x)), r: twice(sqrt, 16)}.r", 2),
        ("(function() external {java: {}})()", None),
        ("sort([3,1,2], function(x, y) x > y)", [3, 2, 1]),
    ],
)
def test_it_loops_filters_and_calls(text: str, expected: Any) -> None:
    assert same(feel.evaluate(text, SCOPE), expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 instance of number", True),
        ("null instance of Any", False),
        ("null instance of Null", True),
        ("[1] instance of list<number>", True),
        ('["a"] instance of list<number>', False),
        ("[1] instance of list", None),
        ("{a: 1, b: 2} instance of context<a: number>", True),
        ("[1..2] instance of range<number>", True),
        ("abs instance of function<number> -> number", True),
        ('@"2026-01-01T10:00:00" instance of date and time', True),
        ("due instance of date and time", True),
        ('@"P1M" instance of years and months duration', True),
        ("1 instance of tUnknown", None),
        ("(function(a: string) a) instance of function<string> -> Any", True),
        ("(function(a: string) a) instance of function<number> -> Any", False),
        ("(function(a) a) instance of function<number> -> Any", True),
        ("(function(a) a) instance of function<> -> Any", False),
        ("(function(a: list<Any>) a) instance of function<list<string>> -> Any", True),
    ],
)
def test_it_tells_types(text: str, expected: bool | None) -> None:
    assert feel.evaluate(text, SCOPE) is expected


def test_it_reads_escapes_and_characters_beyond_the_basic_plane() -> None:
    assert feel.evaluate(r'"a\n\t\"\\ \u4e2d \U01F40E \uD83D\uDC0E \d"') == 'a\n\t"\\ 中 🐎 🐎 \\d'


@pytest.mark.parametrize(
    ("text", "names", "scope"),
    [
        ("delivery date + 1", ["delivery date"], {"delivery date": 2}),
        ("delivery   date + 1", ["delivery date"], {"delivery date": 2}),
        ("a-b + 1", ["a-b", "a", "b"], {"a-b": 2, "a": 9, "b": 1}),
        ("days in weekend + 1", ["days in weekend"], {"days in weekend": 2}),
        ("联系电话（手机） + 1", ["联系电话（手机）"], {"联系电话（手机）": 2}),
        ("case.pre-tax amount + 1", ["case", "pre-tax amount"], {"case": {"pre-tax amount": 2}}),
        ("case.unit name + 1", [], {"case": {"unit name": 2}}),
        ("🐎 + 1", [], {"🐎": 2}),
    ],
)
def test_it_finds_names_with_spaces_and_signs(text: str, names: list[str], scope: dict[str, Any]) -> None:
    assert feel.parse(text, names=names)(scope) == 3


def test_a_longer_name_is_taken_apart_by_parentheses() -> None:
    assert feel.parse("(a)-(b)", names=["a-b"])({"a-b": 0, "a": 5, "b": 2}) == 3


def test_it_lists_the_variables_it_reads() -> None:
    expression = feel.parse("for x in list1 return x + y + count(list1[flag])")
    assert expression.names == {"list1", "y"}
    assert expression.item_names == {"flag"}


def test_inner_scopes_hide_outer_ones() -> None:
    assert feel.evaluate("a + b", {"a": 1}, {"a": 10, "b": 20}) == 21


def test_it_asks_a_lazy_scope_only_for_what_it_reads() -> None:
    asked: list[str] = []

    class Lazy(Mapping[str, Any]):
        def __getitem__(self, name: str) -> Any:
            asked.append(name)
            return {"level": 3}

        def __contains__(self, name: object) -> bool:
            return name == "case"

        def __iter__(self) -> Iterator[str]:
            raise AssertionError("the scope must not be listed")

        def __len__(self) -> int:
            raise AssertionError("the scope must not be counted")

    assert feel.evaluate("case.level + missing.level", Lazy()) is None
    assert asked == ["case"]


def test_a_python_function_can_be_called_by_position_and_by_name() -> None:
    scope = {"pay": feel.FeelFunction(["base", "months"], lambda base, months: base * months)}
    assert feel.evaluate("pay(100, 3) + pay(months: 2, base: 10)", scope) == 320
    assert feel.evaluate("pay(1)", scope) is None


def test_declared_types_answer_instance_of() -> None:
    class Urgent:
        def accepts(self, value: Any) -> bool:
            return value == "紧急"

    expression = feel.parse("优先级 instance of tUrgent", types={"tUrgent": Urgent()})
    assert expression(SCOPE) is True
    assert expression({"优先级": "一般"}) is False


def test_a_leading_equals_sign_is_tolerated() -> None:
    assert feel.evaluate("= 1 + 1") == 2


def test_a_result_can_be_changed_without_changing_the_next_one() -> None:
    expression = feel.parse("[1, {a: [2]}]")
    expression()[1]["a"].append(3)
    assert expression() == [1, {"a": [2]}]


def test_a_call_finds_the_function_behind_a_plain_value_of_its_name() -> None:
    outer = {"unit": feel.FeelFunction(["code"], lambda code: f"单位 {code}")}
    assert feel.evaluate('unit("PS")', {"unit": "CF"}, outer) == "单位 PS"
    assert feel.evaluate("unit", {"unit": "CF"}, outer) == "CF"


def test_an_offered_function_leaves_its_name_to_variables() -> None:
    offered = {"unit": Offered(("code",), lambda code: {"code": code}, "unit")}
    assert feel.evaluate('unit("PS").code', offered) == "PS"
    assert feel.evaluate("unit", offered) is None
    assert feel.evaluate("unit = null", offered) is True
    assert feel.evaluate("unit(unit).code", {"unit": "PS"}, offered) == "PS"
