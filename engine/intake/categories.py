"""What kind of problem it is: the categories whose words stand in the report, joined with what was learned."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine.intake.reasons import Reason, explained, reason
from engine.intake.spelling import Beginnings, Spelling
from engine.intake.words import LIST, Pattern, Reading

UNKNOWN = 1.2
"""How much the possibility weighs that none of the words means what it seems to."""

TITLE_WEIGHT, LEARNED_WEIGHT, SINGLE = 1.6, 4.0, 0.2
COVERED = 0.35
"""A word that is only a piece of another category's longer word (井盖 of 沙井盖) says little."""


@dataclass(frozen=True)
class Word:
    """A word that points to categories; one that points to many says little."""

    pattern: Pattern
    code: str
    weight: float


@dataclass(frozen=True)
class Catalogue:
    """The categories by code, and the words that point to them."""

    rows: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    words: Sequence[Word] = ()
    spelling: Spelling = field(default_factory=Spelling)

    def guesses(
        self, report: Mapping[str, Any], learned: Mapping[str, float], limit: int = 3, names: Collection[str] = ()
    ) -> list[dict[str, Any]]:
        """The most likely categories, best first, with `confidence` and reasons. `names` of places say nothing."""
        scores, reasons = self._by_words(report, names)
        for code, probability in learned.items():
            if code in self.rows and probability >= 0.05:
                scores[code] = scores.get(code, 0.0) + LEARNED_WEIGHT * probability
                reasons.setdefault(code, []).append(reason("learned", percent=round(100 * probability)))
        total = sum(math.expm1(score) for score in scores.values()) + math.expm1(UNKNOWN)
        best = sorted(scores, key=lambda code: (-scores[code], code))[:limit]
        return [self._guess(code, math.expm1(scores[code]) / total, reasons[code]) for code in best]

    def _by_words(
        self, report: Mapping[str, Any], names: Collection[str]
    ) -> tuple[dict[str, float], dict[str, list[Reason]]]:
        title = self._reading(str(report.get("title") or ""), names)
        body = self._reading(f"{report.get('content') or ''}{report.get('demand') or ''}", names)
        hits = [hit for text, weight in ((title, TITLE_WEIGHT), (body, 1.0)) for hit in self._hits(text, weight)]
        scores: dict[str, float] = {}
        found: dict[str, list[str]] = {}
        whole = [(code, word) for code, word, _, gapped in hits if not gapped]
        for code, word, weight, _ in hits:
            longer = {one for one, other in whole if other != word and word in other}
            if code not in longer:
                scores[code] = scores.get(code, 0.0) + weight * (COVERED if longer else 1.0)
                found.setdefault(code, []).append(word)
        return scores, {code: [reason("words", words=list(dict.fromkeys(words)))] for code, words in found.items()}

    def _reading(self, text: str, names: Collection[str]) -> Reading:
        plain = self.spelling.plain(text)
        for name in names:
            plain = plain.replace(name, "□")
        return Reading(plain)

    def _hits(self, text: Reading, weight: float) -> list[tuple[str, str, float, bool]]:
        """(category, words found, weight, whether something may stand between)."""
        return [
            (word.code, hit, word.weight * weight, len(word.pattern.parts) > 1)
            for word in map(self.words.__getitem__, self._beginnings.likely(text.beginnings))
            if (hit := word.pattern.search(text))
        ]

    @cached_property
    def _beginnings(self) -> Beginnings:
        return Beginnings(word.pattern.first for word in self.words)

    def _guess(self, code: str, confidence: float, reasons: Sequence[Reason]) -> dict[str, Any]:
        row = self.rows[code]
        return {
            "code": code,
            "name": row["name"],
            "className": row["class_name"],
            "level": row["level"],
            "confidence": round(confidence, 2),
            **explained(*reasons),
        }


def read(rows: Sequence[Mapping[str, Any]], spelling: Spelling) -> Catalogue:
    """From the rows of categories.csv: its keywords and, in part, its names."""
    listed = {row["code"]: row for row in rows}
    found = [(code, text.strip()) for code, row in listed.items() for text in _words(row) if text.strip()]
    shared = Counter(text for _, text in found)
    words = [Word(Pattern.from_text(text, {}, spelling), code, _weight(text, shared[text])) for code, text in found]
    return Catalogue(listed, words, spelling)


def _words(row: Mapping[str, Any]) -> list[str]:
    names = str(row["name"]).replace("(", "/").replace(")", "/").split("/")
    return list(
        dict.fromkeys([*str(row.get("keywords") or "").split(LIST), *(name for name in names if len(name) > 1)])
    )


def _weight(text: str, shared: int) -> float:
    """Longer words say more, words of several categories less."""
    length = len(text.replace("…", "").replace("·", ""))
    own = SINGLE if length == 1 else 0.7 + 0.25 * min(length, 5)
    return float(own / shared**0.7)
