"""I3: every exclusive (and inclusive) gateway has a default flow, or conditions one of which is always true."""

from __future__ import annotations

from collections.abc import Iterator

from engine.invariants.conditions import complete
from engine.invariants.findings import Finding, Place, finding, place
from engine.invariants.world import World

REPAIR = ("把其中一条设为默认流", "make one of the flows the default")


def check(world: World) -> Iterator[Finding]:
    for program, gateway in world.elements("exclusiveGateway", "inclusiveGateway"):
        conditions = [flow.condition for flow in gateway.outgoing]
        if len(conditions) < 2 or gateway.default is not None or None in conditions:
            continue
        if complete([text for text in conditions if text is not None]):
            continue
        listed = "；".join(str(condition) for condition in conditions)
        zh = f"没有默认流，条件也不完备，都不成立时工单会停住（{listed}）"
        en = "there is no default flow and the conditions are not complete; the work order stops when none is true"
        path: list[Place] = [place(program, gateway)]
        yield finding("I3", program, gateway, (zh, en), REPAIR, path)
