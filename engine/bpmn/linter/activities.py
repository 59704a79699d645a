"""Activities, loops, sub-processes and calls (BPMN 2.0.2, section 10.3)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn import xml
from engine.bpmn.findings import Finding
from engine.bpmn.linter.data import matching
from engine.bpmn.linter.model import Model, Node, Rule, definitions, finding
from engine.bpmn.program import ACTIVITIES

GLOBAL = ("globalTask", "globalUserTask", "globalManualTask", "globalScriptTask", "globalBusinessRuleTask")
CALLABLE = ("process", *GLOBAL)


def quantities(model: Model) -> Iterator[Finding]:
    """Token quantities are at least 1 (table 10.3)."""
    for node in model.named(*ACTIVITIES):
        for name in ("startQuantity", "completionQuantity"):
            if not _whole(node.get(name, "1"), 1):
                yield finding("AC01", node, f"{name} 至少为 1", f"{name} must be at least 1")


def _whole(text: str, least: int) -> bool:
    try:
        return int(text) >= least
    except ValueError:
        return False


def loops(model: Model) -> Iterator[Finding]:
    """One kind of loop, with what it needs (section 10.3.8)."""
    for node in model.named(*ACTIVITIES):
        standard = xml.child(node, "standardLoopCharacteristics")
        multi = xml.child(node, "multiInstanceLoopCharacteristics")
        if standard is not None and multi is not None:
            yield finding(
                "AC02",
                node,
                "活动不能同时是标准循环和多实例",
                "an activity cannot be a standard loop and multi-instance at once",
            )
        if standard is not None and not _whole(standard.get("loopMaximum", "1"), 1):
            yield finding("AC03", node, "loopMaximum 至少为 1", "loopMaximum must be at least 1")
        if standard is not None and not standard.get("loopMaximum") and not xml.child_text(standard, "loopCondition"):
            yield finding(
                "AC25",
                node,
                "标准循环没有条件也没有最大次数，不会停下",
                "the standard loop has neither a condition nor a maximum: it never ends",
                ("填写循环条件或最大次数", "give a condition or a maximum"),
            )
        if multi is not None:
            yield from _multi_instance(model, node, multi)


def _multi_instance(model: Model, node: Node, multi: Node) -> Iterator[Finding]:
    cardinality = xml.child_text(multi, "loopCardinality")
    collection = xml.child_text(multi, "loopDataInputRef") or xml.camunda(multi, "collection")
    if not cardinality and not collection:
        yield finding(
            "AC04",
            node,
            "多实例没有数量也没有集合",
            "the multi-instance has neither cardinality nor collection",
            ("填写数量或集合", "give a cardinality or a collection"),
        )
    if cardinality and cardinality.lstrip("-").isdigit() and int(cardinality) < 0:
        yield finding(
            "AC05",
            node,
            f"多实例数量不能为负（{cardinality}）",
            f"loopCardinality must not be negative ({cardinality})",
        )
    if xml.camunda(multi, "elementVariable") and not collection:
        yield finding("AC06", node, "有元素变量但没有集合", "there is an element variable but no collection")
    behaviour = multi.get("behavior", "All")
    if behaviour in ("None", "One"):
        reference = multi.get(f"{behaviour.lower()}BehaviorEventRef")
        if not model.kind_of(reference).endswith("EventDefinition"):
            yield finding(
                "AC07",
                node,
                f"behavior={behaviour} 要指定抛出的事件",
                f"behavior {behaviour} must name the event it throws",
            )
    if behaviour == "Complex":
        parts = xml.children(multi, "complexBehaviorDefinition")
        if not parts:
            yield finding(
                "AC08", node, "behavior=Complex 要有复杂行为定义", "behavior Complex needs complexBehaviorDefinition"
            )
        for part in parts:
            if not any(definitions(model, e) for e in xml.children(part, "event")):
                yield finding(
                    "AC09", node, "复杂行为定义没有抛出的事件", "the complexBehaviorDefinition throws no event"
                )


def event_sub_processes(model: Model) -> Iterator[Finding]:
    """Event sub-processes have no sequence flows and do not loop (section 10.3.5)."""
    for node in model.named("subProcess", "transaction", "adHocSubProcess"):
        if node.get("triggeredByEvent") != "true":
            continue
        if model.into(node) or model.out_of(node):
            yield finding("AC10", node, "事件子流程不能有顺序流", "an event sub-process must have no sequence flows")
        if xml.children(node, "standardLoopCharacteristics", "multiInstanceLoopCharacteristics"):
            yield finding("AC11", node, "事件子流程不能循环或多实例", "an event sub-process cannot loop")
        if xml.local(node) != "subProcess":
            yield finding(
                "AC12", node, "只有普通子流程可以由事件触发", "only a plain sub-process can be triggered by an event"
            )


def adhoc(model: Model) -> Iterator[Finding]:
    """An ad-hoc sub-process holds activities, no start or end events (section 10.3.5)."""
    for node in model.named("adHocSubProcess"):
        if not xml.children(node, *ACTIVITIES):
            yield finding("AC13", node, "临时子流程里没有活动", "the ad-hoc sub-process has no activity")
        for event in xml.children(node, "startEvent", "endEvent"):
            yield finding(
                "AC14",
                event,
                "临时子流程里不能有开始或结束事件",
                "an ad-hoc sub-process must have no start or end events",
            )


def receive_tasks(model: Model) -> Iterator[Finding]:
    """Instantiating receive tasks begin the process; others name their message (section 10.3.3)."""
    for node in model.named("receiveTask", "sendTask"):
        if node.get("instantiate") == "true" and model.into(node):
            yield finding(
                "AC15",
                node,
                "启动流程的接收任务不能有流入连线",
                "an instantiating receive task must have no incoming flow",
            )
        behind = any(model.kind_of(f.get("sourceRef")) == "eventBasedGateway" for f in model.into(node))
        if not node.get("messageRef") and not xml.camunda(node, "topic"):
            word = ("接收", "receive") if xml.local(node) == "receiveTask" else ("发送", "send")
            if behind or xml.local(node) == "receiveTask" or not _service(node):
                yield finding(
                    "AC16",
                    node,
                    f"{word[0]}任务没有指定消息",
                    f"the {word[1]} task names no message",
                    ("选择一个消息", "choose a message"),
                )
        if model.service_bound and node.get("messageRef") and not node.get("operationRef"):
            yield finding(
                "AC17",
                node,
                "任务没有指定接口操作（operationRef）",
                "the task names no operation of the declared interfaces",
            )


def _service(node: Node) -> bool:
    return bool(node.get("operationRef"))


def services(model: Model) -> Iterator[Finding]:
    """A service task of a service-bound diagram names its operation (section 10.3.3)."""
    for node in model.named("serviceTask"):
        if model.service_bound and not node.get("operationRef"):
            yield finding(
                "AC18",
                node,
                "服务任务没有指定接口操作（operationRef）",
                "the service task names no operation of the declared interfaces",
            )


def scripts(model: Model) -> Iterator[Finding]:
    """Rules belong to decision tables, work to connectors: diagrams carry no program text."""
    for node in model.named("scriptTask", "globalScriptTask"):
        if not model.allow_scripts:
            yield finding(
                "AC19",
                node,
                "不允许脚本任务",
                "script tasks are not allowed",
                ("规则改用决策表，外部工作改用服务任务", "use a decision table for rules, a service task for work"),
            )
        elif xml.child_text(node, "script") is not None and node.get("scriptFormat") == "":
            yield finding("AC20", node, "脚本没有说明格式", "the script has no format")


def calls(model: Model) -> Iterator[Finding]:
    """A called process starts without event and has the data it is given (section 10.3.6)."""
    for node in model.named("callActivity"):
        called = node.get("calledElement")
        if not called:
            yield finding(
                "AC21",
                node,
                "调用活动没有指定流程",
                "the call activity names no process",
                ("选择流程", "choose a process"),
            )
            continue
        target = model.target(called)
        if target is not None and xml.local(target) not in CALLABLE:
            yield finding("AC22", node, f"“{called}”不是流程或全局任务", f"{called!r} is no process or global task")
        elif target is not None:
            yield from _called(model, node, target)


def _called(model: Model, node: Node, target: Node) -> Iterator[Finding]:
    starts = xml.children(target, "startEvent")
    if xml.local(target) == "process" and starts and all(definitions(model, s) for s in starts):
        yield finding("AC23", node, "被调用的流程没有普通开始事件", "the called process has no none start event")
    own, other = xml.child(node, "ioSpecification"), xml.child(target, "ioSpecification")
    if own is None or other is None:
        if own is not other and xml.CAMUNDA not in model.root.nsmap.values():
            yield finding(
                "AC24", node, "调用活动与被调用流程的数据定义不一致", "data of call and called process differ"
            )
        return
    for name in ("dataInput", "dataOutput"):
        mine, theirs = xml.children(own, name), xml.children(other, name)
        if len(mine) != len(theirs) or not all(any(matching(model, m, t) for t in theirs) for m in mine):
            yield finding(
                "AC24", node, f"调用活动与被调用流程的 {name} 不一致", f"{name}s of call and called process differ"
            )


RULES: tuple[Rule, ...] = (
    quantities,
    loops,
    event_sub_processes,
    adhoc,
    receive_tasks,
    services,
    scripts,
    calls,
)
