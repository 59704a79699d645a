"""Ids, references and connections: what every later rule and the reader rely on."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn import xml
from engine.bpmn.building import FLOW_NODES
from engine.bpmn.findings import Finding
from engine.bpmn.linter.model import Model, Node, Rule, finding, texts
from engine.bpmn.program import ACTIVITIES, SUB_PROCESSES

GATEWAYS = frozenset(("exclusiveGateway", "parallelGateway", "inclusiveGateway", "complexGateway", "eventBasedGateway"))
REFERENCES = {
    "messageRef": ("message",),
    "errorRef": ("error",),
    "signalRef": ("signal",),
    "escalationRef": ("escalation",),
    "operationRef": ("operation",),
    "itemSubjectRef": ("itemDefinition",),
    "itemRef": ("itemDefinition",),
    "dataObjectRef": ("dataObject",),
    "dataStoreRef": ("dataStore",),
    "processRef": ("process",),
    "activityRef": tuple(ACTIVITIES),
    "default": ("sequenceFlow",),
    "correlationKeyRef": ("correlationKey",),
    "correlationPropertyRef": ("correlationProperty",),
    "inputDataRef": ("dataInput", "inputSet"),
    "outputDataRef": ("dataOutput", "outputSet"),
    "categoryValueRef": ("categoryValue",),
    "inMessageRef": ("message",),
    "outMessageRef": ("message",),
    "supportedInterfaceRef": ("interface",),
    "dataInputRefs": ("dataInput",),
    "dataOutputRefs": ("dataOutput",),
    "loopDataInputRef": ("dataInput", "dataObject", "dataObjectReference", "property"),
    "loopDataOutputRef": ("dataOutput", "dataObject", "dataObjectReference", "property"),
}
FOREIGN = frozenset(("choreography", "globalConversation", "globalChoreographyTask"))
CHOREOGRAPHY = frozenset(("choreographyTask", "subChoreography", "callChoreography"))


def executable(model: Model) -> Iterator[Finding]:
    """A diagram to deploy has something that runs."""
    if not any(True for _ in model.named("process", "globalTask", "globalUserTask", "globalBusinessRuleTask")):
        if any(True for _ in model.named("globalScriptTask", "globalManualTask")):
            return
        yield finding(
            "ST00",
            model.root,
            "没有可执行的流程",
            "there is no executable process",
            ("把流程设为可执行（isExecutable）", "mark the process as executable"),
        )


def unique_ids(model: Model) -> Iterator[Finding]:
    """Ids are unique in the file (XML Schema, type ID)."""
    seen: set[str] = set()
    for node in model.all:
        id = node.get("id") if xml.local(node) else None
        if id and id in seen:
            yield finding("ST01", node, f"编号“{id}”用了不止一次", f"the id {id!r} is used more than once")
        seen.add(id or "")


def ids_present(model: Model) -> Iterator[Finding]:
    """Everything that runs is named by its id in states and history."""
    for node in model.named("process", "sequenceFlow", *FLOW_NODES):
        if not node.get("id"):
            yield finding("ST02", node, f"有一个 {xml.local(node)} 没有编号", f"a {xml.local(node)} has no id")


def references(model: Model) -> Iterator[Finding]:
    """References resolve to an element of the right kind (BPMN 2.0.2, chapter 8)."""
    for node in model.bpmn:
        for name, kinds in REFERENCES.items():
            value = node.get(name)
            if value and model.kind_of(value) not in kinds:
                yield _unresolved(node, name, value)
        name = xml.local(node)
        content = xml.text(node) if name in REFERENCES else None
        if content and model.kind_of(content) not in REFERENCES[name]:
            yield _unresolved(node, name, content)


def _unresolved(node: Node, name: str, value: str) -> Finding:
    return finding(
        "ST06",
        node,
        f"{name} 指向的“{value}”不存在或类型不对",
        f"{name} {value!r} does not exist or is not of the right kind",
    )


def flows_connect(model: Model) -> Iterator[Finding]:
    """Both ends of a sequence flow are flow nodes of the same scope (BPMN 2.0.2, section 8.4.13)."""
    for flow in model.named("sequenceFlow"):
        source, target = model.target(flow.get("sourceRef")), model.target(flow.get("targetRef"))
        for end, word, side in ((source, "起点", "source"), (target, "终点", "target")):
            if end is None or xml.local(end) not in FLOW_NODES:
                yield finding("ST03", flow, f"连线的{word}不是流程节点", f"the {side} of the flow is no flow node")
        if source is None or target is None:
            continue
        if source.getparent() is not target.getparent() or source.getparent() is not flow.getparent():
            yield finding(
                "ST04",
                flow,
                "连线跨过了子流程或泳池的边界",
                "the sequence flow crosses the border of a sub-process or pool",
            )


def flows_listed(model: Model) -> Iterator[Finding]:
    """Where nodes list their incoming and outgoing flows, the lists are complete and true (section 8.4.9)."""
    for process in model.named("process"):
        nodes = [n for n in process.iter() if xml.local(n) in FLOW_NODES]
        if not any(xml.children(n, "incoming", "outgoing") for n in nodes):
            continue
        for node in nodes:
            for word, zh, flows in (("incoming", "流入", model.into(node)), ("outgoing", "流出", model.out_of(node))):
                if sorted(texts(node, word)) != sorted(str(f.get("id")) for f in flows):
                    yield finding(
                        "ST07",
                        node,
                        f"登记的{zh}连线与实际连线不一致",
                        f"the listed {word} flows differ from the sequence flows drawn",
                    )


def boundaries_attached(model: Model) -> Iterator[Finding]:
    """A boundary event stands on an activity of the same scope (BPMN 2.0.2, section 10.5.4)."""
    for node in model.named("boundaryEvent"):
        host = model.target(node.get("attachedToRef"))
        if host is None or xml.local(host) not in ACTIVITIES or host.getparent() is not node.getparent():
            yield finding("ST05", node, "边界事件没有附着在活动上", "the boundary event is not attached to an activity")
        elif host.get("triggeredByEvent") == "true":
            yield finding(
                "ST05",
                node,
                "边界事件不能附着在事件子流程上",
                "a boundary event cannot be attached to an event sub-process",
            )


def conditions_placed(model: Model) -> Iterator[Finding]:
    """Conditional flows leave activities and exclusive, inclusive or complex gateways (section 8.4.13)."""
    for flow in model.named("sequenceFlow"):
        if xml.child(flow, "conditionExpression") is None:
            continue
        source = model.target(flow.get("sourceRef"))
        kind = xml.local(source) if source is not None else ""
        if kind.endswith("Event") or kind in ("parallelGateway", "eventBasedGateway"):
            yield finding(
                "FL01",
                flow,
                "从事件、并行网关或事件网关出发的连线不能带条件",
                "a flow from an event, parallel or event-based gateway must not have a condition",
            )
        elif source is not None and kind in ACTIVITIES and len(model.out_of(source)) == 1:
            yield finding(
                "FL02",
                flow,
                "活动只有一条流出连线时不能带条件",
                "the only flow that leaves an activity must not have a condition",
            )


def defaults(model: Model) -> Iterator[Finding]:
    """A default flow leaves its element and has no condition (sections 10.3 and 10.6)."""
    for node in model.flow_nodes:
        value = node.get("default")
        if not value:
            continue
        flow = model.target(value)
        if flow is None or flow not in model.out_of(node):
            yield finding("FL03", node, "默认流不是从这个元素流出的", "the default flow does not leave this element")
        elif xml.child(flow, "conditionExpression") is not None:
            yield finding("FL04", flow, "默认流不能带条件", "a default flow must not have a condition")


def texts_formats(model: Model) -> Iterator[Finding]:
    """Text and script formats are MIME types (sections 8.4.2 and 10.3.3)."""
    for node in model.bpmn:
        for name in ("textFormat", "scriptFormat"):
            value = node.get(name)
            if value and ("/" not in value or " " in value.strip()):
                yield finding("ST08", node, f"{name}“{value}”不是 MIME 类型", f"{name} {value!r} is no MIME type")


def foreign(model: Model) -> Iterator[Finding]:
    """Choreographies are no processes; other files are not imported (sections 8.2 and 10.3)."""
    for node in model.bpmn:
        kind = xml.local(node)
        if kind in FOREIGN or kind in CHOREOGRAPHY:
            yield finding("ST09", node, f"流程里不能有 {kind}（编排图）", f"{kind} belongs to choreographies, not here")
        elif kind == "import":
            yield finding(
                "ST10",
                node,
                "不支持引入其他文件，请把内容放进同一个文件",
                "imports of other files are not supported; put everything into one file",
            )
        elif kind == "extension" and node.get("mustUnderstand") == "true":
            yield finding(
                "ST12", node, "要求必须理解的扩展不受支持", "an extension that must be understood is not supported"
            )
        elif kind == "sequenceFlow" and node.get("isImmediate") == "false":
            yield finding(
                "ST13",
                node,
                "可执行流程的连线不能是 isImmediate=false",
                "a sequence flow of an executable process must not have isImmediate=false",
            )
        elif kind == "process" and node.get("processType") == "Public" and node.get("isExecutable") != "false":
            yield finding("ST11", node, "公共流程（Public）不能是可执行的", "a public process must not be executable")


def lanes(model: Model) -> Iterator[Finding]:
    """A lane holds flow nodes of its own process; a node stands in one lane of a lane set (section 10.8)."""
    for lane_set in model.named("laneSet"):
        owner = next((a for a in lane_set.iterancestors() if xml.local(a) in ("process", *SUB_PROCESSES)), None)
        seen: set[str] = set()
        for lane in xml.children(lane_set, "lane"):
            for ref in texts(lane, "flowNodeRef"):
                node = model.target(ref)
                if node is None or xml.local(node) not in FLOW_NODES or owner not in list(node.iterancestors()):
                    yield finding(
                        "ST14",
                        lane,
                        f"泳道里的“{ref}”不是本流程的节点",
                        f"{ref!r} in the lane is no node of this process",
                    )
                if ref in seen:
                    yield finding("ST15", lane, f"“{ref}”同时在两个泳道里", f"{ref!r} stands in two lanes")
                seen.add(ref)


def resources(model: Model) -> Iterator[Finding]:
    """A resource role names a resource or an assignment expression, not both (table 10.5)."""
    for node in model.named("resourceRole", "performer", "humanPerformer", "potentialOwner"):
        reference = xml.child(node, "resourceRef") is not None
        assigned = xml.child(node, "resourceAssignmentExpression") is not None
        if reference == assigned:
            yield finding(
                "ST16",
                node,
                "资源角色要么指定资源，要么给出分配表达式",
                "a resource role names either a resource or an assignment expression",
            )


RULES: tuple[Rule, ...] = (
    executable,
    unique_ids,
    ids_present,
    references,
    flows_connect,
    flows_listed,
    boundaries_attached,
    conditions_placed,
    defaults,
    texts_formats,
    foreign,
    lanes,
    resources,
)
