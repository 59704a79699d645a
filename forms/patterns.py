"""JavaScript regular expressions run in Python, so that a pattern means here what it means in the browser.

``new RegExp(p).test(v)`` without flags works on UTF-16 code units, its ``\\d`` and ``\\w`` are ASCII, its
``\\s`` knows the full-width space, and its ``$`` is the very end. Source: ECMA-262 §22.2.
"""

import functools
import re

#: ECMA-262 WhiteSpace and LineTerminator; also what ``String.prototype.trim`` removes.
WHITESPACE = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
#: Nobody types more than this into one field; it bounds the time a pattern can take.
MAX_TESTED = 5_000
MAX_PATTERN = 1_000
#: How often a group that itself repeats without end may repeat.
MAX_REPEATED = 10


class PatternError(ValueError):
    """The pattern is not a regular expression both sides understand, or could take forever."""


def units(text: str) -> str:
    """The text as one character per UTF-16 code unit, as JavaScript counts."""
    if text.isascii():
        return text
    raw = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(raw[i] | raw[i + 1] << 8) for i in range(0, len(raw), 2))


def trimmed_length(text: str) -> int:
    """``text.trim().length`` of JavaScript."""
    return len(units(text.strip(WHITESPACE)))


def matches(pattern: str, text: str) -> bool:
    """``new RegExp(pattern).test(text)``. Raises PatternError when the pattern cannot be used."""
    return compiled(pattern).search(units(text)) is not None


@functools.lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern for Python's `re`. Raises PatternError when it cannot be used."""
    if len(pattern) > MAX_PATTERN:
        raise PatternError(f"the pattern is longer than {MAX_PATTERN} characters")
    translated = _Translator(units(pattern)).run()
    try:
        return re.compile(translated, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(str(error)) from error


def _complement(characters: set[int]) -> str:
    ranges, start = [], 0
    for code in [*sorted(characters), 0x10000]:
        if code > start:
            ranges.append(f"\\u{start:04x}-\\u{code - 1:04x}")
        start = code + 1
    return "".join(ranges)


_WORD = {*range(48, 58), *range(65, 91), 95, *range(97, 123)}
_SPACE = {ord(c) for c in WHITESPACE}
_SETS = {
    "d": "0-9",
    "D": _complement(set(range(48, 58))),
    "w": "A-Za-z0-9_",
    "W": _complement(_WORD),
    "s": "".join(f"\\u{code:04x}" for code in sorted(_SPACE)),
    "S": _complement(_SPACE),
}
_LETTERS = {"f", "n", "r", "t", "v", "b", "B", "u", "x", "0"}


class _Translator:
    """One pass over a pattern. `groups` remembers, per open group, whether it can repeat without end."""

    def __init__(self, source: str) -> None:
        self.source, self.at = source, 0
        self.groups: list[bool] = [False]
        self.closed = False

    def run(self) -> str:
        out = []
        while self.at < len(self.source):
            out.append(self.step())
        return "".join(out)

    def step(self) -> str:
        char = self.source[self.at]
        if char in "*+?{":
            return self.quantifier()
        self.closed = False
        self.at += 1
        if char == "\\":
            return self.escape(in_class=False)
        if char == "[":
            return self.character_class()
        if char == "(":
            return self.open_group()
        if char == ")":
            return self.close_group()
        return {"$": r"\Z", ".": "[^\\n\\r\\u2028\\u2029]", "]": r"\]", "}": r"\}"}.get(char, char)

    def open_group(self) -> str:
        self.groups.append(False)
        named = re.compile(r"\?<([A-Za-z_$][\w$]*)>").match(self.source, self.at)
        if not named:
            if not re.compile(r"(?!\?)|\?(?:[:=!]|<[=!])").match(self.source, self.at):
                raise PatternError("unknown kind of group")
            return "("
        self.at = named.end()
        return f"(?P<{named[1].replace('$', '_')}>"

    def close_group(self) -> str:
        if len(self.groups) < 2:
            raise PatternError("unbalanced parenthesis")
        inner = self.groups.pop()
        self.groups[-1] = self.groups[-1] or inner
        self.closed = inner
        return ")"

    def quantifier(self) -> str:
        counted = re.compile(r"\{(\d+)(,(\d*))?\}").match(self.source, self.at)
        if self.source[self.at] == "{" and not counted:
            self.at, self.closed = self.at + 1, False
            return r"\{"
        text = counted[0] if counted else self.source[self.at]
        self.at += len(text)
        self.refuse_nested(counted, text)
        lazy = self.source[self.at : self.at + 1] == "?"
        self.at += lazy
        if self.source[self.at : self.at + 1] in ("*", "+", "?"):
            raise PatternError("nothing to repeat")
        return text + ("?" if lazy else "")

    def refuse_nested(self, counted: re.Match[str] | None, text: str) -> None:
        endless = text in "*+" or (counted is not None and counted[2] == ",")
        many = endless or (counted is not None and int(counted[3] or counted[1]) > MAX_REPEATED)
        if many and self.closed:
            raise PatternError("a repetition inside a repetition can take forever")
        self.closed = False
        self.groups[-1] = self.groups[-1] or endless

    def escape(self, *, in_class: bool) -> str:
        if self.at >= len(self.source):
            raise PatternError("the pattern ends with a backslash")
        char = self.source[self.at]
        self.at += 1
        if char in _SETS:
            return _SETS[char] if in_class else f"[{_SETS[char]}]"
        if char == "k" and not in_class and self.source[self.at : self.at + 1] == "<":
            end = self.source.find(">", self.at)
            name, self.at = self.source[self.at + 1 : end], end + 1
            return f"(?P={name})"
        if char.isdigit() and char != "0" and not in_class:
            return f"\\{char}"
        return self.letter(char)

    def letter(self, char: str) -> str:
        if char in ("u", "x"):
            width = 4 if char == "u" else 2
            digits = self.source[self.at : self.at + width]
            if not re.fullmatch(f"[0-9a-fA-F]{{{width}}}", digits):
                return char
            self.at += width
            return f"\\u{int(digits, 16):04x}"
        if char in _LETTERS:
            return f"\\{char}"
        return re.escape(char)

    def character_class(self) -> str:
        negated = self.source[self.at : self.at + 1] == "^"
        self.at += negated
        parts = []
        while True:
            if self.at >= len(self.source):
                raise PatternError("unterminated character class")
            char = self.source[self.at]
            self.at += 1
            if char == "]":
                break
            parts.append(self.escape(in_class=True) if char == "\\" else self.class_char(char))
        return self.bracket("".join(parts), negated)

    @staticmethod
    def class_char(char: str) -> str:
        return "-" if char == "-" else f"\\u{ord(char):04x}"

    @staticmethod
    def bracket(body: str, negated: bool) -> str:
        if not body:
            return "[\\u0000-\\uffff]" if negated else r"(?!)"
        return f"[{'^' if negated else ''}{body}]"
