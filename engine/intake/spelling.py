"""One spelling for what people write in many: width, case, traditional characters, gaps, frequent slips."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

SKIPPED = frozenset("PZC")
"""Unicode classes left out: punctuation, spaces, control characters. A danger word may be cut by any of them."""


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

    def plain(self, text: str) -> str:
        """The text as words are looked for in it: simplified, lower case, without gaps and punctuation."""
        found = unicodedata.normalize("NFKC", text).lower().translate(self.characters)
        found = "".join(one for one in found if unicodedata.category(one)[0] not in SKIPPED)
        for written, meant in self.slips:
            if written in found:
                found = found.replace(written, meant)
        return found
