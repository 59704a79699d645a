"""Who may do a step that takes a certificate."""

from __future__ import annotations

from datetime import datetime

import pytest

from engine.certificates import check, holders, lacked, narrowed
from engine.errors import NotAllowed
from engine.reference import ZONE, Reference

NOW = datetime(2026, 9, 14, 9, 0, tzinfo=ZONE)
NAME = "综合执法证"
ROWS = [
    {"user_id": "RY-Z1", "certificate": NAME, "number": "1", "valid_from": "2025-01-01", "valid_to": ""},
    {"user_id": "RY-Z2", "certificate": NAME, "number": "2", "valid_from": "2025-01-01", "valid_to": "2026-09-13"},
    {"user_id": "RY-Z3", "certificate": "电工证", "number": "3", "valid_from": "", "valid_to": ""},
    {"user_id": "CTR-1", "certificate": NAME, "number": "4", "valid_from": "", "valid_to": "2026-09-14"},
]
UNITS = {"CTR": {"name": "中心", "parent": None}, "RY": {"name": "榕荫", "parent": "CTR"}}
POSTS = {"handler@RY": ["RY-Z1", "RY-Z2"], "field_worker@RY": ["RY-Z3"], "supervisor@CTR": ["CTR-1"]}
DISTRICT = Reference(units=UNITS, holders=POSTS, tables={"certificates": ROWS})


def test_a_certificate_counts_while_it_is_valid() -> None:
    assert holders(NAME, DISTRICT, NOW) == ["RY-Z1", "CTR-1"]


def test_candidates_without_it_are_barred() -> None:
    assert narrowed(NAME, ["handler@RY"], DISTRICT, NOW) == (["handler@RY"], [f"certificate:{NAME}", "user:RY-Z2"])


def test_the_nearest_certified_people_are_asked_when_no_candidate_is() -> None:
    assert narrowed(NAME, ["field_worker@RY"], DISTRICT, NOW)[0] == ["field_worker@RY", "user:RY-Z1"]
    assert narrowed(NAME, ["user:RY-Z3"], DISTRICT, NOW)[0] == ["user:RY-Z3", "user:RY-Z1", "user:CTR-1"]
    without = Reference(units=UNITS, holders=POSTS, tables={"certificates": ROWS[3:]})
    assert narrowed(NAME, ["handler@RY"], without, NOW)[0] == ["handler@RY", "user:CTR-1"]


def test_it_says_which_certificate_is_wanting() -> None:
    entries = ["user:RY-Z1", f"certificate:{NAME}", "user:RY-Z2"]
    assert lacked(entries, "RY-Z2") == NAME
    assert lacked(entries, "RY-Z1") is None
    check(entries, "RY-Z1", DISTRICT, NOW)
    check([], "RY-Z2", DISTRICT, NOW)
    with pytest.raises(NotAllowed) as refused:
        check(entries, "RY-Z2", DISTRICT, NOW)
    assert f"须由持“{NAME}”的人员办理" in refused.value.zh
