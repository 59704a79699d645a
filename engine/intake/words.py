"""Word patterns and the vocabulary of danger: the rows of risk_words.csv, read once.

A pattern is a word, or several that follow each other: `电线…断` allows up to twelve characters between them, `着·火`
up to three, `{人}` stands for any word of the set 人.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from engine.intake.spelling import Beginnings, Spelling, beginnings

TOKEN = re.compile(r"\{([^}]+)\}|…|·|[^{…·]+")
GAPS = {"…": 12, "·": 3}
LIST = ";"
DANGER, HINT, CONFIDENTIAL, EXCEPTION, SET = "危险", "提示", "保密", "例外", "集合"

Span = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Words:
    """Words of which any may stand at a place. Each is itself alone, so that looking it up is cheap."""

    words: tuple[str, ...]


class Reading:
    """A text being read: where words stand in it, looked up once, and which places are excepted."""

    def __init__(self, text: str, excepted: Sequence[Span] = (), begun: frozenset[str] | None = None) -> None:
        self.text, self._excepted = text, sorted(excepted)
        self.beginnings = beginnings(text) if begun is None else begun
        self._known: dict[Words, list[Span]] = {}

    def without(self, excepted: Sequence[Span]) -> Reading:
        """The same text with other places excepted."""
        return Reading(self.text, excepted, self.beginnings) if excepted else self

    def places(self, words: Words) -> list[Span]:
        """Where one of the words stands, in order; not where it lies wholly inside an excepted place."""
        if words not in self._known:
            found = (span for word in words.words if word[:2] in self.beginnings for span in self._each(word))
            self._known[words] = sorted(span for span in found if not self._hidden(span))
        return self._known[words]

    def _each(self, word: str) -> Iterable[Span]:
        at = self.text.find(word)
        while at >= 0:
            yield at, at + len(word)
            at = self.text.find(word, at + 1)

    def _hidden(self, span: Span) -> bool:
        return any(start <= span[0] and span[1] <= end for start, end in self._excepted)


@dataclass(frozen=True)
class Pattern:
    """One pattern. `parts`: how far a part may stand behind the one before, and the words it may be."""

    text: str
    parts: tuple[tuple[int, Words], ...] = field(repr=False)

    @classmethod
    def from_text(cls, text: str, sets: Mapping[str, Words], spelling: Spelling) -> Pattern:
        parts, gap = [], 0
        for token in TOKEN.finditer(text):
            if token[0] in GAPS:
                gap = GAPS[token[0]]
                continue
            parts.append((gap, sets[token[1]] if token[1] else Words((spelling.plain(token[0]),))))
            gap = 0
        return cls(text, tuple(parts))

    def spans(self, reading: Reading) -> list[Span]:
        """Every place of the text that matches, from the first part's beginning to the last part's end."""
        found = reading.places(self.parts[0][1])
        for gap, words in self.parts[1:]:
            if not found:
                return []
            found = [joined for span in found if (joined := _joined(span, reading.places(words), gap))]
        return found

    @property
    def first(self) -> tuple[str, ...]:
        """The words it may begin with."""
        return self.parts[0][1].words

    def search(self, reading: Reading) -> str | None:
        """The words of the text that match first, if any do."""
        found = self.spans(reading)
        return reading.text[slice(*found[0])] if found else None


def _joined(span: Span, places: list[Span], gap: int) -> Span | None:
    at = bisect_left(places, (span[1], 0))
    if at < len(places) and places[at][0] - span[1] <= gap:
        return span[0], places[at][1]
    return None


@dataclass(frozen=True)
class Entry:
    """A row of risk_words.csv: what its words mean.

    group   keyword group of dmn_emergency; of an exception: the group it belongs to, empty for all
    facts   facts it raises (danger) or suggests (hint)
    code    transfer code it suggests: X110 …
    """

    kind: str
    group: str
    facts: tuple[str, ...]
    code: str
    patterns: tuple[Pattern, ...] = field(repr=False)


@dataclass(frozen=True)
class Vocabulary:
    """All words of danger, hints and requests for confidentiality of one district."""

    entries: tuple[Entry, ...] = ()
    spelling: Spelling = field(default_factory=Spelling)

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, str]], spelling: Spelling) -> Vocabulary:
        listed = list(rows)
        sets = {row["group"]: _list(row["words"], spelling) for row in listed if row["kind"] == SET}
        return cls(tuple(_entry(row, sets, spelling) for row in listed if row["kind"] != SET), spelling)

    def likely(self, reading: Reading) -> Mapping[int, Sequence[Pattern]]:
        """The patterns that something in the text begins like, by the number of their entry: no other can be there."""
        found: dict[int, list[Pattern]] = {}
        for at in self._beginnings.likely(reading.beginnings):
            entry, pattern = self._patterns[at]
            found.setdefault(entry, []).append(pattern)
        return found

    @cached_property
    def _patterns(self) -> list[tuple[int, Pattern]]:
        return [(at, pattern) for at, entry in enumerate(self.entries) for pattern in entry.patterns]

    @cached_property
    def _beginnings(self) -> Beginnings:
        return Beginnings(pattern.first for _, pattern in self._patterns)

    def readings(self, bare: Reading, likely: Mapping[int, Sequence[Pattern]]) -> Mapping[str, Reading]:
        """The text as each group reads it: exceptions of the group and of all hide their own words."""
        spans: dict[str, list[Span]] = {}
        for at, patterns in likely.items():
            if self.entries[at].kind == EXCEPTION:
                hidden = spans.setdefault(self.entries[at].group, [])
                hidden += [span for pattern in patterns for span in pattern.spans(bare)]
        for_all = spans.get("", [])
        groups = {self.entries[at].group for at in likely}
        return {group: bare.without([*spans.get(group, ()), *for_all]) for group in groups}


def _list(words: str, spelling: Spelling) -> Words:
    return Words(tuple(dict.fromkeys(spelling.plain(word) for word in words.split(LIST) if word.strip())))


def _entry(row: Mapping[str, str], sets: Mapping[str, Words], spelling: Spelling) -> Entry:
    patterns = (Pattern.from_text(text.strip(), sets, spelling) for text in row["words"].split(LIST) if text.strip())
    facts = tuple(fact.strip() for fact in row["facts"].split(LIST) if fact.strip())
    return Entry(row["kind"], row["group"], facts, row["code"], tuple(patterns))
