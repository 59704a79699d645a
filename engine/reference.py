"""The district's master data as a step needs it: read once, kept in memory, read again when it was loaded anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engine.clock import WorkingCalendar
from engine.database import Transaction


@dataclass(frozen=True)
class Reference:
    """One reading of the master data.

    categories    code → every column of categories.csv, numbers where they are numbers
    divisions     12-digit code → {name, level, parent, unit}
    units         unit code → {name, parent, tier, type}
    holders       role@unit that somebody holds
    channels      channel source → {code, name}
    permissions   (permission, role): reveal, reveal_confidential, operate, deploy
    """

    stamp: str = ""
    categories: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    divisions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    units: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    holders: frozenset[str] = frozenset()
    channels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    permissions: frozenset[tuple[str, str]] = frozenset()
    calendar: WorkingCalendar = field(default_factory=lambda: WorkingCalendar({date(2000, 1, 1): False}))

    def place(self, village_code: str | None, town_code: str | None = None) -> Mapping[str, Any] | None:
        """Village and town with their own units; None when neither is known."""
        village = self.divisions.get(village_code or "")
        town_code = village["parent"] if village else town_code
        town = self.divisions.get(town_code or "")
        if village is None and town is None:
            return None
        return {
            "villageCode": village_code if village else None,
            "villageName": village["name"] if village else None,
            "villageUnit": village["unit"] if village else None,
            "townCode": town_code,
            "townName": town["name"] if town else None,
            "townUnit": town["unit"] if town else None,
        }

    def ancestors(self, unit: str) -> list[str]:
        """The unit's parents, nearest first."""
        found: list[str] = []
        while (entry := self.units.get(unit)) and entry["parent"] and entry["parent"] not in found:
            unit = entry["parent"]
            found.append(unit)
        return found

    def permits(self, permission: str, candidates: Collection[str]) -> bool:
        """Whether one of these `role@unit` carries a permission."""
        return any((permission, candidate.partition("@")[0]) in self.permissions for candidate in candidates)

    def held(self, candidates: Collection[str]) -> list[str]:
        """Those of the candidates (role@unit) that somebody holds."""
        return [candidate for candidate in candidates if candidate in self.holders]


def read(transaction: Transaction, stamp: str) -> Reference:
    """Read everything in one round trip."""
    categories, divisions, units, roles, channels, permissions, days = transaction.read(
        [
            ("select code, kind, class_name, name, level, data from category", {}),
            ("select code12, name, level, parent_code12, unit_code from division", {}),
            ("select unit_code, name, parent_unit, tier, unit_type, town_key from org_unit", {}),
            (
                "select distinct role || '@' || r.unit_code as candidate from account_role r "
                "join account using (user_id) where active",
                {},
            ),
            ("select rows from reference_list where name = 'channels'", {}),
            ("select rows from reference_list where name = 'permissions'", {}),
            ("select date, is_workday from calendar_day", {}),
        ]
    )
    return Reference(
        stamp,
        {row["code"]: _category(row) for row in categories},
        {
            row["code12"]: {
                "name": row["name"],
                "level": row["level"],
                "parent": row["parent_code12"],
                "unit": row["unit_code"],
            }
            for row in divisions
        },
        {
            row["unit_code"]: {
                "name": row["name"],
                "parent": row["parent_unit"],
                "tier": row["tier"],
                "type": row["unit_type"],
                "town": row["town_key"],
            }
            for row in units
        },
        frozenset(row["candidate"] for row in roles),
        {row["source"]: row for entry in channels for row in entry["rows"]},
        frozenset((row["permission"], row["role"]) for entry in permissions for row in entry["rows"]),
        WorkingCalendar(_days(days) or {date(2000, 1, 1): False}),
    )


def _days(rows: list[dict[str, Any]]) -> dict[date, bool]:
    return {row["date"]: row["is_workday"] for row in rows}


def _category(row: Mapping[str, Any]) -> Mapping[str, Any]:
    data = {key: _number(value) for key, value in row["data"].items()}
    return {**data, "code": row["code"], "kind": row["kind"], "name": row["name"], "level": row["level"]}


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdigit() else value
