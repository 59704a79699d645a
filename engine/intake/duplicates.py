"""Which open or lately closed cases may be the same thing: a score of place, object, text, time and caller.

What each weighs is in duplicate_score.csv. A case about another part (通信井 and 雨水篦子) is never the same; one that
says “又” after its case was closed has recurred.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

from engine.intake.places import Places, metres
from engine.intake.spelling import Beginnings, Spelling
from engine.intake.words import LIST, Pattern, Reading


@dataclass(frozen=True)
class Scale:
    """What counts how much, as duplicate_score.csv says.

    same_metres .. far_metres   from the full score of the place down to none
    fresh .. old                the same for the time since the case was opened
    worth_showing               below this a case is not shown
    """

    place: float = 0.35
    object: float = 0.25
    text: float = 0.2
    time: float = 0.15
    caller: float = 0.05
    same_metres: float = 20.0
    far_metres: float = 300.0
    same_name: float = 1.0
    same_village: float = 0.4
    same_class: float = 0.6
    fresh: timedelta = timedelta(hours=6)
    old: timedelta = timedelta(days=14)
    worth_showing: float = 0.45

    @property
    def not_worth_reading(self) -> float:
        """Below this without its words a case cannot be worth showing, however scores are rounded."""
        return self.worth_showing - 0.01


NUMBERS = {
    "地点": "place",
    "对象": "object",
    "文字": "text",
    "时间": "time",
    "来电人": "caller",
    "同点米数": "same_metres",
    "最远米数": "far_metres",
    "同地名": "same_name",
    "同村居": "same_village",
    "同大类": "same_class",
    "列出": "worth_showing",
}

TEXTS_KEPT = 4096
"""Texts whose pairs of characters are kept: a few hundred cases of each town, some 4 kB each."""


@dataclass(frozen=True)
class Part:
    """A kind of part that a text may name, such as 通信井; kinds of one family exclude each other."""

    family: str
    kind: str
    patterns: Sequence[Pattern] = field(repr=False)


@dataclass(frozen=True)
class Likeness:
    """Compares a report with cases. `pairs`: categories that go together (塌陷 and 路面), with their likeness."""

    places: Places
    classes: Mapping[str, str] = field(default_factory=dict)
    pairs: Mapping[frozenset[str], float] = field(default_factory=dict)
    parts: Sequence[Part] = ()
    again: Sequence[Pattern] = ()
    spelling: Spelling = field(default_factory=Spelling)
    scale: Scale = field(default_factory=Scale)

    def ranked(
        self, report: Mapping[str, Any], cases: Sequence[Mapping[str, Any]], now: datetime, limit: int = 5
    ) -> list[dict[str, Any]]:
        """The likest cases, best first."""
        told = _Told(report, self)
        again = self.says_again(f"{report.get('title') or ''}{report.get('content') or ''}")
        compared = (self._compared(told, case, now, again) for case in cases)
        found = [one for one in compared if one is not None and one["score"] >= self.scale.worth_showing]
        return sorted(found, key=lambda one: (not one["open"], -one["score"]))[:limit]

    def _compared(self, told: _Told, case: Mapping[str, Any], now: datetime, again: bool) -> dict[str, Any] | None:
        """None when it is not worth showing, whether even the same words would not make it so or its own do not."""
        other, scale = _Told(case, self), self.scale
        spatial, distance = _spatial(told, other, scale)
        alike = self._alike(told.category, other.category)
        age = now - case["openedAt"]
        time = 1.0 if age <= scale.fresh else max(0.0, 1 - (age - scale.fresh) / (scale.old - scale.fresh))
        caller = 1.0 if case.get("sameCaller") else 0.0
        wordless = scale.place * spatial + scale.object * alike + scale.time * time + scale.caller * caller
        if wordless + scale.text < scale.not_worth_reading:
            return None
        text = _overlap(told.pairs, other.pairs)
        score = wordless + scale.text * text
        if round(score, 2) < scale.worth_showing:
            return None  # most are not: what else they say need not be read
        is_open = case["status"] in ("active", "suspended")
        veto = _veto(told.parts, other.parts)
        new_facts = sorted(told.facts - other.facts)
        return {
            "caseNo": case["no"],
            "title": case["title"],
            "content": case["content"],
            "address": case["address"],
            "open": is_open,
            "score": 0.0 if veto else round(score, 2),
            "metres": None if distance is None else round(distance),
            "sameObject": alike == 1.0,
            "newFacts": new_facts,
            "relation": self._relation(again and case.get("published") is True, is_open, new_facts),
            "reason": f"地点 {spatial:.2f}，对象 {alike:.2f}，文字 {text:.2f}，时间 {time:.2f}"
            + ("，同一来电人" if caller else ""),
        }

    @staticmethod
    def _relation(recurred: bool, is_open: bool, new_facts: Sequence[str]) -> str:
        if recurred or not is_open:
            return "复发"
        return "带新情况" if new_facts else "同一事件"

    def kin(self, category: str | None) -> list[str]:
        """The categories that have something in common with one, itself among them."""
        if not category:
            return []
        if category not in self._kin:
            self._kin[category] = [code for code in self.classes if self._alike(category, code) > 0]
        return self._kin[category]

    @cached_property
    def _kin(self) -> dict[str, list[str]]:
        return {}

    @cached_property
    def pairs_in(self) -> Callable[[str], frozenset[str]]:
        """The pairs of characters of a text, kept: the cases of a town are compared with every report of that town."""

        def read(text: str) -> frozenset[str]:
            plain = self.spelling.plain(text)
            return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))

        return lru_cache(maxsize=TEXTS_KEPT)(read)

    def named_parts(self, reading: Reading) -> frozenset[tuple[str, str]]:
        """The parts that a text names, as (family, kind)."""
        likely = [self.parts[at] for at in self._beginnings.likely(reading.beginnings)]
        return frozenset((part.family, part.kind) for part in likely if any(p.search(reading) for p in part.patterns))

    @cached_property
    def _beginnings(self) -> Beginnings:
        return Beginnings([word for pattern in part.patterns for word in pattern.first] for part in self.parts)

    def _alike(self, one: str | None, other: str | None) -> float:
        if not one or not other:
            return 0.0
        if one == other:
            return 1.0
        same_class = self.scale.same_class if self.classes.get(one) == self.classes.get(other) else 0.0
        return max(same_class, self.pairs.get(frozenset((one, other)), 0.0))

    def says_again(self, text: str) -> bool:
        """Whether the text says that it had been dealt with before."""
        reading = Reading(self.spelling.plain(text))
        return any(pattern.search(reading) for pattern in self.again)


class _Told:
    """What a report or a case says, ready to be compared; its words are read when they matter."""

    def __init__(self, values: Mapping[str, Any], likeness: Likeness) -> None:
        self._values, self._likeness = values, likeness
        self.category: str | None = values.get("categoryCode")
        self.lon: float | None = values.get("lon")
        self.lat: float | None = values.get("lat")
        self.village: str | None = values.get("villageCode")

    @cached_property
    def name(self) -> str | None:
        return self._likeness.places.name_in(f"{self._values.get('address') or ''}{self._text}")

    @cached_property
    def pairs(self) -> frozenset[str]:
        return self._likeness.pairs_in(self._text)

    @cached_property
    def parts(self) -> frozenset[tuple[str, str]]:
        return self._likeness.named_parts(Reading(self._plain))

    @cached_property
    def facts(self) -> frozenset[str]:
        return frozenset(fact for fact, true in (self._values.get("facts") or {}).items() if true is True)

    @cached_property
    def _text(self) -> str:
        return f"{self._values.get('title') or ''}{self._values.get('content') or ''}"

    @cached_property
    def _plain(self) -> str:
        return self._likeness.spelling.plain(self._text)


def _spatial(one: _Told, other: _Told, scale: Scale) -> tuple[float, float | None]:
    if None not in (one.lon, one.lat, other.lon, other.lat):
        distance = metres(one.lon, one.lat, other.lon, other.lat)  # type: ignore[arg-type]
        near = (scale.far_metres - distance) / (scale.far_metres - scale.same_metres)
        return max(0.0, min(1.0, near)), distance
    if one.name and one.name == other.name:
        return scale.same_name, None
    return (scale.same_village if one.village and one.village == other.village else 0.0), None


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Dice's coefficient of pairs of characters."""
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 0.0


def _veto(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> bool:
    """Both name a part of one family, and no part in common."""
    families = {family for family, _ in one} & {family for family, _ in other}
    return any(not {k for f, k in one if f == family} & {k for f, k in other if f == family} for family in families)


def read(
    places: Places,
    categories: Sequence[Mapping[str, Any]],
    lists: Mapping[str, Sequence[Mapping[str, str]]],
    spelling: Spelling,
) -> Likeness:
    """From the reference lists: compatible_categories.csv, part_words.csv and duplicate_score.csv."""
    parts, pairs = lists.get("part_words", ()), lists.get("compatible_categories", ())
    return Likeness(
        places,
        {row["code"]: row["class_name"] for row in categories},
        {frozenset((row["one"], row["other"])): float(row["likeness"]) for row in pairs},
        [Part(row["family"], row["kind"], _patterns(row, spelling)) for row in parts if row["family"] != AGAIN],
        [pattern for row in parts if row["family"] == AGAIN for pattern in _patterns(row, spelling)],
        spelling,
        _scale(lists.get("duplicate_score", ())),
    )


def _scale(rows: Sequence[Mapping[str, str]]) -> Scale:
    given = {row["name"]: float(row["value"]) for row in rows}
    usual = Scale()
    return replace(
        usual,
        fresh=timedelta(hours=given["新近小时"]) if "新近小时" in given else usual.fresh,
        old=timedelta(days=given["过时天数"]) if "过时天数" in given else usual.old,
        **{field: given[name] for name, field in NUMBERS.items() if name in given},
    )


AGAIN = "复发"


def _patterns(row: Mapping[str, str], spelling: Spelling) -> list[Pattern]:
    return [Pattern.from_text(word.strip(), {}, spelling) for word in row["words"].split(LIST) if word.strip()]
