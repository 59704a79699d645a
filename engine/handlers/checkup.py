"""The ten invariants of a deployment: reads what `engine.invariants` looks at."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import Any

from engine import dmn, invariants
from engine.bpmn import Program
from engine.definitions import name_of
from engine.errors import NotFound
from engine.handlers.reports import RECEIVED
from engine.invariants import Duty, Finding, Standing, World
from engine.invariants.privacy import VISIBILITY
from engine.invariants.staffing import LIMITS
from engine.work import Work

YESTERDAY = timedelta(days=1)
DUTIES = "select duty_role, unit_code, from_at, to_at from duty where to_at >= %(now)s"
LIST = "select rows from reference_list where name = %(name)s"
FORMS = (
    "select distinct on (key) key, source from definition where kind = 'form' and revoked_at is null "
    "order by key, version desc"
)
ORDERS = (
    "select definition, null as element, count(*) as orders from work_order "
    "where status in ('active', 'suspended') and split_part(definition, ':', 1) = any(%(keys)s) group by definition"
)
TASKS = (
    "select definition, element, count(distinct order_id) as orders from user_task "
    "where status in ('open', 'claimed') and split_part(definition, ':', 1) = any(%(keys)s) "
    "group by definition, element"
)
WAITS = (
    "select o.definition, s.element, count(distinct s.order_id) as orders from subscription s "
    "join work_order o on o.id = s.order_id "
    "where o.status in ('active', 'suspended') and split_part(o.definition, ':', 1) = any(%(keys)s) "
    "group by o.definition, s.element"
)


def findings(
    work: Work,
    programs: Mapping[str, Program],
    sources: Mapping[str, Mapping[str, bytes]],
    changed: Collection[str],
    town: str | None = None,
) -> list[Finding]:
    """What a deployment would break: its programs, and the sources of its decisions and forms by kind and key.

    `changed` holds the keys of those processes, decisions and forms that differ from what is live. They are looked at
    together with what is in force in `town`.
    """
    live = _live(work, town)
    touched = set(changed) | _with_forms({**live, **programs}, changed)
    former = {key: live[key] for key in programs if key in changed and key in live}
    world = World(
        programs={**live, **programs},
        now=work.now,
        changed=touched,
        reference=work.definitions.reference,
        inbound=_inbound(work),
        intake=RECEIVED,
        bindings=_Bindings(work, sources["form"]),
        visibility=_decision(work, VISIBILITY, sources["decision"]),
        limits=_decision(work, LIMITS, sources["decision"]),
        status_codes=_codes(work),
        duties=_duties(work),
        standing=_standing(work, sorted(former)),
        former=former,
    )

    def before() -> World:
        return replace(
            world,
            programs=live,
            bindings=_Bindings(work, {}),
            visibility=_decision(work, VISIBILITY, {}),
            limits=_decision(work, LIMITS, {}),
            former={},
        )

    return invariants.introduced(world, before)


def _live(work: Work, town: str | None) -> dict[str, Program]:
    versions = work.definitions.live.versions(work.now, town)
    return {
        key: work.definitions.program(work.transaction, name_of(key, version))
        for (kind, key), version in versions.items()
        if kind == "process"
    }


def _with_forms(programs: Mapping[str, Program], changed: Collection[str]) -> set[str]:
    """Processes in which a changed form is used."""
    return {
        key
        for key, program in programs.items()
        for element in program.nodes
        if (element.attributes.get("formRef") or element.attributes.get("formKey")) in changed
    }


def _inbound(work: Work) -> frozenset[str] | None:
    messages = work.ports.messages
    return None if messages is None else frozenset(messages) | {RECEIVED}


def _decision(work: Work, key: str, decisions: Mapping[str, bytes]) -> dmn.Model | None:
    """A decision as it comes with the deployment, else as it is live."""
    if key in decisions:
        return dmn.read(decisions[key])
    try:
        return work.definitions.decision(work.transaction, key, work.now)
    except NotFound:
        return None


def _codes(work: Work) -> frozenset[str] | None:
    rows = _list(work, "status_codes")
    return frozenset(str(row["code"]) for row in rows) if rows else None


def _duties(work: Work) -> list[Duty]:
    """The roster under the names of the roles; duty_roles.csv says in which only who is on duty may act."""
    roles = {row["duty_role"]: row["role"] for row in _list(work, "duty_roles") if row.get("resolves") == "person"}
    return [
        Duty(roles[row["duty_role"]], row["unit_code"], row["from_at"], row["to_at"])
        for row in work.transaction.rows(DUTIES, {"now": work.now - YESTERDAY})
        if row["duty_role"] in roles
    ]


def _list(work: Work, name: str) -> Sequence[Mapping[str, Any]]:
    rows = work.transaction.rows(LIST, {"name": name})
    return rows[0]["rows"] if rows else ()


def _standing(work: Work, keys: Sequence[str]) -> list[Standing]:
    if not keys:
        return []
    found = [row for sql in (ORDERS, TASKS, WAITS) for row in work.transaction.rows(sql, {"keys": list(keys)})]
    return [Standing(*_version(row["definition"]), row["element"], row["orders"]) for row in found]


def _version(definition: str) -> tuple[str, int]:
    key, _, version = definition.rpartition(":")
    return key, int(version)


class _Bindings:
    """The document fields of a form: as it comes with the deployment, else as it is live."""

    def __init__(self, work: Work, forms: Mapping[str, bytes]) -> None:
        self.work, self.forms = work, forms

    def __call__(self, key: str) -> Collection[str]:
        source = self.forms.get(key) or self._live.get(key)
        return self.work.ports.bindings(source) if source and self.work.ports.bindings else ()

    @cached_property
    def _live(self) -> Mapping[str, bytes]:
        return {row["key"]: bytes(row["source"]) for row in self.work.transaction.rows(FORMS)}
