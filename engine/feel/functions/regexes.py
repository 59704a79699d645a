"""XPath regular expressions (XQuery and XPath Functions 3.1, section 5.6) run with a time limit.

The pattern is checked and translated to the `regex` package, whose matcher stops after a given time, so
that a pattern with catastrophic backtracking ends in an error instead of a busy server.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import regex

from engine.feel.errors import FeelLimitError
from engine.feel.limits import Run

_T = TypeVar("_T")
_TIMEOUT = 0.03
_MAX_PATTERN = 1_000
_MAX_EXPANDED = 5_000
_MAX_GROUP_DEPTH = 50
_FLAGS = {"i": regex.IGNORECASE, "m": regex.MULTILINE, "s": regex.DOTALL}
_NAME_START = (
    r":A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D"
    r"\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
_NAME_PART = _NAME_START + r"\-.0-9\u00B7\u0300-\u036F\u203F-\u2040"
_CLASS_ESCAPES = {
    "i": f"[{_NAME_START}]",
    "I": f"[^{_NAME_START}]",
    "c": f"[{_NAME_PART}]",
    "C": f"[^{_NAME_PART}]",
    "s": r"[ \t\n\r]",
    "S": r"[^ \t\n\r]",
    "d": r"\p{Nd}",
    "D": r"\P{Nd}",
    "w": r"[^\p{P}\p{Z}\p{C}]",
    "W": r"[\p{P}\p{Z}\p{C}]",
}
_LITERAL_ESCAPES = frozenset("nrt\\|.?*+(){}-[]^$")


def search(run: Run, pattern: str, flags: str, text: str) -> bool:
    """Whether the pattern is found anywhere in the text. Raises ValueError for an invalid pattern."""
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
        raise ValueError("the pattern matches the empty text")


def _replacement(text: str, groups: int) -> list[str | int]:
    """The replacement as literal parts and group numbers (XPath fn:replace)."""
    parts: list[str | int] = []
    at = 0
    while at < len(text):
        char, following = text[at], text[at + 1 : at + 2]
        if char == "\\":
            if following not in ("\\", "$") or not following:
                raise ValueError("in a replacement, \\ must be followed by \\ or $")
            parts.append(following)
            at += 2
        elif char == "$":
            digits = 1
            if not following.isdigit():
                raise ValueError("in a replacement, $ must be followed by a digit")
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
    """The pattern ready to run. Raises ValueError when it is not an XPath regular expression."""
    if len(pattern) > _MAX_PATTERN:
        raise ValueError(f"a pattern has at most {_MAX_PATTERN} characters")
    if any(flag not in "ismxq" for flag in flags):
        raise ValueError(f"unknown flags {flags!r}")
    options: Any = regex.VERSION1
    for flag in flags:
        options |= _FLAGS.get(flag, 0)
    translated = regex.escape(pattern) if "q" in flags else _Translator(pattern, flags).whole()
    try:
        return regex.compile(translated, options)
    except (regex.error, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from None


class _Translator:
    """Reads an XPath pattern and writes the same in the syntax of the `regex` package."""

    def __init__(self, pattern: str, flags: str) -> None:
        self.pattern = _without_space(pattern) if "x" in flags else pattern
        self.at = 0
        self.groups = 0
        self.sizes = [0]  # of the expanded pattern so far, one entry for each open group
        self.last = 0  # of the expanded last piece
        self.open_groups: list[int] = []
        self.multiline = "m" in flags
        self.dotall = "s" in flags

    def whole(self) -> str:
        parts: list[str] = []
        while self.at < len(self.pattern):
            parts.append(self._piece())
            if self.sizes[-1] > _MAX_EXPANDED:
                raise ValueError("the pattern repeats too much {…}")
        if self.open_groups:
            raise ValueError("a group is not closed")
        return "".join(parts)

    def _take(self) -> str:
        if self.at >= len(self.pattern):
            raise ValueError("the pattern ends too early")
        self.at += 1
        return self.pattern[self.at - 1]

    def _piece(self) -> str:
        char = self._take()
        if char == "\\":
            self._grow(1)
            return self._escape(False)
        if char == "[":
            self._grow(1)
            return self._class(0)
        if char == "(":
            return self._open()
        if char == ")":
            if not self.open_groups:
                raise ValueError("unexpected )")
            self.open_groups.pop()
            self._grow(self.sizes.pop())
            return ")"
        if char == "{":
            return self._quantity()
        if char in "]}":
            raise ValueError(f"unexpected {char}")
        if char not in "?*+":
            self._grow(1)
        if char == "." and not self.dotall:
            return r"[^\n\r]"
        if char == "$":
            return r"(?=\n|\Z)" if self.multiline else r"\Z"
        return char if char in "^|?*+." else regex.escape(char)

    def _grow(self, size: int) -> None:
        self.sizes[-1] += size
        self.last = size

    def _open(self) -> str:
        if len(self.open_groups) >= _MAX_GROUP_DEPTH:
            raise ValueError("groups are nested too deeply")
        self.sizes.append(0)
        if self.pattern.startswith("?", self.at):
            if not self.pattern.startswith("?:", self.at):
                raise ValueError("only (…) and (?:…) groups are allowed")
            self.at += 2
            self.open_groups.append(0)
            return "(?:"
        self.groups += 1
        self.open_groups.append(self.groups)
        return "("

    def _quantity(self) -> str:
        end = self.pattern.find("}", self.at)
        body = self.pattern[self.at : end] if end >= 0 else ""
        low, comma, high = body.partition(",")
        if not low.isdigit() or (high and not high.isdigit()) or len(body) > 9:
            raise ValueError("invalid quantity {…}")
        if high and int(high) < int(low) or max(int(low), int(high or 0)) > 1000:
            raise ValueError("invalid quantity {…}")
        self.at = end + 1
        self._grow(self.last * max(int(low), int(high or 0)))
        return f"{{{low}{comma}{high}}}"

    def _escape(self, in_class: bool) -> str:
        char = self._take()
        if char in _LITERAL_ESCAPES:
            return "\\" + char
        if char in _CLASS_ESCAPES:
            return _CLASS_ESCAPES[char]
        if char in "pP":
            return self._category(char)
        if char.isdigit() and char != "0" and not in_class:
            return self._back_reference(char)
        raise ValueError(f"\\{char} is not an escape of XPath regular expressions")

    def _category(self, char: str) -> str:
        end = self.pattern.find("}", self.at)
        if not self.pattern.startswith("{", self.at) or end < 0:
            raise ValueError("invalid category escape")
        name = self.pattern[self.at + 1 : end]
        self.at = end + 1
        if name.startswith("Is"):
            return f"\\{char}{{In{name[2:]}}}"
        if not name.isalpha() or len(name) > 2:
            raise ValueError(f"unknown category {name}")
        return f"\\{char}{{{name}}}"

    def _back_reference(self, digit: str) -> str:
        number = int(digit)
        while self.pattern[self.at : self.at + 1].isdigit():
            longer = number * 10 + int(self.pattern[self.at])
            if longer > self.groups:
                break
            number, self.at = longer, self.at + 1
        if number > self.groups or number in self.open_groups:
            raise ValueError(f"group {number} is not complete here")
        return f"(?:\\{number})"

    def _class(self, depth: int) -> str:
        """A character class, with subtraction `[a-z-[aeiou]]` as set difference."""
        if depth > 20:
            raise ValueError("character classes are nested too deeply")
        negated = self.pattern.startswith("^", self.at)
        self.at += negated
        members: list[str] = []
        while True:
            char = self._take()
            if char == "]":
                break
            if char == "-" and self.pattern.startswith("[", self.at) and members:
                self.at += 1
                removed = self._class(depth + 1)
                if self._take() != "]":
                    raise ValueError("a subtraction must end its character class")
                return f"[[{'^' if negated else ''}{''.join(members)}]--{removed}]"
            members.append(self._member(char))
        if not members:
            raise ValueError("an empty character class")
        return f"[{'^' if negated else ''}{''.join(members)}]"

    def _member(self, char: str) -> str:
        if char == "[":
            raise ValueError("[ must be escaped in a character class")
        if char == "\\":
            return self._escape(True)
        if char == "-":
            last = self.pattern.startswith("]", self.at)
            first = self.pattern[self.at - 2] in "[^"
            return r"\-" if first or last else "-"
        return "\\" + char if char in "&|~^#" else char


def _without_space(pattern: str) -> str:
    """The pattern without white space outside character classes (flag x)."""
    kept, in_class, escaped = [], 0, False
    for char in pattern:
        if escaped or char not in " \t\n\r" or in_class:
            kept.append(char)
        in_class += 0 if escaped else {"[": 1, "]": -1}.get(char, 0)
        escaped = char == "\\" and not escaped
    return "".join(kept)
