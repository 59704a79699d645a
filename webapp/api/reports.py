"""/api/reports: staff enter what a person reported."""

from __future__ import annotations

import secrets
from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint

from engine.commands import SubmitReport
from engine.ports import Place, Report, Reporter
from webapp.api import schemas
from webapp.current import execute, me, now

blueprint = Blueprint("api_reports", __name__, url_prefix="/api/reports", description="反映 / reports")


@blueprint.post("")
@login_required
@blueprint.arguments(schemas.ReportBody)
@blueprint.response(201, schemas.ReportTaken)
def submit_report(body: dict[str, Any]) -> Any:
    """登记一件诉求 / Enter a report; it becomes an appeal"""
    report = Report(
        source="manual",
        source_order_no=body["source_order_no"] or secrets.token_urlsafe(12),
        channel="窗口登记",
        content=body["content"],
        received_at=now(),
        title=body["title"],
        demand=body["demand"],
        reporter=Reporter(body["name"], body["phone"], body["confidential"]),
        place=Place(body["address"], body["lon"], body["lat"], body["village_code"], body["town_code"]),
        category_code=body["category_code"],
    )
    return execute(SubmitReport(report, me().user_id))
