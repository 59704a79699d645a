"""Events (BPMN 2.0.2, section 10.5)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn import xml
from engine.bpmn.findings import Finding
from engine.bpmn.linter.model import Model, Node, Rule, definitions, finding
from engine.bpmn.program import ACTIVITIES, SUB_PROCESSES

EVENTS = ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")
ALLOWED = {
    "process start": frozenset(("message", "timer", "conditional", "signal")),
    "event start": frozenset(("message", "timer", "conditional", "signal", "error", "escalation", "compensate")),
    "inner start": frozenset[str](),
    "endEvent": frozenset(("message", "error", "escalation", "cancel", "compensate", "signal", "terminate")),
    "intermediateCatchEvent": frozenset(("message", "timer", "conditional", "link", "signal")),
    "intermediateThrowEvent": frozenset(("message", "escalation", "compensate", "link", "signal")),
    "boundaryEvent": frozenset(
        ("message", "timer", "escalation", "error", "cancel", "compensate", "conditional", "signal")
    ),
}
ALWAYS_INTERRUPTING = frozenset(("error", "cancel", "compensate"))
NEEDS_CODE = {"error": "errorCode", "escalation": "escalationCode"}


def place_of(node: Node) -> str:
    """Where an event stands, as a key of ALLOWED."""
    if xml.local(node) != "startEvent":
        return xml.local(node)
    parent = node.getparent()
    if parent is not None and xml.local(parent) == "process":
        return "process start"
    return "event start" if parent is not None and parent.get("triggeredByEvent") == "true" else "inner start"


def definitions_allowed(model: Model) -> Iterator[Finding]:
    """Tables 10.82, 10.84, 10.86, 10.88, 10.89: which definitions an event may have where."""
    for node in model.named(*EVENTS):
        place, found = place_of(node), definitions(model, node)
        for kind, _ in found:
            if kind not in ALLOWED[place]:
                yield finding(
                    "EV01", node, f"这里不能用 {kind} 类型的事件", f"a {kind} event definition is not allowed here"
                )
        if not found and place in ("event start", "boundaryEvent", "intermediateCatchEvent"):
            yield finding(
                "EV02",
                node,
                "这个事件没有说明等待什么（消息、定时……）",
                "the event does not say what it waits for (message, timer, …)",
            )


def reusable_definitions(model: Model) -> Iterator[Finding]:
    """eventDefinitionRef means a definition at the top of the file (section 10.5.1)."""
    for node in model.named("eventDefinitionRef"):
        target = model.target(node.text)
        if target is None or not xml.local(target).endswith("EventDefinition") or target.getparent() is not model.root:
            yield finding(
                "EV03",
                node,
                "引用的事件定义不存在，或不在文件顶层",
                "the referenced event definition does not exist or is not at the top of the file",
            )


def interrupting(model: Model) -> Iterator[Finding]:
    """Error, cancel and compensation always interrupt (sections 10.5.2 and 10.5.4)."""
    for node in model.named("startEvent", "boundaryEvent"):
        flag = "isInterrupting" if xml.local(node) == "startEvent" else "cancelActivity"
        if node.get(flag) == "false":
            for kind in {kind for kind, _ in definitions(model, node)} & ALWAYS_INTERRUPTING:
                yield finding("EV04", node, f"{kind} 事件必须是中断型的", f"a {kind} event must be interrupting")


def connections(model: Model) -> Iterator[Finding]:
    """Which events have incoming and outgoing flows (sections 10.5.2 to 10.5.4)."""
    for node in model.named(*EVENTS):
        kinds = {kind for kind, _ in definitions(model, node)}
        into, out = _wanted(xml.local(node), kinds)
        parent = node.getparent()
        if parent is not None and xml.local(parent) == "adHocSubProcess":
            continue  # what stands in an ad-hoc sub-process may begin and end anywhere (section 10.3.5)
        for wanted, flows, zh, en in (
            (into, model.into(node), "流入", "incoming"),
            (out, model.out_of(node), "流出", "outgoing"),
        ):
            if wanted and not flows:
                yield finding(
                    "EV05",
                    node,
                    f"事件缺少{zh}连线",
                    f"the event has no {en} flow",
                    (f"画上{zh}连线", f"draw the {en} flow"),
                )
            elif not wanted and flows:
                yield finding("EV06", node, f"事件不能有{zh}连线", f"the event must have no {en} flow")


def _wanted(kind: str, kinds: set[str]) -> tuple[bool, bool]:
    """(incoming, outgoing)"""
    if kind == "boundaryEvent":
        return False, kinds != {"compensate"}
    if kind == "startEvent" or (kind == "intermediateCatchEvent" and "link" in kinds):
        return False, True
    if kind == "endEvent" or (kind == "intermediateThrowEvent" and "link" in kinds):
        return True, False
    return True, True


def start_and_end(model: Model) -> Iterator[Finding]:
    """With start events there are end events and the other way round (sections 10.5.2 and 10.5.3)."""
    for scope in model.named("process", "subProcess", "transaction"):
        starts, ends = xml.children(scope, "startEvent"), xml.children(scope, "endEvent")
        instantiating = [
            c for c in xml.children(scope, "receiveTask", "eventBasedGateway") if c.get("instantiate") == "true"
        ]
        if starts and not ends:
            yield finding(
                "EV07",
                scope,
                "有开始事件但没有结束事件",
                "there is a start event but no end event",
                ("画上结束事件", "draw an end event"),
            )
        if ends and not starts and not instantiating:
            yield finding(
                "EV08",
                scope,
                "有结束事件但没有开始事件",
                "there is an end event but no start event",
                ("画上开始事件", "draw a start event"),
            )
        if scope.get("triggeredByEvent") == "true" and len(starts) != 1:
            yield finding(
                "EV09",
                scope,
                f"事件子流程要有且只有一个开始事件，现在有 {len(starts)} 个",
                f"an event sub-process has exactly one start event, this has {len(starts)}",
            )
        elif xml.local(scope) != "process" and len(starts) > 1:
            yield finding("EV09", scope, "子流程只能有一个开始事件", "a sub-process has only one start event")


def cancel_in_transaction(model: Model) -> Iterator[Finding]:
    """Cancel belongs to transactions (sections 10.5.1 and 10.7)."""
    for node in model.named("boundaryEvent", "endEvent"):
        if not any(kind == "cancel" for kind, _ in definitions(model, node)):
            continue
        if xml.local(node) == "boundaryEvent":
            inside = model.kind_of(node.get("attachedToRef")) == "transaction"
        else:
            inside = any(xml.local(a) == "transaction" for a in node.iterancestors())
        if not inside:
            yield finding(
                "EV10", node, "取消事件只能用在事务子流程上", "a cancel event needs a transaction sub-process"
            )


def messages(model: Model) -> Iterator[Finding]:
    """Message events and tasks name their message, in service-bound diagrams also the operation (section 10.5.5)."""
    for node in model.named("messageEventDefinition"):
        operation = xml.child(node, "operationRef") is not None or bool(node.get("operationRef"))
        if not node.get("messageRef"):
            yield finding(
                "EV11",
                node,
                "消息事件没有指定消息",
                "the message event names no message",
                ("选择一个消息", "choose a message"),
            )
        elif model.service_bound and not operation:
            yield finding(
                "EV12",
                node,
                "消息事件没有指定接口操作（operationRef）",
                "the message event names no operation of the declared interfaces",
            )
        elif operation:
            yield from _operation_fits(model, node)


def _operation_fits(model: Model, node: Node) -> Iterator[Finding]:
    """The operation carries the message the event names."""
    operation = model.target(xml.child_text(node, "operationRef") or node.get("operationRef"))
    if operation is None:
        return
    carried = {xml.reference(xml.text(c)) for c in xml.children(operation, "inMessageRef", "outMessageRef")}
    if xml.reference(node.get("messageRef")) not in carried:
        yield finding("EV13", node, "接口操作里没有这个消息", "the operation does not carry this message")


def codes(model: Model) -> Iterator[Finding]:
    """A thrown error or escalation has its code; a signal event its signal (section 10.5.5)."""
    for node in model.named(*EVENTS):
        throwing = xml.local(node) in ("endEvent", "intermediateThrowEvent")
        for kind, definition in definitions(model, node):
            if kind == "signal" and not definition.get("signalRef"):
                yield finding("EV14", node, "信号事件没有指定信号", "the signal event names no signal")
            if kind in NEEDS_CODE and throwing:
                declared = model.target(definition.get(f"{kind}Ref"))
                if declared is None or not declared.get(NEEDS_CODE[kind]):
                    yield finding(
                        "EV15",
                        node,
                        f"抛出的 {kind} 没有代码（{NEEDS_CODE[kind]}）",
                        f"the thrown {kind} has no {NEEDS_CODE[kind]}",
                    )


def links(model: Model) -> Iterator[Finding]:
    """Link events pair up inside one scope (section 10.5.5)."""
    for scope in model.named("process", "subProcess", "transaction", "adHocSubProcess"):
        throws = _links(model, scope, "intermediateThrowEvent")
        catches = _links(model, scope, "intermediateCatchEvent")
        for node, link in throws:
            if not any(_paired(link, other) for _, other in catches):
                yield finding(
                    "EV16", node, "链接没有对应的捕获事件（同一层）", "the link has no catching event in this scope"
                )
        for node, link in catches:
            if not any(_paired(other, link) for _, other in throws):
                yield finding(
                    "EV17", node, "链接没有对应的抛出事件（同一层）", "the link has no throwing event in this scope"
                )
            if sum(link.get("name") == other.get("name") for _, other in catches) > 1:
                yield finding(
                    "EV18",
                    node,
                    "同一层有两个同名的链接捕获事件",
                    "two catching link events of one scope have the same name",
                )


def _links(model: Model, scope: Node, kind: str) -> list[tuple[Node, Node]]:
    events = xml.children(scope, kind)
    return [(e, d) for e in events for k, d in definitions(model, e) if k == "link"]


def _paired(throw: Node, catch: Node) -> bool:
    """Same name, and where source and target are given they name each other."""
    target, sources = (
        xml.reference(xml.child_text(throw, "target")),
        [xml.reference(xml.text(c)) for c in xml.children(catch, "source")],
    )
    if target is not None and target != catch.get("id"):
        return False
    if sources and throw.get("id") not in sources:
        return False
    return throw.get("name") == catch.get("name") or target is not None


def compensation(model: Model) -> Iterator[Finding]:
    """Compensation boundary events lead by association to a handler; handlers have no flows (section 10.7)."""
    for node in model.named("boundaryEvent"):
        if any(kind == "compensate" for kind, _ in definitions(model, node)):
            handlers = [h for h in model.associated.get(node, ()) if xml.local(h) in ACTIVITIES]
            if len(handlers) != 1 or handlers[0].get("isForCompensation") != "true":
                yield finding(
                    "EV19",
                    node,
                    "补偿边界事件要用关联线连到一个标为补偿的活动",
                    "a compensation boundary event needs an association to one activity marked for compensation",
                )
    for node in model.named(*ACTIVITIES):
        if node.get("isForCompensation") == "true" and (model.into(node) or model.out_of(node)):
            yield finding("EV20", node, "补偿活动不能有顺序流", "a compensation activity must have no sequence flows")


def compensated(model: Model) -> Iterator[Finding]:
    """A compensation throw that names a task needs a handler there (section 10.7.1)."""
    for definition in model.named("compensateEventDefinition"):
        target = model.target(definition.get("activityRef"))
        if target is None or xml.local(target) in SUB_PROCESSES or xml.local(target) == "callActivity":
            continue
        boundaries = model.boundaries.get(target, [])
        if not any(kind == "compensate" for b in boundaries for kind, _ in definitions(model, b)):
            yield finding(
                "EV21",
                definition,
                "要补偿的活动没有补偿处理",
                "the activity to compensate has no compensation handler",
                ("给它加上补偿边界事件", "give it a compensation boundary event"),
            )


RULES: tuple[Rule, ...] = (
    definitions_allowed,
    reusable_definitions,
    interrupting,
    connections,
    start_and_end,
    cancel_in_transaction,
    messages,
    codes,
    links,
    compensation,
    compensated,
)
