"""Ids, references and connections: what every later rule and the reader rely on."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn import xml
from engine.bpmn.building import FLOW_NODES
from engine.bpmn.findings import Finding
from engine.bpmn.linter.model import Model, Rule, finding
from engine.bpmn.program import ACTIVITIES


def unique_ids(model: Model) -> Iterator[Finding]:
    """Ids are unique in the file (XML Schema, type ID)."""
    seen: set[str] = set()
    for node in model.bpmn:
        id = node.get("id")
        if id and id in seen:
            yield finding("ST01", node, f"编号“{id}”用了不止一次", f"the id {id!r} is used more than once")
        seen.add(id or "")


def ids_present(model: Model) -> Iterator[Finding]:
    """Everything that runs is named by its id in states and history."""
    for node in model.named("process", "sequenceFlow", *FLOW_NODES):
        if not node.get("id"):
            yield finding("ST02", node, f"有一个 {xml.local(node)} 没有编号", f"a {xml.local(node)} has no id")


def flows_connect(model: Model) -> Iterator[Finding]:
    """Both ends of a sequence flow are flow nodes of the same scope (BPMN 2.0.2, section 8.4.13)."""
    for flow in model.named("sequenceFlow"):
        source, target = model.target(flow.get("sourceRef")), model.target(flow.get("targetRef"))
        for end, word, side in ((source, "起点", "source"), (target, "终点", "target")):
            if end is None or xml.local(end) not in FLOW_NODES:
                yield finding("ST03", flow, f"连线的{word}不是流程节点", f"the {side} of the flow is no flow node")
        if source is not None and target is not None and source.getparent() is not target.getparent():
            yield finding(
                "ST04", flow, "连线跨过了子流程的边界", "the sequence flow crosses the border of a sub-process"
            )


def boundaries_attached(model: Model) -> Iterator[Finding]:
    """A boundary event stands on an activity of the same scope (BPMN 2.0.2, section 10.5.4)."""
    for node in model.named("boundaryEvent"):
        host = model.target(node.get("attachedToRef"))
        if host is None or xml.local(host) not in ACTIVITIES or host.getparent() is not node.getparent():
            yield finding(
                "ST05", node, "边界事件没有附着在活动上", "the boundary event is not attached to an activity"
            )


RULES: tuple[Rule, ...] = (unique_ids, ids_present, flows_connect, boundaries_attached)
