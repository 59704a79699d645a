"""Collaborations: participants and message flows (BPMN 2.0.2, chapter 9)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn import xml
from engine.bpmn.findings import Finding
from engine.bpmn.linter.model import Model, Node, Rule, definitions, finding
from engine.bpmn.program import ACTIVITIES

SENDING_EVENTS = ("endEvent", "intermediateThrowEvent")
RECEIVING_EVENTS = ("startEvent", "intermediateCatchEvent", "boundaryEvent")


def message_flows(model: Model) -> Iterator[Finding]:
    """A message flow joins two pools, from something that sends to something that receives (section 9.3)."""
    for flow in model.named("messageFlow"):
        source, target = model.target(flow.get("sourceRef")), model.target(flow.get("targetRef"))
        if source is None or not _may(model, source, SENDING_EVENTS):
            yield finding(
                "CO01",
                flow,
                "消息流的起点必须是泳池、活动或抛出消息的事件",
                "a message flow starts at a pool, an activity or a throwing message event",
            )
        if target is None or not _may(model, target, RECEIVING_EVENTS):
            yield finding(
                "CO02",
                flow,
                "消息流的终点必须是泳池、活动或捕获消息的事件",
                "a message flow ends at a pool, an activity or a catching message event",
            )
        if source is not None and target is not None:
            one, other = _pool(model, source), _pool(model, target)
            if one is not None and one is other:
                yield finding("CO03", flow, "消息流要连接两个不同的泳池", "a message flow joins two different pools")


def _may(model: Model, node: Node, events: tuple[str, ...]) -> bool:
    kind = xml.local(node)
    if kind == "participant" or kind in ACTIVITIES:
        return True
    kinds = {k for k, _ in definitions(model, node)} if kind in events else set()
    return kind in events and (not kinds or "message" in kinds)


def _pool(model: Model, node: Node) -> Node | None:
    """The participant a message flow end belongs to; its process where no participant names it."""
    if xml.local(node) == "participant":
        return node
    process = next((a for a in node.iterancestors() if xml.local(a) == "process"), None)
    if process is None:
        return None
    for participant in model.named("participant"):
        if model.target(participant.get("processRef")) is process:
            return participant
    return process


def conversations(model: Model) -> Iterator[Finding]:
    """A global conversation holds no nodes of its own; an executable diagram needs none (section 9.4)."""
    for node in model.named("conversation", "subConversation", "callConversation", "conversationLink"):
        yield finding(
            "CO04",
            node,
            "可执行流程图不支持会话图元素",
            "conversation elements are not supported in an executable diagram",
        )


def multiplicities(model: Model) -> Iterator[Finding]:
    """participantMultiplicity: 0 ≤ minimum ≤ maximum, maximum ≥ 1 (table 9.4)."""
    for node in model.named("participantMultiplicity"):
        low, high = int(node.get("minimum", "0")), int(node.get("maximum", "1"))
        if low < 0 or high < 1 or low > high:
            yield finding("CO05", node, "参与者数量范围不对", "the multiplicity of the participant is not a range")


def associations(model: Model) -> Iterator[Finding]:
    """Associations join things that exist (section 8.4.1)."""
    for node in model.named("association"):
        for name in ("sourceRef", "targetRef"):
            if model.target(node.get(name)) is None:
                yield finding("CO06", node, f"关联线的 {name} 不存在", f"the {name} of the association does not exist")


def participants(model: Model) -> Iterator[Finding]:
    """A process is drawn in one pool of a collaboration (section 9.2)."""
    for collaboration in model.named("collaboration"):
        seen: set[Node] = set()
        for participant in xml.children(collaboration, "participant"):
            process = model.target(participant.get("processRef"))
            if process is not None and process in seen:
                yield finding("CO07", participant, "一个流程只能画在一个泳池里", "a process is drawn in one pool only")
            if process is not None:
                seen.add(process)


RULES: tuple[Rule, ...] = (message_flows, conversations, multiplicities, associations, participants)
