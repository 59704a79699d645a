"""Decision tables under every hit policy."""

from decimal import Decimal
from time import process_time
from timeit import timeit

import pytest
from hypothesis import given, strategies as st

import engine.dmn
import engine.feel
from engine.dmn.cells import cell
from tests.dmn.making import table

AGE = {"age": "number"}
OVERLAPPING = [((">= 10",), ('"a"',)), ((">= 20",), ('"b"',)), ((">= 30",), ('"c"',))]


def decide(source, **context):
    return engine.dmn.read(source).evaluate("decide", context)


@pytest.mark.parametrize(
    ("policy", "aggregation", "expected"),
    [
        ("UNIQUE", "", None),
        ("FIRST", "", "a"),
        ("ANY", "", None),
        ("COLLECT", "", ["a", "b"]),
        ("RULE ORDER", "", ["a", "b"]),
        ("COLLECT", "COUNT", Decimal(2)),
        ("COLLECT", "MIN", "a"),
        ("COLLECT", "MAX", "b"),
    ],
)
def test_several_rules_match(policy, aggregation, expected):
    assert decide(table(AGE, OVERLAPPING, hit_policy=policy, aggregation=aggregation), age=25) == expected


@pytest.mark.parametrize(("policy", "expected"), [("PRIORITY", "b"), ("OUTPUT ORDER", ["b", "a"])])
def test_the_listed_output_values_rank_the_results(policy, expected):
    source = table(AGE, OVERLAPPING, hit_policy=policy, values='"c", "b", "a"')
    assert decide(source, age=25) == expected


def test_sums_are_exact():
    rules = [(("-",), ("0.1",)), (("-",), ("0.2",))]
    assert decide(table(AGE, rules, hit_policy="COLLECT", aggregation="SUM"), age=1) == Decimal("0.3")


@pytest.mark.parametrize(
    ("policy", "aggregation", "expected"),
    [("UNIQUE", "", None), ("COLLECT", "", []), ("COLLECT", "COUNT", 0), ("COLLECT", "SUM", None)],
)
def test_no_rule_matches(policy, aggregation, expected):
    assert decide(table(AGE, OVERLAPPING, hit_policy=policy, aggregation=aggregation), age=1) == expected


def test_no_rule_matches_and_there_is_a_default():
    assert decide(table(AGE, OVERLAPPING, default='"none"'), age=1) == "none"


def test_several_outputs_make_a_context():
    source = table(AGE, [(("-",), ("age", '"b"'))], outputs=("a", "b"))
    assert decide(source, age=3) == {"a": 3, "b": "b"}


def test_several_rules_that_agree_under_any():
    rules = [((">= 10",), ('"a"',)), ((">= 20",), ('"a"',))]
    assert decide(table(AGE, rules, hit_policy="ANY"), age=25) == "a"


def test_a_boolean_is_no_number():
    source = table({"x": "Any"}, [(("1",), ('"one"',)), (("true",), ('"yes"',))], hit_policy="FIRST")
    assert (decide(source, x=1), decide(source, x=True), decide(source, x=1.0)) == ("one", "yes", "one")


def test_a_missing_input_matches_only_what_accepts_null():
    source = table({"x": "string"}, [(('"a"',), ("1",)), (("null",), ("2",))])
    assert (decide(source, x="a"), decide(source)) == (1, 2)


def test_a_value_that_is_not_allowed_decides_nothing():
    source = table({"x": ("string", '"a", "b"')}, [(("-",), ("1",))])
    assert (decide(source, x="a"), decide(source, x="z"), decide(source)) == (1, None, 1)


def test_the_context_may_be_any_mapping_read_on_demand():
    class Lazy(dict):
        def __getitem__(self, name):
            asked.append(name)
            return 25

        def __contains__(self, name):
            return name == "age"

    asked = []
    assert decide(table(AGE, OVERLAPPING, hit_policy="FIRST")) is None
    assert engine.dmn.read(table(AGE, OVERLAPPING, hit_policy="FIRST")).evaluate("decide", Lazy()) == "a"
    assert asked == ["age"]


def test_it_says_which_rules_matched():
    model = engine.dmn.read(table(AGE, OVERLAPPING, hit_policy="FIRST"))
    assert model.matched_rules("decide", {"age": 25}) == [1, 2]


def test_the_same_bytes_are_compiled_once():
    source = table(AGE, OVERLAPPING)
    assert engine.dmn.read(source) is engine.dmn.read(bytes(bytearray(source)))


PLAIN = st.one_of(
    st.integers(-3, 3).map(str),
    st.sampled_from(['"a"', '"b"', '"a, b"', "true", "false", "-"]),
    st.tuples(st.sampled_from(["<", "<=", ">", ">=", "="]), st.integers(-3, 3)).map("{0[0]} {0[1]}".format),
    st.tuples(st.sampled_from("[("), st.integers(-3, 0), st.integers(0, 3), st.sampled_from("])")).map(
        "{0[0]}{0[1]}..{0[2]}{0[3]}".format
    ),
)
CELLS = st.lists(PLAIN.filter(lambda text: text != "-"), min_size=1, max_size=3).map(", ".join)
TEXTS = st.one_of(
    st.just("-"), CELLS, CELLS.filter(lambda text: "(" not in text and ")" not in text).map("not({})".format)
)
VALUES = st.one_of(
    st.integers(-4, 4), st.decimals(-4, 4, places=1), st.sampled_from(["a", "b", "a, b", "c", True, False, None])
)


@given(st.lists(TEXTS, min_size=1, max_size=5), VALUES)
def test_plain_cells_decide_as_feel_does(texts, value):
    assert all(cell(text) is not None for text in texts)
    source = table({"x": "Any"}, [((text,), (str(i),)) for i, text in enumerate(texts)], hit_policy="COLLECT")
    tests = [text == "-" or engine.feel.unary(text)(value) is True for text in texts]
    assert decide(source, x=value) == [i for i, matches in enumerate(tests) if matches]


@pytest.mark.parametrize("text", ['"a" "b"', '5"', '"a"b"', ",5", "5,", "x", '"a\\"b"', ">= ", "[1..", "not(x)"])
def test_anything_else_is_left_to_feel(text):
    assert cell(text) is None


def test_a_table_of_a_hundred_rules_is_fast():
    names = ("stage", "level", "count", "flag")
    rules = [
        ((f'"s{i % 10}"', f'"l{i % 5}"', f">= {100 - i}", "true" if i % 2 else "-"), (str(i),)) for i in range(100)
    ]
    kinds = dict(zip(names, ("string", "string", "number", "boolean"), strict=True))
    model = engine.dmn.read(table(kinds, rules, hit_policy="FIRST"))
    context = {"stage": "s9", "level": "l4", "count": 2, "flag": True}
    assert model.evaluate("decide", context) == 99

    def ask():
        return model.evaluate("decide", context)

    best = min(timeit(ask, timer=process_time, number=200) for _ in range(9)) / 200
    assert best < 100e-6, best
