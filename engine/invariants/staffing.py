"""I2: every user task says who does it, with which form and until when, and somebody is there to do it.

A stage needs a row of dmn_sla, or its task has no deadline; so does one that a due date or a timer names. Candidates
are `role@unit`. A role that only who is on duty may act in has to be manned around the clock, today and on the next
holiday. Where the unit is only known for the running order, the role has to be held in some unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from engine.assignment import resolve, split
from engine.bpmn import Element, Program, expression
from engine.dmn import Model
from engine.invariants.conditions import quoted
from engine.invariants.findings import Finding, finding
from engine.invariants.world import Duty, World, form_of

ROLE = re.compile(r"([A-Za-z_]\w*|[\u4e00-\u9fff]+)@(\w*)")


NAMED = re.compile(r'\b(?:deadlines|warnings)\.([^\W\d]\w*)|\bshare\(\s*"([^"]+)"|\bdue\(\s*"([^"]+)"\s*\)')
"""Where an expression names a stage: `deadlines.签收`, `warnings.签收`, `share("处置", 75)`, `due("领导首报")`."""
LIMITS = "dmn_sla"
PRIORITIES = ("特急", "紧急", "加急", "一般")
LEVELS = ("A", "B", "C")
CLOCKS = ("紧急工作时", "工作时", "工作日")
SOME = {"limit": 1, "arrive_min": 1, "unit": "小时", "code": "", "level": ""}
"""A category, for asking the table whether it limits a stage at all."""


def check(world: World) -> Iterator[Finding]:
    limited: dict[str, bool] = {}
    for program, task in world.tasks:
        yield from _complete(program, task)
        yield from _limited(world, program, task, limited)
        if world.reference.holders:
            for candidate in candidates(task):
                yield from _held(world, program, task, candidate)
            yield from _stand_in(world, program, task)
    for program, element in world.elements():
        if world.limits is not None:
            yield from _named(program, element, world.limits, limited)
        if world.reference.holders:
            yield from _told(world, program, element)


def _named(program: Program, element: Element, limits: Model, known: dict[str, bool]) -> Iterator[Finding]:
    """The stages that the element's due date, timers and mappings reckon by."""
    texts = [*element.attributes.values(), *(event.expression or "" for event in element.events)]
    texts += [str(text) for _name, text in (*element.inputs, *element.outputs)]
    stages = {stage for text in texts for found in NAMED.findall(text) for stage in found if stage}
    for stage in sorted(stages - {element.properties.get("stage")}):
        if not _is_limited(limits, stage, known):
            sentences = (
                f"用到环节“{stage}”，它在时限表 {LIMITS} 里没有一行，算出来总是空的",
                f"it reckons by the stage {stage}, which has no row in {LIMITS}: that is always null",
            )
            repair = f"改正环节名称，或在 {LIMITS} 里为它加一行", f"correct its name, or give it a row in {LIMITS}"
            yield finding("I2", program, element, sentences, repair)


def _complete(program: Program, task: Element) -> Iterator[Finding]:
    attributes = task.attributes
    if not any(attributes.get(name) for name in ("candidateGroups", "candidateUsers", "assignee")):
        yield _missing(program, task, "没有候选岗位", "nobody is named to do it", "填写候选组", "give candidate groups")
    if not form_of(task):
        yield _missing(program, task, "没有表单", "it has no form", "选择表单", "choose a form")
    if not attributes.get("dueDate") and not task.properties.get("stage"):
        repair = "写上属性 stage（环节）或到期日期", "give the property stage or a due date"
        sentences = "没有环节也没有到期时间，不受时限约束", "it has neither stage nor due date"
        yield finding("I2", program, task, sentences, repair)


def _limited(world: World, program: Program, task: Element, known: dict[str, bool]) -> Iterator[Finding]:
    stage = task.properties.get("stage")
    if stage is None or world.limits is None:
        return
    if not _is_limited(world.limits, stage, known):
        sentences = (
            f"环节“{stage}”在时限表 {LIMITS} 里没有一行，不会计时",
            f"the stage {stage} has no row in {LIMITS} and so no deadline",
        )
        repair = f"在 {LIMITS} 里为它加一行，或改正环节名称", f"give it a row in {LIMITS}, or correct its name"
        yield finding("I2", program, task, sentences, repair)


def _is_limited(limits: Model, stage: str, known: dict[str, bool]) -> bool:
    """Whether the table has a limit for the stage; it is asked once for each."""
    if stage not in known:
        known[stage] = _has_limit(limits, stage)
    return known[stage]


def _has_limit(limits: Model, stage: str) -> bool:
    asked = [
        {"stage": stage, "priority": priority, "category_level": level, "category": {**SOME, "clock": clock}}
        for priority in PRIORITIES
        for level in LEVELS
        for clock in CLOCKS
    ]
    answers = (limits.evaluate(LIMITS, one) for one in asked)
    return any(isinstance(answer, dict) and answer.get("limit") is not None for answer in answers)


def _stand_in(world: World, program: Program, task: Element) -> Iterator[Finding]:
    """The role that is asked when nobody holds the candidates has to be somebody's."""
    role = task.properties.get("fallback")
    if role and not any(f"{holder}@".startswith(f"{role}@") for holder in world.reference.holders):
        sentences = (
            f"候补岗位“{role}”没有人担任，候选组无人时不起作用",
            f"nobody holds the fallback {role}; it helps nobody when the candidates are away",
        )
        yield finding("I2", program, task, sentences, ("改成有人担任的岗位", "name a role that somebody holds"))


def _told(world: World, program: Program, element: Element) -> Iterator[Finding]:
    """Who is notified has to be somebody; a unit that is computed for the order is known only then."""
    for post in posts(element.properties.get("notify", "")):
        role, _at, unit = post.partition("@")
        if unit and not (unit in world.reference.units and _acts(world, role)):
            sentences = (
                f"要通知“{post}”，没有这个岗位或单位，通知没有人收到",
                f"{post} is to be notified, but there is no such role or unit: nobody gets the notice",
            )
            yield finding("I2", program, element, sentences, ("改成有人担任的岗位", "name a role that somebody holds"))


def _acts(world: World, role: str) -> bool:
    held = any(holder.startswith(f"{role}@") for holder in world.reference.holders)
    return held or any(duty.role == role for duty in world.duties)


def _missing(program: Program, task: Element, zh: str, en: str, repair_zh: str, repair_en: str) -> Finding:
    return finding("I2", program, task, (zh, en), (repair_zh, repair_en))


def candidates(task: Element) -> list[str]:
    """`role@unit` as drawn; `role@` where the unit is computed."""
    return posts(task.attributes.get("candidateGroups", ""))


def posts(groups: str) -> list[str]:
    """The entries of a list of posts, literal or computed."""
    if not expression(groups)[0]:
        return [one.strip() for one in groups.split(",") if one.strip() and "${" not in one]
    return list(dict.fromkeys(f"{m[1]}@{m[2]}" for text in quoted(groups) for m in ROLE.finditer(text)))


def _held(world: World, program: Program, task: Element, candidate: str) -> Iterator[Finding]:
    role, unit = split(candidate)
    lines = [duty for duty in world.duties if duty.role == role and unit in ("", duty.unit)]
    if lines:
        yield from _on_duty(world, program, task, candidate, lines)
    elif not _somebody(world, role, unit, task.properties.get("fallback")):
        zh = f"没有在用账号担任“{candidate}”，任务会没人看见"
        en = f"no active account holds {candidate}; nobody would see the task"
        repair = ("给人员配上这个岗位，或改候选组", "give somebody the role, or change the candidate groups")
        yield finding("I2", program, task, (zh, en), repair)


def _somebody(world: World, role: str, unit: str, fallback: str | None) -> bool:
    reference = world.reference
    if unit:
        found = resolve([f"{role}@{unit}"], fallback, reference)
        return any(one in reference.holders for one in found)
    return any(holder.startswith((f"{role}@", f"{fallback}@")) for holder in reference.holders)


def _on_duty(world: World, program: Program, task: Element, candidate: str, lines: Sequence[Duty]) -> Iterator[Finding]:
    units = {line.unit: [other for other in lines if other.unit == line.unit] for line in lines}
    for day, of_unit in ((day, of_unit) for day in days(world) for of_unit in units.values()):
        gap = uncovered(of_unit, day, world)
        if gap is not None:
            zh = f"{day:%Y-%m-%d} {gap:%H:%M} 没有人值班“{split(candidate)[0]}@{of_unit[0].unit}”"
            en = f"nobody is on duty as {split(candidate)[0]}@{of_unit[0].unit} on {day:%Y-%m-%d} at {gap:%H:%M}"
            yield finding("I2", program, task, (zh, en), ("补全值班表", "complete the duty roster"))


def days(world: World) -> list[date]:
    """Today and the next day that is no working day, as far as the calendar goes."""
    calendar = world.reference.calendar
    today = world.now.astimezone(calendar.zone).date()
    ahead = (day for day in calendar.days if day >= today and not calendar.is_workday(day))
    return list(dict.fromkeys([today, next(ahead, today)]))


def uncovered(lines: Sequence[Duty], day: date, world: World) -> datetime | None:
    """The first moment of a day, from now on, at which none of these lines holds; None when the day is covered."""
    zone = world.reference.calendar.zone
    moment = max(datetime.combine(day, time(), zone), world.now.astimezone(zone))
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    for line in sorted(lines, key=lambda one: one.start):
        if line.start > moment:
            break
        moment = max(moment, line.end)
    return None if moment >= end else moment.astimezone(zone)
