"""Gateways (BPMN 2.0.2, section 10.6)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn import xml
from engine.bpmn.findings import Finding
from engine.bpmn.linter.model import Model, Node, Rule, definitions, finding
from engine.bpmn.linter.structure import GATEWAYS

AFTER_GATEWAY = frozenset(("message", "timer", "conditional", "signal"))


def direction(model: Model) -> Iterator[Finding]:
    """gatewayDirection fits the number of flows (section 10.6.1)."""
    for node in model.named(*GATEWAYS):
        into, out = len(model.into(node)), len(model.out_of(node))
        wanted = node.get("gatewayDirection", "Unspecified")
        wrong = {
            "Converging": into < 2 or out > 1,
            "Diverging": into > 1 or out < 2,
            "Mixed": into < 2 or out < 2,
        }.get(wanted, False)
        if wrong:
            yield finding(
                "GW01",
                node,
                f"网关方向标为 {wanted}，与 {into} 条流入、{out} 条流出不符",
                f"the gateway is marked {wanted} but has {into} incoming and {out} outgoing flows",
                ("去掉方向标记或改正连线", "remove the direction or correct the flows"),
            )


def branching(model: Model) -> Iterator[Finding]:
    """A gateway joins or splits; an event-based one always splits (sections 10.6.1 and 10.6.6)."""
    for node in model.named(*GATEWAYS):
        into, out = len(model.into(node)), len(model.out_of(node))
        if xml.local(node) == "eventBasedGateway":
            if out < 2:
                yield finding(
                    "GW03",
                    node,
                    "事件网关至少要有两条流出连线",
                    "an event-based gateway needs at least two outgoing flows",
                )
        elif into < 2 and out < 2:
            yield finding(
                "GW02",
                node,
                "网关既不汇合也不分支",
                "the gateway neither joins nor splits",
                ("去掉这个网关，或补上连线", "remove the gateway or add flows"),
            )


def event_gateway(model: Model) -> Iterator[Finding]:
    """What stands behind an event-based gateway (section 10.6.6)."""
    for node in model.named("eventBasedGateway"):
        targets = [t for f in model.out_of(node) if (t := model.target(f.get("targetRef"))) is not None]
        kinds = [_waits_for(model, t) for t in targets]
        for target, kind in zip(targets, kinds, strict=True):
            if not kind:
                yield finding(
                    "GW04",
                    target,
                    "事件网关后面只能是消息、定时、条件、信号捕获事件或接收任务",
                    "only message, timer, conditional and signal catch events or receive tasks follow "
                    "an event-based gateway",
                )
            if len(model.into(target)) > 1:
                yield finding(
                    "GW05",
                    target,
                    "事件网关后面的元素不能有别的流入连线",
                    "an element behind an event-based gateway must have no other incoming flow",
                )
            if model.boundaries.get(target):
                yield finding(
                    "GW06",
                    target,
                    "事件网关后面的接收任务不能有边界事件",
                    "a receive task behind an event-based gateway must have no boundary events",
                )
        if "message" in kinds and "receiveTask" in kinds:
            yield finding(
                "GW07",
                node,
                "事件网关后面不能同时用消息事件和接收任务",
                "message events and receive tasks must not be mixed behind an event-based gateway",
            )
        yield from _instantiating(model, node, kinds)


def _instantiating(model: Model, node: Node, kinds: list[str]) -> Iterator[Finding]:
    if node.get("instantiate") == "true":
        if model.into(node):
            yield finding(
                "GW08",
                node,
                "启动流程的事件网关不能有流入连线",
                "an instantiating event-based gateway must have no incoming flow",
            )
    elif node.get("eventGatewayType") == "Parallel":
        yield finding(
            "GW09", node, "并行事件网关只能用来启动流程", "a parallel event-based gateway must instantiate the process"
        )
    elif not model.into(node):
        yield finding("GW10", node, "事件网关没有流入连线", "the event-based gateway has no incoming flow")


def _waits_for(model: Model, node: Node) -> str:
    """Kind of what an element behind an event-based gateway waits for; empty when it may not stand there."""
    if xml.local(node) == "receiveTask":
        return "receiveTask"
    kinds = {kind for kind, _ in definitions(model, node)} if xml.local(node) == "intermediateCatchEvent" else set()
    if not kinds or not kinds <= AFTER_GATEWAY:
        return ""
    return "message" if "message" in kinds else sorted(kinds)[0]


RULES: tuple[Rule, ...] = (direction, branching, event_gateway)
