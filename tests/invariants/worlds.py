"""Small worlds to check: diagrams from strings, or the district's own with a text replaced."""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from connectors.alerts import MESSAGES as ALERTS
from connectors.hotline_12345.incoming import MESSAGES as HOTLINE
from connectors.police_110 import REFUSED, TAKEN
from connectors.weather import OBSERVED
from engine import bpmn, dmn, invariants
from engine.bpmn import Program
from engine.invariants import Finding, World
from engine.reference import Reference
from forms import Form
from tests.bpmn import diagrams as d

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 9, 14, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
LISTED = re.compile(r"<bpmn:(incoming|outgoing)>.*?</bpmn:\1>")
INBOUND = frozenset(("msg.appeal.received", "m1", OBSERVED, TAKEN, REFUSED, *ALERTS.values(), *HOTLINE.values()))


# -- diagrams from strings ------------------------------------------------------------------------------------
def programs(*processes: str, messages: Collection[str] = ()) -> dict[str, Program]:
    """Processes as text, each a diagram of its own; `messages` are declared with their name as id."""
    declared = "".join(f'<bpmn:message id="{name}" name="{name}"/>' for name in messages)
    return {g.key: g for text in processes for g in bpmn.read(d.document(text, extra=declared))}


def world(*processes: str, messages: Collection[str] = (), **more: Any) -> World:
    return World(programs(*processes, messages=messages), NOW, **{"inbound": INBOUND, **more})


def found(given: World, rule: str) -> list[Finding]:
    return [one for one in invariants.check(given) if one.rule == rule]


def errors(given: World, rule: str) -> list[str]:
    """Elements a rule finds an error about."""
    return [one.element for one in found(given, rule) if one.severity == "error"]


def way(finding: Finding) -> list[str]:
    """The elements of a finding's path."""
    return [place.element for place in finding.path]


def staffed(id: str, stage: str = "", **properties: str) -> str:
    """A user task that lacks nothing."""
    given = {**({"stage": stage} if stage else {}), **properties}
    return d.user(
        id,
        d.extensions(d.properties(**given)) if given else "",
        camunda_candidateGroups="handler@PS",
        camunda_formKey="f",
        camunda_dueDate="=now",
    )


def closed(id: str = "closed", **properties: str) -> str:
    return d.end(id, d.extensions(d.properties(**{"status": "70", "citizenText": "已完结。", **properties})))


def opened(kind: str = "case", message: str = "M1", id: str = "s") -> str:
    """A start that opens a work order of this kind."""
    return d.start(id, d.extensions(d.properties(orderKind=kind)), d.message(message))


# -- the district's own ---------------------------------------------------------------------------------------
@functools.cache
def sources() -> Mapping[str, str]:
    """The deployed diagrams by key, without the lists of flows at each element: they would have to change with them."""
    paths = sorted((ROOT / "processes").rglob("*.bpmn"))
    return {path.stem: LISTED.sub("", path.read_text(encoding="utf-8")) for path in paths}


@functools.cache
def _read(source: str) -> tuple[Program, ...]:
    return tuple(bpmn.read(source.encode()))


@functools.cache
def visibility() -> dmn.Model:
    return dmn.read((ROOT / "processes/reference/dmn_visibility.dmn").read_bytes())


@functools.cache
def limits() -> dmn.Model:
    return dmn.read((ROOT / "processes/city_case/dmn_sla.dmn").read_bytes())


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a reference file."""
    with (ROOT / "processes/reference" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@functools.cache
def tables() -> dict[str, list[dict[str, str]]]:
    """How roles and types of units are named where it is said what they see."""
    return {name: rows(f"{name}.csv") for name in ("roles", "unit_types")}


@functools.cache
def reference() -> Reference:
    """Units and holders as the reference files have them."""
    held = {f"{role}@{row['unit_code']}" for row in rows("staff.csv") for role in row["roles"].split(";")}
    units = {
        row["unit_code"]: {"name": row["name"], "parent": row["parent_unit"], "type": row["unit_type"]}
        for row in rows("org_units.csv")
    }
    return Reference(holders=dict.fromkeys(held, ()), units=units, tables=tables())


def codes() -> frozenset[str]:
    lines = (ROOT / "processes/reference/status_codes.csv").read_text(encoding="utf-8").splitlines()[1:]
    return frozenset(line.partition(",")[0] for line in lines)


def bindings(key: str) -> Collection[str]:
    return Form.from_bytes((ROOT / "forms" / f"{key}.form").read_bytes()).bindings()


def district(*changes: tuple[str, str, str], **more: Any) -> World:
    """The real set, with texts replaced: (process, old, new)."""
    texts = dict(sources())
    for key, old, new in changes:
        assert old in texts[key], f"{old!r} is not in {key}"
        texts[key] = texts[key].replace(old, new)
    return World(
        {program.key: program for text in texts.values() for program in _read(text)},
        NOW,
        **{
            "changed": {key for key, _, _ in changes},
            "reference": reference(),
            "inbound": INBOUND | {"msg.rating"},
            "bindings": bindings,
            "visibility": visibility(),
            "limits": limits(),
            "status_codes": codes(),
            **more,
        },
    )
