"""How much work waits in units."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from engine.workload import make
from tests.engine.conftest import District
from tests.engine.test_loop import accepted


def test_it_counts_work_orders_that_wait_in_a_unit_and_those_past_their_time(district: District) -> None:
    assert waiting(district, ["PS", "GS", None]) == [(0, 0), (0, 0)]
    _, case = accepted(district)
    district.do(case, "UT_dis", "PQ01", mainUnit="PS", mode="单办", opinion="请尽快处理")
    assert waiting(district, ["PS", "GS"]) == [(1, 0), (0, 0)]
    district.now += timedelta(days=3)
    assert waiting(district, "PS") == [(1, 1)]


def waiting(district: District, units: Any) -> list[tuple[int, int]]:
    engine = district.wiring.engine
    with engine.database.transaction() as transaction:
        asker = SimpleNamespace(now=district.now, transaction=transaction, reference=engine.definitions.reference)
        return [(one["open"], one["late"]) for one in make(asker)(units)]
