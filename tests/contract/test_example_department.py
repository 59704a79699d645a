"""The worked example of connectors/README.md holds the contract, and the README shows it as it is."""

from __future__ import annotations

import re
from pathlib import Path

import connectors
from tests.contract import example_department
from tests.contract.connector_contract import ConnectorContract

README = Path(connectors.__file__).with_name("README.md")


class TestExampleDepartment(ConnectorContract):
    make = staticmethod(example_department.connect)
    path = "/open/v1/example/messages"
    sample = {
        "messageId": "01J7QF6M7Q9WZ3V0M9C3B7W2XA",
        "messageType": "case.handled",
        "source": "SYS30",
        "businessKey": "PS-2026-0815",
        "caseNo": "HJ2026091501000001",
        "sequence": 2,
        "occurredAt": "2026-09-15 11:25:00",
        "payload": {"resultCode": "已解决", "process": "更换井盖并复测"},
    }
    required = {
        "messageId": "消息编号",
        "messageType": "消息类型",
        "businessKey": "业务编号",
        "sequence": "序号",
        "occurredAt": "发生时间",
    }
    deliveries = {
        "example_department.dispatch": {"caseNo": "HJ2026091501000001", "content": "井盖破损", "address": "文明路"},
    }


def test_the_readme_shows_the_example_as_it_is() -> None:
    shown = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    source = Path(example_department.__file__).read_text(encoding="utf-8")
    assert source in shown
