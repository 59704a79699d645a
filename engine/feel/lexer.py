"""FEEL text to tokens (DMN 1.5, 10.3.1.2, rules 27–38 and 62–66).

Names with spaces or operators are put together by the parser, which knows the names in scope; here a name
is one word. Full-width punctuation is a token of its own: part of a known name, else a helpful error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.feel.errors import FeelSyntaxError, position
from engine.feel.values import NUMBERS

KEYWORDS = frozenset(
    [
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "and",
        "or",
        "between",
        "true",
        "false",
        "null",
    ]
)

# Name characters of rules 28–30, without the full-width punctuation that Chinese input methods produce.
_START = (
    r"A-Za-z_\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D\u2070-\u218F"
    r"\u2C00-\u2FEF\u3004-\u3007\u3012-\u3013\u3020-\uD7FF\uF900-\uFDCF\uFDF0-\uFEFE\uFF10-\uFF19"
    r"\uFF21-\uFF3A\uFF41-\uFF5A\uFF66-\uFFDC\U00010000-\U000EFFFF"
)
_PART = _START + r"0-9\u00B7\u0300-\u036F\u203F-\u2040"
_TOKEN = re.compile(
    rf"""
    (?P<SPACE>[\s\u3000\ufeff]+|//[^\n\r]*|/\*(?:[^*]|\*(?!/))*\*/)
  | (?P<NUMBER>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<NAME>[{_START}][{_PART}]*)
  | (?P<AT>@\s*"(?:[^"\\]|\\.)*")
  | (?P<STRING>"(?:[^"\\]|\\.)*")
  | (?P<OP>\*\*|\.\.|->|<=|>=|!=|[-+*/<>=()\[\]{{}},:.?'])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:([\"'\\nrt])|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6}))")
_SIMPLE = {'"': '"', "'": "'", "\\": "\\", "n": "\n", "r": "\r", "t": "\t"}
_HALF_WIDTH = {
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "。": ".",
    "、": ",",
    "【": "[",
    "】": "]",
    "《": "<",
    "》": ">",
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "×": "*",
    "÷": "/",
}


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is NAME, NUMBER, STRING, AT, OP, OTHER or END; `value` the literal's value; `at` its offset."""

    kind: str
    text: str
    at: int
    value: Any = None


def tokenize(text: str) -> list[Token]:
    """All tokens of `text`, ending with END. Raises FeelSyntaxError on text that is no token."""
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or (match[0] == "/" and text.startswith("/*", at)):
            tokens.append(_other(text, at))
            at += 1
            continue
        kind, found = str(match.lastgroup), match[0]
        if kind != "SPACE":
            tokens.append(Token(kind, found, at, _value(kind, found, text, at)))
        at = match.end()
    tokens.append(Token("END", "", len(text)))
    return tokens


def _other(text: str, at: int) -> Token:
    """A character that is no FEEL token: allowed inside known names only."""
    if text[at] == '"' or text.startswith("/*", at):
        raise FeelSyntaxError(
            "引号或注释没有结束。", "A string or comment is not closed.", *position(text, at), "FEEL_UNCLOSED"
        )
    return Token("OTHER", text[at], at)


#: What people write who know other languages, and how FEEL says it.
_FOREIGN = (
    ("==", "="),
    ("&&", "and"),
    ("||", "or"),
    ("!", "not(…)"),
    ("not ", "not(…)"),
    ("is not null", "!= null"),
    ("is null", "= null"),
    ("'", '"…"'),
    ("`", '"…"'),
    ("%", "modulo(a, b)"),
    ("<>", "!="),
)


def foreign(text: str, at: int) -> tuple[str, str] | None:
    """A habit from another language at this place or the `=` before it: (what is written, what FEEL says)."""
    start = at - 1 if text[at - 1 : at + 1] in ("==", "<>") and at else at
    start = at - 3 if text[:at].endswith(" is ") else start
    return next((habit for habit in _FOREIGN if text.startswith(habit[0], start)), None)


def unexpected(text: str, token: Token) -> FeelSyntaxError:
    """The error for a token that does not belong where it stands."""
    where = position(text, token.at)
    habit = foreign(text, token.at)
    if habit and token.kind != "END":
        written, feel = habit
        return FeelSyntaxError(
            f"请把“{written.strip()}”写成 {feel}。",
            f"Write {feel} instead of '{written.strip()}'.",
            *where,
            "FEEL_FOREIGN",
        )
    if token.kind == "END":
        return FeelSyntaxError("表达式不完整。", "The expression is incomplete.", *where, "FEEL_INCOMPLETE")
    half = half_width(token.text) if token.kind == "OTHER" else None
    if half:
        return FeelSyntaxError(
            f"这里的“{token.text}”是全角符号，请改用半角的 {half}。",
            f"'{token.text}' is a full-width character; use {half} instead.",
            *where,
            "FEEL_FULL_WIDTH",
        )
    return FeelSyntaxError(
        f"这里不应出现“{token.text}”。", f"'{token.text}' is not expected here.", *where, "FEEL_UNEXPECTED"
    )


def half_width(character: str) -> str | None:
    """The half-width character a full-width one stands for, or None."""
    if "\uff01" <= character <= "\uff5e":
        return chr(ord(character) - 0xFEE0)
    return _HALF_WIDTH.get(character)


def _value(kind: str, found: str, text: str, at: int) -> Any:
    if kind == "NUMBER":
        return _number(found, text, at)
    if kind == "STRING":
        return unescape(found[1:-1])
    return unescape(found[found.index('"') + 1 : -1]) if kind == "AT" else None


def _number(found: str, text: str, at: int) -> Decimal:
    try:
        return NUMBERS.create_decimal(found)
    except ArithmeticError:
        raise FeelSyntaxError(
            f"数值 {found} 超出范围。",
            f"The number {found} is out of range.",
            *position(text, at),
            "FEEL_NUMBER_RANGE",
        ) from None


def unescape(body: str) -> str:
    """The text between the quotes with its escape sequences resolved; unknown ones stay as written."""
    if "\\" not in body:
        return body
    resolved = _ESCAPE.sub(_resolve, body)
    if any("\ud800" <= c <= "\udfff" for c in resolved):
        resolved = resolved.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return resolved


def _resolve(match: re.Match[str]) -> str:
    if match[1]:
        return _SIMPLE[match[1]]
    code = int(match[2] or match[3], 16)
    return chr(code) if code <= 0x10FFFF else match[0]
