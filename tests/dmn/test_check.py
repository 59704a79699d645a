"""A decision table is checked before it goes live."""

import pytest
from hypothesis import given, strategies as st

import engine.dmn
from engine.dmn import check
from tests.dmn.making import decision, literal, model, table

N = {"n": "number"}
AB = {"x": ("string", '"a", "b"'), "flag": "boolean"}


def rules_of(found):
    return [(each.rule, each.severity) for each in found]


def test_a_complete_table_has_no_findings():
    source = table(N, [(("< 0",), ("1",)), (("0",), ("2",)), (("> 0",), ("3",))])
    assert check(source) == []


def test_a_gap_is_shown_with_an_example():
    (found,) = check(table(N, [(("< 0",), ("1",)), (("> 0",), ("3",))]))
    assert (found.rule, found.severity, found.example) == ("dmn.table.gap", "warning", {"n": 0})
    assert "n = 0" in found.zh


def test_a_gap_between_two_columns_is_found():
    rules = [(('"a"', "true"), ("1",)), (('"a"', "false"), ("2",)), (('"b"', "true"), ("3",))]
    (found,) = check(table(AB, rules))
    assert found.example == {"x": "b", "flag": False}


def test_overlapping_rules_are_an_error_under_unique():
    (found,) = check(table(N, [(("<= 5",), ("1",)), ((">= 5",), ("2",))]))
    assert (found.rule, found.severity, found.row) == ("dmn.table.overlap", "error", 2)
    assert found.example == {"n": 5}


def test_overlapping_rules_that_agree_are_fine_under_any():
    rules = [(("<= 5",), ("1",)), ((">= 5",), ("1",))]
    assert check(table(N, rules, hit_policy="ANY")) == []
    rules[1] = ((">= 5",), ("2",))
    assert rules_of(check(table(N, rules, hit_policy="ANY"))) == [("dmn.table.overlap", "error")]


def test_a_rule_covered_by_earlier_ones_is_unreachable_under_first():
    rules = [(("< 5",), ("1",)), ((">= 5",), ("2",)), (("[3..7]",), ("3",))]
    (found,) = check(table(N, rules, hit_policy="FIRST"))
    assert (found.rule, found.row) == ("dmn.table.unreachable", 3)


def test_a_default_output_closes_the_gaps():
    assert check(table(N, [(("< 0",), ("1",))], default="0")) == []


def test_a_cell_only_feel_understands_raises_no_false_alarm():
    rules = [(("? * 2 > 10",), ("1",)), (("<= 5",), ("2",))]
    assert check(table(N, rules, hit_policy="UNIQUE")) == []


@pytest.mark.parametrize(("column", "cells"), [(1, (("1 +",), ("1",))), (2, (("1",), ('"a',)))])
def test_a_cell_that_does_not_parse_is_named_by_row_and_column(column, cells):
    found = check(table(N, [(("0",), ("0",)), cells]))
    assert [(each.rule, each.row, each.column) for each in found] == [("dmn.cell.syntax", 2, column)]
    assert f"第 2 行第 {column} 列" in found[0].zh
    assert f"Row 2, column {column}" in found[0].en


def test_a_name_nobody_declared_is_named_by_row_and_column():
    found = [one for one in check(table(N, [(("0",), ("0",)), (("1",), ("m + 1",))])) if one.severity == "error"]
    assert [(one.rule, one.row, one.column) for one in found] == [("dmn.name.unknown", 2, 2)]
    assert found[0].zh.startswith("第 2 行第 2 列：“m + 1”用到的“m”")
    assert found[0].en.startswith("Row 2, column 2: “m” in “m + 1”")


def test_an_output_that_is_not_allowed_is_refused_and_nothing_is_no_answer():
    source = table(N, [(("< 0",), ('"a"',)), (("0",), ('"z"',)), (("> 0",), ("null",))], values='"a", "b"')
    found = check(source)
    assert [(one.rule, one.severity, one.row, one.column) for one in found] == [("dmn.cell.not_allowed", "error", 2, 2)]
    assert "第 2 行第 2 列的“z”不在允许值之内" in found[0].zh


def test_a_literal_that_cannot_fit_its_column_is_named():
    source = table({"x": ("string", '"a", "b"'), "n": "number"}, [(('"a", "z"', '"5"'), ("1",)), (("-", "5"), ("1",))])
    found = [each for each in check(source) if each.rule.startswith("dmn.cell")]
    assert [(each.rule, each.row, each.column) for each in found] == [
        ("dmn.cell.not_allowed", 1, 1),
        ("dmn.cell.type", 1, 2),
    ]


def test_a_type_that_does_not_exist_is_named():
    (found,) = check(model(decision("d", literal("1"), type_ref="tNowhere")))
    assert (found.rule, found.severity, found.element) == ("dmn.type.unknown", "warning", "tNowhere")


def test_what_cannot_run_is_refused():
    with pytest.raises(engine.dmn.InvalidDecision) as refused:
        engine.dmn.read(table(N, [(("1 +",), ("1",))]))
    assert refused.value.findings[0].rule == "dmn.cell.syntax"


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (b"<nonsense", "dmn.xml.syntax"),
        (b"<definitions/>", "dmn.xml.root"),
        (b'<!DOCTYPE d [<!ENTITY e "x">]>' + model(""), "dmn.xml.doctype"),
        (model(decision("a", literal("b"), "requiredDecision#b")), "dmn.requirement.missing"),
        (
            model(
                decision("a", literal("b"), "requiredDecision#b") + decision("b", literal("a"), "requiredDecision#a")
            ),
            "dmn.requirement.cycle",
        ),
        (
            model(decision("a", '<functionDefinition kind="Java"><context/></functionDefinition>')),
            "dmn.function.external",
        ),
        (
            model('<import name="m" namespace="urn:x" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'),
            "dmn.import.missing",
        ),
        (model(decision("a", literal("1")) * 2), "dmn.id.duplicate"),
    ],
)
def test_what_is_wrong_is_named(source, rule):
    assert rule in [each.rule for each in check(source)]
    with pytest.raises(engine.dmn.InvalidDecision):
        engine.dmn.read(source)


def test_requirements_in_an_endless_row_are_refused_not_followed():
    row = "".join(decision(f"d{n}", literal("1"), f"requiredDecision#d{n + 1}") for n in range(500))
    assert "dmn.requirement.cycle" in [each.rule for each in check(model(row + decision("d500", literal("1"))))]


def test_an_expression_too_large_for_feel_is_named():
    (found,) = check(model(decision("d", literal("1+" * 20_000 + "1"))))
    assert (found.rule, found.element) == ("dmn.expression.syntax", "d")


CELL = st.sampled_from(["-", "< 1", ">= 1", "[1..2]", "> 2", "1", "2, 3", "not(1)"])


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=4))
def test_findings_agree_with_trying_every_value(rows):
    source = table({"a": "number", "b": "number"}, [(row, (str(i),)) for i, row in enumerate(rows)], hit_policy="FIRST")
    model_ = engine.dmn.read(source)
    tried = [None, *(x / 2 for x in range(9))]
    hits = {(a, b): model_.matched_rules("decide", {"a": a, "b": b}) for a in tried for b in tried}
    found = check(source)
    gap = any(not each for values, each in hits.items() if None not in values)
    assert gap == any(each.rule == "dmn.table.gap" for each in found)
    first = {each[0] for each in hits.values() if each}
    unreachable = {each.row for each in found if each.rule == "dmn.table.unreachable"}
    assert unreachable == set(range(1, len(rows) + 1)) - first


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=4))
def test_overlaps_agree_with_trying_every_value(rows):
    source = table({"a": "number", "b": "number"}, [(row, (str(i),)) for i, row in enumerate(rows)])
    model_ = engine.dmn.read(source)
    tried = [x / 2 for x in range(9)]
    hits = [model_.matched_rules("decide", {"a": a, "b": b}) for a in tried for b in tried]
    found = {each.row for each in check(source) if each.rule == "dmn.table.overlap"}
    assert found == {later for each in hits for later in each[1:]}


def test_a_table_too_large_to_check_says_so(monkeypatch):
    monkeypatch.setattr("engine.dmn.coverage.MAX_STATES", 100)
    inputs = {f"n{i}": "number" for i in range(8)}
    rules = [(tuple(f">= {(r * 7 + i * 3) % 11}" for i in range(8)), ("1",)) for r in range(20)]
    rules += rules[:1]
    found = rules_of(check(table(inputs, rules, hit_policy="FIRST")))
    assert ("dmn.table.too_large", "warning") in found
    assert ("dmn.table.unreachable", "warning") in found
