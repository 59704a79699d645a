"""Work orders that are kept secret (secrecy_levels.csv): who sees them, who works on them, what leaves the house."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from engine import commands, queries
from engine.reference import Reference
from tests.engine.conftest import District

ORDER = {
    "leaderType": "批示",
    "title": "内部事项核查",
    "instruction": "请核查后报告，注意保密。",
    "reportCycle": "无",
    "leader": "L02",
}


def instruct(district: District, secrecy: str) -> str:
    data: dict[str, Any] = {**ORDER, "secrecy": secrecy}
    return str(district.execute(commands.StartOrder("city_leader", data, "DB01")).no)


def sees(district: District, user: str, no: str) -> bool:
    with district.wiring.engine.database.engine.connect() as connection:
        who = queries.viewer(connection, user, district.now)
        assert who is not None
        found = queries.search_orders(connection, who, queries.OrderFilter(text=no), None, 10)
        return no in [one["no"] for one in found]


@pytest.mark.parametrize("user", ["DB01", "DB02", "ZB01", "L02"])
def test_the_roles_of_the_file_see_what_is_internal(district: District, user: str) -> None:
    assert sees(district, user, instruct(district, "内部"))


@pytest.mark.parametrize("user", ["PQ01", "SL01", "PS-01"])
def test_nobody_else_does_without_a_part_in_it(district: District, user: str) -> None:
    assert not sees(district, user, instruct(district, "内部"))


def test_the_centre_sees_what_is_not_internal(district: District) -> None:
    assert sees(district, "PQ01", instruct(district, "一般"))


def test_who_sees_everything_and_who_is_outside_is_a_file(district: District) -> None:
    with district.wiring.engine.database.engine.connect() as connection:
        told = {user: queries.viewer(connection, user, district.now) for user in ("PQ01", "PS-01")}
        connection.execute(text("update reference_list set rows = '[]' where name in ('roles', 'unit_types')"))
        after = queries.viewer(connection, "PQ01", district.now)
        connection.rollback()
    assert [who.sees_everything for who in told.values() if who] == [True, False]
    assert after is not None
    assert not after.sees_everything
    assert not after.external


def test_what_is_internal_is_not_exported(district: District) -> None:
    refused = district.execute(commands.ExportOrder(instruct(district, "内部"), "ZB01"))
    assert not refused.allowed
    assert "密级" in refused.sentences[0]


def test_it_is_entrusted_to_the_administration_only() -> None:
    units = {
        "W1": {"parent": "RY", "type": "物业/市场主体"},
        "RY": {"parent": "CTR", "type": "镇街"},
        "CTR": {"parent": None, "type": "中心"},
    }
    levels = [{"secrecy": "内部", "roles": "supervisor", "units": "镇街;中心", "export": "N"}]
    reference = Reference(units=units, tables={"secrecy_levels": levels})
    assert reference.entrusted("handler@W1", {"secrecy": "内部"}) == "handler@RY"
    assert reference.entrusted("handler@RY", {"secrecy": "内部"}) == "handler@RY"
    assert reference.entrusted("handler@W1", {"secrecy": "一般"}) == "handler@W1"
    assert reference.entrusted("user:L02", {"secrecy": "内部"}) == "user:L02"
