"""The hotline's messages, in both directions. Source: interfaces document, sections 1.1 and 1.2."""

from __future__ import annotations

from connectors.fields import (
    Anything,
    Choice,
    Degrees,
    Flag,
    Message,
    Moment,
    Part,
    Parts,
    Text,
    Texts,
    Whole,
)

EVENTS = (
    "DISPATCH",
    "URGE",
    "SUPPLEMENT",
    "WITHDRAW",
    "RETURN_DECISION",
    "EXTEND_DECISION",
    "SUPERVISE",
    "REDO",
    "VISIT_RESULT",
    "CLOSE",
)

CONTACT_MODES = ("电话", "短信", "上门")
RESULT_CODES = ("已解决", "部分解决", "解释说明", "不属实", "无法办理")


# ------------------------------------------------------------------ what comes in
class Event(Message):
    """What every push has."""

    orderNo = Text("市工单号（orderNo）", required=True, longest=64)
    seq = Whole("序号（seq）", required=True, least=1)
    eventType = Choice("事件类型（eventType）", EVENTS, required=True)
    messageId = Text("消息编号（messageId）", longest=64)
    occurredAt = Moment("发生时间（occurredAt）")


class Caller(Message):
    """The person. Gender, tags and identity numbers are not read, so they cannot leak."""

    name = Text("来电人姓名（caller.name）", longest=50, load_default="")
    phone = Text("来电人电话（caller.phone）", longest=30, load_default="")
    secrecy = Flag("是否保密（caller.secrecy）", load_default=False)
    wantReply = Flag("是否需要回复（caller.wantReply）", load_default=True)


class Incident(Message):
    divisionCode = Text("事发区划（incident.divisionCode）", longest=12)
    address = Text("事发地址（incident.address）", longest=300, load_default="")
    lon = Degrees("经度（incident.lon）", 180)
    lat = Degrees("纬度（incident.lat）", 90)
    time = Moment("事发时间（incident.time）")


class Dispatching(Message):
    at = Moment("派单时间（dispatch.at）")
    toUnitCode = Text("承办单位（dispatch.toUnitCode）", longest=20, load_default="")
    hostType = Text("主办协办（dispatch.hostType）", longest=10, load_default="")
    opinion = Text("派单意见（dispatch.opinion）", longest=1000, load_default="")


class Limits(Message):
    signDeadline = Moment("签收时限（limits.signDeadline）")
    contactDeadline = Moment("联系时限（limits.contactDeadline）")
    replyDeadline = Moment("答复时限（limits.replyDeadline）")
    returnDeadline = Moment("退单时限（limits.returnDeadline）")
    canReturn = Flag("可否退单（limits.canReturn）")
    canExtend = Flag("可否延期（limits.canExtend）")


class RemoteAttachment(Message):
    name = Text("附件名（attachments.name）", required=True, longest=200)
    url = Text("附件地址（attachments.url）", required=True, longest=2000)
    mime = Text("附件类型（attachments.mime）", longest=100, load_default="")
    size = Whole("附件大小（attachments.size）")
    sm3 = Text("附件摘要（attachments.sm3）", longest=64)
    expireAt = Moment("附件有效期（attachments.expireAt）")


class Dispatch(Event):
    """A new order."""

    parentOrderNo = Text("原工单号（parentOrderNo）", longest=64)
    orderType = Text("工单类型（orderType）", longest=20)
    channel = Text("渠道（channel）", longest=20)
    callTime = Moment("来电时间（callTime）")
    caller = Part("来电人（caller）", Caller, load_default=dict)
    appealType = Text("诉求类型（appealType）", longest=20, load_default="")
    appealClassCode = Text("诉求分类编码（appealClassCode）", longest=20)
    appealClassName = Text("诉求分类（appealClassName）", longest=200)
    title = Text("标题（title）", longest=200, load_default="")
    content = Text("诉求内容（content）", required=True, longest=20000)
    demand = Text("诉求目的（demand）", longest=2000, load_default="")
    incident = Part("事发情况（incident）", Incident, load_default=dict)
    urgency = Text("紧急程度（urgency）", longest=20, load_default="")
    repeatCount = Whole("重复次数（repeatCount）")
    relatedOrders = Texts("关联工单（relatedOrders）")
    dispatch = Part("派单信息（dispatch）", Dispatching, load_default=dict)
    limits = Part("时限（limits）", Limits, load_default=dict)
    attachments = Parts("附件（attachments）", RemoteAttachment, load_default=list)
    ext = Anything("扩展（ext）")


class Visit(Message):
    """The hotline's call back to the citizen."""

    at = Moment("回访时间（visit.at）")
    contacted = Flag("是否接通（visit.contacted）", load_default=True)
    resolved = Choice("是否解决（visit.resolved）", ("是", "部分", "否"))
    satisfaction = Whole("满意度（visit.satisfaction）", least=1, most=5)
    words = Text("群众意见（visit.words）", longest=500, load_default="")


class VisitResult(Event):
    visit = Part("回访结果（visit）", Visit, required=True)


class Remark(Event):
    """Urging, supplement, withdrawal, decisions: a text and what both sides agreed on in `ext`."""

    text = Text("说明（text）", longest=2000, load_default="")
    decision = Text("审批结果（decision）", longest=20)
    deadline = Moment("新时限（deadline）")


# ------------------------------------------------------------------ what goes back
class Sign(Message):
    """The inputs of the operation `hotline_12345.sign`."""

    orderNo = Text("市工单号（orderNo）", required=True, longest=64)
    signUnit = Text("签收单位（signUnit）", longest=100)
    signBy = Text("签收人（signBy）", longest=100, load_default="")
    signAt = Moment("签收时间（signAt）")


class Contact(Message):
    """The inputs of the operation `hotline_12345.contact`; `times` counts the tries so far, this one with them."""

    orderNo = Text("市工单号（orderNo）", required=True, longest=64)
    contactAt = Moment("联系时间（contactAt）")
    contactMode = Choice("联系方式（contactMode）", CONTACT_MODES, required=True)
    connected = Flag("是否联系上（connected）", required=True)
    times = Whole("第几次联系（times）", required=True, least=1)


class Progress(Message):
    """The inputs of the operation `hotline_12345.progress`."""

    orderNo = Text("市工单号（orderNo）", required=True, longest=64)
    text = Text("进展说明（text）", required=True, longest=5000)
    at = Moment("发生时间（at）")


class Extend(Message):
    """The inputs of the operation `hotline_12345.extend`; `handleUntil` is our own limit, absent while suspended."""

    orderNo = Text("市工单号（orderNo）", required=True, longest=64)
    kind = Text("申请类型（kind）", longest=20, load_default="延期")
    days = Whole("申请天数（days）", required=True, least=1)
    reason = Text("延期理由（reason）", required=True, longest=1000)
    plan = Text("办理方案（plan）", required=True, longest=2000)
    applyBy = Text("申请人（applyBy）", required=True, longest=100)
    approverInUnit = Text("审批人（approverInUnit）", required=True, longest=100)
    handleUntil = Moment("处置时限延至（handleUntil）")
    at = Moment("批准时间（at）")
    files = Anything("佐证材料（files）", load_default=list)


class Return(Message):
    """The inputs of the operation `hotline_12345.return`."""

    orderNo = Text("市工单号（orderNo）", required=True, longest=64)
    reasonCode = Text("退单理由编码（reasonCode）", required=True, longest=20)
    reason = Text("退单理由（reason）", required=True, longest=2000, shortest=20)
    basis = Text("退单依据（basis）", required=True, longest=2000)
    suggestUnit = Text("建议承办单位（suggestUnit）", longest=100, load_default="")
    at = Moment("审核时间（at）")
    files = Anything("佐证材料（files）", load_default=list)


class Finish(Message):
    """The inputs of the operation `hotline_12345.finish`."""

    orderNo = Text("市工单号（orderNo）", required=True, longest=64)
    resultCode = Choice("办理结果（resultCode）", RESULT_CODES, required=True)
    reply = Text("答复内容（reply）", required=True, longest=5000)
    process = Text("办理经过（process）", longest=5000, load_default="")
    basis = Text("法律依据（basis）", longest=2000, load_default="")
    handleUnit = Text("办理单位（handleUnit）", longest=100, load_default="")
    handler = Text("经办人（handler）", longest=100, load_default="")
    finishedAt = Moment("办结时间（finishedAt）")
    evidence = Anything("办理佐证（evidence）", load_default=list)
