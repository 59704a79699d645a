"""The connector to 110 holds the contract; what it makes of a record passed on, and what goes back to the police."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from connectors import police_110
from connectors.signature import signed_headers
from engine.errors import NotCorrelated
from engine.ports import BadMessage, Inbound, Rejected, Request
from tests.contract.connector_contract import APP_KEY, NOW, SECRET, ConnectorContract
from tests.contract.other_side import OtherSide

RECORD: dict[str, Any] = {
    "JJDBH": "990107260915070501",
    "FLXH": 1,
    "JJSJ": "2026-09-15 07:31:00",
    "FLSJ": "2026-09-15 07:40:30",
    "JQLB": "群众求助",
    "JQLX": "噪声扰民",
    "FLLX": "非警务",
    "JJDJ": "一般",
    "SFDD": "榕荫大道12号楼下烧烤档",
    "ZBX": "",
    "ZBY": None,
    "XZQH": "990107001001",
    "BJNR": "报警人称楼下烧烤档通宵播放音响，影响休息。",
    "CJQK": "已电话告知，民警未到场",
    "RSWX": "0",
    "YWRS": "",
    "BJRXM": "陈小满",
    "LXDH": "12000000123",
    "LXFSKFBL": "1",
    "BMYQ": "1",
    "YQFKSJ": "2026-09-16 17:07:30",
}
XML = (
    '<?xml version="1.0" encoding="GB18030"?>\n<JQFL version="1.2">'
    + "".join(f"<{key}>{'' if value is None else value}</{key}>" for key, value in RECORD.items())
    + "<!-- 一行 --></JQFL>"
)


class TestPolice(ConnectorContract):
    make = staticmethod(police_110.connect)
    path = "/open/v1/police/records"
    sample = RECORD
    required = {"JJDBH": "接警单编号", "FLXH": "分流序号", "FLSJ": "分流时间", "FLLX": "分流类型", "BJNR": "报警内容"}
    deliveries = {
        "police_110.return": {
            "orderNo": "990107260915070501",
            "reasonCode": "J02",
            "reason": "摊主持刀威胁邻居，属治安案件。",
            "basis": "《治安管理处罚法》：由公安机关管辖",
        },
        "police_110.finish": {
            "orderNo": "990107260915070501",
            "resultCode": "已解决",
            "reply": "已劝止，摊主承诺二十二时后不再播放。",
            "finishedAt": "2026-09-15T11:20:00+08:00",
        },
    }
    identity = ("陈小满", "12000000123")

    def parsed(self, **changed: Any) -> Inbound:
        return self.connector().parse(self.request(RECORD | changed), NOW)

    def xml(self, text: str) -> Request:
        body = text.encode("gb18030")
        headers = signed_headers("POST", self.path, "", body, app_key=APP_KEY, secret=SECRET, now=NOW, nonce="x" * 16)
        return Request("POST", self.path, "", {**headers, "Content-Type": "application/xml; charset=GB18030"}, body)

    def test_a_record_passed_on_becomes_a_report(self) -> None:
        report = self.parsed().report
        assert report is not None
        assert (report.source, report.source_order_no, report.channel) == ("police_110", RECORD["JJDBH"], "110分流")
        assert report.content.endswith("出警情况：已电话告知，民警未到场")
        assert report.place.village_code == "990107001001"
        who = report.reporter
        assert (who.name, who.confidential, who.wants_reply) == ("陈小满", True, True)
        assert report.extra["facts"] == {"lifeRisk": False}
        assert report.reply_due_at is not None
        assert report.reply_due_at.isoformat() == "2026-09-16T17:07:30+08:00"

    def test_danger_and_injuries_are_facts_and_stars_are_nobody(self) -> None:
        report = self.parsed(RSWX="1", YWRS="有擦伤1人", BJRXM="*", LXDH="***").report
        assert report is not None
        assert report.extra["facts"] == {"lifeRisk": True, "injured": True}
        assert "人员受伤：有擦伤1人" in report.content
        assert (report.reporter.name, report.reporter.phone) == ("", "")

    def test_the_file_of_the_police_says_the_same_as_the_row(self) -> None:
        found = self.connector().parse(self.xml(XML), NOW)
        assert replace(found, raw=b"") == replace(self.parsed(), raw=b"")

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("<JQFL><JJDBH>1</JJDBH>", "XML"),
            ('<!DOCTYPE x [<!ENTITY a "b">]><JQFL><JJDBH>&a;</JJDBH></JQFL>', "文档类型"),
        ],
    )
    def test_a_broken_or_sly_file_is_refused(self, text: str, words: str) -> None:
        with pytest.raises(BadMessage) as caught:
            self.connector().parse(self.xml(text), NOW)
        assert words in caught.value.zh

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"JLLX": "接收", "FLXH": 1}, "msg.110.receipt"),
            ({"JLLX": "退回", "FLXH": 1, "SM": "属噪声纠纷"}, "msg.110.returned"),
            ({"JLLX": "分流", "FLXH": 2}, "msg.110.returned"),
        ],
    )
    def test_their_word_about_what_we_gave_back_is_a_message(self, changed: dict[str, Any], message: str) -> None:
        inbound = self.parsed(**changed)
        assert (inbound.report, inbound.message, inbound.business_key) == (None, message, RECORD["JJDBH"])
        assert inbound.payload["by"] == "110"

    def test_the_answer_is_the_receipt(self) -> None:
        connector, inbound = self.connector(), self.parsed()
        taken = connector.answer(inbound, {"no": "SQ2026091505000001"}, None)[1]["data"]
        assert (taken["JLLX"], taken["JJDBH"], taken["FLXH"], taken["JSJG"]) == ("FLHZ", RECORD["JJDBH"], 1, "接收")
        assert taken["caseNo"] == "SQ2026091505000001"
        refused = connector.answer(inbound, None, NotCorrelated("msg.110.returned", RECORD["JJDBH"]))[1]["data"]
        assert refused["JSJG"] == "退回"
        assert refused["THLY"]

    def test_what_goes_back_has_their_field_names_and_nobodys_name(self, other_side: OtherSide) -> None:
        for operation in self.deliveries:
            self.connector(other_side.url).deliver(self.delivery(operation), NOW)
        back, done = (json.loads(request.body) for request in other_side.got)
        assert {key: back[key] for key in ("JLLX", "JJDBH", "LYBM")} == {
            "JLLX": "FLTH", "JJDBH": RECORD["JJDBH"], "LYBM": "J02",
        }  # fmt: skip
        assert back["FLYJ"].startswith("《治安管理处罚法》")
        assert back["AJBH"]
        assert (done["JLLX"], done["BLJG"], done["BJSJ"]) == ("FLBJ", "已解决", "2026-09-15 11:20:00")

    def test_without_an_exchange_machine_people_telephone_at_once(self) -> None:
        with pytest.raises(Rejected) as caught:
            self.connector("").deliver(self.some_delivery(), NOW)
        assert caught.value.code == "NO_CONNECTOR"
