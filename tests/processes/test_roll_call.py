"""The roll call of a district whose command has 1 + 26 + 559 + X nodes, four levels deep."""

from __future__ import annotations

import time

import pytest

from tests.processes.test_edits import Play, play  # noqa: F401  a fixture

AREAS, STATIONS, POINTS = 26, 559, 40
NODES = [
    *((f"Q{area:03}", f"第{area}指挥分部", "片区", "CTR") for area in range(AREAS)),
    *((f"Z{station:03}", f"第{station}工作站", "村居", f"Q{station % AREAS:03}") for station in range(STATIONS)),
    *((f"X{point:03}", f"第{point}作战点", "村居", f"Z{point:03}") for point in range(POINTS)),
]
"""code, name, tier, parent"""
STORY = """
title = "六百多个节点的点名"
now = "2026-09-14T08:00"
[[step]]
do = "message"
name = "msg.rollcall.raised"
of = "甲"
data = { responseLevel = "Ⅱ", rollReason = "暴雨橙色预警" }
[[step]]
do = "complete"
of = "甲"
task = "UT_here"
as = "X039-1"
data = { hereWay = "办公网" }
[[step]]
do = "wait"
for = "PT5M"
[[step]]
do = "wait"
for = "PT5M"
expect = { of = "甲", done = true, ledger = { attendance = 635 }, document = { expected = 636 } }
"""


LIMIT = 180
"""Seconds of work for everything: reading the files, opening 636 tasks, 1 271 timers, the summary."""


@pytest.mark.slow
def test_it_calls_several_hundred_nodes_of_any_depth(play: Play) -> None:  # noqa: F811
    units = "".join(f"{code},{name},{tier},{tier},{parent},,Y,N\n" for code, name, tier, parent in NODES)
    staff = "".join(f"{code}-1,{name}值守,{code},{tier},handler\n" for code, name, tier, _ in NODES)
    forces = "".join(f"{code},{name}值守专班,handler,unit_head\n" for code, name, _, _ in NODES)
    started = time.process_time()
    play(
        STORY,
        ("reference/org_units.csv", r"\Z", units),
        ("reference/staff.csv", r"\Z", staff),
        ("reference/task_forces.csv", r"\Z", forces),
    )
    assert time.process_time() - started < LIMIT
