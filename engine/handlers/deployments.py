"""Making diagrams, decisions and forms live, together or not at all."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from engine import bpmn, commands, dmn, events, moments
from engine.assignment import actor_of
from engine.clock import ClockError
from engine.definitions import digest
from engine.errors import EngineError, InvalidDeployment
from engine.feel import FeelError
from engine.handlers import checkup
from engine.work import Decision, Work

REFUSED = ("只有流程负责人可以发布流程。", "Only process owners may deploy.")
ONE_AT_A_TIME = "lock table deployment in share row exclusive mode"
KINDS = ("process", "decision", "form")
LATEST = "select distinct on (kind, key) kind, key, version, digest from definition order by kind, key, version desc"


@dataclass
class Unit:
    """One definition a file brings: (kind, key) with the name people see."""

    kind: str
    key: str
    name: str
    source: bytes
    starts: Sequence[Mapping[str, str]] = field(default_factory=list)
    timer_starts: Sequence[Mapping[str, Any]] = field(default_factory=list)
    program: bpmn.Program | None = None


def deploy(work: Work, command: commands.Deploy) -> Decision:
    """Check every file against what is live and what comes with it; then new versions of what has changed."""
    work.transaction.run(ONE_AT_A_TIME)
    work.refresh()
    if command.actor != commands.SYSTEM:
        work.permit(actor_of(work.transaction.row(*work.actor_query())), "deploy", REFUSED)
    units, findings = _read(work, command.files)
    if any(finding.severity == "error" for finding in findings):
        raise InvalidDeployment(findings)
    live = {(row["kind"], row["key"]): row for row in work.transaction.rows(LATEST)}
    changed = [unit for unit in units if live.get((unit.kind, unit.key), {}).get("digest") != digest(unit.source)]
    versions = {f"{kind}:{key}": row["version"] for (kind, key), row in live.items()}
    rows = [_row(unit, versions.get(f"{unit.kind}:{unit.key}", 0) + 1) for unit in changed]
    versions.update({f"{row['kind']}:{row['key']}": row["version"] for row in rows})
    result = commands.Deployed(versions, [f"{row['kind']}:{row['key']}" for row in rows], findings)
    if not rows:
        return Decision(None, [], result)
    starts = [start for unit in changed for start in unit.starts]
    timed = [start for unit in changed for start in unit.timer_starts]
    return Decision(None, [events.DefinitionsDeployed(command.note, rows, starts, timed)], result)


def check(work: Work, files: Mapping[str, bytes]) -> list[Any]:
    """The findings of files as `deploy` would see them; nothing is changed."""
    work.refresh()
    return _read(work, files)[1]


def _read(work: Work, files: Mapping[str, bytes]) -> tuple[list[Unit], list[Any]]:
    known = _known(work, files)
    units: list[Unit] = []
    findings: list[Any] = []
    complete = True
    for path, source in sorted(files.items()):
        reader = _READERS.get(PurePosixPath(path).suffix)
        if reader is None:
            continue
        found, problems = reader(work, path, source, known)
        units += found
        findings += problems
        complete &= bool(found)
    return units, [*findings, *(_invariants(work, units) if complete else ())]


def _invariants(work: Work, units: Sequence[Unit]) -> list[Any]:
    """The ten invariants over the diagrams as they would be live."""
    live = {(row["kind"], row["key"]): row["digest"] for row in work.transaction.rows(LATEST)}
    sources = {kind: {unit.key: unit.source for unit in units if unit.kind == kind} for kind in KINDS}
    return checkup.findings(
        work,
        {unit.key: unit.program for unit in units if unit.program is not None},
        sources,
        {unit.key for unit in units if live.get((unit.kind, unit.key)) != digest(unit.source)},
    )


def _known(work: Work, files: Mapping[str, bytes]) -> bpmn.Known:
    """Names a diagram may refer to: what is live and what comes with it."""
    live = {kind: {key for k, key in work.definitions.live.versions if k == kind} for kind in KINDS}
    forms = {form_key(path) for path in files if path.endswith(".form")}
    decisions = {PurePosixPath(path).stem for path in files if path.endswith(".dmn")}
    return bpmn.Known(
        forms=frozenset(live["form"] | forms),
        decisions=frozenset(live["decision"] | decisions),
        roles=_roles(work.definitions.reference.holders),
        processes=frozenset(live["process"] | _process_keys(files)),
        topics=frozenset(work.ports.topics) if work.ports.topics is not None else None,
        tables=frozenset(work.definitions.reference.tables) or None,
    )


def _process_keys(files: Mapping[str, bytes]) -> set[str]:
    """Processes the files bring; what cannot be read is found fault with later."""
    keys: set[str] = set()
    for path, source in files.items():
        if path.endswith(".bpmn"):
            with suppress(bpmn.InvalidDiagram):
                keys |= {program.key for program in bpmn.read(source)}
    return keys


def _roles(holders: Collection[str]) -> frozenset[str] | None:
    """Roles and roles at units that somebody holds; not checked while there are no accounts."""
    return frozenset(holders) | {holder.partition("@")[0] for holder in holders} or None


def form_key(path: str) -> str:
    """`forms/city_appeal/accept.form` → `city_appeal/accept`."""
    return str(PurePosixPath(path).with_suffix("")).removeprefix("forms/")


Reading = tuple[list[Unit], list[Any]]


def _read_process(work: Work, path: str, source: bytes, known: bpmn.Known) -> Reading:
    try:
        findings = bpmn.lint(source, known)
        programs = bpmn.read(source)
    except bpmn.InvalidDiagram as refused:
        return [], list(refused.findings)
    timed = {program.key: _timer_starts(work, program) for program in programs}
    units = [
        Unit("process", program.key, program.name, source, _starts(program), timed[program.key][0], program)
        for program in programs
    ]
    return units, [*findings, *(finding for _, found in timed.values() for finding in found)]


def _starts(program: bpmn.Program) -> list[Mapping[str, str]]:
    return [
        {"message": event.name, "process_key": program.key, "element": start.id}
        for start in program.starts
        for event in start.events
        if event.kind == "message" and event.name
    ]


def _timer_starts(work: Work, program: bpmn.Program) -> tuple[list[Mapping[str, Any]], list[bpmn.Finding]]:
    """The start events that wait for a time with their next moment, and those whose moment cannot be told."""
    rows: list[Mapping[str, Any]] = []
    findings: list[bpmn.Finding] = []
    for start in program.starts:
        for event in start.events:
            if event.kind == "timer" and event.expression:
                due, found = _next_moment(work, start.id, event.expression, event.timer)
                row = {"process_key": program.key, "element": start.id, "expression": event.expression}
                rows.append({**row, "form": event.timer, "due_at": due})
                findings += found
    return rows, findings


def _next_moment(
    work: Work, element: str, expression: str, form: str | None
) -> tuple[datetime | None, list[bpmn.Finding]]:
    try:
        due = moments.next_moment(expression, form, work.definitions.reference, work.now)
    except ClockError as missing:
        return None, [bpmn.Finding("CL18", element, "warning", missing.zh, missing.en)]
    except (FeelError, ValueError, TypeError) as wrong:
        zh, en = f"“{expression}”算不出下一个时刻：{wrong}", f"{expression!r} gives no next moment: {wrong}"
        return None, [bpmn.Finding("CL18", element, "error", zh, en)]
    if due is not None:
        return due, []
    zh, en = f"“{expression}”现在没有下一个时刻，不会自动开始", f"{expression!r} has no next moment: nothing starts"
    return None, [bpmn.Finding("CL18", element, "warning", zh, en)]


def _read_decision(work: Work, path: str, source: bytes, known: bpmn.Known) -> Reading:
    try:
        findings = dmn.check(source)
        model = dmn.read(source)
    except EngineError as refused:
        return [], list(getattr(refused, "findings", []) or [_finding(path, refused)])
    return [Unit("decision", key, getattr(d, "name", key) or key, source) for key, d in model.decisions.items()], list(
        findings
    )


def _read_form(work: Work, path: str, source: bytes, known: bpmn.Known) -> Reading:
    check_form = work.ports.checks.get(".form")
    findings = list(check_form(source)) if check_form else []
    return [Unit("form", form_key(path), form_key(path), source)], findings


def _finding(path: str, refused: EngineError) -> bpmn.Finding:
    return bpmn.Finding("file", path, "error", refused.zh, refused.en)


def _row(unit: Unit, version: int) -> Mapping[str, Any]:
    return {
        "kind": unit.kind,
        "key": unit.key,
        "version": version,
        "digest": digest(unit.source),
        "name": unit.name,
        "source": base64.b64encode(unit.source).decode(),
    }


_READERS = {".bpmn": _read_process, ".dmn": _read_decision, ".form": _read_form}
