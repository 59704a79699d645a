"""I10: work orders that are running stay on the version they began with; what that means is told.

A running order is only moved to the new version by a migration, which names an element for each that is gone. So
nothing here keeps a diagram from being deployed.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn import Program
from engine.invariants.findings import Finding, finding
from engine.invariants.world import World


def check(world: World) -> Iterator[Finding]:
    for key, old in world.former.items():
        new = world.programs.get(key)
        if new is not None:
            yield from _staying(world, new)
            yield from _gone(world, old, new)


def _staying(world: World, new: Program) -> Iterator[Finding]:
    count = sum(one.orders for one in world.standing if one.process == new.key and one.element is None)
    if count:
        sentences = (
            f"有 {count} 件在办工单留在原版本上继续办理",
            f"{count} running work orders stay on the version they began with",
        )
        repair = "需要时在运维页面把它们迁移到新版本", "migrate them to the new version if needed"
        yield finding("I10", new, new.root, sentences, repair, severity="warning")


def _gone(world: World, old: Program, new: Program) -> Iterator[Finding]:
    for one in world.standing:
        element = old.elements.get(one.element or "")
        if one.process != new.key or element is None or element.id in new.elements:
            continue
        name = element.name or element.id
        sentences = (
            f"“{name}”（{element.id}）在新版本里没有了，还有 {one.orders} 件在办工单停在那里（第 {one.version} 版）",
            f"{element.id} is gone in the new version; {one.orders} work orders of version {one.version} wait there",
        )
        repair = (
            f"让它们留在原版本办完；迁移时要为 {element.id} 指定新的节点",
            f"let them finish on their version; a migration has to name an element for {element.id}",
        )
        yield finding("I10", new, new.root, sentences, repair, severity="warning")
