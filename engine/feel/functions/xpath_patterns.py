"""Patterns of XPath regular expressions, checked and written for the `regex` package.

Source: XQuery 1.0 and XPath 2.0 Functions and Operators, section 7.6 (with non-capturing groups of 3.0).
"""

from __future__ import annotations

import re

from engine.feel.errors import Undefined

_MAX_EXPANDED = 5_000
_MAX_GROUP_DEPTH = 50
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


def translate(pattern: str, flags: str) -> str:
    """The same pattern in the syntax of the `regex` package. Raises Undefined when it is invalid."""
    return _Translator(pattern, flags).whole()


class _Translator:
    """Reads an XPath pattern and writes the same in the syntax of the `regex` package."""

    def __init__(self, pattern: str, flags: str) -> None:
        self.pattern = _without_space(pattern) if "x" in flags else pattern
        self.at = 0
        self.groups = 0
        self.sizes = [0]  # of the expanded pattern so far, one entry for each open group
        self.quantifiers = 0  # directly before the place reached
        self.last = 0  # of the expanded last piece
        self.open_groups: list[int] = []
        self.multiline = "m" in flags
        self.dotall = "s" in flags

    def whole(self) -> str:
        parts: list[str] = []
        while self.at < len(self.pattern):
            parts.append(self._piece())
            if self.sizes[-1] > _MAX_EXPANDED:
                raise Undefined("模式的 {…} 重复次数过多", "the pattern repeats too much {…}")
        if self.open_groups:
            raise Undefined("括号没有闭合", "a group is not closed")
        return "".join(parts)

    def _take(self) -> str:
        if self.at >= len(self.pattern):
            raise Undefined("模式不完整", "the pattern ends too early")
        self.at += 1
        return self.pattern[self.at - 1]

    def _piece(self) -> str:
        char = self._take()
        self._count_quantifiers(char)
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
                raise Undefined("多了一个 )", "unexpected )")
            self.open_groups.pop()
            self._grow(self.sizes.pop())
            return ")"
        if char == "{":
            return self._quantity()
        if char in "]}":
            raise Undefined(f"多了一个 {char}", f"unexpected {char}")
        if char not in "?*+":
            self._grow(1)
        if char == "." and not self.dotall:
            return r"[^\n\r]"
        if char == "$":
            return r"(?=\n|\Z)" if self.multiline else r"\Z"
        return char if char in "^|?*+." else re.escape(char)

    def _count_quantifiers(self, char: str) -> None:
        """Allow one quantifier after a piece, and `?` after that one."""
        if char not in "?*+{":
            self.quantifiers = 0
            return
        self.quantifiers += 1
        if self.quantifiers > 2 or (self.quantifiers == 2 and char != "?"):
            raise Undefined("重复符号连写了", "a quantifier follows another")

    def _grow(self, size: int) -> None:
        self.sizes[-1] += size
        self.last = size

    def _open(self) -> str:
        if len(self.open_groups) >= _MAX_GROUP_DEPTH:
            raise Undefined("括号嵌套太深", "groups are nested too deeply")
        self.sizes.append(0)
        if self.pattern.startswith("?", self.at):
            if not self.pattern.startswith("?:", self.at):
                raise Undefined("只能使用 (…) 和 (?:…) 分组", "only (…) and (?:…) groups are allowed")
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
            raise Undefined("{…} 里的次数无效", "invalid quantity {…}")
        if high and int(high) < int(low) or max(int(low), int(high or 0)) > 1000:
            raise Undefined("{…} 里的次数无效", "invalid quantity {…}")
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
        raise Undefined(
            f"XPath 正则表达式没有 \\{char} 这种写法", f"\\{char} is not an escape of XPath regular expressions"
        )

    def _category(self, char: str) -> str:
        end = self.pattern.find("}", self.at)
        if not self.pattern.startswith("{", self.at) or end < 0:
            raise Undefined("字符类别的写法无效", "invalid category escape")
        name = self.pattern[self.at + 1 : end]
        self.at = end + 1
        if name.startswith("Is"):
            return f"\\{char}{{In{name[2:]}}}"
        if not name.isalpha() or len(name) > 2:
            raise Undefined(f"未知的字符类别 {name}", f"unknown category {name}")
        return f"\\{char}{{{name}}}"

    def _back_reference(self, digit: str) -> str:
        number = int(digit)
        while self.pattern[self.at : self.at + 1].isdigit():
            longer = number * 10 + int(self.pattern[self.at])
            if longer > self.groups:
                break
            number, self.at = longer, self.at + 1
        if number > self.groups or number in self.open_groups:
            raise Undefined(f"第 {number} 个分组在这里还没有结束", f"group {number} is not complete here")
        return f"(?:\\{number})"

    def _class(self, depth: int) -> str:
        """A character class, with subtraction `[a-z-[aeiou]]` as set difference."""
        if depth > 20:
            raise Undefined("[…] 嵌套太深", "character classes are nested too deeply")
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
                    raise Undefined("[…] 里的减法必须写在最后", "a subtraction must end its character class")
                return f"[[{'^' if negated else ''}{''.join(members)}]--{removed}]"
            members.append(self._member(char))
        if not members:
            raise Undefined("[…] 里没有字符", "an empty character class")
        return f"[{'^' if negated else ''}{''.join(members)}]"

    def _member(self, char: str) -> str:
        if char == "[":
            raise Undefined("[…] 里的 [ 必须写成 \\[", "[ must be escaped in a character class")
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
