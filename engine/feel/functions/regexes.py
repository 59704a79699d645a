"""XPath regular expressions (XQuery and XPath Functions 3.1, section 5.6) run with a time limit.

The pattern is checked and translated to the `regex` package, whose matcher stops after a given time, so
that a pattern with catastrophic backtracking ends in an error instead of a busy server.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import regex

from engine.feel.errors import FeelLimitError, Undefined
from engine.feel.functions.xpath_patterns import translate
from engine.feel.limits import Run

_T = TypeVar("_T")
_TIMEOUT = 0.03
_MAX_PATTERN = 1_000
_ITSELF = frozenset(";,:/、；，：")
"""Delimiters that need no regular expression."""
_FLAGS = {"i": regex.IGNORECASE, "m": regex.MULTILINE, "s": regex.DOTALL}


def search(run: Run, pattern: str, flags: str, text: str) -> bool:
    """Whether the pattern is found anywhere in the text. Raises Undefined for an invalid pattern."""
    compiled = compiled_pattern(pattern, flags)
    return _bounded(run, text, lambda: compiled.search(text, timeout=_TIMEOUT)) is not None


def replace(run: Run, pattern: str, flags: str, text: str, replacement: str) -> str:
    """Every match replaced; `$1` is a group, `\\$` a dollar. The pattern must not match nothing."""
    compiled = compiled_pattern(pattern, flags)
    _refuse_empty(compiled)
    parts = [replacement] if "q" in flags else _replacement(replacement, compiled.groups)

    def insert(match: regex.Match[str]) -> str:
        run.tick()
        return run.text("".join(p if isinstance(p, str) else match[p] or "" for p in parts))

    return _bounded(run, text, lambda: compiled.sub(insert, text, timeout=_TIMEOUT))


def split(run: Run, pattern: str, text: str) -> list[str]:
    """The parts of the text between matches."""
    if pattern in _ITSELF:
        return _split_plainly(run, pattern, text)
    compiled = compiled_pattern(pattern, "")
    _refuse_empty(compiled)
    parts: list[str] = []
    last = 0

    def cut() -> None:
        nonlocal last
        for match in compiled.finditer(text, timeout=_TIMEOUT):
            run.tick()
            parts.append(text[last : match.start()])
            last = match.end()

    _bounded(run, text, cut)
    return [*parts, text[last:]]


def _split_plainly(run: Run, delimiter: str, text: str) -> list[str]:
    """The same for a delimiter that means itself, counting the same work."""
    run.tick(len(text) // 64 + 4)
    parts = text.split(delimiter)
    for _ in parts[1:]:
        run.tick()
    return parts


def _bounded(run: Run, text: str, action: Callable[[], _T]) -> _T:
    run.tick(len(text) // 64 + 4)
    try:
        return action()
    except TimeoutError:
        raise FeelLimitError(
            "正则表达式匹配时间过长，已停止；请改写得简单些。",
            "Matching the regular expression took too long and was stopped; make it simpler.",
            "FEEL_REGEX_TOO_SLOW",
        ) from None


def _refuse_empty(compiled: regex.Pattern[str]) -> None:
    if compiled.fullmatch("", timeout=_TIMEOUT):
        raise Undefined("模式会匹配空文本", "the pattern matches the empty text")


def _replacement(text: str, groups: int) -> list[str | int]:
    """The replacement as literal parts and group numbers (XPath fn:replace)."""
    parts: list[str | int] = []
    at = 0
    while at < len(text):
        char, following = text[at], text[at + 1 : at + 2]
        if char == "\\":
            if following not in ("\\", "$") or not following:
                raise Undefined(
                    "替换文本里的 \\ 后面必须是 \\ 或 $", "in a replacement, \\ must be followed by \\ or $"
                )
            parts.append(following)
            at += 2
        elif char == "$":
            digits = 1
            if not following.isdigit():
                raise Undefined("替换文本里的 $ 后面必须是数字", "in a replacement, $ must be followed by a digit")
            while (
                text[at + 1 : at + 2 + digits].isdigit()
                and at + 1 + digits < len(text)
                and int(text[at + 1 : at + 2 + digits]) <= groups
            ):
                digits += 1
            number = int(text[at + 1 : at + 1 + digits])
            parts.append(number if number <= groups else "")
            at += 1 + digits
        else:
            parts.append(char)
            at += 1
    return parts


@lru_cache(maxsize=512)
def compiled_pattern(pattern: str, flags: str) -> regex.Pattern[str]:
    """The pattern ready to run. Raises Undefined when it is not an XPath regular expression."""
    if len(pattern) > _MAX_PATTERN:
        raise Undefined(f"模式最多 {_MAX_PATTERN} 个字符", f"a pattern has at most {_MAX_PATTERN} characters")
    if any(flag not in "ismxq" for flag in flags):
        raise Undefined(f"未知的标志 {flags!r}", f"unknown flags {flags!r}")
    options: Any = regex.VERSION1
    for flag in flags:
        options |= _FLAGS.get(flag, 0)
    translated = regex.escape(pattern) if "q" in flags else translate(pattern, flags)
    try:
        return regex.compile(translated, options)
    except (regex.error, OverflowError, RecursionError) as error:
        raise Undefined(f"正则表达式无效（{error}）", str(error)) from None
