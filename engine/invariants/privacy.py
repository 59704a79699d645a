"""I9: no form shows a field of the reporter's identity to a role that may not see it.

What a role may see is the decision dmn_visibility, asked for a confidential and for an open report: a form is the same
for both, so the field has to be visible in both. Fields of the identity are those whose names begin with `reporter`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.assignment import split
from engine.bpmn import Element, Program
from engine.errors import EngineError
from engine.invariants.findings import Finding, finding
from engine.invariants.staffing import candidates, posts
from engine.invariants.world import World, form_of
from engine.offers import ANYWHERE, ASSIGNEE, start_of

VISIBILITY = "dmn_visibility"
IDENTITY = "reporter"
SEALED = frozenset(("reporterName", "reporterPhone"))
HIDDEN = (None, "不可见", "无")


@dataclass(frozen=True)
class Seen:
    """How dmn_visibility names the roles of accounts.

    roles  role → `sees` of roles.csv; empty: by the type of the unit. A role that is not listed keeps its name
    kinds  type of unit → `sees` of unit_types.csv
    """

    roles: Mapping[str, str]
    kinds: Mapping[str, str]

    @classmethod
    def of(cls, roles: Iterable[Mapping[str, Any]], kinds: Iterable[Mapping[str, Any]]) -> Seen:
        """From the rows of the two files."""
        return cls(
            {str(row["role"]): str(row.get("sees") or "") for row in roles},
            {str(row["unit_type"]): str(row["sees"]) for row in kinds},
        )

    def by_unit(self, role: str) -> bool:
        """Whether the unit decides what somebody in this role may see."""
        return self.roles.get(role) == ""

    def name(self, role: str, unit_type: str) -> str:
        """A role at a unit of some type."""
        return self.kinds.get(unit_type, role) if self.by_unit(role) else self.roles.get(role, role)


def check(world: World) -> Iterator[Finding]:
    for program, task in world.tasks:
        yield from _shown(world, program, task, candidates(task))
    for program in world.programs.values():
        for event in program.nodes:
            if "action" in event.properties:
                yield from _shown(world, program, event, _actors(world, program, event))
        yield from _unsealed(world, program)


def _unsealed(world: World, program: Program) -> Iterator[Finding]:
    """What a start form asks about the reporter belongs in the vault."""
    offer = start_of(program)
    asked = sorted(SEALED.intersection(world.bindings(offer.form_key))) if offer and not offer.seals else []
    if offer and asked:
        fields = "、".join(asked)
        sentences = (
            f"开始表单 {offer.form_key} 填写反映人的 {fields}，而流程没有写 sealReporter，会原样进入案卷",
            f"the start form {offer.form_key} asks for {fields}, and without sealReporter it stays in the document",
        )
        repair = "流程写属性 sealReporter = true", "give the process the property sealReporter = true"
        yield finding("I9", program, program.elements[offer.element], sentences, repair)


def _actors(world: World, program: Program, event: Element) -> list[str]:
    """Who may use a button of the work order's page; the reporter sees what is their own."""
    named = posts(event.properties.get("actionBy", ""))
    doers = [one for owner, task in world.tasks if owner is program for one in candidates(task)]
    staff = [one.removesuffix(ANYWHERE) for one in named if "@" in one]
    return [*staff, *(doers if ASSIGNEE in named else ())]


def _shown(world: World, program: Program, task: Element, actors: list[str]) -> Iterator[Finding]:
    form = form_of(task)
    shown = sorted(field for field in world.bindings(form) if field.startswith(IDENTITY)) if form else []
    for field in shown:
        asked = {who for candidate in actors for who in roles(world, candidate)}
        blind = sorted(who for who in asked if not _sees(world, who, field))
        if blind:
            listed = "、".join(blind)
            sentences = (
                f"表单 {form} 显示反映人信息 {field}，而岗位“{listed}”不可见（{VISIBILITY}）",
                f"the form {form} shows {field}, which {listed} may not see ({VISIBILITY})",
            )
            repair = f"从表单 {form} 去掉 {field}", f"remove {field} from the form {form}"
            yield finding("I9", program, task, sentences, repair)


def roles(world: World, candidate: str) -> set[str]:
    """A candidate as dmn_visibility names it; all that it may be when the unit is only known for the order."""
    role, unit = split(candidate)
    tables = world.reference.tables
    seen = Seen.of(tables.get("roles", ()), tables.get("unit_types", ()))
    if not seen.by_unit(role):
        return {seen.name(role, "")}
    holders = [h for h in world.reference.holders if h.startswith(f"{role}@{unit}") and unit in ("", split(h)[1])]
    types = {str(world.reference.units.get(split(h)[1], {}).get("type")) for h in holders}
    return {seen.name(role, kind) for kind in types} or {role}


def _sees(world: World, role: str, field: str) -> bool:
    column = "see_phone" if "phone" in field.lower() else "see_name"
    return all(_visible(world, role, confidential, column) for confidential in (False, True))


def _visible(world: World, role: str, confidential: bool, column: str) -> bool:
    if world.visibility is None:
        return False
    try:
        answer = world.visibility.evaluate(VISIBILITY, {"role": role, "confidential": confidential})
    except EngineError:
        return False
    return isinstance(answer, dict) and answer.get(column) not in HIDDEN
