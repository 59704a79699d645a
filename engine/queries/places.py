"""Where things lie: cases with their points and photos, and the names on a map around them."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from sqlalchemy import func, or_, select

from engine.queries.people import Viewer, visible_to
from engine.queries.reader import Reader, Row, rows
from engine.tables import attachment, place_name, work_order

METRES_PER_DEGREE = 111_320.0
PHOTOS = 3
"""How many photos of a case are shown beside its place."""


def cases_at(reader: Reader, who: Viewer, numbers: Collection[str]) -> Sequence[Row]:
    """Those of these cases that this person may see, each with what it says, its point and its first photos."""
    document = work_order.c.document
    statement = select(
        work_order.c.no,
        work_order.c.title,
        work_order.c.status,
        document["content"].astext.label("content"),
        document["address"].astext.label("address"),
        work_order.c.lon,
        work_order.c.lat,
    ).where(work_order.c.no.in_(sorted(numbers)), visible_to(who))
    found = rows(reader, statement)
    photos = _photos(reader, [one["no"] for one in found])
    return [{**one, "photos": photos.get(one["no"], [])[:PHOTOS]} for one in found]


def _photos(reader: Reader, numbers: Collection[str]) -> dict[str, list[str]]:
    """Case number → ids of the photos of the case and its reports, oldest first."""
    of = func.coalesce(work_order.c.case_no, work_order.c.no)
    statement = (
        select(of.label("no"), attachment.c.id)
        .join(work_order, work_order.c.id == attachment.c.order_id)
        .where(or_(work_order.c.no.in_(numbers), work_order.c.case_no.in_(numbers)))
        .where(attachment.c.mime.like("image/%"))
        .order_by(attachment.c.at, attachment.c.id)
    )
    found: dict[str, list[str]] = {}
    for one in rows(reader, statement) if numbers else ():
        found.setdefault(one["no"], []).append(one["id"])
    return found


def names_around(reader: Reader, lon: float, lat: float, metres: float, most: int) -> list[Row]:
    """The gazetteer's names within a distance of a point, the nearest first."""
    high = metres / METRES_PER_DEGREE
    wide = high / math.cos(math.radians(lat))
    statement = select(place_name.c.name, place_name.c.kind, place_name.c.lon, place_name.c.lat).where(
        place_name.c.lon.between(lon - wide, lon + wide), place_name.c.lat.between(lat - high, lat + high)
    )
    found = [(math.hypot((one["lon"] - lon) * high / wide, one["lat"] - lat), one) for one in rows(reader, statement)]
    return [one for far, one in sorted(found, key=lambda pair: pair[0]) if far <= high][:most]
