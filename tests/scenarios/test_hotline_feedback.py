"""What the diagrams leave for the 12345 hotline is what its connector takes: stories played, every job translated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from connectors.hotline_12345.connector import connect
from connectors.signature import MemoryNonces
from engine.ports import Delivery
from tests.conftest import Databases
from tests.scenarios.test_scenarios import FILES
from webapp import check
from webapp.check.scratch import Stage
from webapp.settings import load_settings
from webapp.wiring import Wiring

JOBS = (
    "select id, topic, payload, order_no, sequence, created_at from job "
    "where kind = 'service' and topic like 'hotline_12345.%' order by order_no, id"
)
SETTINGS = {"base_url": "http://127.0.0.1:9", "app_key": "test", "secret": "only-both-sides-know-this-0123456"}
HOTLINE = connect(SETTINGS, MemoryNonces())


@pytest.fixture(scope="module")
def stage(databases: Databases, district_template: str) -> Iterator[Stage]:
    found = Stage(load_settings(), lambda: databases.create(district_template), databases.drop)
    yield found
    found.close()


def told(stage: Stage, name: str) -> list[tuple[str, dict[str, Any]]]:
    """Action and content of all that a story tells the hotline, order by order."""
    rows: list[dict[str, Any]] = []

    @contextmanager
    def wire(clock: Callable[[], datetime]) -> Iterator[Wiring]:
        with stage.world(clock) as wiring:
            yield wiring
            with wiring.engine.database.transaction() as transaction:
                rows.extend(transaction.rows(JOBS, {}))

    check.run(check.load(next(path for path in FILES if path.stem == name)), wire)
    numbers = [(row["order_no"], row["sequence"]) for row in rows]
    assert len(set(numbers)) == len(numbers)
    assert numbers == sorted(numbers)
    return [HOTLINE.feedback(delivery(row)) for row in rows]


def delivery(row: dict[str, Any]) -> Delivery:
    return Delivery(
        row["id"], row["topic"], row["payload"], str(row["id"]), 1, row["order_no"], row["sequence"], row["created_at"]
    )


def test_an_extension_lies_between_signing_and_finishing(stage: Stage) -> None:
    found = told(stage, "city_extends")
    assert [action for action, _ in found][:5] == ["SIGN", "CONTACT", "PROGRESS", "EXTEND", "FINISH"]
    contact = {"contactMode": "电话", "connected": "Y", "times": 1}
    assert found[1][1] == {"orderNo": "9901002026091409000101", "contactAt": "2026-09-14 09:00:00"} | contact
    assert found[2][1]["text"] == (
        "承办单位禾江路灯管理所申请延期 1 个工作日，正在审批，时限暂不变。"
        "理由：材料采购。办理方案：灯具已下单，明天到货后当天更换。"
    )
    asked = found[3][1]
    assert {key: asked[key] for key in ("kind", "days", "reason", "plan", "applyBy", "approverInUnit")} == {
        "kind": "延期",
        "days": 1,
        "reason": "材料采购",
        "plan": "灯具已下单，明天到货后当天更换。",
        "applyBy": "禾江路灯管理所",
        "approverInUnit": "区城市运行中心(指挥中心)派遣值班长",
    }
    assert asked["handleUntil"].startswith("2026-09-15")
    assert [file["type"] for file in asked["files"]] == ["延期佐证"]


def test_each_order_of_a_case_gets_its_own(stage: Stage) -> None:
    found = told(stage, "postponed")
    assert [action for action, _ in found] == ["SIGN", "CONTACT", "PROGRESS", "EXTEND"] * 2
    assert [body["orderNo"][-4:] for _, body in found] == ["0401"] * 4 + ["0402"] * 4
    assert {(body["kind"], body["days"]) for action, body in found if action == "EXTEND"} == {("缓办", 16)}


def test_a_refusal_and_a_resumption_are_told_as_progress(stage: Stage) -> None:
    found = told(stage, "resumed")
    texts = [body["text"] for action, body in found if action == "PROGRESS"]
    assert [word for text in texts for word in ("申请挂账", "审批不同意", "到期未决定", "恢复") if word in text] == [
        "申请挂账", "审批不同意", "申请挂账", "到期未决定", "申请挂账", "恢复",
    ]  # fmt: skip
    [asked] = [body for action, body in found if action == "EXTEND"]
    assert (asked["kind"], asked["days"], "handleUntil" in asked) == ("挂账", 7, False)


def test_a_part_is_told_with_the_order_it_came_from(stage: Stage) -> None:
    found = told(stage, "split_city")
    assert {body["orderNo"] for _, body in found} == {"9901002026091409000301"}
    [asked] = [body for action, body in found if action == "EXTEND"]
    assert asked["plan"] == "几件事中的第1件：灯具已下单，明天到货后当天更换。"


def test_an_order_that_is_not_ours_is_given_back(stage: Stage) -> None:
    [asked] = [body for action, body in told(stage, "outcomes") if action == "RETURN"]
    assert (asked["reasonCode"], asked["basis"]) == ("R02", "该路灯位于邻市辖区，不在本区管养范围，见坐标图。")
    assert asked["reason"].endswith("审核意见：确属邻市，报市退单。")
    assert asked["suggestUnit"]
