"""Whether it is ours: codes of nonacceptance_transfer_codes.csv whose words stand in the report."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.intake.reasons import explained, reason
from engine.intake.spelling import Beginnings, Spelling
from engine.intake.words import LIST, Pattern, Reading

ENOUGH, SHORT = 2, 120


@dataclass(frozen=True)
class Codes:
    """Codes with the words that point to them."""

    rows: Sequence[tuple[Mapping[str, Any], Sequence[Pattern]]] = ()

    @cached_property
    def _words(self) -> list[tuple[int, Pattern]]:
        """Every pattern with the position of its code."""
        return [(at, pattern) for at, (_, patterns) in enumerate(self.rows) for pattern in patterns]

    @cached_property
    def _beginnings(self) -> Beginnings:
        return Beginnings(pattern.first for _, pattern in self._words)

    def _hits(self, reading: Reading) -> dict[int, list[str]]:
        """The words of a text that point to codes, each once, by the position of the code."""
        found: dict[int, dict[str, None]] = {}
        for at, pattern in map(self._words.__getitem__, self._beginnings.likely(reading.beginnings)):
            if hit := pattern.search(reading):
                found.setdefault(at, {})[hit] = None
        return {at: list(hits) for at, hits in found.items()}

    def found(self, report: Mapping[str, Any], spelling: Spelling, pointed: Collection[str]) -> list[dict[str, Any]]:
        """The codes a report points to; `pointed`: those the danger screening points to.

        One word in a long letter says little: the title or a second word has to agree.
        """
        title = Reading(spelling.plain(str(report.get("title") or "")))
        body = Reading(spelling.plain(f"{report.get('content') or ''}{report.get('demand') or ''}"))
        by_title, by_body = self._hits(title), self._hits(body)
        answers = []
        for at, (row, _) in enumerate(self.rows):
            in_title, hits = by_title.get(at, []), by_body.get(at, [])
            words = list(dict.fromkeys([*in_title, *hits]))
            enough = bool(in_title) or len(hits) >= ENOUGH or (bool(hits) and len(body.text) <= SHORT)
            if enough or row["code"] in pointed:
                why = reason("words", words=words[:4]) if words else reason("risk")
                answers.append({"code": row["code"], "name": row["name"], **explained(why)})
        return answers


def read(rows: Sequence[Mapping[str, Any]], spelling: Spelling) -> Codes:
    return Codes([(row, _patterns(str(row.get("keywords") or ""), spelling)) for row in rows])


def _patterns(words: str, spelling: Spelling) -> list[Pattern]:
    return [Pattern.from_text(word.strip(), {}, spelling) for word in words.split(LIST) if word.strip()]
