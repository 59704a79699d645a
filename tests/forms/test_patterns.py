"""JavaScript patterns mean the same on the server."""

import time

import pytest

from forms import patterns


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"^\d+$", "123", True),
        (r"^\d+$", "１２３", False),
        (r"^\d+$", "123\n", False),
        (r"^\w+$", "汉字", False),
        (r"^\s+$", "\u3000\ufeff", True),
        (r"^[\s\S]*$", "a\n汉😀", True),
        (r"^[^\d]+$", "汉", True),
        (r"^[\D]$", "１", True),
        (r"^.$", "😀", False),
        (r"^..$", "😀", True),
        (r"^.$", "\u2028", False),
        (r"^[\u4e00-\u9fa5]{2,4}$", "城市闭环", True),
        (r"^[\u4e00-\u9fa5]{2,4}$", "城", False),
        (r"^(?<year>\d{4})-\k<year>$", "2026-2026", True),
        (r"^(a|b)\1$", "aa", True),
        (r"^(a|b)\1$", "ab", False),
        (r"^a{,2}$", "a{,2}", True),
        (r"^[[]$", "[", True),
        (r"^[a&&b]$", "&", True),
        (r"^\x41\u0042\/\-$", "AB/-", True),
        (r"^[^]$", "\n", True),
        (r"[]", "", False),
        (r"\bword\b", "a word.", True),
        (r"^(?:[^@]+)@", "x@y", True),
        (r"^粤[A-Z][A-Z0-9]{5,6}$", "粤A12345", True),
    ],
)
def test_it_matches_as_in_the_browser(pattern: str, text: str, found: bool) -> None:
    assert patterns.matches(pattern, text) is found


@pytest.mark.parametrize("pattern", ["(", ")", "[", "a**", "*", "\\", "(?<=a+)b", "x" * 1001, "a{3,1}", "(?i)a"])
def test_it_refuses_patterns_both_sides_cannot_run(pattern: str) -> None:
    with pytest.raises(patterns.PatternError):
        patterns.compiled(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+$", "((a*)b?)*$", "(?:a{1,}){20}$", "([a-z]+)*x"])
def test_it_refuses_patterns_that_can_take_forever(pattern: str) -> None:
    with pytest.raises(patterns.PatternError, match="forever"):
        patterns.compiled(pattern)


def test_it_answers_in_time_for_the_longest_text() -> None:
    started = time.perf_counter()
    patterns.matches(r"^[\u4e00-\u9fa5]+[0-9]+$", "城" * patterns.MAX_TESTED)
    assert time.perf_counter() - started < 0.5
