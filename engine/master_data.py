"""The district's master data as functions that diagrams and decision tables can call.

unit(code)             {code, name, parent, tier, type, town}; null for a code nobody has
units(kind)            codes of the units of a tier (镇街) or type (区部门)
table(name)            the rows of a small list of processes/reference, named without .csv; null for an unknown name
on duty(role, unit)    user ids on duty now by the roster; absent people are replaced by their deputies
holders(role, unit)    user ids of everybody with that post
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.feel.values import Offered
from engine.reference import Reference

FACTS = ("name", "parent", "tier", "type", "town")


def functions(reference: Reference, now: datetime) -> dict[str, Offered]:
    """The functions by name, at one moment."""
    return {
        "unit": Offered(("code",), lambda code: _unit(reference, code), "unit"),
        "units": Offered(("kind",), lambda kind: _units(reference, kind), "units"),
        "table": Offered(("name",), reference.tables.get, "table"),
        "on duty": Offered(("role", "unit"), lambda role, unit: reference.duties.on_duty(role, unit, now), "on duty"),
        "holders": Offered(("role", "unit"), lambda role, unit: _holders(reference, role, unit), "holders"),
    }


def _unit(reference: Reference, code: Any) -> Mapping[str, Any] | None:
    found = reference.units.get(code)
    return {"code": code, **{fact: found[fact] for fact in FACTS}} if found else None


def _units(reference: Reference, kind: Any) -> list[str]:
    return [code for code, unit in reference.units.items() if kind in (unit["tier"], unit["type"])]


def _holders(reference: Reference, role: Any, unit: Any) -> list[str]:
    return list(reference.holders.get(f"{role}@{unit}", ()))
