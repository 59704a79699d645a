"""流程体检: what has to be true of the district's diagrams before they go live, whoever drew them.

`check(world)` proves the ten invariants I1 … I10 over all diagrams together, through call activities. Each has a
module. Source: process model, section 0.7; the properties it reads are named in processes/README.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from engine.invariants import (
    emergency,
    endings,
    gateways,
    loops,
    messages,
    privacy,
    running,
    separation,
    staffing,
    verified,
)
from engine.invariants.findings import Finding, Place, finding
from engine.invariants.graph import TooLarge
from engine.invariants.world import Duty, Standing, World

__all__ = ["Duty", "Finding", "Place", "Standing", "World", "check", "introduced"]

INVARIANTS: tuple[Callable[[World], Iterable[Finding]], ...] = (
    verified.check,
    staffing.check,
    gateways.check,
    messages.check,
    loops.check,
    emergency.check,
    separation.check,
    endings.check,
    privacy.check,
    running.check,
)


def check(world: World) -> list[Finding]:
    """Everything found, errors first."""
    found = [one for invariant in INVARIANTS for one in _run(invariant, world)]
    return sorted(dict.fromkeys(found), key=lambda one: one.severity != "error")


def _run(invariant: Callable[[World], Iterable[Finding]], world: World) -> Iterator[Finding]:
    try:
        yield from invariant(world)
    except TooLarge:
        if invariant is verified.check:
            program = next(iter(world.roots))
            sentences = (
                f"流程互相调用展开后超过 {world.largest} 个节点，无法证明每案必核",
                f"the calls unfold into more than {world.largest} points; verification cannot be proved",
            )
            repair = "减少嵌套调用", "call fewer processes from each other"
            yield finding("I1", program, program.root, sentences, repair)


def introduced(world: World, before: Callable[[], World]) -> list[Finding]:
    """What `check` finds, with errors that were live before and have nothing to do with what changes as warnings.

    `before` gives the world as it is live now; it is only asked when there is such an error. So a fault in one process
    does not keep another from being mended, and a change that breaks another process is refused.
    """
    found = check(world)
    elsewhere = [one for one in found if one.severity == "error" and not one.about & set(world.changed)]
    if not elsewhere:
        return found
    old = {(one.rule, one.process, one.element) for one in check(before())}
    forgiven = {one for one in elsewhere if (one.rule, one.process, one.element) in old}
    softened = [replace(one, severity="warning") if one in forgiven else one for one in found]
    return sorted(softened, key=lambda one: one.severity != "error")
