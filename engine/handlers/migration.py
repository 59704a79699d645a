"""Moving running work orders to another version of their diagrams: preview, migrate, revert.

A work order moves whole or not at all: its own process to the version asked for, the processes it has called to the
versions named or the newest. Items keep their numbers, so tasks, jobs and timers stay the same rows and every due time
keeps running. Permission `operate` (permissions.csv). Source: Camunda 7, process instance migration.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine import bpmn, commands, events
from engine.bpmn import effects
from engine.database import Row
from engine.definitions import Library, name_of
from engine.errors import CannotMigrate, Conflict, InvalidInput, NotFound
from engine.handlers.operator import REFUSED, check_reason, lock
from engine.order import Order
from engine.work import Decision, Work

MOST_PREVIEWED = 2000
RUNNING = "status in ('active', 'suspended')"
STATES = (
    f"select no, definition, state from work_order where definition = %(source)s and {RUNNING} order by id "
    "limit %(limit)s"
)
STATE = f"select no, definition, state from work_order where no = %(no)s and {RUNNING}"
COUNT = f"select count(*) as number from work_order where definition = %(source)s and {RUNNING}"
NUMBERS = f"select no from work_order where definition = %(source)s and {RUNNING} order by id limit %(limit)s"
MIGRATIONS = (
    "select data from history where order_id = %(order_id)s and kind = 'OrderMigrated' order by id desc limit 50"
)


@dataclass(frozen=True)
class Plan:
    """What a migration does to one work order.

    state        its new state, None when something cannot move
    definitions  old version → new version, of every diagram that moves
    moves        (old version, move) of everything that stands in those diagrams
    """

    state: bytes | None
    definitions: Mapping[str, str]
    moves: Sequence[tuple[str, bpmn.Move]]
    effects: Sequence[bpmn.Effect] = ()

    @property
    def stuck(self) -> list[bpmn.Move]:
        return [move for _, move in self.moves if move.target is None]


# ------------------------------------------------------------------ commands
def migrate(work: Work, command: commands.MigrateOrder) -> Decision:
    """A repeat finds the work order there already and changes nothing."""
    order = _running(lock(work, command.order_no, command.reason))
    _check_target(order.process_key, command.target)
    targets = _Targets(work, command.target, command.called)
    plan = _plan(work, order.state, targets, command.mapping)
    if not plan.definitions:
        return Decision(None, [], commands.Migrated(order.no, {}))
    return _moved(work, order, plan, command.mapping, "migrate", command.reason)


def revert(work: Work, command: commands.RevertMigration) -> Decision:
    """Back to the versions the last migration left, with its mapping the other way round."""
    order = _running(lock(work, command.order_no, command.reason))
    last = _last_migration(work, order)
    back = {new: old for old, new in last["definitions"].items()}
    mapping = {new: old for old, new in last["mapping"].items()}
    plan = _plan(work, order.state, _Back(back), mapping)
    if not plan.definitions:
        raise Conflict("迁移过的流程都已经走完，没有可以退回的。", "What was migrated has ended: nothing to revert.")
    return _moved(work, order, plan, mapping, "revert", command.reason)


def preview(work: Work, command: commands.PreviewMigration) -> Decision:
    """Changes nothing; see commands.MigrationPreview."""
    people, orders, counted = work.transaction.read([work.actor_query(), *_asked(command)])
    work.refresh()
    work.permit(work.person(people), "operate", REFUSED)
    if not orders and command.order_no:
        no = command.order_no
        raise NotFound(f"没有找到在办的工单 {no}。", f"No running work order {no} was found.")
    for key in {row["definition"].rpartition(":")[0] for row in orders}:
        _check_target(key, command.target)
    targets = _Targets(work, command.target, command.called)
    plans = [(row["no"], _plan(work, bytes(row["state"]), targets, command.mapping)) for row in orders]
    total = counted[0]["number"] if command.order_no is None else len(orders)
    return Decision(None, [], _summed(plans, total))


def many(work: Work, command: commands.MigrateOrders) -> Decision:
    """The single commands of a batch; the door executes each on its own."""
    check_reason(command.reason)
    work.refresh()
    people = work.transaction.rows(*work.actor_query())
    work.permit(work.person(people), "operate", REFUSED)
    _check_target(command.source.rpartition(":")[0], command.target)
    _Targets(work, command.target, command.called)
    numbers: Iterable[str] = command.order_nos or [
        row["no"] for row in work.transaction.rows(NUMBERS, {"source": command.source, "limit": command.limit})
    ]
    one = command.mapping, command.reason, command.actor, command.called
    return Decision(None, [], [commands.MigrateOrder(no, command.target, *one) for no in numbers])


# ------------------------------------------------------------------ which version
class _Targets:
    """The version each diagram goes to: the one asked for, the called ones as named or else the newest."""

    def __init__(self, work: Work, target: str, called: Mapping[str, int]) -> None:
        key, _, version = target.rpartition(":")
        if not key or not version.isdigit():
            raise InvalidInput(
                f"“{target}”不是流程版本，应写成 city_case:4。", f"{target!r} is not a version such as city_case:4."
            )
        self.work = work
        self.named = {**{name: int(number) for name, number in called.items()}, key: int(version)}
        for name, number in self.named.items():
            work.definitions.program(work.transaction, name_of(name, number))

    def __call__(self, definition: str) -> str:
        key = definition.rpartition(":")[0]
        if key in self.named:
            return name_of(key, self.named[key])
        return self.work.definitions.latest(key, self.work.now)


class _Back:
    """The versions a migration left."""

    def __init__(self, versions: Mapping[str, str]) -> None:
        self.versions = versions

    def __call__(self, definition: str) -> str:
        return self.versions.get(definition, definition)


def _check_target(key: str, target: str) -> None:
    if target.rpartition(":")[0] != key:
        raise InvalidInput(
            f"{target} 不是流程 {key} 的版本，只能在同一流程的版本之间迁移。",
            f"{target} is not a version of {key}: a work order moves between versions of its own process.",
        )


def _running(order: Order) -> Order:
    if order.status not in ("active", "suspended"):
        raise Conflict("这件工单已经办结。", "This work order has ended.")
    return order


def _last_migration(work: Work, order: Order) -> Mapping[str, Any]:
    """The newest migration that has not been reverted."""
    reverted = 0
    for row in work.transaction.rows(MIGRATIONS, {"order_id": order.id}):
        if row["data"]["act"] == "revert":
            reverted += 1
        elif reverted:
            reverted -= 1
        else:
            found: Mapping[str, Any] = row["data"]
            return found
    raise Conflict("这件工单没有迁移过，或已经退回。", "This work order has not been migrated, or has been reverted.")


# ------------------------------------------------------------------ planning
def _plan(work: Work, state: bytes, targets: Any, mapping: Mapping[str, str]) -> Plan:
    """One diagram after the other; `state` is None as soon as something cannot move."""
    library = Library(work.definitions, work.transaction, work.now)
    definitions: dict[str, str] = {}
    moves: list[tuple[str, bpmn.Move]] = []
    found: list[bpmn.Effect] = []
    possible = True
    for old in bpmn.definitions_of(state):
        new = targets(old)
        if new == old:
            continue
        program = library.program(new)
        fitting = {a: b for a, b in mapping.items() if b in program.elements}
        step = bpmn.migrate(state, library.program, program, fitting, source=old, zone=work.now.tzinfo)
        definitions[old] = new
        moves += [(old, move) for move in step.moves]
        found += step.effects
        possible = possible and step.state is not None
        state = step.state or state
    return Plan(state if possible else None, definitions, moves, found)


Line = tuple[str, str, str, str | None, str | None, str | None]


def _lines(plan: Plan) -> Iterator[Line]:
    """The moves of a plan without the processes themselves, which always fit."""
    for old, move in plan.moves:
        key = old.rpartition(":")[0]
        if move.source != key:
            yield key, move.kind, move.source, move.target, move.zh, move.en


def _summed(plans: Sequence[tuple[str, Plan]], total: int) -> commands.MigrationPreview:
    """The table of a preview: each thing that moves or cannot, with how many work orders have it."""
    counts: Counter[Line] = Counter()
    for _, plan in plans:
        counts.update(set(_lines(plan)))
    lines = [commands.PreviewLine(*key, number) for key, number in counts.items()]
    return commands.MigrationPreview(
        total=total,
        checked=len(plans),
        possible=sum(plan.state is not None and bool(plan.definitions) for _, plan in plans),
        unchanged=sum(not plan.definitions for _, plan in plans),
        definitions={old: new for _, plan in plans for old, new in plan.definitions.items()},
        lines=sorted(lines, key=lambda line: (line.target is not None, line.process, line.kind, line.source)),
        stuck=[no for no, plan in plans if plan.state is None],
    )


def _asked(command: commands.PreviewMigration) -> list[tuple[str, Mapping[str, Any]]]:
    params = {"source": command.source, "no": command.order_no, "limit": MOST_PREVIEWED}
    if command.order_no is not None:
        return [(STATE, params), ("select 1 as number", {})]
    return [(STATES, params), (COUNT, params)]


# ------------------------------------------------------------------ events
def _moved(work: Work, order: Order, plan: Plan, mapping: Mapping[str, str], act: str, reason: str) -> Decision:
    if plan.state is None:
        raise _cannot(plan)
    rows = [_row(work, plan.definitions[old], move) for old, move in plan.moves if move.kind in ("item", "timer")]
    definition = plan.definitions.get(order.definition, order.definition)
    moved = events.OrderMigrated(act, definition, plan.definitions, dict(mapping), reason.strip(), rows)
    found: list[events.Event] = [moved, *_renewed(plan.effects), *_done_by(order, mapping)]
    result = commands.Migrated(order.no, plan.definitions)
    return Decision(order, [*found, events.StateChanged(plan.state)], result)


def _cannot(plan: Plan) -> CannotMigrate:
    zh = "；".join(dict.fromkeys(f"{move.source}：{move.zh}" for move in plan.stuck))
    en = "; ".join(dict.fromkeys(f"{move.source}: {move.en}" for move in plan.stuck))
    return CannotMigrate(f"不能迁移，工单没有变动。{zh}。", f"Cannot be migrated; nothing has changed. {en}.")


def _row(work: Work, definition: str, move: bpmn.Move) -> Row:
    """What rows of this item (or timer) name from now on. A form drawn as plain text follows the diagram."""
    element = work.definitions.program(work.transaction, definition).elements.get(move.target or "")
    row: Row = {"kind": move.kind, "number": move.number, "element": move.target, "definition": definition}
    if element is not None:
        form = element.attributes.get("formKey") or element.attributes.get("formRef") or ""
        row |= {"name": element.name or element.id, "form_key": form if _plain(form) else None}
    return row


def _plain(text: str) -> bool:
    return bool(text) and "${" not in text and not text.startswith("=")


def _renewed(found: Iterable[bpmn.Effect]) -> list[events.Event]:
    renewed: list[events.Event] = []
    for effect in found:
        if isinstance(effect, effects.Unsubscribed):
            renewed.append(events.Unsubscribed(effect.item, effect.element, effect.event))
        elif isinstance(effect, effects.Subscribed):
            at = effect.item, effect.element, effect.event
            renewed.append(events.Subscribed(*at, effect.kind, effect.name, effect.key or ""))
    return renewed


def _done_by(order: Order, mapping: Mapping[str, str]) -> list[events.Event]:
    """Who did a renamed step is known under its new name too, so that the separation of duties still holds."""
    known: Mapping[str, Any] = order.document.get("doneBy") or {}
    renamed = {new: known[old] for old, new in mapping.items() if old in known and new not in known}
    return [events.DocumentChanged({"doneBy": {**known, **renamed}})] if renamed else []
