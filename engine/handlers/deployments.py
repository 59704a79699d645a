"""Making diagrams, decisions and forms live, together or not at all, and taking them back.

Nothing goes live by one person's hand: a change is edited by one and published by another (`publish`). The first load
of an installation, and what cannot wait, go through `deploy`, which says so in the signed change log.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from engine import bpmn, change_log, citations, commands, dmn, events, moments, table_codes
from engine.assignment import actor_of
from engine.clock import ClockError
from engine.database import Row
from engine.definitions import digest
from engine.difference import difference
from engine.duty import HOOKUP
from engine.errors import EngineError, InvalidDeployment, InvalidInput, NeedsTwoPeople
from engine.feel import FeelError
from engine.handlers import checkup
from engine.handlers.operator import check_reason
from engine.reference import Reference
from engine.work import Decision, Work

REFUSED = ("只有流程负责人和流程审核人可以发布流程。", "Only process owners and approvers may deploy.")
ONE_AT_A_TIME = "lock table deployment in share row exclusive mode"
OURS = frozenset(("CL06", "CL08", "CL23"))
"""What a diagram from elsewhere is only warned of: unreachable, without condition, in no lane. Ours must not be so."""
KINDS = ("process", "decision", "form")
SUFFIXES = {".bpmn": "process", ".dmn": "decision", ".form": "form"}
LATEST = (
    "select distinct on (kind, key) kind, key, version, digest, towns, effect_at from definition "
    "where revoked_at is null order by kind, key, version desc"
)
SOURCE = "select source from definition where kind = %(kind)s and key = %(key)s and version = %(version)s"
NUMBERS = "select kind, key, max(version) as version from definition group by kind, key"
SIGNED = "select signature from change_log order by id desc limit 1"


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


@dataclass(frozen=True)
class Scope:
    """From when on (none: at once) and where something is in force (no towns: everywhere)."""

    effect_at: datetime | None = None
    towns: tuple[str, ...] = ()

    def covered_by(self, row: Row) -> bool:
        """Whether what is live already is in force wherever and whenever this wants to be."""
        everywhere = not row["towns"] or (self.towns and set(self.towns) <= set(row["towns"]))
        return bool(everywhere and (row["effect_at"] is None or row["effect_at"] == self.effect_at))


@dataclass(frozen=True)
class Why:
    """What the change log says about a deployment. `act`: load, publish, break_glass or rollback."""

    act: str
    reason: str
    order_no: str | None = None
    people: Mapping[str, Any] = field(default_factory=dict)


# ------------------------------------------------------------------ going live
def deploy(work: Work, command: commands.Deploy) -> Decision:
    """One person's deployment: the first load, or with a reason that is recorded."""
    work.transaction.run(ONE_AT_A_TIME)
    work.refresh()
    if command.actor != commands.SYSTEM:
        work.permit(actor_of(work.transaction.row(*work.actor_query())), "deploy", REFUSED)
    first = not work.definitions.live.published
    if not first and not command.break_glass:
        raise NeedsTwoPeople()
    reason = command.note if first else check_reason(command.break_glass)
    why = Why("load" if first else "break_glass", reason)
    found, result = deployment(work, command.files, command.note or reason, Scope(), why)
    return Decision(None, found, result)


def deployment(
    work: Work, files: Mapping[str, bytes], note: str, scope: Scope, why: Why
) -> tuple[list[events.Event], commands.Deployed]:
    """Check every file against what is live and what comes with it; then new versions of what has changed."""
    units, findings = read(work, files, scope.towns)
    if any(finding.severity == "error" for finding in findings):
        raise InvalidDeployment(findings)
    live = {(row["kind"], row["key"]): row for row in work.transaction.rows(LATEST)}
    changed = [unit for unit in units if not _is_live(live.get((unit.kind, unit.key)), unit, scope)]
    numbers = {(row["kind"], row["key"]): row["version"] for row in work.transaction.rows(NUMBERS)}
    rows = [_row(unit, numbers.get((unit.kind, unit.key), 0) + 1) for unit in changed]
    versions = {f"{kind}:{key}": row["version"] for (kind, key), row in live.items()}
    versions.update({f"{row['kind']}:{row['key']}": row["version"] for row in rows})
    result = commands.Deployed(versions, [f"{row['kind']}:{row['key']}" for row in rows], findings)
    if not rows:
        return [], result
    starts = [start for unit in changed for start in unit.starts]
    timed = [start for unit in changed for start in unit.timer_starts]
    _check_timed(scope, timed)
    deployed = events.DefinitionsDeployed(note, rows, starts, timed, scope.effect_at, scope.towns)
    pairs = zip(changed, rows, strict=True)
    found = [difference_of(work, live.get((unit.kind, unit.key)), unit, row) for unit, row in pairs]
    return [deployed, logged(work, why, scope, found)], result


def _check_timed(scope: Scope, timed: Sequence[Mapping[str, Any]]) -> None:
    """What starts by time belongs to no town, and its moments are reckoned when it goes live."""
    if timed and scope != Scope():
        raise InvalidInput(
            "按时间开始的流程只能在全区立即生效，请把它放在单独的变更里。",
            "A process that starts by time goes live everywhere and at once; give it a change of its own.",
        )


def _is_live(row: Row | None, unit: Unit, scope: Scope) -> bool:
    return row is not None and row["digest"] == digest(unit.source) and scope.covered_by(row)


def difference_of(work: Work, live: Row | None, unit: Unit, row: Mapping[str, Any]) -> dict[str, Any]:
    """One line of the change log's entry: what became of one definition. What is new lists no parts."""
    found = work.transaction.row(SOURCE, dict(live)) if live else None
    before = bytes(found["source"]) if found else None
    return {
        "kind": unit.kind,
        "key": unit.key,
        "version": row["version"],
        "digest": row["digest"],
        "before": live["digest"] if live else None,
        **(difference(unit.kind, before, unit.source) if before else {}),
    }


def logged(
    work: Work, why: Why, scope: Scope, definitions: Sequence[Mapping[str, Any]], deployment_id: int | None = None
) -> events.ChangeLogged:
    entry = {
        "act": why.act,
        "at": work.now,
        "actor": work.actor,
        "reason": why.reason,
        "orderNo": why.order_no,
        **why.people,
        "effectAt": scope.effect_at,
        "towns": list(scope.towns),
        "definitions": list(definitions),
    }
    last = work.transaction.row(SIGNED)
    signature = change_log.sign(work.ports.secret, entry, last["signature"] if last else "")
    return events.ChangeLogged(why.act, why.order_no, entry, signature, deployment_id)


# ------------------------------------------------------------------ checking
def check(work: Work, files: Mapping[str, bytes]) -> list[Any]:
    """The findings of files as `deploy` would see them; nothing is changed."""
    work.refresh()
    return read(work, files)[1]


def read(work: Work, files: Mapping[str, bytes], towns: Sequence[str] = ()) -> tuple[list[Unit], list[Any]]:
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
    return units, [*findings, *(_everywhere(work, units, towns) if complete else ())]


def _everywhere(work: Work, units: Sequence[Unit], towns: Sequence[str]) -> list[Any]:
    """The ten invariants over the diagrams as they would be live, once for each set of versions towns would have."""
    live = work.definitions.live
    sets = {tuple(sorted(live.versions(work.now, town).items())): town for town in (towns or (None,))}
    found = [finding for town in sets.values() for finding in _invariants(work, units, town)]
    return list({(one.rule, one.element, one.severity, one.zh): one for one in found}.values())


def _invariants(work: Work, units: Sequence[Unit], town: str | None) -> list[Any]:
    live = {(row["kind"], row["key"]): row["digest"] for row in work.transaction.rows(LATEST)}
    sources = {kind: {unit.key: unit.source for unit in units if unit.kind == kind} for kind in KINDS}
    return checkup.findings(
        work,
        {unit.key: unit.program for unit in units if unit.program is not None},
        sources,
        {unit.key for unit in units if live.get((unit.kind, unit.key)) != digest(unit.source)},
        town,
    )


def _known(work: Work, files: Mapping[str, bytes]) -> bpmn.Known:
    """Names a diagram may refer to: what is live and what comes with it."""
    live = {kind: {key for k, key in work.definitions.live.published if k == kind} for kind in KINDS}
    forms = {form_key(path) for path in files if path.endswith(".form")}
    decisions = {PurePosixPath(path).stem for path in files if path.endswith(".dmn")}
    return bpmn.Known(
        forms=frozenset(live["form"] | forms),
        decisions=frozenset(live["decision"] | decisions),
        roles=_roles(work.definitions.reference.holders),
        processes=frozenset(live["process"] | _process_keys(files)),
        topics=frozenset(work.ports.topics) if work.ports.topics is not None else None,
        tables=frozenset(work.definitions.reference.tables) or None,
        role_names=_role_names(work.definitions.reference),
    )


def _process_keys(files: Mapping[str, bytes]) -> set[str]:
    """Processes the files bring; what cannot be read is found fault with later."""
    found: set[str] = set()
    for path, source in files.items():
        if path.endswith(".bpmn"):
            with suppress(bpmn.InvalidDiagram):
                found |= bpmn.keys(source)
    return found


def _roles(holders: Collection[str]) -> frozenset[str] | None:
    """Roles and roles at units that somebody holds; not checked while there are no accounts."""
    return frozenset(holders) | {holder.partition("@")[0] for holder in holders} or None


def _role_names(reference: Reference) -> frozenset[str] | None:
    """Every role there may be: those of roles.csv, and those somebody holds."""
    listed = {HOOKUP, *(str(row["role"]) for row in reference.tables.get("roles", ()))}
    return frozenset(listed | {holder.partition("@")[0] for holder in reference.holders}) or None


def form_key(path: str) -> str:
    """`forms/city_appeal/accept.form` → `city_appeal/accept`."""
    return str(PurePosixPath(path).with_suffix("")).removeprefix("forms/")


Reading = tuple[list[Unit], list[Any]]


def _read_process(work: Work, path: str, source: bytes, known: bpmn.Known) -> Reading:
    try:
        findings = [replace(one, severity="error") if one.rule in OURS else one for one in bpmn.lint(source, known)]
        clean = not any(finding.severity == "error" for finding in findings)
        programs = bpmn.read(source, deployed=clean)  # what was just found clean is not looked at again
    except bpmn.InvalidDiagram as refused:
        return [], list(refused.findings)
    timed = {program.key: _timer_starts(work, program) for program in programs}
    units = [
        Unit("process", program.key, program.name, source, _starts(program), timed[program.key][0], program)
        for program in programs
    ]
    return units, [*findings, *(finding for _, found in timed.values() for finding in found)]


def _starts(program: bpmn.Program) -> list[Mapping[str, str]]:
    """The messages that open a work order; those that reopen an ended one are found in its own diagram."""
    return [
        {"message": event.name, "process_key": program.key, "element": start.id}
        for start in program.starts
        for event in start.events
        if event.kind == "message" and event.name and "reopens" not in start.properties
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
        model = dmn.read(source)
        reference = work.definitions.reference
        cited = citations.check(model, reference.tables.get(citations.DOCUMENTS, ()), work.now)
        findings = [*dmn.check(source), *cited, *table_codes.check(source, reference)]
    except EngineError as refused:
        return [], list(getattr(refused, "findings", []) or [_finding(path, refused)])
    return [Unit("decision", key, d.name or key, source) for key, d in model.decisions.items()], findings


def _read_form(work: Work, path: str, source: bytes, known: bpmn.Known) -> Reading:
    check_form = work.ports.checks.get(".form")
    key = form_key(path)
    found = check_form(source) if check_form else []
    return [Unit("form", key, key, source)], [replace(one, element=f"{key} {one.element}".strip()) for one in found]


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
