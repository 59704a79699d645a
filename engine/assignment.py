"""Who may do a task: role @ unit @ time, resolved when the task opens, checked when somebody acts on it.

A candidate is `role@unit` (everybody who holds the role there) or `user:ID` (this person).
Source: process model, section 0.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import certificates
from engine.duty import in_office
from engine.errors import NotAllowed, TaskClaimed, TaskDelegatedAway
from engine.reference import Reference

VERIFYING = "核查"
"""Stage whose tasks are never done by who reported the matter."""
PEOPLE = ("reporter", "applicant")
"""Words of `notBy` that mean one person: document.reporterUser, document.applicantUser."""
SEPARATED = (
    "核查与处置、审批与申请必须由不同的单位和人员完成，请换人办理。",
    "This task must be done by other people than those who did the work before; let somebody else take it.",
)


@dataclass(frozen=True)
class Cover:
    """Somebody an actor stands in for at this moment, and the candidates the deputising reaches."""

    user_id: str
    unit: str
    candidates: frozenset[str]

    def reaches(self, task: Mapping[str, Any]) -> bool:
        return bool(self.candidates.intersection(task["candidates"]))


@dataclass(frozen=True)
class Actor:
    """A member of staff as a step sees them.

    candidates   `role@unit` of each role they hold, and `user:ID`
    covers       whom they stand in for now
    """

    user_id: str
    name: str
    unit: str
    candidates: frozenset[str]
    covers: tuple[Cover, ...] = ()

    @property
    def addresses(self) -> frozenset[str]:
        """Everything that reaches this person: their own candidates and those they stand in for."""
        return self.candidates.union(*(cover.candidates for cover in self.covers))


_POSTS = "array(select role || '@' || r.unit_code from account_role r where r.user_id = {who}.user_id{limit})"
_SCOPED = " and (d.scope = '{{}}' or r.role = any(d.scope))"
_COVERS = (
    "coalesce((select jsonb_agg(jsonb_build_object('user', p.user_id, 'unit', p.unit_code, 'all', d.scope = '{}', "
    f"'posts', {_POSTS.format(who='p', limit=_SCOPED.format())})) "
    "from deputy d join account p on p.user_id = d.user_id "
    "where d.deputy = a.user_id and d.from_at <= %(now)s and %(now)s < d.to_at and p.active), '[]'::jsonb)"
)
READ_ACTOR = (
    f"select user_id, display_name, unit_code, {_POSTS.format(who='a', limit='')} as candidates, "
    f"{_COVERS} as covers from account a where user_id = %(actor)s and active"
)


def actor_of(row: Mapping[str, Any] | None) -> Actor:
    """Raises NotAllowed for somebody without an active account."""
    if row is None:
        raise NotAllowed("这个账号不存在或已停用。", "This account does not exist or is disabled.")
    user = row["user_id"]
    covers = tuple(_cover(one) for one in row["covers"])
    return Actor(user, row["display_name"], row["unit_code"], frozenset({*row["candidates"], person(user)}), covers)


def _cover(one: Mapping[str, Any]) -> Cover:
    own = [person(one["user"])] if one["all"] else []
    return Cover(one["user"], one["unit"], frozenset([*one["posts"], *own]))


def person(user_id: str) -> str:
    """The candidate that is one person: `user:L03`."""
    return f"user:{user_id}"


def split(candidate: str) -> tuple[str, str]:
    """`handler@PS` → (handler, PS), `user:L03` → (user, L03)."""
    role, _, unit = candidate.partition("@" if "@" in candidate else ":")
    return role.strip(), unit.strip()


# ------------------------------------------------------------------ when a task opens
def resolve(
    candidates: Iterable[Any], fallback: str | None, reference: Reference, at: datetime | None = None
) -> list[str]:
    """The candidates of a task that somebody really holds at that moment.

    Roles the roster gives to one person become that person. When nobody holds a candidate, the units' parents are
    asked, first with the same role, then with the fallback role, at last the duty desks of all these units: a task
    never lands where nobody sees it. A task for somebody who has left goes to a fallback written as `role@unit`. With
    nobody at all the candidates stay as drawn. Outside office hours the duty desk above a unit without night duty
    comes first; the unit keeps the task in its list for the morning.
    """
    wanted = _named_posts(candidates)
    found = _held(wanted, reference, at) or _climbed(wanted, fallback, reference, at)
    desks = _desks(wanted, fallback, reference, at) if at and not in_office(reference.calendar, at) else []
    return list(dict.fromkeys([*desks, *(found or wanted)]))


def stands_for(drawn: Iterable[Any], candidates: Iterable[str]) -> dict[str, str]:
    """Of the candidates those at a unit the diagram did not name, and the unit they work for.

    What a duty desk does at night is the work of the unit that sleeps: that unit is barred from its verification, and
    so is the person, but not everybody else at the desk.
    """
    units = [split(one)[1] for one in _named_posts(drawn) if "@" in one]
    return {one: units[0] for one in candidates if units and "@" in one and split(one)[1] not in units}


def _named_posts(candidates: Iterable[Any]) -> list[str]:
    return [str(one).strip() for one in candidates if one and ("@" in str(one) or str(one).startswith("user:"))]


def _held(wanted: Sequence[str], reference: Reference, at: datetime | None) -> list[str]:
    return [found for candidate in wanted for found in _holders(candidate, reference, at)]


def _holders(candidate: str, reference: Reference, at: datetime | None) -> list[str]:
    """The candidate itself when somebody holds it, or the person on duty."""
    role, unit = split(candidate)
    if candidate.startswith("user:"):
        return [candidate] if unit in reference.people else []
    on_duty = reference.duties.persons(role, unit, at) if at else []
    return [person(user) for user in on_duty] or reference.held([candidate])


def _climbed(wanted: Sequence[str], fallback: str | None, reference: Reference, at: datetime | None) -> list[str]:
    for candidate in wanted:
        role, unit = split(candidate)
        for above in _with_parents(unit, reference):
            if found := _held([f"{r}@{above}" for r in (role, fallback) if r], reference, at):
                return found
    if fallback and "@" in fallback:
        return _held([fallback], reference, at)
    units = [above for candidate in wanted for above in _with_parents(split(candidate)[1], reference)]
    return _held([f"{desk}@{unit}" for desk in reference.duties.desks() for unit in units], reference, at)


def _with_parents(unit: str, reference: Reference) -> list[str]:
    return [unit, *reference.ancestors(unit)]


def _desks(wanted: Sequence[str], fallback: str | None, reference: Reference, at: datetime | None) -> list[str]:
    """The duty desks above those of the wanted units that nobody mans at night."""
    return [
        found
        for candidate in wanted
        if "@" in candidate and not reference.on_call(split(candidate)[1])
        for found in _desk(*split(candidate), fallback, reference, at)
    ]


def _desk(role: str, unit: str, fallback: str | None, reference: Reference, at: datetime | None) -> list[str]:
    for above in reference.ancestors(unit):
        if reference.on_call(above):
            for asked in (role, fallback, *reference.duties.desks()):
                if asked and (found := _holders(f"{asked}@{above}", reference, at)):
                    return found
    return []


def not_by(task: str, properties: Mapping[str, str], document: Mapping[str, Any], loop: int | None = None) -> list[str]:
    """Who must not do the user task `task`, an instance of `loop` if it is in one.

    notBy         ids of user tasks: who did them last, all of them where a loop had several;
                  `UT_hdl@unit` bars their units; `reporter`, `applicant` bar the member of staff who reported the
                  matter or applied (document.reporterUser, .applicantUser)
    distinctFrom  ids of user tasks that need different people, also when they are open at the same time; its own
                  id: a person does one instance of the loop

    Tasks of the stage 核查 always bar the reporter.
    """
    done_by: Mapping[str, Any] = document.get("doneBy") or {}
    barred: list[str] = []
    for entry in _listed(properties.get("notBy")):
        element, _, whole = entry.partition("@")
        barred += _doers(done_by.get(element), whole == "unit") or _named(element, document)
    for element in _listed(properties.get("distinctFrom")):
        doer = done_by.get(element)
        earlier = element == task and doer is not None and doer.get("loop") != loop  # another loop's instances
        barred += [*([] if earlier else _doers(doer, False)), f"done:{element}"]
    if properties.get("stage") == VERIFYING:
        barred += _named("reporter", document)
    return list(dict.fromkeys(barred))


def _listed(text: str | None) -> list[str]:
    return [entry for entry in (text or "").replace(" ", "").split(",") if entry]


def _doers(doer: Mapping[str, Any] | None, with_unit: bool) -> list[str]:
    if not doer:
        return []
    everybody: Sequence[Mapping[str, Any]] = doer.get("all") or [doer]
    people = [person(one[key]) for one in everybody for key in ("user", "for") if one.get(key)]
    return [*people, *(f"unit:{one['unit']}" for one in everybody)] if with_unit else people


def _named(word: str, document: Mapping[str, Any]) -> list[str]:
    user = document.get(f"{word}User") if word in PEOPLE else None
    return [person(user)] if user else []


# ------------------------------------------------------------------ when somebody acts on it
def check_may_work(task: Mapping[str, Any], actor: Actor, names: Mapping[str, str]) -> str | None:
    """Whom the actor stands in for, None when they act for themselves.

    `names`: user id → display name of the assignee. Raises TaskDelegatedAway, TaskClaimed or NotAllowed with the
    reason. What somebody absent has claimed may be taken over by their group, and by their deputy at any time.
    """
    if task.get("owner"):
        raise TaskDelegatedAway(names.get(task["assignee"], task["assignee"]))
    mine = task["assignee"] == actor.user_id
    cover = next((one for one in actor.covers if one.user_id == task["assignee"] and one.reaches(task)), None)
    if task["assignee"] and task["status"] == "claimed" and not (mine or cover or task.get("assignee_absent")):
        raise TaskClaimed(names.get(task["assignee"], task["assignee"]))
    if mine and not _doers_since(task, actor):
        return _stands_in(task, actor)
    return check_candidate(task, actor, cover)


def check_candidate(task: Mapping[str, Any], actor: Actor, cover: Cover | None = None) -> str | None:
    """Whom the actor stands in for. Raises NotAllowed unless they are a candidate, or a deputy of one, not barred."""
    own = bool(actor.candidates.intersection(task["candidates"]))
    covers = [cover] if cover else [one for one in actor.covers if one.reaches(task)]
    if not own and not covers:
        raise NotAllowed("这项任务不属于您的岗位或单位。", "This task belongs to another post or another unit.")
    if certificate := certificates.lacked(task["not_by"], actor.user_id):
        raise certificates.refusal(certificate)
    if barred(task["not_by"], actor) or _doers_since(task, actor):
        raise NotAllowed(*SEPARATED)
    if own and not cover:
        return None
    for one in covers:
        if person(one.user_id) not in task["not_by"] and f"unit:{one.unit}" not in task["not_by"]:
            return one.user_id
    raise NotAllowed(*SEPARATED)


def _stands_in(task: Mapping[str, Any], actor: Actor) -> str | None:
    """For whom somebody works who has the task already."""
    if actor.candidates.intersection(task["candidates"]):
        return None
    return next((one.user_id for one in actor.covers if one.reaches(task)), None)


def answering_unit(task: Mapping[str, Any], actor: Actor, behalf: str | None) -> str:
    """The unit whose work it is: that of whom the actor stands in for, or the unit a duty desk works for."""
    cover = next((one for one in actor.covers if one.user_id == behalf), None)
    reached = (cover or actor).candidates.intersection(task["candidates"])
    found = task["stands_for"]
    if reached and all(one in found for one in reached):
        return str(found[min(reached)])
    return (cover or actor).unit


def _doers_since(task: Mapping[str, Any], actor: Actor) -> bool:
    """Whether the actor has meanwhile done a task that needs somebody else (`done:` entries)."""
    return actor.user_id in (task.get("done_since") or ())


def barred(entries: Sequence[str], actor: Actor) -> bool:
    """Whether separation of duties keeps this person from the task."""
    return person(actor.user_id) in entries or f"unit:{actor.unit}" in entries
