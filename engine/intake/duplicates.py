"""Which open or lately closed cases may be the same thing: a score of place, object, text, time and caller.

What each weighs is in duplicate_score.csv. A case about another part (通信井 and 雨水篦子) is never the same; one that
says “又” after its case was closed has recurred.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from engine.intake.places import Places, metres
from engine.intake.reasons import Reason, explained, reason
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

    def nearness(self, distance: float) -> float:
        """From 1 at the same spot to 0 far away."""
        return max(0.0, min(1.0, (self.far_metres - distance) / (self.far_metres - self.same_metres)))

    def sum(self, place: float, alike: float, text: float, time: float, caller: float) -> float:
        """The score: each share, from 0 to 1, by its weight."""
        return self.place * place + self.object * alike + self.time * time + self.caller * caller + self.text * text


SAYINGS_KEPT = 4096
"""What a few hundred cases of each town say, some 6 kB each."""

ROUNDING = 0.01
"""Scores are rounded to hundredths."""

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
        self,
        report: Mapping[str, Any],
        cases: Sequence[Mapping[str, Any]],
        read: Callable[[Sequence[Mapping[str, Any]]], Mapping[str, Said]],
        now: datetime,
        limit: int = 5,
    ) -> list[dict[str, Any]]:
        """The likest cases, best first. `read` gives what cases say, by number: asked once, for those it matters of."""
        told = self.said(report)
        likely = [one for one in (self._weighed(report, case, now) for case in cases) if self._may_be_shown(one)]
        words = read([one.case for one in likely])
        again = self.says_again(told.text)
        compared = (self._compared(told, one, words[one.case["no"]], again) for one in likely)
        found = [one for one in compared if one is not None]
        return sorted(found, key=lambda one: (not one["open"], -one["score"]))[:limit]

    def said(self, values: Mapping[str, Any]) -> Said:
        """What a report or a case says, to be compared."""
        return Said(
            values.get("title") or "",
            values.get("content") or "",
            values.get("address") or "",
            values.get("facts") or {},
            self,
        )

    def _weighed(self, report: Mapping[str, Any], case: Mapping[str, Any], now: datetime) -> _Weighed:
        scale = self.scale
        distance = _distance(report, case)
        place = None if distance is None else scale.nearness(distance)
        alike = self._alike(report.get("categoryCode"), case.get("categoryCode"))
        age = now - case["openedAt"]
        time = 1.0 if age <= scale.fresh else max(0.0, 1 - (age - scale.fresh) / (scale.old - scale.fresh))
        same_village = bool(report.get("villageCode")) and report.get("villageCode") == case.get("villageCode")
        caller = 1.0 if case.get("sameCaller") else 0.0
        return _Weighed(case, place, distance, same_village, alike, time, caller)

    def _may_be_shown(self, one: _Weighed) -> bool:
        """Whether it could be worth showing if its words were the same."""
        scale = self.scale
        place = scale.same_name if one.place is None else one.place
        return scale.sum(place, one.alike, 1.0, one.time, one.caller) >= scale.worth_showing - ROUNDING

    def _compared(self, told: Said, one: _Weighed, other: Said, again: bool) -> dict[str, Any] | None:
        """None when it is not worth showing."""
        scale, case = self.scale, one.case
        place = one.place
        if place is None:
            same_name = told.name is not None and told.name == other.name
            place = scale.same_name if same_name else scale.same_village * one.same_village
        text = _overlap(told.pairs, other.pairs)
        score = scale.sum(place, one.alike, text, one.time, one.caller)
        if round(score, 2) < scale.worth_showing or _veto(told.parts, other.parts):
            return None  # most are not: what else they say need not be read
        is_open = case["status"] in ("active", "suspended")
        new_facts = sorted(told.facts - other.facts)
        return {
            "caseNo": case["no"],
            "title": other.title,
            "content": other.content,
            "address": other.address,
            "open": is_open,
            "score": round(score, 2),
            "metres": None if one.metres is None else round(one.metres),
            "sameObject": one.alike == 1.0,
            "newFacts": new_facts,
            "relation": self._relation(again and case.get("published") is True, is_open, new_facts),
            **explained(*_grounds(place, text, one)),
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
    def known(self) -> Known:
        """What cases say, by the mark of it."""
        return Known()

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


@dataclass(frozen=True)
class Said:
    """What a report or a case says. What is read from its words is read when it first matters, and kept with it."""

    title: str
    content: str
    address: str
    told_facts: Mapping[str, Any] = field(repr=False)
    likeness: Likeness = field(repr=False, compare=False)

    @property
    def text(self) -> str:
        return f"{self.title}{self.content}"

    @cached_property
    def name(self) -> str | None:
        """The most telling name of a place in it."""
        return self.likeness.places.name_in(f"{self.address}{self.text}")

    @cached_property
    def pairs(self) -> frozenset[str]:
        """Its pairs of characters."""
        plain = self.likeness.spelling.plain(self.text)
        return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))

    @cached_property
    def parts(self) -> frozenset[tuple[str, str]]:
        """The parts it names, as (family, kind)."""
        return self.likeness.named_parts(Reading(self.likeness.spelling.plain(self.text)))

    @cached_property
    def facts(self) -> frozenset[str]:
        """The facts that are so."""
        return frozenset(fact for fact, true in self.told_facts.items() if true is True)


class Known(dict[int, Said]):
    """Keeps the newest."""

    def __setitem__(self, mark: int, said: Said) -> None:
        super().__setitem__(mark, said)
        if len(self) > SAYINGS_KEPT:
            self.pop(next(iter(self)), None)


class _Weighed(NamedTuple):
    """A case beside a report before its words are read. `place` is None where it depends on the names they say."""

    case: Mapping[str, Any]
    place: float | None
    metres: float | None
    same_village: bool
    alike: float
    time: float
    caller: float


def _grounds(place: float, text: float, one: _Weighed) -> list[Reason]:
    shares = {"place": place, "thing": one.alike, "text": text, "time": one.time}
    alike = reason("alike", **{name: f"{share:.2f}" for name, share in shares.items()})
    return [alike, reason("caller")] if one.caller else [alike]


def _distance(one: Mapping[str, Any], other: Mapping[str, Any]) -> float | None:
    points = one.get("lon"), one.get("lat"), other.get("lon"), other.get("lat")
    return None if None in points else metres(*points)  # type: ignore[arg-type]


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
