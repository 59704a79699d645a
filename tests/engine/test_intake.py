"""What outside systems send besides reports: it opens a work order once, or reaches the one it belongs to."""

from __future__ import annotations

from typing import Any

import pytest

from connectors import alerts
from engine import commands
from engine.errors import NotCorrelated
from engine.ports import Inbound
from tests.engine.conftest import VILLAGE, District

RAISED = "msg.emergency.raised"


def take(district: District, sequence: int = 1, **changes: Any) -> commands.Accepted:
    """An outside system's message about its number E-1."""
    values: dict[str, Any] = {
        "source": "sensors",
        "business_key": "E-1",
        "message_type": "RAISE",
        "sequence": sequence,
        "message_id": f"E-1-{sequence}",
        "occurred_at": district.now,
        "message": RAISED,
        "payload": {"content": "仓库冒烟", "villageCode": VILLAGE, "callerOnLine": False},
        **changes,
    }
    accepted = district.execute(commands.TakeInbound(Inbound(**values), "connector:sensors"))
    assert isinstance(accepted, commands.Accepted)
    return accepted


def test_a_message_some_process_begins_with_opens_a_work_order(district: District) -> None:
    no = take(district).no
    order = district.order(no)
    assert order["process_key"] == "city_emergency_order"
    assert order["document"]["sourceNo"] == "E-1"


def test_it_opens_it_once(district: District) -> None:
    first, again = take(district), take(district)
    assert (again.no, again.duplicate) == (first.no, True)
    assert len(district.rows("select * from work_order")) == 1


def test_another_message_about_it_reaches_it_and_is_noted(district: District) -> None:
    no = take(district).no
    assert take(district, 2, message="msg.alert.cleared").no == no
    assert [
        row["data"]["name"] for row in district.rows("select data from history where kind = 'MessageReceived'")
    ] == ["msg.alert.cleared"]


def test_a_message_nobody_knows_is_refused(district: District) -> None:
    with pytest.raises(NotCorrelated):
        take(district, message="msg.unheard.of")


def alert(district: District, number: int, event: str = "RAISE", sequence: int = 1) -> commands.Accepted:
    """What the alert platform's connector makes of one event of the smoke detector YG0077."""
    device = "YG0077/烟感/火警"
    payload = {
        "eventType": event,
        "alertId": f"A-{number}",
        "deviceId": "YG0077",
        "deviceType": "烟感",
        "alarmType": "火警",
        "deviceKey": device,
        "villageCode": VILLAGE,
        "contactRef": "CONTACT-1",
    }
    changes = {"business_key": f"A-{number}", "message_type": event, "message": alerts.MESSAGES[event], "key": device}
    return take(district, sequence, source="alerts", payload=payload, **changes)


def test_a_devices_next_alert_reaches_the_one_that_is_being_verified(district: District) -> None:
    first, second = alert(district, 1), alert(district, 2)
    assert second.no == first.no
    assert alert(district, 1, "REPEAT", 2).no == first.no
    assert alert(district, 1, "REPEAT", 2).duplicate
    document = district.order(first.no)["document"]
    assert (document["repeats"], document["sourceChannel"]) == (2, "alerts")
    assert len(district.rows("select * from work_order")) == 1


def test_an_alert_that_cleared_is_still_verified(district: District) -> None:
    no = alert(district, 1).no
    alert(district, 1, "CLEAR", 2)
    assert district.order(no)["document"]["clearedAt"]
    assert set(district.tasks(no)) == {"UT_go", "UT_tel"}


def test_after_the_verification_a_device_is_heard_anew(district: District) -> None:
    no = alert(district, 1).no
    district.do(no, "UT_tel", "SL01", telResult="误报", telNote="店主在烤饼")
    assert alert(district, 2).no != no
