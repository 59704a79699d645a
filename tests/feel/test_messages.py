"""What people are told: syntax errors with their place, reasons for null, the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import engine.feel as feel
from engine.feel.__main__ import main


@pytest.mark.parametrize(
    ("text", "line", "column", "code"),
    [
        ("1 +", 1, 4, "FEEL_INCOMPLETE"),
        ("a = \n  )", 2, 3, "FEEL_UNEXPECTED"),
        ("a b", 1, 3, "FEEL_NAME_UNKNOWN"),
        ('"abc', 1, 1, "FEEL_UNCLOSED"),
        ("/* x", 1, 1, "FEEL_UNCLOSED"),
        ("a ＞ 3", 1, 3, "FEEL_FULL_WIDTH"),
        ("“是” = a", 1, 1, "FEEL_FULL_WIDTH"),
        ("f(a: 1, 2)", 1, 2, "FEEL_MIXED_ARGUMENTS"),
        ("1e9999999", 1, 1, "FEEL_NUMBER_RANGE"),
        ("if a then b", 1, 12, "FEEL_INCOMPLETE"),
        ("", 1, 1, "FEEL_INCOMPLETE"),
        ("a == b", 1, 4, "FEEL_FOREIGN"),
        ("a; b", 1, 2, "FEEL_UNEXPECTED"),
        ("{a 1}", 1, 2, "FEEL_UNEXPECTED"),
    ],
)
def test_a_syntax_error_says_where_and_what(text: str, line: int, column: int, code: str) -> None:
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.parse(text)
    error = caught.value
    assert (error.line, error.column, error.code) == (line, column, code)
    assert f"第 {line} 行第 {column} 列" in error.message_zh
    assert f"Line {line}, column {column}" in error.message_en


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("a && b", "Write and"),
        ("a || b", "Write or"),
        ("!a", "Write not"),
        ("a and not b", "Write not"),
        ("a is null", "Write = null"),
        ("a.b is null", "Write = null"),
        ("a is not null", "Write != null"),
        ("a = 'x'", 'Write "'),
        ("a % 2 = 0", "Write modulo"),
        ("a <> b", "Write !="),
    ],
)
def test_habits_from_other_languages_are_answered_with_how_feel_says_it(text: str, advice: str) -> None:
    with pytest.raises(feel.FeelSyntaxError, match=advice) as caught:
        feel.parse(text)
    assert caught.value.code == "FEEL_FOREIGN"


@pytest.mark.parametrize("text", ["[1, 2,]", "{a: 1,}", "f(1,)", "function(a,) a", "x instance of context<a: number,>"])
def test_a_comma_must_be_followed_by_something(text: str) -> None:
    with pytest.raises(feel.FeelSyntaxError):
        feel.parse(text)


def test_full_width_signs_are_named_with_their_half_width_ones() -> None:
    with pytest.raises(feel.FeelSyntaxError, match="use >="):
        feel.parse("数量 ≥ 3")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("lvel > 1", "NAME_UNKNOWN"),
        ("case.lvel", "PROPERTY_UNKNOWN"),
        ('1 + "a"', "TYPES_MISMATCH"),
        ("case.count + 1", "PROPERTY_UNKNOWN"),
        ("1 / 0", "NUMBER_INVALID"),
        ("[1][2]", "INDEX_INVALID"),
        ('@"2026-02-30"', "LITERAL_INVALID"),
        ("case.level()", "NOT_A_FUNCTION"),
        ("abs(true)", "ARGUMENTS_INVALID"),
        ("for i in case.level.x return i", "NOT_ITERABLE"),
        ("{a: 1, a: 2}", "KEY_DUPLICATE"),
        ('[1.."a"]', "RANGE_INVALID"),
        ("if 1 then 1 else null", "NOT_BOOLEAN"),
        ("1 < null", "TYPES_MISMATCH"),
        ('matches("a", "(")', "OPERATION_FAILED"),
        ("1 instance of tX", "TYPE_UNKNOWN"),
        ("-true", "TYPE_WRONG"),
        ('@"9999-01-01" + @"P999999999999M"', "TYPES_MISMATCH"),
        ("null + 1", "NULL_OPERAND"),
    ],
)
def test_a_null_is_explained(text: str, code: str) -> None:
    value, notes = feel.parse(text).explain({"case": {"level": {"x": None}}})
    assert value is None
    assert code in [note.code for note in notes]


def test_an_explanation_points_to_the_place() -> None:
    value, notes = feel.parse('amount > 1 and\n  lvel > "III"').explain({"amount": 2})
    assert value is None
    assert [(note.line, note.column) for note in notes if note.code == "NAME_UNKNOWN"] == [(2, 3)]
    assert "“lvel”" in notes[0].message_zh


def test_a_value_needs_no_explanation() -> None:
    assert feel.parse("a + 1").explain({"a": 1}) == (2, [])


def test_the_command_line_evaluates_with_a_context(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    context = tmp_path / "data.json"
    context.write_text(json.dumps({"amount": 0.1, "unit name": "城管"}, ensure_ascii=False), "utf-8")
    assert main(["{total: amount * 3, unit: unit name}", "--context", str(context)]) == 0
    assert json.loads(capsys.readouterr().out) == {"total": 0.3, "unit": "城管"}


@pytest.mark.parametrize(("text", "status", "said"), [("1 +", 2, "不完整"), ("lvel", 1, "没有名为“lvel”的数据")])
def test_the_command_line_says_what_is_wrong(
    text: str, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([text]) == status
    assert said in capsys.readouterr().err


def test_the_command_line_refuses_an_unreadable_context(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["1", "--context", str(tmp_path / "missing.json")]) == 2
    assert "上下文" in capsys.readouterr().err
