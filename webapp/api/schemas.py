"""Shapes of the REST interface. Keys are camelCase, times ISO 8601 with offset."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate


def _described(field: type[fields.Field], key: str, text: str, **options: Any) -> fields.Field:
    return field(data_key=key, metadata={"description": text}, **options)


class ErrorSchema(Schema):
    """What every refusal looks like."""

    code = fields.String()
    message = fields.String()
    message_zh = fields.String()
    message_en = fields.String()
    errors = fields.Dict()


class TaskQuery(Schema):
    """Filters of the work list."""

    class Meta:
        unknown = EXCLUDE

    scope = fields.String(
        load_default="all",
        validate=validate.OneOf(["all", "mine", "group"]),
        metadata={"description": "all | mine | group"},
    )
    stage = fields.String(load_default="", metadata={"description": "环节, such as 派遣"})
    category = fields.String(load_default="", metadata={"description": "category code"})
    town = fields.String(load_default="", metadata={"description": "12-digit town code"})
    q = fields.String(load_default="", metadata={"description": "words in number, title, content, address"})
    after = fields.String(load_default="", metadata={"description": "`next` of the page before"})
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class TaskSchema(Schema):
    """One task of the work list."""

    id = fields.Integer()
    order_no = _described(fields.String, "orderNo", "number of the appeal or case")
    element = fields.String()
    name = fields.String()
    stage = fields.String()
    title = fields.String()
    category_code = fields.String(data_key="categoryCode")
    category_name = fields.String(data_key="categoryName")
    town_code = fields.String(data_key="townCode")
    town_name = fields.String(data_key="townName")
    priority = fields.String()
    status = _described(fields.String, "status", "open | claimed | completed | cancelled")
    version = _described(fields.Integer, "version", "send it back as openedVersion")
    assignee = fields.String()
    assignee_name = fields.String(data_key="assigneeName")
    created_at = fields.AwareDateTime(data_key="createdAt")
    warn_at = fields.AwareDateTime(data_key="warnAt")
    due_at = fields.AwareDateTime(data_key="dueAt")


class TaskList(Schema):
    """A page of tasks."""

    items = fields.List(fields.Nested(TaskSchema))
    next = fields.String(allow_none=True, metadata={"description": "send as `after` for the next page"})


class RequestSchema(Schema):
    """What a colleague was asked or told about a task."""

    id = fields.Integer()
    task_id = fields.Integer(data_key="taskId")
    order_no = fields.String(data_key="orderNo")
    kind = _described(fields.String, "kind", "delegation 委派 | opinion 加签 | copy 抄送")
    receiver = _described(fields.String, "receiver", "user:ID or role@unit")
    asked_by = fields.String(data_key="askedBy")
    text = fields.String()
    asked_at = fields.AwareDateTime(data_key="askedAt")
    status = _described(fields.String, "status", "open | answered | withdrawn | sent")
    answer = fields.String(allow_none=True)
    answered_by = fields.String(data_key="answeredBy", allow_none=True)
    answered_at = fields.AwareDateTime(data_key="answeredAt", allow_none=True)


class Answer(Schema):
    """What a colleague says."""

    text = fields.String(required=True, validate=validate.Length(2, 2000))


class Delegation(Answer):
    """委派: to whom, and what for."""

    assignee = _described(fields.String, "assignee", "user id", required=True)


class OpinionAsked(Answer):
    """加签: whom, and what."""

    receiver = _described(fields.String, "receiver", "user:ID or role@unit", required=True)


class Copies(Schema):
    """抄送: whom, and a few words."""

    receivers = fields.List(fields.String(), required=True, metadata={"description": "user:ID or role@unit"})
    text = fields.String(load_default="", validate=validate.Length(max=2000))


class TaskDetail(TaskSchema):
    """One task with its form."""

    form_key = fields.String(data_key="formKey")
    candidates = fields.List(fields.String())
    owner = _described(fields.String, "owner", "while it is delegated: whom it comes back to", allow_none=True)
    requests = fields.List(fields.Nested(RequestSchema))
    may_work = _described(fields.Boolean, "mayWork", "whether this person may take and finish it")
    schema = fields.Raw(metadata={"description": "the form-js schema", "type": "object"})
    context = fields.Raw(metadata={"description": "the data the form starts with", "type": "object"})


class Completion(Schema):
    """What was filled in. Files go as multipart: part `data` with this JSON's data, one part for each file."""

    class Meta:
        unknown = EXCLUDE

    data = fields.Dict(required=True, metadata={"description": "values by field key of the form"})
    opened_version = fields.Integer(data_key="openedVersion", metadata={"description": "version when opened"})


class CompletionDone(Schema):
    """The step is committed."""

    order_no = fields.String(data_key="orderNo")
    message = fields.String()


class OrderQuery(Schema):
    """Filters of the work orders."""

    class Meta:
        unknown = EXCLUDE

    q = fields.String(load_default="")
    kind = fields.String(load_default="", metadata={"description": "appeal | case"})
    status = fields.String(load_default="", metadata={"description": "active | suspended | completed | cancelled"})
    category = fields.String(load_default="")
    town = fields.String(load_default="")
    mark = fields.String(load_default="", metadata={"description": "多跨 …, as in marks.csv"})
    before = fields.Integer(load_default=None, allow_none=True, metadata={"description": "`next` of the page before"})
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class OrderSchema(Schema):
    """An appeal (诉求) or case (案件)."""

    id = fields.Integer()
    no = fields.String()
    kind = fields.String()
    status = fields.String()
    status_code = fields.Integer(data_key="statusCode")
    status_name = fields.String(data_key="statusName")
    title = fields.String()
    priority = fields.String()
    category_code = fields.String(data_key="categoryCode")
    category_name = fields.String(data_key="categoryName")
    town_code = fields.String(data_key="townCode")
    town_name = fields.String(data_key="townName")
    main_unit = fields.String(data_key="mainUnit")
    case_no = fields.String(data_key="caseNo")
    source = fields.String()
    opened_at = fields.AwareDateTime(data_key="openedAt")
    closed_at = fields.AwareDateTime(data_key="closedAt")
    marks = fields.List(fields.String(), allow_none=True, metadata={"description": "多跨 …"})


class OrderList(Schema):
    """A page of work orders, newest first."""

    items = fields.List(fields.Nested(OrderSchema))
    next = fields.Integer(allow_none=True)


class EvidenceSchema(Schema):
    """A file that was handed in: what it is, who handed it in, when and where it was taken."""

    file_id = fields.String(data_key="fileId", attribute="fileId")
    order_no = _described(
        fields.String, "orderNo", "handed in to this order, its case or a sister", attribute="orderNo"
    )
    phase = fields.String(metadata={"description": "before, safe, after, verify"})
    name = fields.String()
    mime = fields.String()
    size = fields.Integer()
    sm3 = fields.String()
    by = fields.String()
    at = fields.AwareDateTime()
    shot_at = fields.AwareDateTime(data_key="shotAt", attribute="shotAt", allow_none=True)
    lon = fields.Float(allow_none=True)
    lat = fields.Float(allow_none=True)


class UsedVersion(Schema):
    """A version of a diagram, decision table or form."""

    key = fields.String()
    version = fields.Integer()
    name = fields.String()
    digest = fields.String(metadata={"description": "SHA-256 of its source"})


class UsedVersions(Schema):
    """What a work order was handled by."""

    processes = fields.List(fields.Nested(UsedVersion))
    decisions = fields.List(fields.Nested(UsedVersion))
    forms = fields.List(fields.Nested(UsedVersion))


class OrderDetail(OrderSchema):
    """One work order with its document, evidence, versions and open tasks."""

    definition = fields.String()
    document = fields.Raw(metadata={"type": "object"})
    evidence = fields.List(fields.Nested(EvidenceSchema))
    versions = fields.Nested(UsedVersions)
    tasks = fields.List(fields.Nested(TaskSchema))


class StartQuery(Schema):
    """What a new work order is about."""

    class Meta:
        unknown = EXCLUDE

    about = fields.String(load_default="", metadata={"description": "number of the work order it is about"})


class StartSchema(Schema):
    """A process this person may start."""

    process = fields.String()
    name = fields.String()
    note = fields.String()
    form_key = fields.String(data_key="formKey")
    starts_from = _described(
        fields.List, "startsFrom", "kinds of work orders it may be about", cls_or_instance=fields.String()
    )


class StartDetail(StartSchema):
    """A process with its start form."""

    schema = fields.Raw(metadata={"description": "the form-js schema", "type": "object"})
    context = fields.Raw(metadata={"description": "the data the form starts with", "type": "object"})


class Undertaken(Schema):
    """What was filled in. Files go as multipart: part `data` with this JSON's data, one part for each file."""

    class Meta:
        unknown = EXCLUDE

    data = fields.Dict(required=True, metadata={"description": "values by field key of the form"})
    request_id = _described(fields.String, "requestId", "a repeat with the same one changes nothing")


class Started(Schema):
    """The new work order."""

    no = fields.String()
    duplicate = fields.Boolean()
    message = fields.String()
    follow_up_code = _described(fields.String, "followUpCode", "for the reporter, where there is one")


class ActionSchema(Schema):
    """Something this person may do to the work order now."""

    element = fields.String()
    text = fields.String()
    note = fields.String()
    form_key = _described(fields.String, "formKey", "its form, if it has one", allow_none=True)


class ActionDetail(ActionSchema):
    """An action with its form."""

    schema = fields.Raw(metadata={"description": "the form-js schema", "type": "object"}, allow_none=True)
    context = fields.Raw(metadata={"description": "the data the form starts with", "type": "object"})


class HistoryEvent(Schema):
    """One thing that happened."""

    id = fields.Integer()
    at = fields.AwareDateTime()
    kind = fields.String()
    actor = fields.String()
    element = fields.String(allow_none=True)
    data = fields.Raw(metadata={"type": "object"})


class ReportBody(Schema):
    """A person's report, entered by staff or another program."""

    class Meta:
        unknown = EXCLUDE

    content = fields.String(required=True, validate=validate.Length(2, 20_000))
    title = fields.String(load_default="", validate=validate.Length(max=200))
    demand = fields.String(load_default="")
    source_order_no = fields.String(
        data_key="sourceOrderNo", load_default="", metadata={"description": "the sender's number: a repeat is harmless"}
    )
    address = fields.String(load_default="", validate=validate.Length(max=200))
    lon = fields.Float(load_default=None, allow_none=True, validate=validate.Range(-180, 180))
    lat = fields.Float(load_default=None, allow_none=True, validate=validate.Range(-90, 90))
    village_code = fields.String(data_key="villageCode", load_default=None, allow_none=True)
    town_code = fields.String(data_key="townCode", load_default=None, allow_none=True)
    category_code = fields.String(data_key="categoryCode", load_default=None, allow_none=True)
    name = fields.String(load_default="", validate=validate.Length(max=40))
    phone = fields.String(load_default="", validate=validate.Length(max=20))
    confidential = fields.Boolean(load_default=False)


class ReportTaken(Schema):
    """The report's appeal."""

    no = fields.String()
    duplicate = fields.Boolean()


class DefinitionSchema(Schema):
    """A process with its live version."""

    key = fields.String()
    name = fields.String()
    version = fields.Integer()
    digest = fields.String()
    running = fields.Integer()
    at = fields.AwareDateTime()
    by = fields.String()
    note = fields.String()
