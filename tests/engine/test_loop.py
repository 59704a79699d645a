"""The loop through the engine's door: one report from intake to rating."""

from __future__ import annotations

from tests.engine.conftest import District


def test_it_starts_an_appeal_and_gives_it_to_the_acceptors(district: District) -> None:
    no = district.report()
    assert no == "SQ2026091402000001"
    task = district.tasks(no)["UT_acc"]
    assert task["candidates"] == ["acceptor@CTR"]
    assert district.order(no)["status_code"] == 10
