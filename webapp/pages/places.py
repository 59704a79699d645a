"""Places for forms that ask for one: by what somebody types, and by a point on the map.

Staff see the register of parts as well; citizens see the gazetteer and the villages.
"""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from flask_login import login_required

from engine import queries
from engine.errors import InvalidInput, NotAllowed
from webapp.current import reader
from webapp.security import allowed

blueprint = Blueprint("places", __name__)
LONGEST = 60
WIDEST, MOST_NAMES = 5_000.0, 40
PUBLIC = "/report/places"


@blueprint.get("/places")
@login_required
def search() -> ResponseReturnValue:
    """Names, villages and parts that fit what was typed."""
    return _found(with_parts=True)


@blueprint.get("/places/at")
@login_required
def at() -> ResponseReturnValue:
    """What lies at a point, and the names around it."""
    return _there(with_parts=True)


@blueprint.get("/places/home")
@login_required
def home() -> ResponseReturnValue:
    """Where a map opens."""
    return _middle()


@blueprint.get(PUBLIC)
def public_search() -> ResponseReturnValue:
    """The same for the citizens' form, without parts."""
    _count()
    return _found(with_parts=False)


@blueprint.get(f"{PUBLIC}/at")
def public_at() -> ResponseReturnValue:
    """What lies at a point, without parts."""
    _count()
    return _there(with_parts=False)


@blueprint.get(f"{PUBLIC}/home")
def public_home() -> ResponseReturnValue:
    """Where a map opens."""
    _count()
    return _middle()


def _count() -> None:
    if not allowed("places", request.remote_addr or ""):
        raise NotAllowed("查询太频繁，请过几分钟再试。", "Too many requests; try again in a few minutes.")


def _found(with_parts: bool) -> ResponseReturnValue:
    text = request.args.get("q", "").strip()[:LONGEST]
    return jsonify(places=queries.places_named(reader(), text, with_parts) if text else [])


def _there(with_parts: bool) -> ResponseReturnValue:
    lon, lat = (request.args.get(name, type=float) for name in ("lon", "lat"))
    if lon is None or lat is None or not (abs(lon) <= 180 and abs(lat) < 90):
        raise InvalidInput("经纬度不正确。", "These are no coordinates.")
    metres = min(request.args.get("metres", WIDEST, type=float), WIDEST)
    names = queries.names_around(reader(), lon, lat, metres, MOST_NAMES)
    return jsonify(place=queries.place_at(reader(), lon, lat, with_parts), names=[dict(one) for one in names])


def _middle() -> ResponseReturnValue:
    return jsonify(dict(queries.middle(reader(), request.args.get("village"))))
