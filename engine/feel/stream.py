"""The tokens of one FEEL text as a parser walks them, and the names made of several tokens."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from engine.feel.errors import FeelSyntaxError, position
from engine.feel.lexer import KEYWORDS, Token, tokenize, unexpected
from engine.feel.limits import MAX_NESTING, MAX_TEXT, too_long_text, too_nested
from engine.feel.names import NameTable

_IN_NAMES = frozenset({".", "/", "-", "'", "+", "*"})
#: Words that end a name although they may be part of a declared one.
STOP_WORDS = KEYWORDS | {"instance", "external"}


class Stream:
    """A text, its tokens and the place reached.

    `names` are the names in scope, `builtins` the functions whose names have several words.
    """

    def __init__(self, text: str, names: Iterable[str] = (), builtins: Collection[str] = ()) -> None:
        if len(text) > MAX_TEXT:
            raise too_long_text()
        self.text = text
        self.tokens = tokenize(text)
        self.index = 0
        self.nesting = 0
        self.builtins = NameTable(builtins)
        self.names = NameTable(names)

    def _descend(self) -> None:
        """One level deeper; `self.nesting -= 1` takes it back."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise too_nested(*position(self.text, self.token.at))

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def _is(self, text: str) -> bool:
        token = self.tokens[self.index]
        return token.text == text and token.kind in ("OP", "NAME")

    def _accept(self, text: str) -> bool:
        if self._is(text):
            self.index += 1
            return True
        return False

    def _more(self) -> bool:
        """Whether a comma and another item follow; a comma before a closing bracket is an error."""
        if not self._accept(","):
            return False
        if self.token.kind == "OP" and self.token.text in (")", "}", ">"):
            raise self._failure()
        return True

    def _expect(self, text: str) -> Token:
        token = self.token
        if not self._is(text):
            raise self._failure(text)
        self.index += 1
        return token

    def _failure(self, wanted: str | None = None) -> FeelSyntaxError:
        token = self.token
        if wanted is None or token.kind in ("END", "OTHER"):
            return unexpected(self.text, token)
        return FeelSyntaxError(
            f"这里应是“{wanted}”，而不是“{token.text}”。",
            f"'{wanted}' is expected here, not '{token.text}'.",
            *position(self.text, token.at),
            "FEEL_UNEXPECTED",
        )

    def _label(self) -> str | None:
        """A name followed by `:` (argument or entry), both consumed; None and nothing consumed if not."""
        end = self.index
        while self.tokens[end].kind in ("NAME", "NUMBER", "OTHER") or self.tokens[end].text in _IN_NAMES:
            end += 1
        if end == self.index or self.tokens[end].text != ":" or self.tokens[end].kind != "OP":
            return None
        name = self._source(self.index, end)
        self.index = end + 1
        return name

    def _words_until(self, stops: tuple[str, ...]) -> str:
        start = self.index
        while self.token.text not in stops and (
            self.token.kind in ("NAME", "NUMBER", "OTHER") or self.token.text in _IN_NAMES
        ):
            self.index += 1
        if self.index == start:
            raise self._failure()
        return self._source(start, self.index)

    def _source(self, start: int, end: int) -> str:
        """The text of tokens start..end with its white space normalised."""
        last = self.tokens[end - 1]
        return " ".join(self.text[self.tokens[start].at : last.at + len(last.text)].split())

    def _property(self) -> str:
        """The name after a dot: a declared one, else all words that follow."""
        known = self.names.match(self.tokens, self.index)
        if known is not None:
            self.index += known[1]
            return known[0]
        start = self.index
        if self.token.kind != "NAME":
            raise self._failure()
        self.index += 1
        while self.token.kind == "NAME" and self.token.text not in STOP_WORDS:
            self.index += 1
        return self._source(start, self.index)
