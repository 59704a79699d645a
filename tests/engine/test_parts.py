"""The register of parts, and the standard a case keeps when the catalogue changes."""

from __future__ import annotations

from typing import Any

from engine import commands, parts
from tests.engine.conftest import VILLAGE, District

LAMP, COVER = "9901070108000001", "9901070103000001"


def named(district: District, text: str) -> list[str]:
    with district.wiring.engine.database.transaction() as transaction:
        return [one["code"] for one in parts.named(transaction, text)]


def near(district: District, *asked: Any) -> list[tuple[str, int]]:
    with district.wiring.engine.database.transaction() as transaction:
        return [(one["code"], one["metres"]) for one in parts.near(transaction, *asked)]


def test_it_finds_the_parts_whose_codes_stand_in_a_text(district: District) -> None:
    assert named(district, f"路灯{LAMP}不亮，井盖 {COVER} 也坏了，又说{LAMP}。") == [LAMP, COVER]
    assert named(district, f"电话 1{LAMP}") == []
    assert named(district, "9901079999999999") == []


def test_it_finds_the_parts_of_one_kind_around_a_point(district: District) -> None:
    assert near(district, 114.903527, 21.699888, 30, "C0108") == [(LAMP, 0)]
    assert near(district, "114.903527", 21.700068, 30, "C0108") == [(LAMP, 20)]
    assert near(district, 114.903527, 21.700268, 30, "C0108") == []
    assert near(district, 114.903527, 21.699888, 30, "C0103") == []
    assert near(district, None, 21.699888, 30, "C0108") == near(district, 114.9, 21.7, 30, None) == []


def test_a_case_keeps_the_standard_of_its_acceptance(district: District) -> None:
    payload = {"title": "树", "content": "行道树断枝。", "categoryCode": "C0401", "villageCode": VILLAGE, "facts": {}}
    old = district.execute(commands.DeliverMessage("msg.case.opened", None, payload, "1")).order_no
    change_standard(district, "C0401", limit="1", close_cond="枝条当天清走", main_unit="CGJ")
    new = district.execute(commands.DeliverMessage("msg.case.opened", None, payload, "2")).order_no
    kept = {no: district.order(no)["document"]["standard"] for no in (old, new)}
    assert (kept[old]["limit"], kept[new]["limit"], kept[new]["close_cond"]) == (3, 1, "枝条当天清走")
    assert "main_unit" not in kept[old]  # who is responsible is asked anew
    for no in (old, new):
        district.work()
        district.do(no, "UT_dis", "PQ01", mainUnit="YL", mode="单办", opinion="请清理。")
        district.do(no, "UT_sign", "YL-01", signAction="签收")
    due = {no: district.tasks(no)["UT_hdl"]["due_at"].astimezone(district.now.tzinfo).date().isoformat() for no in kept}
    assert due == {old: "2026-09-17", new: "2026-09-15"}


def change_standard(district: District, code: str, **columns: str) -> None:
    """The catalogue as it is loaded again, with other columns in one line."""
    with district.wiring.engine.database.transaction() as transaction:
        transaction.rows(
            "update category set data = data || jsonb_object(%(names)s, %(values)s) where code = %(code)s returning 1",
            {"code": code, "names": list(columns), "values": list(columns.values())},
        )
        transaction.rows("update reference_list set loaded_at = loaded_at + interval '1 second' returning 1")
