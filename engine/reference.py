"""The district's master data as a step needs it: read once, kept in memory, read again when it was loaded anew."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from engine.clock import WorkingCalendar
from engine.database import Transaction
from engine.duty import Deputy, Duties, DutyRole, Span

NUMBER = re.compile(r"-?(0|[1-9]\d{0,8})(\.\d+)?")
"""What is a number in a list; longer digits and those with a leading zero are codes."""

ZONE = ZoneInfo("Asia/Shanghai")
EVER = datetime.min.replace(tzinfo=UTC)


class Policy(NamedTuple):
    """A line of policies.csv: what holds from one moment (always) until another (for good)."""

    name: str
    value: str
    start: datetime | None
    end: datetime | None

    def holds(self, now: datetime) -> bool:
        """Whether it is in force."""
        return (self.start is None or self.start <= now) and (self.end is None or now < self.end)


@dataclass(frozen=True)
class Reference:
    """One reading of the master data.

    categories    code → every column of categories.csv, numbers where they are numbers
    divisions     12-digit code → {name, level, parent, unit}
    units         unit code → {name, parent, tier, type, town, duty24h}
    holders       role@unit → user ids of those who hold it
    channels      channel source → {code, name}
    permissions   (permission, role): reveal, reveal_confidential, export, operate, deploy, approve
    duties        the duty roster, absences and deputies
    policies      what the district has set for a time, earlier lines first
    tables        the small lists and the categories: file name without .csv → rows, numbers where they are numbers
    grids         every grid: {code, name, village, unit, worker, lon, lat}; unit: the village's own
    """

    stamp: str = ""
    categories: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    divisions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    units: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    holders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    channels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    permissions: frozenset[tuple[str, str]] = frozenset()
    calendar: WorkingCalendar = field(default_factory=lambda: WorkingCalendar({date(2000, 1, 1): False}))
    duties: Duties = field(default_factory=Duties)
    policies: Sequence[Policy] = ()
    tables: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    grids: Sequence[Mapping[str, Any]] = ()

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

    def town(self, document: Mapping[str, Any]) -> str | None:
        """The 12-digit code of the town a document speaks of; None when it names no place."""
        village = self.divisions.get(document.get("villageCode") or "")
        return village["parent"] if village else document.get("townCode")

    def serves(self, channel: str, town: str | None, now: datetime) -> bool:
        """Whether reports from this town may come in over a channel: channel_towns.csv names the towns that begin.

        A channel that the file does not name serves all of them; so does any when the town is not known.
        """
        lines = [row for row in self.tables.get("channel_towns", ()) if row["source"] == channel]
        if not lines or town is None:
            return True
        unit = self.divisions.get(town, {}).get("unit")
        return any(row["town_key"] in ("*", unit) and _in_force(row, now) for row in lines)

    def secrecy(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """What secrecy_levels.csv says about a document's `secrecy`; nothing when it is not listed there."""
        level = document.get("secrecy")
        found = (row for row in self.tables.get("secrecy_levels", ()) if row["secrecy"] == level)
        return next(found, {}) if level else {}

    def entrusted(self, candidate: str, document: Mapping[str, Any]) -> str:
        """`role@unit` of the nearest unit, upwards, that this document's secrecy may be given to."""
        role, at, unit = candidate.partition("@")
        allowed = str(self.secrecy(document).get("units") or "").split(";")
        if not at or allowed == [""] or unit not in self.units:
            return candidate
        above = (one for one in (unit, *self.ancestors(unit)) if self.units[one]["type"] in allowed)
        return f"{role}@{next(above, unit)}"

    def ancestors(self, unit: str) -> list[str]:
        """The unit's parents, nearest first."""
        found: list[str] = []
        while (entry := self.units.get(unit)) and entry["parent"] and entry["parent"] not in found:
            unit = entry["parent"]
            found.append(unit)
        return found

    def on_call(self, unit: str) -> bool:
        """Whether somebody answers for this unit at night and on holidays. Units nobody knows do."""
        return bool(self.units.get(unit, {}).get("duty24h", True))

    def policy(self, name: str, now: datetime) -> str | None:
        """The value in force at a moment; of several lines the one that began last."""
        return next((one.value for one in reversed(self.policies) if one.name == name and one.holds(now)), None)

    def permits(self, permission: str, candidates: Collection[str]) -> bool:
        """Whether one of these `role@unit` carries a permission."""
        return any((permission, candidate.partition("@")[0]) in self.permissions for candidate in candidates)

    @cached_property
    def people(self) -> frozenset[str]:
        """Everybody who holds a post."""
        return frozenset(user for users in self.holders.values() for user in users)

    def held(self, candidates: Collection[str]) -> list[str]:
        """Those of the candidates (role@unit) that somebody holds."""
        return [candidate for candidate in candidates if candidate in self.holders]


def read(transaction: Transaction, stamp: str) -> Reference:
    """Read everything in one round trip."""
    categories, divisions, units, roles, lists, days, grids, *duties = transaction.read(
        [
            ("select code, kind, class_name, name, level, data from category", {}),
            ("select code12, name, level, parent_code12, unit_code from division", {}),
            ("select unit_code, name, parent_unit, tier, unit_type, town_key, duty_24h from org_unit", {}),
            (
                "select role || '@' || r.unit_code as candidate, array_agg(user_id order by user_id) as users "
                "from account_role r join account using (user_id) where active group by 1",
                {},
            ),
            ("select name, rows from reference_list where rows <> '[]'", {}),
            ("select date, is_workday from calendar_day", {}),
            (
                "select grid_code15 as code, g.name, village_code12 as village, unit_code as unit, "
                "full_time_worker_id as worker, g.lon, g.lat from grid g "
                "left join division d on d.code12 = village_code12 order by grid_code15",
                {},
            ),
            ("select duty_role, unit_code, user_id, from_at, to_at from duty order by from_at, user_id", {}),
            ("select user_id, from_at, to_at from absence order by from_at", {}),
            ("select user_id, deputy, from_at, to_at, scope from deputy order by from_at, deputy", {}),
        ]
    )
    small = {row["name"]: row["rows"] for row in lists}
    known = {row["code"]: _category(row) for row in categories}
    return Reference(
        stamp,
        known,
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
                "duty24h": row["duty_24h"],
            }
            for row in units
        },
        {row["candidate"]: row["users"] for row in roles},
        {row["source"]: row for row in small.get("channels", ())},
        frozenset((row["permission"], row["role"]) for row in small.get("permissions", ())),
        WorkingCalendar(_days(days) or {date(2000, 1, 1): False}),
        _duties(small, *duties),
        policies(small.get("policies", ())),
        {name: [{key: _value(text) for key, text in row.items()} for row in rows] for name, rows in small.items()}
        | {"categories": list(known.values())},
        grids,
    )


def _value(text: Any) -> Any:
    """A cell of a list: a number where it is one."""
    if not isinstance(text, str) or not NUMBER.fullmatch(text):
        return text
    return Decimal(text) if "." in text else int(text)


def _in_force(row: Mapping[str, Any], now: datetime) -> bool:
    start, end = local(str(row.get("from") or "")), local(str(row.get("to") or ""))
    return (start is None or start <= now) and (end is None or now < end)


def policies(rows: Iterable[Mapping[str, str]]) -> list[Policy]:
    """The lines of policies.csv, earlier ones first. Raises KeyError and ValueError when they cannot be read."""
    found = [Policy(row["name"], row["value"], local(row["from"]), local(row["to"])) for row in rows]
    return sorted(found, key=lambda one: one.start or EVER)


def local(text: str) -> datetime | None:
    """A date, or date and time, of a list, in the district's zone; None when it is empty."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=ZONE)


def _duties(lists: Mapping[str, Any], shifts: list[Any], absences: list[Any], deputies: list[Any]) -> Duties:
    return Duties(
        {
            row["role"]: DutyRole(row["duty_role"], row["resolves"] == "person", row["desk"] == "Y")
            for row in lists.get("duty_roles", ())
        },
        _grouped(((row["duty_role"], row["unit_code"]), _span(row)) for row in shifts),
        _grouped((row["user_id"], _span(row)) for row in absences),
        _grouped((row["user_id"], _deputy(row)) for row in deputies),
        {row["town_key"]: row["leader_id"] for row in lists.get("leader_hookup", ())},
    )


def _grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def _span(row: Mapping[str, Any]) -> Span:
    return Span(row["user_id"], row["from_at"], row["to_at"])


def _deputy(row: Mapping[str, Any]) -> Deputy:
    return Deputy(row["user_id"], row["from_at"], row["to_at"], row["deputy"], frozenset(row["scope"]))


def _days(rows: list[dict[str, Any]]) -> dict[date, bool]:
    return {row["date"]: row["is_workday"] for row in rows}


def _category(row: Mapping[str, Any]) -> Mapping[str, Any]:
    data = {key: _number(value) for key, value in row["data"].items()}
    return {**data, "code": row["code"], "kind": row["kind"], "name": row["name"], "level": row["level"]}


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdigit() else value
