"""The danger screening: which words of a text speak of danger, and of what. It raises, it never lowers.

An exception (灭火器过期) only hides its own words: whatever else speaks of danger is still found.
Source: process model P01, ST_safe; decision dmn_emergency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.intake.words import CONFIDENTIAL, DANGER, EXCEPTION, HINT, Entry, Reading, Vocabulary

LIFE_RISK = "lifeRisk"


@dataclass(frozen=True)
class Screening:
    """What was found. `facts` and `hints` hold only what is true; `reasons`: (what for, the words).

    groups        keyword groups of dmn_emergency
    codes         transfer codes the words point to
    confidential  the person asks to remain unnamed
    """

    facts: Mapping[str, bool] = field(default_factory=dict)
    hints: Mapping[str, bool] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    confidential: bool = False
    reasons: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def as_context(self) -> dict[str, Any]:
        """As diagrams and forms see it."""
        return {
            "lifeRisk": self.facts.get(LIFE_RISK, False),
            "facts": dict(self.facts),
            "hints": dict(self.hints),
            "groups": list(self.groups),
            "codes": list(self.codes),
            "confidential": self.confidential,
            "reasons": [{"what": what, "words": list(words)} for what, words in self.reasons],
            "text": "；".join(f"{what}：{'、'.join(words)}" for what, words in self.reasons),
        }


def screen(text: str, vocabulary: Vocabulary) -> Screening:
    """Everything the text says about danger and confidentiality."""
    bare = Reading(vocabulary.spelling.plain(text))
    likely = vocabulary.likely(bare)
    readings = vocabulary.readings(bare, likely)
    found = []
    for at, patterns in likely.items():
        entry = vocabulary.entries[at]
        reading = readings[entry.group]
        hits = dict.fromkeys(hit for pattern in patterns if (hit := pattern.search(reading)))
        if hits and entry.kind != EXCEPTION:
            found.append((entry, tuple(hits)))
    return _summed(found)


def _summed(found: list[tuple[Entry, tuple[str, ...]]]) -> Screening:
    dangers = [entry for entry, _ in found if entry.kind == DANGER]
    raised = {fact: True for entry in dangers for fact in entry.facts}
    hints = {fact: True for entry, _ in found if entry.kind == HINT for fact in entry.facts if fact not in raised}
    reasons: dict[str, list[str]] = {}
    for entry, words in found:
        reasons.setdefault(entry.group or entry.kind, []).extend(words)
    return Screening(
        facts=raised,
        hints=hints,
        groups=tuple(dict.fromkeys(entry.group for entry in dangers if LIFE_RISK in entry.facts)),
        codes=tuple(dict.fromkeys(entry.code for entry, _ in found if entry.code)),
        confidential=any(entry.kind == CONFIDENTIAL for entry, _ in found),
        reasons=tuple((what, tuple(dict.fromkeys(words))[:6]) for what, words in reasons.items()),
    )
