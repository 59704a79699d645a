"""Loads the district's master data (`processes/reference/*.csv`) into its tables.

A file is loaded again only when its content has changed. Rows that left a file leave its table, except accounts,
which are switched off: people who did something stay nameable.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, select, text, true, update
from sqlalchemy.dialects.postgresql import insert

from engine import tables
from engine.database import Database
from engine.errors import EngineError
from engine.reference import policies

Row = Mapping[str, str]
Rows = list[dict[str, Any]]
ZONE = "+08:00"


class ReferenceDataError(EngineError):
    """A master-data file cannot be loaded; the sentence names file and column."""

    code = "REFERENCE_DATA"


@dataclass(frozen=True)
class Source:
    """How one file becomes rows of one table."""

    table: Table
    rows: Callable[[list[Row], Mapping[str, list[Row]]], Rows]


def load(database: Database, folder: Path, password_hash: str | None = None) -> list[str]:
    """Load every changed file of `folder`; returns their names. `password_hash` is given to accounts without one."""
    files = {path.stem: path.read_bytes() for path in sorted(folder.glob("*.csv"))}
    if not files:
        raise ReferenceDataError(f"{folder} 中没有主数据文件。", f"{folder} has no master data files.")
    parsed = {name: _parse(name, content) for name, content in files.items()}
    with database.engine.begin() as connection:
        connection.execute(text("lock table reference_list in share row exclusive mode"))
        known = {row.name: row.digest for row in connection.execute(select(tables.reference_list))}
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
        changed = [name for name in files if known.get(name) != digests[name]]
        for name in changed:
            _load_one(connection, _base(name), parsed)
            _remember(connection, _base(name), name, digests[name], parsed[name])
        connection.execute(delete(tables.reference_list).where(tables.reference_list.c.name.notin_(files)))
        if changed:
            _staff_roles(connection, parsed.get("staff", []))
        if password_hash:
            account = tables.account
            connection.execute(
                update(account).where(account.c.password_hash.is_(None)).values(password_hash=password_hash)
            )
    return changed


def _base(name: str) -> str:
    """`calendar_2025_2026` and `calendar_2027` together are `calendar`: years are added as new files."""
    return "calendar" if name.startswith("calendar_") else name


def _parse(name: str, content: bytes) -> list[Row]:
    try:
        return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    except UnicodeDecodeError as error:
        raise ReferenceDataError(f"{name}.csv 不是 UTF-8 编码：{error}", f"{name}.csv is not UTF-8: {error}") from error


def _load_one(connection: Connection, name: str, parsed: Mapping[str, list[Row]]) -> None:
    source = SOURCES.get(name)
    together = [row for stem, found in parsed.items() if _base(stem) == name for row in found]
    try:
        if name == "policies":
            policies(together)
        if source is None:
            return
        rows = source.rows(together, parsed)
    except (KeyError, ValueError) as error:
        raise ReferenceDataError(
            f"{name}.csv 缺少列或值有误：{error}", f"{name}.csv lacks a column or has a wrong value: {error}"
        ) from error
    _replace(connection, source.table, rows)


def _replace(connection: Connection, table: Table, rows: Rows) -> None:
    """Upsert all rows and remove what the file no longer has.

    Accounts are kept, switched off; so is what a work order has recorded (`order_no`).
    """
    keys = [column.name for column in table.primary_key]
    statement = insert(table)
    changing = {c: statement.excluded[c] for c in (rows[0] if rows else {}) if c not in keys}
    if rows:
        upsert = statement.on_conflict_do_update(index_elements=keys, set_=changing) if changing else None
        connection.execute(statement.on_conflict_do_nothing() if upsert is None else upsert, rows)
    if table is tables.account:
        keep = {row["user_id"] for row in rows}
        connection.execute(update(table).where(table.c.user_id.notin_(keep)).values(active=False))
        return
    kept = {tuple(row[key] for key in keys) for row in rows}
    by_file = table.c.order_no == "" if "order_no" in table.c else true()
    present = connection.execute(select(*(table.c[key] for key in keys)).where(by_file)).all()
    gone = [dict(zip((f"k_{key}" for key in keys), row, strict=True)) for row in present if tuple(row) not in kept]
    if gone:
        connection.execute(delete(table).where(*(table.c[key] == bindparam(f"k_{key}") for key in keys)), gone)


def _remember(connection: Connection, name: str, file: str, digest: str, rows: list[Row]) -> None:
    small = rows if name not in SOURCES else []
    values = {"name": file, "digest": digest, "rows": small, "loaded_at": datetime.now(UTC)}
    statement = insert(tables.reference_list)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values).values(values))


# ------------------------------------------------------------------ one function a file
def _units(rows: list[Row], all_rows: Mapping[str, list[Row]]) -> Rows:
    return [
        {
            "unit_code": row["unit_code"],
            "name": row["name"],
            "unit_type": row["unit_type"],
            "tier": row["tier"],
            "parent_unit": row["parent_unit"] or None,
            "town_key": row["town_key"] or None,
            "can_be_assigned": row["can_be_assigned"] == "Y",
            "duty_24h": row["duty_24h"] == "Y",
        }
        for row in rows
    ]


def _divisions(rows: list[Row], all_rows: Mapping[str, list[Row]]) -> Rows:
    """`unit_code`: the unit that answers for the place, as 榕荫街道办事处 does for 榕荫街道."""
    return [
        {
            "code12": row["code12"],
            "name": row["name"],
            "level": row["level"],
            "parent_code12": row["parent_code12"] or None,
            "kind": row["kind"],
            "lon": _float(row["lon"]),
            "lat": _float(row["lat"]),
            "unit_code": row["unit_code"] or None,
        }
        for row in rows
    ]


def _grids(rows: list[Row], all_rows: Mapping[str, list[Row]]) -> Rows:
    names = ("grid_code15", "name", "grid_type", "village_code12", "town_code12", "full_time_worker_id")
    return [{**{n: row[n] for n in names}, "lon": _float(row["lon"]), "lat": _float(row["lat"])} for row in rows]


def _places(rows: list[Row], all_rows: Mapping[str, list[Row]]) -> Rows:
    return [
        {
            "name": row["name"],
            "kind": row["kind"],
            "town_key": row["town_key"],
            "grid_code15": row["grid_code15"],
            "lon": _float(row["lon"]),
            "lat": _float(row["lat"]),
        }
        for row in rows
    ]


def _parts(rows: list[Row], all_rows: Mapping[str, list[Row]]) -> Rows:
    names = ("code", "category", "name", "owner", "address", "grid_code15", "mark")
    return [
        {
            **{name: row[name] for name in names},
            "lon": _float(row["lon"]),
            "lat": _float(row["lat"]),
            "in_use": row["state"] == "在用",
        }
        for row in rows
    ]


def _categories(rows: list[Row], all_rows: Mapping[str, list[Row]]) -> Rows:
    names = ("code", "kind", "class_name", "name", "level")
    return [{**{n: row[n] for n in names}, "data": {**row, "unit": _limit_unit(row)}} for row in rows]


def _limit_unit(row: Row) -> str:
    """Limits of categories.csv are hours, on the 工作日 clock days."""
    return "日" if row["clock"] == "工作日" else "小时"


def _calendar(rows: list[Row], all_rows: Mapping[str, list[Row]]) -> Rows:
    return [
        {
            "date": datetime.fromisoformat(row["date"]).date(),
            "is_workday": row["is_workday"] == "1",
            "type": row["type"],
        }
        for row in rows
    ]


def _duties(rows: list[Row], all_rows: Mapping[str, list[Row]]) -> Rows:
    return [
        {
            "duty_role": row["duty_role"],
            "user_id": row["user_id"],
            "unit_code": row["unit_code"],
            "shift": row["shift"],
            "from_at": datetime.fromisoformat(row["from"] + ZONE),
            "to_at": datetime.fromisoformat(row["to"] + ZONE),
        }
        for row in rows
    ]


def _absences(rows: list[Row], all_rows: Mapping[str, list[Row]]) -> Rows:
    return [
        {
            "user_id": row["user"],
            "from_at": datetime.fromisoformat(row["from"] + ZONE),
            "to_at": datetime.fromisoformat(row["to"] + ZONE),
            "reason": row["reason"],
            "order_no": "",
        }
        for row in rows
    ]


def _deputies(rows: list[Row], all_rows: Mapping[str, list[Row]]) -> Rows:
    return [
        {
            "user_id": row["user"],
            "deputy": row["deputy"],
            "from_at": datetime.fromisoformat(row["from"] + ZONE),
            "to_at": datetime.fromisoformat(row["to"] + ZONE),
            "scope": [role.strip() for role in row["scope"].split(";") if role.strip()],
            "order_no": "",
        }
        for row in rows
    ]


def _accounts(rows: list[Row], all_rows: Mapping[str, list[Row]]) -> Rows:
    return [
        {
            "user_id": row["user_id"],
            "display_name": row["display_name"],
            "unit_code": row["unit_code"],
            "active": True,
        }
        for row in rows
    ]


def _staff_roles(connection: Connection, rows: list[Row]) -> None:
    """Roles follow the staff file; they need the accounts, so they come last."""
    roles = [
        {"user_id": row["user_id"], "role": role.strip(), "unit_code": row["unit_code"]}
        for row in rows
        for role in row["roles"].split(";")
        if role.strip()
    ]
    _replace(connection, tables.account_role, roles)


def _float(value: str) -> float | None:
    return float(value) if value else None


SOURCES = {
    "org_units": Source(tables.org_unit, _units),
    "divisions": Source(tables.division, _divisions),
    "grids": Source(tables.grid, _grids),
    "gazetteer": Source(tables.place_name, _places),
    "parts": Source(tables.part, _parts),
    "categories": Source(tables.category, _categories),
    "calendar": Source(tables.calendar_day, _calendar),
    "duty_roster": Source(tables.duty, _duties),
    "absences": Source(tables.absence, _absences),
    "deputies": Source(tables.deputy, _deputies),
    "staff": Source(tables.account, _accounts),
}
