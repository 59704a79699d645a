"""What operators do through the interface: intervene in one work order, deal with incidents, migrate many.

Every act has a reason of at least four characters and is recorded. Permission `operate`, decided by the engine.
"""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from engine import commands
from webapp.current import execute, me
from webapp.operations import ACTS, command_for

blueprint = Blueprint("api_operations", __name__, url_prefix="/api", description="干预与迁移 / operations")
LARGEST_BATCH = 1000


def _elements(key: str) -> fields.List:
    return fields.List(fields.String(), data_key=key, load_default=list, metadata={"description": "element ids"})


class MigrationFields(Schema):
    """Where to go."""

    target = fields.String(load_default="", metadata={"description": "city_case:4"})
    mapping = fields.Dict(
        fields.String(), fields.String(), load_default=dict, metadata={"description": "old element → new element"}
    )
    called = fields.Dict(
        fields.String(),
        fields.Integer(),
        load_default=dict,
        metadata={"description": "called process → version; those not named go to their newest"},
    )


class Operation(MigrationFields):
    """One intervention."""

    act = fields.String(required=True, validate=validate.OneOf(list(ACTS)), metadata={"description": " | ".join(ACTS)})
    reason = fields.String(required=True)
    cancel = _elements("cancel")
    start_before = _elements("startBefore")
    start_after = _elements("startAfter")
    variables = fields.Dict(fields.String(), load_default=dict)
    document = fields.Dict(fields.String(), load_default=dict)


class OperationDone(Schema):
    """The intervention is committed."""

    order_no = fields.String(data_key="orderNo")
    definitions = fields.Dict(metadata={"description": "old version → new version, for migrations"})


class Retry(Schema):
    """Send an incident out again, with corrected data if given."""

    reason = fields.String(required=True)
    payload = fields.Dict(load_default=None, allow_none=True)


class Skip(Schema):
    """An incident was dealt with by hand; `result` as if it had been delivered."""

    reason = fields.String(required=True)
    result = fields.Dict(load_default=dict)


class PreviewAsked(MigrationFields):
    """One work order (`orderNo`), or all that run on a version (`source`)."""

    target = fields.String(required=True, metadata={"description": "city_case:4"})
    source = fields.String(load_default="", metadata={"description": "city_case:3"})
    order_no = fields.String(data_key="orderNo", load_default=None, allow_none=True)


class PreviewLine(Schema):
    """One thing that stands in a diagram: what it becomes, or why it cannot move."""

    process = fields.String()
    kind = fields.String(metadata={"description": "item | timer | join | compensation"})
    source = fields.String()
    target = fields.String(allow_none=True)
    zh = fields.String(allow_none=True)
    en = fields.String(allow_none=True)
    orders = fields.Integer()


class Preview(Schema):
    """What a migration would do. Nothing has changed."""

    total = fields.Integer()
    checked = fields.Integer()
    possible = fields.Integer()
    unchanged = fields.Integer()
    definitions = fields.Dict()
    stuck = fields.List(fields.String())
    lines = fields.List(fields.Nested(PreviewLine))


class RunAsked(PreviewAsked):
    """Migrate the named work orders (`orderNos`), or the oldest `limit` that run on `source`."""

    class Meta:
        exclude = ("order_no",)

    source = fields.String(required=True)
    reason = fields.String(required=True)
    order_nos = fields.List(
        fields.String(), data_key="orderNos", load_default=list, validate=validate.Length(max=LARGEST_BATCH)
    )
    limit = fields.Integer(load_default=200, validate=validate.Range(1, LARGEST_BATCH))


class MigrationOutcome(Schema):
    """What became of one work order: moved, or unchanged with the reason."""

    order_no = fields.String(data_key="orderNo")
    done = fields.Boolean()
    definitions = fields.Dict()
    code = fields.String(allow_none=True)
    message_zh = fields.String(allow_none=True)
    message_en = fields.String(allow_none=True)


@blueprint.post("/orders/<no>/operations")
@login_required
@blueprint.arguments(Operation)
@blueprint.response(200, OperationDone)
def operate(wanted: dict[str, Any], no: str) -> dict[str, Any]:
    """干预一件工单 / Intervene in one work order"""
    done = execute(command_for(no, wanted["act"], wanted, me().user_id))
    return {"order_no": done.order_no, "definitions": getattr(done, "definitions", {})}


@blueprint.post("/jobs/<int:job_id>/retry")
@login_required
@blueprint.arguments(Retry)
@blueprint.response(200, OperationDone)
def retry(wanted: dict[str, Any], job_id: int) -> Any:
    """重发异常 / Send an incident out again"""
    return execute(commands.RetryJob(job_id, wanted["reason"], me().user_id, wanted["payload"]))


@blueprint.post("/jobs/<int:job_id>/skip")
@login_required
@blueprint.arguments(Skip)
@blueprint.response(200, OperationDone)
def skip(wanted: dict[str, Any], job_id: int) -> Any:
    """跳过异常 / An incident was dealt with by hand"""
    return execute(commands.SkipJob(job_id, wanted["reason"], me().user_id, wanted["result"]))


@blueprint.post("/migrations/preview")
@login_required
@blueprint.arguments(PreviewAsked)
@blueprint.response(200, Preview)
def preview(wanted: dict[str, Any]) -> Any:
    """预览迁移 / What a migration would do"""
    return execute(commands.PreviewMigration(actor=me().user_id, **wanted))


@blueprint.post("/migrations/run")
@login_required
@blueprint.arguments(RunAsked)
@blueprint.response(200, MigrationOutcome(many=True))
def run(wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """迁移多件工单，每件一个结果 / Migrate many, one result for each"""
    return [_outcome(one) for one in execute(commands.MigrateOrders(actor=me().user_id, **wanted))]


def _outcome(one: commands.Outcome) -> dict[str, Any]:
    command: Any = one.command
    refused: Any = one.error
    return {
        "order_no": command.order_no,
        "done": refused is None,
        "definitions": one.result.definitions if one.result else {},
        "code": getattr(refused, "code", None),
        "message_zh": getattr(refused, "message_zh", None),
        "message_en": getattr(refused, "message_en", None),
    }
