"""Where it is: names of the gazetteer, towns and villages in a text, or the nearest grid to a point."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Any

from engine.intake.reasons import Reason, explained, reason
from engine.intake.spelling import Beginnings, Spelling, beginnings

METRES_PER_DEGREE = 111_320.0
ROADS = frozenset(("路", "巷", "河涌", "绿道", "堤围"))
"""Kinds that stretch over several places: a building or square beside them says more."""

DIVISIONS = frozenset(("村居", "镇街"))
VILLAGE_DIGITS = 12
NEAR_GRID = 1_500.0
CELL = 300.0


def metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Distance in metres; exact enough within a district."""
    x = (lon - other_lon) * math.cos(math.radians((lat + other_lat) / 2))
    return math.hypot(x, lat - other_lat) * METRES_PER_DEGREE


def cells(lon: float, lat: float) -> list[str]:
    """The 300-metre square a point lies in, first, and its eight neighbours: names to count nearby things under."""
    high = CELL / METRES_PER_DEGREE
    row = math.floor(lat / high)
    wide = CELL / (METRES_PER_DEGREE * math.cos(math.radians((row + 0.5) * high)))
    column = math.floor(lon / wide)
    around = [(0, 0), *((y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0))]
    return [f"{row + y}:{column + x}" for y, x in around]


@dataclass(frozen=True)
class Name:
    """One name of the gazetteer, a village or a town. `words`: how it may be written, the full name first."""

    name: str
    kind: str
    village: str | None
    town: str | None
    grid: str | None
    lon: float | None
    lat: float | None
    words: tuple[str, ...] = field(repr=False, default=())


@dataclass(frozen=True)
class Places:
    """All names of the district, and its grids."""

    names: Sequence[Name] = ()
    grids: Sequence[Name] = ()
    spelling: Spelling = field(default_factory=Spelling)
    parents: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)

    def candidates(self, report: Mapping[str, Any], limit: int = 3) -> list[dict[str, Any]]:
        """The most likely places of a report, best first, each with `score`, `reason` and `why`."""
        found = [*self._given(report), *self._named(report)]
        best: dict[str, dict[str, Any]] = {}
        for one in sorted(found, key=lambda place: -place["score"]):
            best.setdefault(one["name"], one)
        return list(best.values())[:limit]

    def written(self, text: str) -> list[str]:
        """The names that stand in a text, as it is written there."""
        plain = self.spelling.plain(text)
        return sorted(
            {word for name in self._likely(plain) for word in name.words if word in plain}, key=len, reverse=True
        )

    def _likely(self, plain: str) -> list[Name]:
        """The names, in order, that something in a text begins like."""
        return [self.names[at] for at in self._beginnings.likely(beginnings(plain))]

    @cached_property
    def _beginnings(self) -> Beginnings:
        return Beginnings(name.words for name in self.names)

    @cached_property
    def _towns(self) -> list[Name]:
        return [name for name in self.names if name.kind == "镇街"]

    def name_in(self, text: str) -> str | None:
        """The most telling name in a text: what two reports without a point are compared by."""
        found = self._named({"address": text})
        return str(max(found, key=lambda place: place["score"])["name"]) if found else None

    def _given(self, report: Mapping[str, Any]) -> list[dict[str, Any]]:
        lon, lat, village = report.get("lon"), report.get("lat"), report.get("villageCode")
        if lon is not None and lat is not None:
            near = self._grid_at(float(lon), float(lat))
            if near:
                found = self._place(near, 1.0, reason("point"))
                return [{**found, "lon": lon, "lat": lat}]
        if village in self.parents:
            name = next((one for one in self.names if one.village == village and one.kind == "村居"), None)
            return [self._place(name, 1.0, reason("village"))] if name else []
        return []

    @cached_property
    def _grid_at(self) -> Callable[[float, float], Name | None]:
        """The nearest grid, kept for the newest points: several questions of a report ask for the same."""
        return lru_cache(maxsize=256)(self._nearest_grid)

    def _nearest_grid(self, lon: float, lat: float) -> Name | None:
        band, reach = self._by_latitude, NEAR_GRID / METRES_PER_DEGREE
        first, last = (bisect_left(band, at, key=itemgetter(0)) for at in (lat - reach, lat + reach))
        wide = reach / math.cos(math.radians(abs(lat) + reach))  # what lies further east or west is too far already
        placed = [
            (metres(lon, lat, its_lon, its_lat), grid)
            for its_lat, its_lon, grid in band[first:last]
            if abs(its_lon - lon) <= wide
        ]
        distance, grid = min(placed, key=lambda pair: pair[0], default=(math.inf, None))
        return grid if distance <= NEAR_GRID else None

    @cached_property
    def _by_latitude(self) -> list[tuple[float, float, Name]]:
        placed = [(g.lat, g.lon, g) for g in self.grids if g.lon is not None and g.lat is not None]
        return sorted(placed, key=itemgetter(0))

    def _named(self, report: Mapping[str, Any]) -> list[dict[str, Any]]:
        address = self.spelling.plain(str(report.get("address") or ""))
        rest = self.spelling.plain(f"{report.get('title') or ''}{report.get('content') or ''}")
        towns = {name.town for name in self._towns if name.words[0] in address + rest}
        found = []
        both = f"{address}\n{rest}"
        for name in self._likely(both):
            score, where = self._score(name, address, rest)
            if score:
                agrees = name.town in towns and name.kind != "镇街"
                why = reason(where, name=name.name)
                found.append(self._place(name, min(0.98, score + (0.1 if agrees else 0)), why))
        return found

    @staticmethod
    def _score(name: Name, address: str, rest: str) -> tuple[float, str]:
        for at, word in enumerate(name.words):
            for text, base, where in ((address, 0.8, "address"), (rest, 0.65, "content")):
                if word in text:
                    broad = {"镇街": -0.4, "村居": -0.1}.get(name.kind, -0.05 if name.kind in ROADS else 0.05)
                    return base + broad - 0.1 * at + 0.02 * min(len(word), 5), where
        return 0.0, ""

    def _place(self, name: Name, score: float, why: Reason) -> dict[str, Any]:
        return {
            "name": name.name,
            "kind": name.kind,
            "villageCode": name.village,
            "villageName": self.titles.get(name.village or ""),
            "townCode": name.town,
            "townName": self.titles.get(name.town or ""),
            "gridCode": name.grid,
            "lon": name.lon,
            "lat": name.lat,
            "score": round(score, 2),
            **explained(why),
        }


def spot(found: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The best candidate narrower than a village, in the village of the best: nearby reports are counted around it."""
    village = found[0]["villageCode"] if found else None
    inside = (one for one in found if one["kind"] not in DIVISIONS and one["lon"] is not None)
    return next((one for one in inside if village is None or one["villageCode"] == village), None)


def point(found: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The spot, unless it is only a road: exact enough to stand in for the report's own point."""
    best = spot(found)
    return best if best and best["kind"] not in ROADS else None


def spellings_of(name: str, spelling: Spelling) -> tuple[str, ...]:
    """How people shorten a name: without the district's 区 in front, without its middle (松岭中心小学 → 松岭小学)."""
    full = spelling.plain(name)
    short = [full[1:]] if full.startswith("区") and len(full) > 3 else []
    if len(full) >= 6:
        short.append(full[:2] + full[-2:])
    return (full, *short)


def read(
    places: Sequence[Mapping[str, Any]],
    divisions: Sequence[Mapping[str, Any]],
    grids: Sequence[Mapping[str, Any]],
    spelling: Spelling,
) -> Places:
    """From rows of the gazetteer, the divisions and the grids."""
    parents = {row["code12"]: row["parent_code12"] for row in divisions if row["level"] == "村居"}
    names = [_of_gazetteer(row, parents, spelling) for row in places]
    names += [_of_division(row, parents, spelling) for row in divisions if row["level"] in ("村居", "镇街")]
    return Places(
        names,
        [_of_grid(row) for row in grids],
        spelling,
        parents,
        {row["code12"]: row["name"] for row in divisions},
    )


def _of_gazetteer(row: Mapping[str, Any], parents: Mapping[str, str], spelling: Spelling) -> Name:
    grid = row["grid_code15"]
    village = grid[:VILLAGE_DIGITS]
    words = spellings_of(row["name"], spelling)
    return Name(
        row["name"], row["kind"], village, parents.get(village), grid, _number(row["lon"]), _number(row["lat"]), words
    )


def _of_division(row: Mapping[str, Any], parents: Mapping[str, str], spelling: Spelling) -> Name:
    code, village = row["code12"], row["level"] == "村居"
    return Name(
        row["name"],
        row["level"],
        code if village else None,
        parents[code] if village else code,
        None,
        _number(row["lon"]) if village else None,
        _number(row["lat"]) if village else None,
        (spelling.plain(row["name"]),),
    )


def _of_grid(row: Mapping[str, Any]) -> Name:
    village, town = row["village_code12"], row["town_code12"]
    lon, lat = _number(row["lon"]), _number(row["lat"])
    return Name(row["name"], row["grid_type"], village, town, row["grid_code15"], lon, lat)


def _number(value: Any) -> float | None:
    return float(value) if value not in (None, "") else None
