"""Master data as pages and forms need it: lists of {value, label} and names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from engine.queries.people import Viewer, visible_to
from engine.queries.reader import Reader, Row, row, rows
from engine.tables import account, account_role, category, division, org_unit, reference_list, work_order

Option = Mapping[str, str]


def categories(reader: Reader) -> list[Option]:
    """All categories: code, `class · name`, what to find each by, and the terms a form may show for it."""
    found = rows(reader, select(category).order_by(category.c.code))
    return [
        {
            "value": one["code"],
            "label": f"{one['class_name']} · {one['name']}（{one['code']}）",
            "name": one["name"],
            "group": one["class_name"],
            "words": str(one["data"].get("keywords") or ""),
            **{name: str(one["data"].get(name) or "") for name in ("accept_cond", "clock", "limit", "close_cond")},
        }
        for one in found
    ]


def category_by_code(reader: Reader, code: str | None) -> Row | None:
    """One category with every column of the master data under `data`."""
    return row(reader, select(category).where(category.c.code == code)) if code else None


def category_kept(reader: Reader, code: str | None, document: Mapping[str, Any] | None) -> Row | None:
    """A work order's category: what its document keeps as `standard` goes before what has changed since."""
    found, kept = category_by_code(reader, code), (document or {}).get("standard")
    if not isinstance(kept, Mapping) or kept.get("code") != code:
        return found
    names = {name: kept.get(name) for name in ("code", "kind", "class_name", "name", "level")}
    return {**(found or {}), **names, "data": {**(found["data"] if found else {}), **kept}}


def divisions(reader: Reader, level: str) -> list[Option]:
    """Places of one level (镇街 or 村居): 12-digit code and name, villages with their town."""
    town = division.alias()
    statement = (
        select(division.c.code12, division.c.name, division.c.level, town.c.name.label("parent"))
        .outerjoin(town, town.c.code12 == division.c.parent_code12)
        .where(division.c.level == level)
        .order_by(division.c.code12)
    )
    with_parent = level == "村居"
    return [
        {"value": one["code12"], "label": f"{one['parent']} {one['name']}" if with_parent else one["name"]}
        for one in rows(reader, statement)
    ]


def units(reader: Reader) -> list[Option]:
    """Units that can be given work: code and name."""
    statement = (
        select(org_unit.c.unit_code, org_unit.c.name)
        .where(org_unit.c.can_be_assigned)
        .order_by(org_unit.c.tier, org_unit.c.unit_code)
    )
    return [{"value": one["unit_code"], "label": one["name"]} for one in rows(reader, statement)]


def holders(reader: Reader, role: str) -> list[Option]:
    """Everybody in office who holds a role: user id and name."""
    statement = (
        select(account.c.user_id, account.c.display_name)
        .join(account_role, account_role.c.user_id == account.c.user_id)
        .where(account_role.c.role == role, account.c.active)
        .distinct()
        .order_by(account.c.user_id)
    )
    return [{"value": one["user_id"], "label": one["display_name"]} for one in rows(reader, statement)]


def staff(reader: Reader) -> list[Option]:
    """Active accounts that can be given work in person: id, name and unit."""
    statement = (
        select(account.c.user_id, account.c.display_name, account.c.unit_code, org_unit.c.name)
        .join(org_unit, org_unit.c.unit_code == account.c.unit_code)
        .where(account.c.active)
        .order_by(account.c.unit_code, account.c.user_id)
    )
    found = rows(reader, statement)
    return [
        {"value": one["user_id"], "label": f"{one['display_name']}（{one['name']}）", "unit": one["unit_code"]}
        for one in found
    ]


def units_below(reader: Reader, above: Iterable[str]) -> list[Option]:
    """Assignable units below some others, at any depth: code and name."""
    top = select(org_unit.c.unit_code).where(org_unit.c.parent_unit.in_(sorted(above))).cte("below", recursive=True)
    below = top.union(select(org_unit.c.unit_code).join(top, org_unit.c.parent_unit == top.c.unit_code))
    statement = (
        select(org_unit.c.unit_code, org_unit.c.name)
        .join(below, below.c.unit_code == org_unit.c.unit_code)
        .where(org_unit.c.can_be_assigned)
        .order_by(org_unit.c.unit_code)
    )
    return [{"value": one["unit_code"], "label": one["name"]} for one in rows(reader, statement)]


def unit_above(reader: Reader, unit: str) -> list[str]:
    """The unit a unit belongs to; empty for the topmost."""
    found = row(reader, select(org_unit.c.parent_unit).where(org_unit.c.unit_code == unit))
    return [found["parent_unit"]] if found and found["parent_unit"] else []


def code_list(reader: Reader, name: str) -> list[Mapping[str, Any]]:
    """The rows of a small reference file, named without `.csv`; empty when it was never loaded."""
    found = row(reader, select(reference_list.c.rows).where(reference_list.c.name == name))
    return list(found["rows"]) if found else []


def open_cases(reader: Reader, who: Viewer, village: str | None, town: str | None, limit: int = 50) -> list[Option]:
    """Open cases an appeal may join, those of the same village first, then of the town, newest first."""
    near = (work_order.c.village_code == village).desc().nulls_last() if village else work_order.c.id.desc()
    columns = work_order.c.no, work_order.c.title, work_order.c.address
    statement = select(*columns).where(work_order.c.kind == "case", work_order.c.status == "active", visible_to(who))
    if town:
        statement = statement.where(work_order.c.town_code == town)
    statement = statement.order_by(near, work_order.c.id.desc()).limit(limit)
    return [
        {"value": one["no"], "label": " · ".join(filter(None, (one["no"], one["title"], one["address"])))}
        for one in rows(reader, statement)
    ]


def names_of_units(reader: Reader, codes: Iterable[str]) -> dict[str, str]:
    """Unit code → name, for those that exist."""
    statement = select(org_unit.c.unit_code, org_unit.c.name).where(org_unit.c.unit_code.in_(sorted(set(codes))))
    return {one["unit_code"]: one["name"] for one in rows(reader, statement)}


def names_of_places(reader: Reader, codes: Iterable[str]) -> dict[str, str]:
    """12-digit code → name, for those that exist."""
    statement = select(division.c.code12, division.c.name).where(division.c.code12.in_(sorted(set(codes))))
    return {one["code12"]: one["name"] for one in rows(reader, statement)}
