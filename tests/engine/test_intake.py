"""What outside systems send besides reports: it opens a work order once, or reaches the one it belongs to."""

from __future__ import annotations

from typing import Any

import pytest

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
