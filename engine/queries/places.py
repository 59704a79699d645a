"""Where things lie: cases with their points and photos, the names on a map around them, places by name and by point."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, literal, or_, select

from engine.queries.people import Viewer, visible_to
from engine.queries.reader import Reader, Row, row, rows
from engine.tables import attachment, division, grid, org_unit, part, place_name, work_order

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
        work_order.c.address,
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
    placed = (place_name.c.lon, place_name.c.lat)
    return _closest(reader, select(place_name.c.name, place_name.c.kind, *placed), placed, lon, lat, metres)[:most]


MOST_FOUND, MOST_PARTS = 10, 6
NEAR_GRID, NEAR_NAME, NEAR_PART = 1_500.0, 120.0, 25.0
"""Metres within which a point belongs to a grid, is called after a name, and is that of a part."""
CODE_DIGITS, VILLAGE_DIGITS = 4, 12


def places_named(reader: Reader, text: str, with_parts: bool = True) -> list[Row]:
    """Places whose name says what somebody typed, or stands in it, the closest first: names of the gazetteer, villages
    and, by their code, address or mark, parts."""
    found = [*_names(reader, text), *_villages(reader, text)]
    listed = sorted(found, key=lambda one: _unlike(one["name"], text))[:MOST_FOUND]
    return [_with_places(reader, one) for one in [*listed, *(_parts(reader, text) if with_parts else ())]]


def _unlike(name: str, text: str) -> tuple[int, int, int]:
    """How far a name is from what was typed: the same, beginning so, holding it, held by it."""
    order = (name == text, name.startswith(text), text in name, True).index(True)
    return order, name.find(text), -len(name) if order == 3 else len(name)


def _either(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    return or_(column.icontains(text, autoescape=True), literal(text).icontains(column))


def _names(reader: Reader, text: str) -> list[Row]:
    names = place_name.c
    statement = select(
        names.name, names.kind, func.left(names.grid_code15, VILLAGE_DIGITS).label("village"), names.lon, names.lat
    ).where(names.lon.is_not(None), _either(names.name, text))
    return [{**one, "address": one["name"]} for one in rows(reader, statement.limit(200))]


def _villages(reader: Reader, text: str) -> list[Row]:
    statement = select(
        division.c.name, division.c.level.label("kind"), division.c.code12.label("village"), division.c.lon,
        division.c.lat,
    ).where(division.c.level == "村居", division.c.lon.is_not(None), _either(division.c.name, text))  # fmt: skip
    return [{**one, "address": ""} for one in rows(reader, statement.limit(50))]


def _parts(reader: Reader, text: str) -> list[Row]:
    if text.isdigit():
        wanted = part.c.code.startswith(text) if len(text) >= CODE_DIGITS else part.c.code.is_(None)
    else:
        wanted = or_(*(column.icontains(text, autoescape=True) for column in (part.c.address, part.c.mark)))
    statement = _of_part().where(part.c.in_use, part.c.lon.is_not(None), wanted).order_by(part.c.code)
    return [_as_place(one) for one in rows(reader, statement.limit(MOST_PARTS))]


def _of_part() -> Any:
    names = part.c
    return select(
        names.code, names.category, names.name, names.owner, names.address, names.mark, names.lon, names.lat,
        func.left(names.grid_code15, VILLAGE_DIGITS).label("village"), org_unit.c.name.label("owner_name"),
    ).outerjoin(org_unit, org_unit.c.unit_code == part.c.owner)  # fmt: skip


def _as_place(one: Row) -> Row:
    return {
        "name": one["address"] or one["name"],
        "kind": one["name"],
        "village": one["village"],
        "lon": one["lon"],
        "lat": one["lat"],
        "address": one["address"],
        "partCode": one["code"],
        "category": one["category"],
        "owner": one["owner"],
        "ownerName": one["owner_name"],
    }


def _with_places(reader: Reader, one: Row) -> Row:
    """A place with the codes and names of its village and town."""
    found = {name: value for name, value in one.items() if name != "village"}
    town = division.alias()
    statement = (
        select(division.c.code12, division.c.name, town.c.code12.label("town_code"), town.c.name.label("town_name"))
        .outerjoin(town, town.c.code12 == division.c.parent_code12)
        .where(division.c.code12 == one["village"])
    )
    known = row(reader, statement)
    if known is None:
        return found
    return {
        **found,
        "villageCode": known["code12"],
        "villageName": known["name"],
        "townCode": known["town_code"],
        "townName": known["town_name"],
    }


def place_of_part(reader: Reader, code: str) -> Row | None:
    """Where a part stands, with its village and town; None for a code nobody has or one no longer in use."""
    found = row(reader, _of_part().where(part.c.in_use, part.c.code == code))
    return _with_places(reader, _as_place(found)) if found else None


def place_called(reader: Reader, name: str) -> Row | None:
    """The place with just this name; None when there is none, or more than one."""
    found = [one for one in places_named(reader, name, with_parts=False) if one["name"] == name]
    return found[0] if len(found) == 1 else None


def place_at(reader: Reader, lon: float, lat: float, with_parts: bool = True) -> Row:
    """What lies at a point: the village of the nearest grid, the name to call it by, the part that stands there."""
    placed = (grid.c.lon, grid.c.lat)
    grids = _closest(reader, select(grid.c.village_code12.label("village"), *placed), placed, lon, lat, NEAR_GRID)
    found: dict[str, Any] = {"village": grids[0]["village"] if grids else None}
    names = names_around(reader, lon, lat, NEAR_NAME, 1)
    if names:
        found |= {"name": names[0]["name"], "kind": names[0]["kind"], "address": f"{names[0]['name']}附近"}
    where = (part.c.lon, part.c.lat)
    parts = _closest(reader, _of_part().where(part.c.in_use), where, lon, lat, NEAR_PART) if with_parts else []
    if parts:
        found = {**found, **_as_place(parts[0]), "village": found["village"] or parts[0]["village"]}
    return _with_places(reader, {**found, "lon": lon, "lat": lat})


def _closest(reader: Reader, statement: Any, placed: Any, lon: float, lat: float, metres: float) -> list[Row]:
    """The rows within a distance of a point, the nearest first."""
    high = metres / METRES_PER_DEGREE
    wide = high / math.cos(math.radians(lat))
    inside = statement.where(placed[0].between(lon - wide, lon + wide), placed[1].between(lat - high, lat + high))
    found = [(math.hypot((one["lon"] - lon) * high / wide, one["lat"] - lat), one) for one in rows(reader, inside)]
    return [one for far, one in sorted(found, key=lambda pair: pair[0]) if far <= high]


def middle(reader: Reader, village: str | None = None) -> Row:
    """A village's point; of none, or of one without, the middle of the district's villages."""
    placed = select(func.avg(division.c.lon).label("lon"), func.avg(division.c.lat).label("lat"))
    own = row(reader, placed.where(division.c.code12 == village)) if village else None
    if own and own["lon"] is not None:
        return own
    found = row(reader, placed.where(division.c.level == "村居"))
    return found if found and found["lon"] is not None else {}
