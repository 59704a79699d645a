"""/api/definitions: the processes that are live."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint

from engine import queries
from webapp.api import schemas
from webapp.current import reader

blueprint = Blueprint("api_definitions", __name__, url_prefix="/api/definitions", description="流程 / processes")


@blueprint.get("")
@login_required
@blueprint.response(200, schemas.DefinitionSchema(many=True))
def list_definitions() -> Any:
    """现行流程 / Live processes with the number of work orders that run on them"""
    return queries.process_list(reader())
