"""The built-in functions, most of them with the examples of the specification (DMN 1.5, 10.3.4)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

import engine.feel as feel
from engine.feel.functions import BUILTINS
from tests.feel.test_language import same

EXAMPLES = {
    "conversion": """
        date("2012-12-25") - date("2012-12-24") = duration("P1D")
        date(date and time("2012-12-25T11:00:00Z")) = date("2012-12-25")
        date(2012, 12, 25) = date("2012-12-25")
        date and time("2012-12-24T23:59:00") = date and time(date("2012-12-24"), time("23:59:00"))
        date and time("2012-12-24T23:59:00") + duration("PT1M") = date and time("2012-12-25T00:00:00")
        time("23:59:00z") + duration("PT2M") = time("00:01:00@Etc/UTC")
        time("23:59:00z") = time(23, 59, 0, duration("PT0H"))
        number("1 000,0", " ", ",") = number("1,000.0", ",", ".")
        number(from: "1.5", decimal separator: ".") = 1.5
        string(1.1) = "1.1"
        string([1, "a", {b: null}]) = "[1, \\"a\\", {b: null}]"
        string(@"P1DT2H3M4.5S") = "P1DT2H3M4.5S"
        string(@"-P14M") = "-P1Y2M"
        duration("P2Y2M") = duration("P26M")
        duration("P0DT25H") = duration("P1DT1H")
        years and months duration(date("2011-12-22"), date("2013-08-24")) = duration("P1Y8M")
        years and months duration(date("2013-08-24"), date("2011-12-22")) = duration("-P1Y8M")
        range("[18..21)") = [18..21)
        range("(..@\\"2026-01-01\\"]").end = @"2026-01-01"
    """,
    "strings": """
        substring("foobar", 3) = "obar"
        substring("foobar", 3, 3) = "oba"
        substring("foobar", -2, 1) = "a"
        substring("\\U01F40Eab", 2) = "ab"
        string length("\\U01F40Eab") = 3
        upper case("aBc4") = "ABC4"
        lower case("aBc4") = "abc4"
        substring before("foobar", "bar") = "foo"
        substring before("foobar", "xyz") = ""
        substring after("foobar", "ob") = "ar"
        substring after("", "a") = ""
        replace("banana", "a", "o") = "bonono"
        replace("abcd", "(ab)|(a)", "[1=$1][2=$2]") = "[1=ab][2=]cd"
        replace("a.b", ".", "$", "q") = "a$b"
        contains("foobar", "of") = false
        starts with("foobar", "fo")
        ends with("foobar", "r")
        matches("foobar", "^fo*b")
        matches("a\\nb", "a.b") = false
        matches("a\\nb", "a.b", "s")
        matches("b", "[a-z-[aeiou]]")
        matches("e", "[a-z-[aeiou]]") = false
        matches("沪A12345", "^\\p{IsCJKUnifiedIdeographs}[A-Z]\\d{5}$")
        split("John Doe", "\\\\s") = ["John", "Doe"]
        split("a;b;c;;", ";") = ["a", "b", "c", "", ""]
        string join(["a", null, "c"], "X") = "aXc"
        string join([]) = ""
    """,
    "lists": """
        list contains([1, 2, null], null)
        count([1, [2, 3]]) = 2
        min([1, 2, 3]) = 1
        max(1, 2, 3) = 3
        max(@"P1D", @"PT25H") = @"PT25H"
        sum(1, 2, 3) = 6
        sum([@"P1D", @"PT1H"]) = @"P1DT1H"
        mean([1, 2, 3]) = 2
        all([false, null, true]) = false
        any([false, null, true])
        sublist([4, 5, 6], 1, 2) = [4, 5]
        append([1], 2, 3) = [1, 2, 3]
        concatenate([1, 2], [3]) = [1, 2, 3]
        insert before([1, 3], 1, 2) = [2, 1, 3]
        remove([1, 2, 3], 2) = [1, 3]
        list replace([2, 4, 7, 8], 3, 6) = [2, 4, 6, 8]
        list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5) = [5, 5, 7, 8]
        reverse([1, 2, 3]) = [3, 2, 1]
        index of([1, 2, 3, 2], 2) = [2, 4]
        union([1, 2], [2, 3]) = [1, 2, 3]
        distinct values([1, 2, 3, 2, 1.0, [1], [1]]) = [1, 2, 3, [1]]
        flatten([[1, 2], [[3]], 4]) = [1, 2, 3, 4]
        product([2, 3, 4]) = 24
        median(8, 2, 5, 3, 4) = 4
        median([6, 1, 2, 3]) = 2.5
        decimal(stddev(2, 4, 7, 5), 10) = 2.0816659995
        mode([6, 1, 9, 6, 1]) = [1, 6]
        mode([]) = []
        sort(["b", "a"]) = ["a", "b"]
        list([1..3]) = [1, 2, 3]
    """,
    "numbers": """
        string(decimal(1, 2)) = "1.00"
        decimal(2.5, 0) = 2
        floor(-1.56, 1) = -1.6
        ceiling(-1.56, 1) = -1.5
        round up(-5.5, 0) = -6
        round down(-1.126, 2) = -1.12
        round half up(-5.5, 0) = -6
        round half down(5.5, 0) = 5
        abs(@"-PT5H") = @"PT5H"
        modulo(-12, 5) = 3
        modulo(-10.1, 4.5) = 3.4
        modulo(10.1, -4.5) = -3.4
        sqrt(16) = 4
        decimal(log(10), 8) = 2.30258509
        decimal(exp(5), 8) = 148.41315910
        odd(5)
        even(2)
    """,
    "ranges": """
        before(1, 10)
        before([1..10), [10..20])
        after([11..20], 10)
        meets([1..5], [5..10])
        met by([5..10], [1..5])
        overlaps([1..5], [3..8])
        overlaps([1..5), [5..8]) = false
        overlaps before([1..5], [3..8])
        overlaps after([3..8], [1..5])
        finishes(10, [1..10])
        finished by([1..10], [5..10])
        includes([1..10], 5)
        includes([1..10], [4..6])
        during((1..10), [1..10])
        starts([1..5], [1..10])
        started by([1..10], 1)
        coincides([1..5], [1..5])
        coincides(3, 3)
        before(@"2026-01-01", @"2026-02-01")
    """,
    "calendar": """
        day of year(date(2019, 9, 17)) = 260
        day of week(date(2019, 9, 17)) = "Tuesday"
        month of year(date(2019, 9, 17)) = "September"
        week of year(date(2003, 12, 29)) = 1
        week of year(date(2005, 1, 1)) = 53
        is(date("2012-12-25"), time("23:00:50")) = false
        is(time("23:00:50z"), time("23:00:50")) = false
        is(time("23:00:50z"), time("23:00:50+00:00"))
    """,
    "contexts": """
        get value({key1: "value1"}, "key1") = "value1"
        get entries({a: 1}) = [{key: "a", value: 1}]
        context([{key: "a", value: 1}, {key: "b", value: 2, more: 3}]) = {a: 1, b: 2}
        context put({x: 1, y: 0}, "y", 2) = {x: 1, y: 2}
        context put({x: 1, y: {a: 0}}, ["y", "a"], 2) = {x: 1, y: {a: 2}}
        context merge([{x: 1, y: 0}, {y: 2}]) = {x: 1, y: 2}
    """,
}


@pytest.mark.parametrize("text", [line.strip() for lines in EXAMPLES.values() for line in lines.strip().splitlines()])
def test_it_agrees_with_the_examples(text: str) -> None:
    assert feel.evaluate(text) is True


@pytest.mark.parametrize(
    "text",
    [
        "abs()",
        "abs(1, 1)",
        'abs("1")',
        'substring("foobar", 0)',
        'substring("a", 2)',
        "sublist([1], 2)",
        "remove([1], 0)",
        "max([])",
        "sum([])",
        'sum([1, "a"])',
        "stddev([1])",
        "product([])",
        "sqrt(-1)",
        "log(0)",
        "modulo(1, 0)",
        "1 / 0",
        "decimal(1, 7000)",
        'date("2026-02-30")',
        'date("2026-2-3")',
        "date(2026, 13, 1)",
        'time("24:00:00")',
        'time("10:00:00+19:00")',
        'date and time("2026-01-01T10:00")',
        'duration("P1Y2D")',
        'duration("PT1.S")',
        'number("1,0")',
        'number("1,0", ",", ",")',
        "string(null)",
        'range("[3..1]")',
        'range("[..3]")',
        'range("[1+1..3]")',
        'context([{key: "a"}])',
        'context put({a: 1}, ["b", "c"], 2)',
        "context put({a: 1}, [], 2)",
        'matches("a", "[")',
        'matches("a", "(?=a)")',
        'matches("a", "\\\\b")',
        'matches("a", "a", "z")',
        'replace("a", "a*", "b")',
        'replace("a", "a", "$")',
        'matches("aa", "(a)\\\\2")',
        'matches("a", "a*+")',
        'matches("a", "a**")',
        "number(null)",
        "any(1)",
        "not(1)",
        "list replace([1], 2, 3)",
        "median(null)",
        'get value(null, "a")',
        'sort([1, "a"])',
        'before(1, "a")',
        "union()",
        "string join([1])",
        "foo(1)",
        "list([1..2.5])",
        'day of week("x")',
        "now()",
        "today()",
    ],
)
def test_what_is_outside_a_functions_domain_is_null_with_a_reason(text: str) -> None:
    value, notes = feel.parse(text).explain()
    assert value is None
    assert notes
    assert all(note.message_zh and note.message_en for note in notes)


def test_now_and_today_are_the_callers() -> None:
    now = dt.datetime(2026, 1, 31, 23, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    expression = feel.parse("[now(), today(), string(today())]")
    assert expression(now=now) == [now, dt.date(2026, 1, 31), "2026-01-31"]


def test_every_function_can_be_named_as_a_value() -> None:
    for name in BUILTINS:
        assert feel.evaluate(f"{name} = null") is False


@pytest.mark.parametrize(("name", "value"), [("count", 3), ("date", "x"), ("list", [1])])
def test_a_variable_may_bear_the_name_of_a_function(name: str, value: Any) -> None:
    assert same(feel.evaluate(f"{name} = v", {name: value, "v": value}), True)
    assert feel.evaluate('date("2026-01-01")', {name: value}) == dt.date(2026, 1, 1)
    assert feel.parse('date("2026-01-01")', names=[name])({name: value}) == dt.date(2026, 1, 1)


def test_a_declared_function_hides_the_built_in_one() -> None:
    scope = {"count": feel.FeelFunction(["x"], lambda x: "own")}
    assert feel.parse("count([1])", names=["count"])(scope) == "own"
