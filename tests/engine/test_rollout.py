"""A channel that begins in some towns only (channel_towns.csv)."""

from __future__ import annotations

import json

import pytest

from engine.errors import InvalidInput
from engine.ports import Place
from tests.engine.conftest import MONDAY_NINE, VILLAGE, District

HERE = {"source": "public", "town_key": "RY", "from": "2026-09-01", "to": "", "note": ""}


def limit(district: District, *rows: dict[str, str]) -> None:
    district.rows(
        "insert into reference_list (name, digest, rows, loaded_at) "
        "values ('channel_towns', '', %(rows)s::jsonb, clock_timestamp()) "
        "on conflict (name) do update set rows = excluded.rows, loaded_at = clock_timestamp() returning 1",
        rows=json.dumps(rows),
    )


def send(district: District, number: str, content: str, village: str | None = VILLAGE, source: str = "public") -> str:
    place = Place("路口", village_code=village)
    return district.report(number, source=source, content=content, place=place)


def elsewhere(district: District) -> str:
    [row] = district.rows(
        "select code12 from division where level = '村居' and parent_code12 <> "
        "(select parent_code12 from division where code12 = %(village)s) limit 1",
        village=VILLAGE,
    )
    return str(row["code12"])


def test_a_channel_without_lines_serves_every_town(district: District) -> None:
    limit(district)
    assert send(district, "1", "门前路灯不亮。", elsewhere(district))


def test_it_serves_the_towns_of_its_lines_only(district: District) -> None:
    limit(district, HERE)
    assert send(district, "1", "门前路灯不亮。")
    with pytest.raises(InvalidInput) as refused:
        send(district, "2", "门前路灯不亮。", elsewhere(district))
    assert "请拨打 12345" in refused.value.zh
    assert "call 12345" in refused.value.en
    assert send(district, "3", "门前路灯不亮。", None), "where it happened is asked later"
    assert send(district, "4", "门前路灯不亮。", elsewhere(district), "hotline_12345"), "another channel"


def test_danger_comes_in_from_everywhere(district: District) -> None:
    limit(district, HERE)
    assert send(district, "1", "楼上着火了，有人被困，快来救人。", elsewhere(district))


def test_it_begins_when_its_line_begins(district: District) -> None:
    limit(district, {**HERE, "from": "2026-09-15"})
    assert district.now == MONDAY_NINE
    with pytest.raises(InvalidInput):
        send(district, "1", "门前路灯不亮。")
