"""One spelling for what people write in many: width, case, traditional characters, gaps, frequent slips."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

SKIPPED = frozenset("PZC")
"""Unicode classes left out: punctuation, spaces, control characters. A danger word may be cut by any of them."""


TEXTS_KNOWN = 1024


class _Letters(dict[int, int | str | None]):
    """What becomes of a character, found out when it is first met: None where it is left out."""

    def __missing__(self, code: int) -> int | None:
        self[code] = found = None if unicodedata.category(chr(code))[0] in SKIPPED else code
        return found


@dataclass(frozen=True)
class Spelling:
    """Rewrites text by the rows of spellings.csv: single characters at once, longer slips afterwards."""

    characters: Mapping[int, str] = field(default_factory=dict)
    slips: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, str]]) -> Spelling:
        """`written` → `meant`; where both are equally long and of kind 繁体, character by character."""
        characters: dict[int, str] = {}
        slips: list[tuple[str, str]] = []
        for row in rows:
            if row["kind"] == "繁体":
                characters |= {ord(old): new for old, new in zip(row["written"], row["meant"], strict=True)}
            else:
                slips.append((row["written"], row["meant"]))
        slips.sort(key=lambda pair: -len(pair[0]))
        return cls(characters, tuple(slips))

    @cached_property
    def _letters(self) -> _Letters:
        return _Letters(self.characters)

    def plain(self, text: str) -> str:
        """The text as words are looked for in it: simplified, lower case, without gaps and punctuation."""
        return self._known(text)

    @cached_property
    def _known(self) -> Callable[[str], str]:
        """Rewrites a text once: one report is read for many questions, and cases are compared again and again."""
        return lru_cache(maxsize=TEXTS_KNOWN)(self._rewritten)

    def _rewritten(self, text: str) -> str:
        found = unicodedata.normalize("NFKC", text).lower().translate(self._letters)
        for written, meant in self.slips:
            if written in found:
                found = found.replace(written, meant)
        return found


def beginnings(text: str) -> frozenset[str]:
    """Every letter and pair of letters of a text: a word whose first two are not among them does not stand in it."""
    return frozenset(text) | {text[at : at + 2] for at in range(len(text) - 1)}


class Beginnings:
    """Finds which of many entries may stand in a text by how their words begin: the others need not be tried."""

    def __init__(self, entries: Iterable[Iterable[str]]) -> None:
        self._entries: dict[str, list[int]] = {}
        for at, words in enumerate(entries):
            for beginning in {word[:2] for word in words}:
                self._entries.setdefault(beginning, []).append(at)

    def likely(self, begun: frozenset[str]) -> list[int]:
        """Positions of the entries, in order; `begun`: the text's `beginnings`."""
        return sorted({at for one in self._entries.keys() & begun for at in self._entries[one]})
