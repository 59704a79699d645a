"""One district's knowledge of reports, read once from its reference data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from engine.database import Transaction
from engine.intake import categories, codes, duplicates, places, results, splitting
from engine.intake.reasons import explained, reason
from engine.intake.screening import Screening, screen
from engine.intake.spelling import Spelling
from engine.intake.words import Vocabulary

LISTS = (
    "risk_words",
    "spellings",
    "nonacceptance_transfer_codes",
    "compatible_categories",
    "part_words",
    "duplicate_score",
    "intake_results",
)
QUERIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("select name, rows from reference_list where name = any(%(names)s)", {"names": list(LISTS)}),
    ("select data from category order by code", {}),
    ("select name, kind, grid_code15, lon, lat from place_name order by name", {}),
    ("select code12, name, level, parent_code12, unit_code, lon, lat from division order by code12", {}),
    ("select grid_code15, name, grid_type, village_code12, town_code12, lon, lat from grid order by grid_code15", {}),
)
Rows = Sequence[Mapping[str, Any]]
Classify = Callable[[str], Mapping[str, float]]
"""A learned part: text → category code → probability."""

UNIQUE = 0.2
"""So much better than the next must the best place be to be the only one."""


@dataclass(frozen=True)
class Intake:
    """Answers questions about a report; the same words and cases give the same answer.

    units   unit code → name; towns: town code → its own unit
    """

    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    places: places.Places = field(default_factory=places.Places)
    catalogue: categories.Catalogue = field(default_factory=categories.Catalogue)
    codes: codes.Codes = field(default_factory=codes.Codes)
    likeness: duplicates.Likeness = field(default_factory=lambda: duplicates.Likeness(places.Places()))
    towns: Mapping[str, str] = field(default_factory=dict)
    results: results.Results = field(default_factory=results.Results)

    def screening(self, texts: Any) -> dict[str, Any]:
        """What the texts together say about danger and confidentiality."""
        return self._screened(joined(texts)).as_context()

    @cached_property
    def _screened(self) -> Callable[[str], Screening]:
        """Screens a text once: a report is asked about its danger first and about everything else right after."""
        return lru_cache(maxsize=256)(lambda text: screen(text, self.vocabulary))

    def suggestion(self, report: Mapping[str, Any], classify: Classify | None = None) -> dict[str, Any]:
        """Category, place, unit, facts, codes, split and what to do, each with its reason."""
        text = text_of(report)
        found = self._screened(text)
        where = self.places.candidates(report)
        what = self._categories(report, text, classify)
        unfit = self.codes.found(report, self.vocabulary.spelling, found.codes)
        split = splitting.suggestion(report, self.catalogue)
        here = where[0] if where else None
        spot, point = places.spot(where), places.point(where)
        result, why = self.results.suggested(found, unfit, split, what, here)
        return {
            "categories": what,
            "places": where,
            "placeUnique": _unique(where),
            "point": point,
            "spot": spot,
            "cells": places.cells(spot["lon"], spot["lat"]) if spot else [],
            "unit": self._unit(what, here),
            "facts": {**found.facts, **found.hints},
            "codes": unfit,
            "split": split,
            "result": result,
            **explained(*why),
        }

    def _categories(self, report: Mapping[str, Any], text: str, classify: Classify | None) -> list[dict[str, Any]]:
        learned = dict(classify(text)) if classify else {}
        found = self.catalogue.guesses(report, learned, names=self.places.written(text))
        given = str(report.get("categoryCode") or "")
        if given in self.catalogue.rows and given not in [one["code"] for one in found[:1]]:
            row = self.catalogue.rows[given]
            first = {"code": given, "name": row["name"], "className": row["class_name"], "level": row["level"]}
            found = [
                {**first, "confidence": 0.9, **explained(reason("given"))},
                *(o for o in found if o["code"] != given),
            ]
        return found[:3]

    def _unit(self, what: Rows, here: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """Who is responsible by the category, or the town where the category says so."""
        if not what:
            return None
        row = self.catalogue.rows[what[0]["code"]]
        if row.get("main_unit"):
            return {"code": row["main_unit"], **explained(reason("owner", name=row["name"]))}
        town = self.towns.get((here or {}).get("townCode") or "")
        return {"code": town, **explained(reason("town", name=row["name"]))} if town else None


def text_of(report: Mapping[str, Any]) -> str:
    """Everything a report says."""
    return joined([report.get(name) for name in ("title", "content", "demand", "address")])


def joined(texts: Any) -> str:
    """The texts that are there, one to a line."""
    listed = [texts] if isinstance(texts, str) else texts or ()
    return "\n".join(str(text) for text in listed if text)


def _unique(where: Rows) -> bool:
    """A village and a place in it are one answer, not two."""
    inside = {one["villageCode"] for one in where if one["kind"] not in places.DIVISIONS}
    rivals = [one for one in where if one["kind"] != "村居" or one["villageCode"] not in inside]
    return len(rivals) == 1 or len(rivals) > 1 and rivals[0]["score"] - rivals[1]["score"] >= UNIQUE


def read(transaction: Transaction) -> Intake:
    """Read everything in one round trip."""
    lists, catalogue, names, divisions, grids = transaction.read(list(QUERIES))
    known = {row["name"]: row["rows"] for row in lists}
    return build(known, [row["data"] for row in catalogue], names, divisions, grids)


def build(
    lists: Mapping[str, Sequence[Mapping[str, str]]],
    catalogue: Rows = (),
    names: Rows = (),
    divisions: Rows = (),
    grids: Rows = (),
) -> Intake:
    """The knowledge in these rows. `lists`: file name without .csv → its rows."""
    spelling = Spelling.from_rows(lists.get("spellings", ()))
    known_places = places.read(names, divisions, grids, spelling)
    return Intake(
        Vocabulary.from_rows(lists.get("risk_words", ()), spelling),
        known_places,
        categories.read(catalogue, spelling),
        codes.read(lists.get("nonacceptance_transfer_codes", ()), spelling),
        duplicates.read(known_places, catalogue, lists, spelling),
        {row["code12"]: row.get("unit_code") or "" for row in divisions if row["level"] == "镇街"},
        results.read(lists.get("intake_results", ())),
    )
