"""Live and earlier versions of diagrams, decisions and forms, compiled once and kept.

A running work order names its version (`city_case:3`) in its state and stays on it; new ones take the newest that is
in force: its effect date has come, it is meant for the town of the work order (or for all), it was not rolled back.
Decisions and forms are always taken in the version in force.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine import bpmn, dmn
from engine.database import Transaction
from engine.errors import NotFound
from engine.intake import Classify, Intake, read as read_intake
from engine.offers import Start, start_of
from engine.reference import Reference, read as read_reference

STAMPS = (
    "select (select coalesce(max(id), 0) from change_log) as deployment, "
    "(select coalesce(max(loaded_at), '-infinity')::text from reference_list) as reference"
)


def digest(source: bytes) -> str:
    """SHA-256, hexadecimal: what makes two versions the same."""
    return hashlib.sha256(source).hexdigest()


def name_of(key: str, version: int) -> str:
    """How a state names a version."""
    return f"{key}:{version}"


@dataclass(frozen=True, slots=True)
class Published:
    """One version that was not rolled back: from when on (none: at once) and where (no towns: everywhere)."""

    version: int
    effect_at: datetime | None = None
    towns: frozenset[str] = frozenset()

    def in_force(self, at: datetime, town: str | None) -> bool:
        """Whether new work orders of a town use it, as long as there is no newer one that is in force."""
        return (self.effect_at is None or self.effect_at <= at) and (not self.towns or town in self.towns)


@dataclass
class Live:
    """What stands at one line of the change log: versions by (kind, key), newest first; processes by message.

    `people`: what people may start, and `kinds`: what kinds of work orders are called, once asked, with the versions
    they were read from.
    """

    deployment: int = -1
    published: Mapping[tuple[str, str], Sequence[Published]] = field(default_factory=dict)
    starts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    people: tuple[Sequence[str], Sequence[Start]] | None = None
    kinds: tuple[Sequence[str], Mapping[str, str]] | None = None

    def version(self, kind: str, key: str, at: datetime, town: str | None = None) -> int | None:
        """The version in force at a moment in a town."""
        standing = self.published.get((kind, key), ())
        return next((one.version for one in standing if one.in_force(at, town)), None)

    def versions(self, at: datetime, town: str | None = None) -> dict[tuple[str, str], int]:
        """All versions in force at a moment in a town."""
        found = {(kind, key): self.version(kind, key, at, town) for kind, key in self.published}
        return {name: version for name, version in found.items() if version is not None}


class Definitions:
    """The compiled definitions of one process. Thread-safe by replacing, never changing, what others read.

    `classify` is the learned part of suggestions at intake, if there is one.
    """

    def __init__(self, classify: Classify | None = None) -> None:
        self.classify = classify
        self.live = Live()
        self.reference = Reference()
        self._programs: dict[str, bpmn.Program] = {}
        self._decisions: dict[str, dmn.Model] = {}
        self._intake: tuple[str, Intake] | None = None

    def refresh(self, transaction: Transaction, stamps: Mapping[str, Any]) -> None:
        """Catch up with deployments and reference data others have made since."""
        if stamps["deployment"] != self.live.deployment:
            self.live = _read_live(transaction, stamps["deployment"])
        if stamps["reference"] != self.reference.stamp:
            self.reference = read_reference(transaction, stamps["reference"])

    def intake(self, transaction: Transaction) -> Intake:
        """What the district's words say of a report, made anew when the master data has changed."""
        known = self._intake
        if known is None or known[0] != self.reference.stamp:
            known = self._intake = (self.reference.stamp, read_intake(transaction))
        return known[1]

    def latest(self, key: str, at: datetime, town: str | None = None) -> str:
        """The version of a process that a work order of this town uses when it opens now, as states name it."""
        version = self.live.version("process", key, at, town)
        if version is None:
            raise NotFound(f"流程“{key}”还没有发布。", f"The process {key} has not been deployed.")
        return name_of(key, version)

    def starts(self, transaction: Transaction, at: datetime) -> Sequence[Start]:
        """The processes people may start, in the version in force everywhere, by name."""
        live = self.live
        names = self._processes(at)
        if live.people is None or live.people[0] != names:
            found = (start_of(self.program(transaction, name)) for name in names)
            live.people = names, sorted((one for one in found if one is not None), key=lambda one: one.name)
        return live.people[1]

    def kinds(self, transaction: Transaction, at: datetime) -> Mapping[str, str]:
        """Kinds of work orders, each with the name of the process that opens it."""
        live, names = self.live, self._processes(at)
        if live.kinds is None or live.kinds[0] != names:
            programs = [self.program(transaction, name) for name in names]
            begun = [(one.properties.get("orderKind"), program.name) for program in programs for one in program.starts]
            live.kinds = names, {kind: name for kind, name in begun if kind}
        return live.kinds[1]

    def _processes(self, at: datetime) -> list[str]:
        """All processes, in the version in force everywhere."""
        return [name_of(key, version) for (kind, key), version in self.live.versions(at).items() if kind == "process"]

    def start(self, transaction: Transaction, key: str, at: datetime) -> Start:
        """How people start a process. Raises NotFound when they cannot."""
        found = next((one for one in self.starts(transaction, at) if one.process == key), None)
        if found is None:
            raise NotFound(f"流程“{key}”不能由人员发起。", f"People cannot start the process {key}.")
        return found

    def message_start(
        self, transaction: Transaction, message: str, at: datetime, town: str | None = None
    ) -> tuple[str, str] | None:
        """(process, start event) that a message begins in this town; None when no process does."""
        process_key = self.live.starts.get(message, ("", ""))[0]
        if self.live.version("process", process_key, at, town) is None:
            return None
        program = self.program(transaction, self.latest(process_key, at, town))
        found = (one.id for one in program.starts for event in one.events if _begins(event, message))
        return next(((process_key, element) for element in found), None)

    def program(self, transaction: Transaction, definition: str) -> bpmn.Program:
        """The compiled program of one version."""
        if definition not in self._programs:
            key, _, version = definition.rpartition(":")
            source = _source(transaction, "process", key, int(version))
            for program in bpmn.read(source, lambda k: definition if k == key else f"{k}:{version}", deployed=True):
                if program.key == key:
                    self._programs[definition] = program
        return self._programs[definition]

    def decision(self, transaction: Transaction, key: str, at: datetime, town: str | None = None) -> dmn.Model:
        """The model that holds a decision, in the version in force in this town."""
        version = self.live.version("decision", key, at, town)
        if version is None:
            raise NotFound(f"决策表“{key}”还没有发布。", f"The decision {key} has not been deployed.")
        name = name_of(key, version)
        if name not in self._decisions:
            self._decisions[name] = dmn.read(_source(transaction, "decision", key, version))
        return self._decisions[name]


def _begins(event: bpmn.EventDefinition, message: str) -> bool:
    return event.kind == "message" and event.name == message


@dataclass(frozen=True)
class Library:
    """The programs as one step's token machine sees them, at a moment in a town."""

    definitions: Definitions
    transaction: Transaction
    at: datetime
    town: str | None = None

    def program(self, definition: str) -> bpmn.Program:
        return self.definitions.program(self.transaction, definition)

    def resolve(self, key: str, binding: str, version: str | None, caller: str) -> bpmn.Program:
        """The program a call activity calls: the one in force, or the version it names."""
        if binding == "version" and version:
            return self.program(name_of(key, int(version)))
        if binding == "deployment":
            return self.program(_same_deployment(self.transaction, key, caller))
        return self.program(self.definitions.latest(key, self.at, self.town))


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
            (
                "select kind, key, version, effect_at, towns from definition where revoked_at is null "
                "order by kind, key, version desc",
                {},
            ),
            ("select message, process_key, element from message_start", {}),
        ]
    )
    published: dict[tuple[str, str], list[Published]] = {}
    for row in versions:
        one = Published(row["version"], row["effect_at"], frozenset(row["towns"]))
        published.setdefault((row["kind"], row["key"]), []).append(one)
    return Live(
        deployment,
        published,
        {row["message"]: (row["process_key"], row["element"]) for row in starts},
    )
