"""Master data as functions of expressions: the grids of a village, and those around a place."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from engine.duty import Duties, Span
from engine.master_data import functions
from engine.reference import Reference

NOW = datetime(2026, 9, 14, 1, tzinfo=UTC)
GRIDS = [
    {"code": "A1", "name": "甲一", "village": "A", "unit": "V1", "worker": "W1", "lon": 114.90, "lat": 21.70},
    {"code": "A2", "name": "甲二", "village": "A", "unit": "V1", "worker": "W2", "lon": 114.91, "lat": 21.70},
    {"code": "B1", "name": "乙一", "village": "B", "unit": "V2", "worker": "", "lon": 114.93, "lat": 21.70},
    {"code": "C1", "name": "丙一", "village": "C", "unit": "V3", "worker": "W4", "lon": None, "lat": None},
]
AWAY = Duties(absences={"W2": [Span("W2", NOW, datetime(2026, 9, 15, tzinfo=UTC))]})
KNOWN = functions(Reference(grids=GRIDS, duties=AWAY), NOW)


def test_grids_of_a_village_name_their_workers_unless_they_are_away() -> None:
    found = KNOWN["grids"]("A")
    assert [(one["code"], one["unit"], one["worker"]) for one in found] == [("A1", "V1", "W1"), ("A2", "V1", None)]
    assert KNOWN["grids"]("Z") == []


def test_grids_near_a_place_come_nearest_first_with_their_distance() -> None:
    found = KNOWN["grids near"](Decimal("114.909"), Decimal("21.7"), Decimal(2500))
    assert [(one["code"], one["metres"]) for one in found] == [("A2", 103), ("A1", 930), ("B1", 2170)]
    assert found[2]["worker"] is None
    assert [one["code"] for one in KNOWN["grids near"](Decimal("114.909"), Decimal("21.7"), Decimal(500))] == ["A2"]


def test_grids_near_nowhere_are_none() -> None:
    assert KNOWN["grids near"](None, Decimal("21.7"), Decimal(2000)) == []
