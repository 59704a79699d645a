"""The district's master data as functions that diagrams and decision tables can call.

unit(code)             {code, name, parent, tier, type, town, above}; null for a code nobody has; `above`: the codes of
                       its parents, nearest first
units(kind)            codes of the units of a tier (镇街) or type (区部门)
table(name)            the rows of a small list of processes/reference, named without .csv; null for an unknown name
on duty(role, unit)    user ids on duty now by the roster; absent people are replaced by their deputies
holders(role, unit)    user ids of everybody with that post
grids(village)         the grids of a village: {code, name, village, unit, worker}; worker is null while away
grids near(lon, lat, metres)   the grids whose centre is within that distance, nearest first, also with `metres`
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from engine.feel.values import Offered
from engine.reference import Reference

FACTS = ("name", "parent", "tier", "type", "town")
EARTH = 6_371_000.0
"""Mean radius in metres."""


MAKERS: dict[str, Callable[[Reference, datetime], Offered]] = {
    "unit": lambda reference, now: Offered(("code",), lambda code: _unit(reference, code), "unit"),
    "units": lambda reference, now: Offered(("kind",), lambda kind: _units(reference, kind), "units"),
    "table": lambda reference, now: Offered(("name",), lambda name: reference.tables.get(name), "table"),
    "on duty": lambda reference, now: Offered(
        ("role", "unit"), lambda role, unit: reference.duties.on_duty(role, unit, now), "on duty"
    ),
    "holders": lambda reference, now: Offered(
        ("role", "unit"), lambda role, unit: _holders(reference, role, unit), "holders"
    ),
    "grids": lambda reference, now: Offered(("village",), lambda village: _grids(reference, village, now), "grids"),
    "grids near": lambda reference, now: Offered(
        ("lon", "lat", "metres"), lambda lon, lat, metres: _near(reference, lon, lat, metres, now), "grids near"
    ),
}
"""The functions at one moment by name, each made when it is asked for."""


def functions(reference: Reference, now: datetime) -> dict[str, Offered]:
    """All functions by name, at one moment."""
    return {name: make(reference, now) for name, make in MAKERS.items()}


def _unit(reference: Reference, code: Any) -> Mapping[str, Any] | None:
    found = reference.units.get(code)
    if not found:
        return None
    return {"code": code, **{fact: found[fact] for fact in FACTS}, "above": reference.ancestors(code)}


def _units(reference: Reference, kind: Any) -> list[str]:
    return [code for code, unit in reference.units.items() if kind in (unit["tier"], unit["type"])]


def _holders(reference: Reference, role: Any, unit: Any) -> list[str]:
    return list(reference.holders.get(f"{role}@{unit}", ()))


def _grids(reference: Reference, village: Any, now: datetime) -> list[dict[str, Any]]:
    return [_grid(reference, one, now) for one in reference.grids if one["village"] == village]


def _grid(reference: Reference, grid: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A grid whose worker is null while they are away."""
    away = grid["worker"] and reference.duties.absent(grid["worker"], now)
    known = {fact: grid[fact] for fact in ("code", "name", "village", "unit")}
    return {**known, "worker": None if away else grid["worker"] or None}


def _near(reference: Reference, lon: Any, lat: Any, metres: Any, now: datetime) -> list[dict[str, Any]]:
    if lon is None or lat is None or metres is None:
        return []
    north, reach = float(lat), math.degrees(float(metres) / EARTH)  # most grids lie too far north or south already
    placed = [one for one in reference.grids if one["lon"] is not None and one["lat"] is not None]
    placed = [one for one in placed if abs(one["lat"] - north) <= reach]
    around = [(_distance(float(lon), north, one["lon"], one["lat"]), one) for one in placed]
    found = sorted(((far, one) for far, one in around if far <= float(metres)), key=lambda pair: pair[0])
    return [{**_grid(reference, one, now), "metres": round(far)} for far, one in found]


def _distance(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Metres between two places of one district: the earth is flat there."""
    east = math.radians(other_lon - lon) * math.cos(math.radians((lat + other_lat) / 2))
    return EARTH * math.hypot(east, math.radians(other_lat - lat))
