"""Live and earlier versions of diagrams, decisions and forms, compiled once and kept.

A running work order names its version (`city_case:3`) in its state and stays on it; new ones take the newest.
Decisions and forms are always taken in their newest version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine import bpmn, dmn
from engine.database import Transaction
from engine.errors import NotFound
from engine.intake import Intake, read as read_intake
from engine.offers import Start, start_of
from engine.reference import Reference, read as read_reference

STAMPS = (
    "select (select coalesce(max(id), 0) from deployment) as deployment, "
    "(select coalesce(max(loaded_at), '-infinity')::text from reference_list) as reference"
)


def digest(source: bytes) -> str:
    """SHA-256, hexadecimal: what makes two versions the same."""
    return hashlib.sha256(source).hexdigest()


def name_of(key: str, version: int) -> str:
    """How a state names a version."""
    return f"{key}:{version}"


@dataclass
class Live:
    """What is live at one deployment: versions by (kind, key), starts by message, and those by people once asked."""

    deployment: int = -1
    versions: Mapping[tuple[str, str], int] = field(default_factory=dict)
    starts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    people: Sequence[Start] | None = None


class Definitions:
    """The compiled definitions of one process. Thread-safe by replacing, never changing, what others read."""

    def __init__(self) -> None:
        self.live = Live()
        self.reference = Reference()
        self._programs: dict[str, bpmn.Program] = {}
        self._decisions: dict[str, dmn.Model] = {}
        self._intake: tuple[str, Intake] | None = None

    def refresh(self, transaction: Transaction, stamps: Mapping[str, Any]) -> None:
        """Catch up with deployments and reference data others have made since."""
        if stamps["deployment"] != self.live.deployment:
            self.live = _read_live(transaction, stamps["deployment"])
            self._decisions = {}
        if stamps["reference"] != self.reference.stamp:
            self.reference = read_reference(transaction, stamps["reference"])

    def intake(self, transaction: Transaction) -> Intake:
        """What the district's words say of a report, made anew when the master data has changed."""
        known = self._intake
        if known is None or known[0] != self.reference.stamp:
            known = self._intake = (self.reference.stamp, read_intake(transaction))
        return known[1]

    def latest(self, key: str) -> str:
        """The newest version of a process, as states name it."""
        version = self.live.versions.get(("process", key))
        if version is None:
            raise NotFound(f"流程“{key}”还没有发布。", f"The process {key} has not been deployed.")
        return name_of(key, version)

    def starts(self, transaction: Transaction) -> Sequence[Start]:
        """The processes people may start, in the newest version of each, by name."""
        live = self.live
        if live.people is None:
            keys = [key for kind, key in live.versions if kind == "process"]
            found = (start_of(self.program(transaction, name_of(key, live.versions["process", key]))) for key in keys)
            live.people = sorted((one for one in found if one is not None), key=lambda one: one.name)
        return live.people

    def start(self, transaction: Transaction, key: str) -> Start:
        """How people start a process. Raises NotFound when they cannot."""
        found = next((one for one in self.starts(transaction) if one.process == key), None)
        if found is None:
            raise NotFound(f"流程“{key}”不能由人员发起。", f"People cannot start the process {key}.")
        return found

    def program(self, transaction: Transaction, definition: str) -> bpmn.Program:
        """The compiled program of one version."""
        if definition not in self._programs:
            key, _, version = definition.rpartition(":")
            source = _source(transaction, "process", key, int(version))
            for program in bpmn.read(source, lambda k: definition if k == key else f"{k}:{version}", deployed=True):
                if program.key == key:
                    self._programs[definition] = program
        return self._programs[definition]

    def decision(self, transaction: Transaction, key: str) -> dmn.Model:
        """The newest version of the model that holds a decision."""
        if key not in self._decisions:
            version = self.live.versions.get(("decision", key))
            if version is None:
                raise NotFound(f"决策表“{key}”还没有发布。", f"The decision {key} has not been deployed.")
            self._decisions[key] = dmn.read(_source(transaction, "decision", key, version))
        return self._decisions[key]


@dataclass(frozen=True)
class Library:
    """The programs as one step's token machine sees them."""

    definitions: Definitions
    transaction: Transaction

    def program(self, definition: str) -> bpmn.Program:
        return self.definitions.program(self.transaction, definition)

    def resolve(self, key: str, binding: str, version: str | None, caller: str) -> bpmn.Program:
        """The program a call activity calls: the newest, or the version it names."""
        if binding == "version" and version:
            return self.program(name_of(key, int(version)))
        if binding == "deployment":
            return self.program(_same_deployment(self.transaction, key, caller))
        return self.program(self.definitions.latest(key))


def _same_deployment(transaction: Transaction, key: str, caller: str) -> str:
    caller_key, _, caller_version = caller.rpartition(":")
    row = transaction.row(
        "select max(called.version) as version from definition called, definition calling "
        "where called.kind = 'process' and calling.kind = 'process' and called.key = %(key)s "
        "and calling.key = %(caller)s and calling.version = %(version)s "
        "and called.deployment_id <= calling.deployment_id",
        {"key": key, "caller": caller_key, "version": int(caller_version)},
    )
    if row is None or row["version"] is None:
        raise NotFound(f"流程“{key}”没有随调用方一起发布。", f"The process {key} was not deployed with its caller.")
    return name_of(key, row["version"])


def _source(transaction: Transaction, kind: str, key: str, version: int) -> bytes:
    row = transaction.row(
        "select source from definition where kind = %(kind)s and key = %(key)s and version = %(version)s",
        {"kind": kind, "key": key, "version": version},
    )
    if row is None:
        raise NotFound(f"没有找到 {key} 的第 {version} 版。", f"Version {version} of {key} was not found.")
    return bytes(row["source"])


def _read_live(transaction: Transaction, deployment: int) -> Live:
    versions, starts = transaction.read(
        [
            ("select kind, key, max(version) as version from definition group by kind, key", {}),
            ("select message, process_key, element from message_start", {}),
        ]
    )
    return Live(
        deployment,
        {(row["kind"], row["key"]): row["version"] for row in versions},
        {row["message"]: (row["process_key"], row["element"]) for row in starts},
    )
