"""Health, for supervisors of the program."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from webapp.models import db

blueprint = Blueprint("system", __name__)


@blueprint.get("/healthz")
def health() -> ResponseReturnValue:
    """200 with the version when the database answers, 503 otherwise."""
    try:
        db.session.execute(text("select 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return jsonify(status="unavailable", database=False, version=program_version()), 503
    return jsonify(status="ok", database=True, version=program_version())


def program_version() -> str:
    """The installed version."""
    try:
        return version("cityloop")
    except PackageNotFoundError:
        return "0"
