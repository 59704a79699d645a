"""The police's 110 desk: what it passes on that is no police work, what of it goes back, and how the rest ended.

Between the police network and ours nothing but rows and files is ferried, minutes apart: the exchange machine on our
side pushes each of them here and takes ours. Its answer says that a row lies there, never that the police have read it;
that comes as a row of its own (接收, 退回). The receipt for what we took (FLHZ) is the answer to the push.
An emergency is not ferried: people telephone it. Source: interfaces document, section 2.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from connectors import contract
from connectors.fields import Choice, Degrees, Flag, Message, Moment, Text, Whole, load
from connectors.settings import app_keys, channel
from connectors.signature import Seen, verify
from connectors.values import decode, division, json_object, local_text
from engine.ports import BadMessage, Delivery, Inbound, Place, Rejected, Report, Reporter, Request

NAME = "police_110"
CHANNEL = "110分流"
PATH = "/exchange/110"
TAKEN, REFUSED = "msg.110.receipt", "msg.110.returned"
FLOWS = {"分流": "", "接收": TAKEN, "退回": REFUSED}
"""What a row says → the BPMN message that it becomes; the first passing on of a case is a report."""

NOT_CONNECTED = "NO_CONNECTOR"
"""Where no exchange machine is set up, people telephone at once."""

HIDDEN = frozenset("*＊")
TITLE = 30


class Row(Message):
    """Whatever comes across: the number of the police's record, how often it was passed on, what the row says."""

    JJDBH = Text("接警单编号（JJDBH）", required=True, longest=40)
    FLXH = Whole("分流序号（FLXH）", required=True, least=1)
    JLLX = Choice("记录类型（JLLX）", tuple(FLOWS), load_default="分流")
    SM = Text("说明（SM）", longest=2000, load_default="")
    SJ = Moment("时间（SJ）")


class Passed(Row):
    """A matter the police pass on to us."""

    JJSJ = Moment("接警时间（JJSJ）")
    FLSJ = Moment("分流时间（FLSJ）", required=True)
    JQLB = Text("警情类别（JQLB）", longest=60, load_default="")
    JQLX = Text("警情类型（JQLX）", longest=60, load_default="")
    FLLX = Choice("分流类型（FLLX）", ("非警务", "联动处置", "先期处置后移交"), required=True)
    JJDJ = Text("紧急程度（JJDJ）", longest=20, load_default="")
    SFDD = Text("事发地点（SFDD）", longest=300, load_default="")
    ZBX = Degrees("经度（ZBX）", 180)
    ZBY = Degrees("纬度（ZBY）", 90)
    XZQH = Text("行政区划（XZQH）", longest=12)
    BJNR = Text("报警内容（BJNR）", required=True, longest=20000)
    CJQK = Text("出警情况（CJQK）", longest=2000, load_default="")
    RSWX = Flag("人身危险（RSWX）", load_default=False)
    YWRS = Text("有无人伤（YWRS）", longest=200, load_default="")
    BJRXM = Text("报警人姓名（BJRXM）", longest=60, load_default="")
    LXDH = Text("联系电话（LXDH）", longest=30, load_default="")
    LXFSKFBL = Flag("可否回拨（LXFSKFBL）", load_default=True)
    BMYQ = Flag("保密要求（BMYQ）", load_default=False)
    YQFKSJ = Moment("要求反馈时间（YQFKSJ）")


class Return(Message):
    """The inputs of the operation `police_110.return` (FLTH)."""

    orderNo = Text("接警单编号（orderNo）", required=True, longest=40)
    reasonCode = Text("退回理由编码（reasonCode）", required=True, longest=20)
    reason = Text("退回理由（reason）", required=True, longest=2000)
    basis = Text("法律依据（basis）", required=True, longest=2000)
    at = Moment("退回时间（at）")


class Finish(Message):
    """The inputs of the operation `police_110.finish` (FLBJ)."""

    orderNo = Text("接警单编号（orderNo）", required=True, longest=40)
    resultCode = Text("办理结果（resultCode）", required=True, longest=20)
    reply = Text("办结说明（reply）", required=True, longest=5000)
    finishedAt = Moment("办结时间（finishedAt）")


class PoliceConnector:
    """Takes what 110 passes on and gives back what becomes of it."""

    name = NAME
    title_zh = "110非警务警情分流"
    title_en = "Non-emergency matters from 110"
    operations = frozenset({f"{NAME}.return", f"{NAME}.finish"})
    messages = frozenset({TAKEN, REFUSED})
    routes: tuple[str, ...] = ("police/records",)

    def __init__(self, settings: Mapping[str, Any], seen: Seen) -> None:
        self.channel, self.keys, self.seen = channel(settings), app_keys(settings), seen

    def parse(self, request: Request, now: datetime) -> Inbound:
        """A matter passed on, or the police's word about one that we gave back. Raises BadMessage."""
        verify(request, self.keys, self.seen, now)
        data = record(request)
        row = load(Row(), data)
        first = row["JLLX"] == "分流" and row["FLXH"] == 1
        report = to_report(load(Passed(), data), now) if first else None
        return Inbound(
            source=NAME,
            business_key=row["JJDBH"],
            message_type=row["JLLX"],
            sequence=row["FLXH"],
            message_id=f"{NAME}:{row['JJDBH']}:{row['JLLX']}:{row['FLXH']}",
            occurred_at=report.received_at if report else row.get("SJ", now),
            report=report,
            message=None if report else FLOWS[row["JLLX"]] or REFUSED,
            payload={} if report else {"by": "110", "text": row["SM"] or data.get("CJQK") or ""},
            raw=request.body,
        )

    def answer(
        self, inbound: Inbound | None, result: Mapping[str, Any] | None, error: Exception | None
    ) -> tuple[int, Mapping[str, Any]]:
        """The receipt (FLHZ) that the exchange machine ferries back: taken or not, under which number of ours, why."""
        status, body = contract.answer(inbound, result, error)
        if inbound is None:
            return status, body
        receipt = {
            "JLLX": "FLHZ",
            "JJDBH": inbound.business_key,
            "FLXH": inbound.sequence,
            "JSJG": "退回" if error else "接收",
            "THLY": body["message"] if error else "",
        }
        return status, {**body, "data": {**body["data"], **receipt}}

    def deliver(self, delivery: Delivery, now: datetime) -> Mapping[str, Any]:
        """Lay one row on the exchange machine."""
        if delivery.operation not in ROWS:
            raise Rejected(f"110对接没有操作 {delivery.operation} / unknown operation", contract.INVALID_FIELD)
        kind, schema, make = ROWS[delivery.operation]
        try:
            given = load(schema(), plain(delivery.payload))
        except BadMessage as error:
            raise Rejected(error.zh, error.code) from error
        if not self.channel.url:
            raise Rejected("没有设置110前置机的地址 / the exchange machine of 110 is not set up", NOT_CONNECTED)
        head = {"JLLX": kind, "JJDBH": given["orderNo"], "AJBH": delivery.order_no, "XH": delivery.sequence}
        answer = self.channel.post(PATH, head | make(given, delivery.decided_at), delivery.idempotency_key, now)
        return {"row": kind, "code": answer["code"], "sentAt": now.isoformat()}


def record(request: Request) -> Mapping[str, Any]:
    """The fields of a row, whether it comes as JSON or as the police's own XML file. Raises BadMessage."""
    text = decode(request.body, request.headers) if request.body.lstrip()[:1] == b"<" else ""
    if not text:
        return json_object(request.body, request.headers)
    if "<!" in text.replace("<!--", ""):  # neither entities nor document types are part of the format
        raise BadMessage(contract.INVALID_FIELD, "报文不得带有文档类型定义。", "no document type is allowed")
    try:
        root = ElementTree.fromstring(text.partition("?>")[2] if text.startswith("<?xml") else text)
    except ElementTree.ParseError as error:
        line, column = error.position
        sentence = f"报文不是有效的XML（第{line}行第{column}列）。"
        raise BadMessage(contract.INVALID_FIELD, sentence, "the body is not valid XML") from None
    return {field.tag: (field.text or "").strip() for field in root}


def to_report(row: Mapping[str, Any], now: datetime) -> Report:
    """What the police pass on, as one person's report. Who called goes into the reporter and nowhere else."""
    town, village = division(row.get("XZQH"))
    hurt = row["YWRS"] not in ("", "无", "0")
    facts = {"lifeRisk": row["RSWX"]} | ({"injured": True} if hurt else {})
    content = row["BJNR"] + (f"\n出警情况：{row['CJQK']}" if row["CJQK"] else "")
    return Report(
        source=NAME,
        source_order_no=row["JJDBH"],
        channel=CHANNEL,
        title=row["BJNR"][:TITLE],
        content=content + (f"\n人员受伤：{row['YWRS']}" if hurt else ""),
        urgency=row["JJDJ"],
        received_at=row["FLSJ"],
        occurred_at=row.get("JJSJ"),
        reply_due_at=row.get("YQFKSJ"),
        reporter=Reporter(
            name=shown(row["BJRXM"]),
            phone=shown(row["LXDH"]),
            confidential=row["BMYQ"],
            wants_reply=row["LXFSKFBL"],
        ),
        place=Place(row["SFDD"], row.get("ZBX"), row.get("ZBY"), village, town),
        extra={"facts": facts, "police": {"kind": row["FLLX"], "class": row["JQLB"], "type": row["JQLX"]}},
    )


def shown(text: str) -> str:
    """A name or number that crossed; the police star out what is not needed."""
    return "" if HIDDEN & set(text) else text


def plain(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Times as texts, as they are after their way through the database."""
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in payload.items()}


def give_back(given: Mapping[str, Any], decided: datetime) -> dict[str, Any]:
    """FLTH 退回: police work after all; once for each record."""
    at = local_text(given.get("at", decided))
    return {"LYBM": given["reasonCode"], "LY": given["reason"], "FLYJ": given["basis"], "SJ": at}


def finish(given: Mapping[str, Any], decided: datetime) -> dict[str, Any]:
    """FLBJ 办结反馈, without evidence or names: the least that closes their record."""
    at = local_text(given.get("finishedAt", decided))
    return {"BLJG": given["resultCode"], "BJSM": given["reply"], "BJSJ": at}


Make = Callable[[Mapping[str, Any], datetime], dict[str, Any]]
ROWS: Mapping[str, tuple[str, type[Message], Make]] = {
    f"{NAME}.return": ("FLTH", Return, give_back),
    f"{NAME}.finish": ("FLBJ", Finish, finish),
}


def connect(settings: Mapping[str, Any], seen: Seen) -> PoliceConnector:
    """The connector as `[connectors.police_110]` of the settings describes it."""
    return PoliceConnector(settings, seen)
