"""Names with spaces and operators, found among the names in scope (DMN 1.5, 10.3.1.4, rule 27).

`delivery date`, `pre-tax amount` and `联系电话（手机）` are names when somebody has declared them; the
longest declared name wins.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from engine.feel.errors import FeelSyntaxError
from engine.feel.lexer import Token, tokenize


@lru_cache(maxsize=4096)
def words(name: str) -> tuple[str, ...]:
    """The tokens of a name; empty when it cannot be one."""
    try:
        return tuple(token.text for token in tokenize(name)[:-1])
    except FeelSyntaxError:
        return ()


def normal(name: str) -> str:
    """A name with every run of white space as one space."""
    return " ".join(name.split())


class NameTable:
    """The declared names of more than one word, by first word, longest first."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        parts = words(name)
        if len(parts) < 2:
            return
        entries = self.by_first.setdefault(parts[0], [])
        if (parts, normal(name)) not in entries:
            entries.append((parts, normal(name)))
            entries.sort(key=lambda entry: -len(entry[0]))

    def match(self, tokens: list[Token], at: int) -> tuple[str, int] | None:
        """The longest declared name that starts at token `at`: (name, number of tokens), or None."""
        for parts, name in self.by_first.get(tokens[at].text, ()):
            if all(at + i < len(tokens) and tokens[at + i].text == part for i, part in enumerate(parts)):
                return name, len(parts)
        return None
