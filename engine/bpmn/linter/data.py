"""Data objects, data inputs and outputs, associations, items (BPMN 2.0.2, sections 10.4 and 8.4.10)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn import xml
from engine.bpmn.findings import Finding
from engine.bpmn.linter.model import Model, Node, Rule, definitions, finding, texts

NO_DATA = frozenset(("subProcess", "transaction", "adHocSubProcess"))
TYPED_TASKS = {
    "serviceTask": ("inMessageRef", "outMessageRef"),
    "sendTask": ("messageRef", None),
    "receiveTask": (None, "messageRef"),
}


def item_of(model: Model, node: Node) -> Node | None:
    """The item definition of a data element; through references to the data object."""
    if xml.local(node) == "dataObjectReference":
        target = model.target(node.get("dataObjectRef"))
        return item_of(model, target) if target is not None else None
    return model.target(node.get("itemSubjectRef") or node.get("itemRef"))


def same_item(one: Node | None, other: Node | None) -> bool:
    """Equal items: the same definition, or the same structure."""
    if one is None or other is None or one is other:
        return True
    return one.get("structureRef") is not None and one.get("structureRef") == other.get("structureRef")


def matching(model: Model, one: Node, other: Node) -> bool:
    return same_item(item_of(model, one), item_of(model, other))


def collections(model: Model) -> Iterator[Finding]:
    """isCollection of a data element and of its item agree (tables 10.52, 10.60)."""
    for node in model.named("dataObject", "dataInput", "dataOutput"):
        item = item_of(model, node)
        if item is None or xml.local(item) != "itemDefinition":
            continue
        if (node.get("isCollection") == "true") != (item.get("isCollection") == "true"):
            yield finding("DA01", node, "是否集合与数据项定义不一致", "isCollection differs from the item definition's")


def specifications(model: Model) -> Iterator[Finding]:
    """ioSpecification belongs to processes and tasks; its sets are complete and agree (section 10.4.2)."""
    for spec in model.named("ioSpecification"):
        owner = spec.getparent()
        if owner is not None and xml.local(owner) in NO_DATA:
            yield finding(
                "DA02", owner, "子流程不能有数据输入输出定义", "a sub-process must not have an ioSpecification"
            )
        yield from _sets(spec, "input")
        yield from _sets(spec, "output")
        yield from _crossing(spec)


def _sets(spec: Node, side: str) -> Iterator[Finding]:
    title = side.capitalize()
    sets = xml.children(spec, f"{side}Set")
    own = {str(data.get("id")) for data in xml.children(spec, f"data{title}")}
    listed: set[str] = set()
    for group in sets:
        members = texts(group, f"data{title}Refs")
        listed.update(members)
        for ref in sorted(set(members) - own):
            yield finding(
                "DA25", spec, f"“{ref}”不在这个数据定义里", f"{ref!r} is not declared in this ioSpecification"
            )
        for extra in (f"optional{title}Refs", f"whileExecuting{title}Refs"):
            for ref in texts(group, extra):
                if ref not in members:
                    yield finding(
                        "DA03", spec, f"{extra} 里的“{ref}”不在这个集合里", f"{extra} {ref!r} is not in its set"
                    )
    for data in xml.children(spec, f"data{title}"):
        if sets and data.get("id") not in listed:
            yield finding("DA04", data, "数据不属于任何集合", f"the data {side} is in no {side} set")


def _crossing(spec: Node) -> Iterator[Finding]:
    """inputSet and outputSet name each other or not at all (table 10.61)."""
    pairs: set[tuple[str, str, str]] = set()
    for group in xml.children(spec, "inputSet"):
        pairs.update((str(group.get("id")), ref, "in") for ref in texts(group, "outputSetRefs"))
    for group in xml.children(spec, "outputSet"):
        pairs.update((ref, str(group.get("id")), "out") for ref in texts(group, "inputSetRefs"))
    for inside, outside, side in sorted(pairs):
        if (inside, outside, "out" if side == "in" else "in") not in pairs:
            yield finding(
                "DA05",
                spec,
                f"输入集合“{inside}”与输出集合“{outside}”没有互相引用",
                f"input set {inside!r} and output set {outside!r} do not refer to each other",
            )


def typed_tasks(model: Model) -> Iterator[Finding]:
    """Service, send and receive tasks carry one item each way, that of the message (section 10.3.3)."""
    for node in model.named(*TYPED_TASKS):
        spec = xml.child(node, "ioSpecification")
        if spec is None:
            continue
        for side, source in zip(("Input", "Output"), TYPED_TASKS[xml.local(node)], strict=True):
            sets, data = xml.children(spec, f"{side.lower()}Set"), xml.children(spec, f"data{side}")
            if len(sets) > 1:
                yield finding(
                    "DA06", node, f"只能有一个 {side.lower()}Set", f"there must be only one {side.lower()}Set"
                )
            if len(data) > 1:
                yield finding("DA07", node, f"只能有一个 data{side}", f"there must be only one data{side}")
            message = _message(model, node, source)
            for entry in data:
                if message is not None and not same_item(item_of(model, entry), item_of(model, message)):
                    yield finding(
                        "DA08",
                        node,
                        f"data{side} 的数据项与消息的不同",
                        f"the item of the data{side} differs from the message's",
                    )
            if source is None and data:
                yield finding(
                    "DA09", node, f"{xml.local(node)} 不能有 data{side}", f"a {xml.local(node)} must have no data{side}"
                )


def _message(model: Model, node: Node, source: str | None) -> Node | None:
    if source is None:
        return None
    if source == "messageRef":
        return model.target(node.get("messageRef"))
    operation = model.target(node.get("operationRef"))
    return model.target(xml.child_text(operation, source)) if operation is not None else None


def bindings(model: Model) -> Iterator[Finding]:
    """ioBinding: the data of an operation are those of its messages (section 10.3.6)."""
    for node in model.named("ioBinding"):
        operation = model.target(node.get("operationRef"))
        for attribute, message_ref in (("inputDataRef", "inMessageRef"), ("outputDataRef", "outMessageRef")):
            data = model.target(node.get(attribute))
            message = model.target(xml.child_text(operation, message_ref)) if operation is not None else None
            if (
                data is not None
                and message is not None
                and not same_item(item_of(model, data), item_of(model, message))
            ):
                yield finding(
                    "DA10",
                    data,
                    "数据项与接口操作的消息不一致",
                    "the item differs from that of the operation's message",
                )
        owner = node.getparent()
        if operation is not None and owner is not None:
            interface = operation.getparent()
            supported = texts(owner, "supportedInterfaceRef")
            if interface is not None and interface.get("id") not in supported:
                yield finding(
                    "DA11",
                    owner,
                    "绑定的接口操作不属于它支持的接口",
                    "the bound operation belongs to no supported interface",
                )


def interfaces(model: Model) -> Iterator[Finding]:
    """What is exposed as a service binds its data to operations (section 10.4.2)."""
    for node in model.named("supportedInterfaceRef"):
        owner = node.getparent()
        if owner is not None and not xml.children(owner, "ioBinding"):
            yield finding("DA11", owner, "支持的接口没有 ioBinding", "a supported interface needs an ioBinding")


def associations(model: Model) -> Iterator[Finding]:
    """Data associations move one item, or transform several (section 10.4.2)."""
    for node in model.named("dataInputAssociation", "dataOutputAssociation"):
        sources = [model.target(xml.text(c)) for c in xml.children(node, "sourceRef")]
        target = model.target(xml.child_text(node, "targetRef"))
        plain = xml.child(node, "transformation") is None and xml.child(node, "assignment") is None
        if None in sources or target is None:
            yield finding(
                "DA12", node, "数据关联的来源或去向不存在", "source or target of the data association does not exist"
            )
            continue
        yield from _direction(node, [source for source in sources if source is not None], target)
        if len(sources) > 1 and xml.child(node, "transformation") is None:
            yield finding("DA13", node, "多个来源时必须有转换", "several sources need a transformation")
        first = sources[0] if sources else None
        if first is not None and plain and not matching(model, first, target):
            yield finding("DA14", node, "来源与去向的数据项不一致", "the items of source and target differ")


def _direction(node: Node, sources: list[Node], target: Node) -> Iterator[Finding]:
    """Data inputs of a process are only read inside it, its data outputs only written (section 10.4.2)."""
    if xml.local(target) == "dataInput" and _of_process(target):
        yield finding("DA23", node, "流程的数据输入不能被写入", "the data input of a process must not be written")
    if any(xml.local(source) == "dataOutput" and _of_process(source) for source in sources):
        yield finding("DA24", node, "流程的数据输出不能被读取", "the data output of a process must not be read")


def _of_process(data: Node) -> bool:
    spec = data.getparent()
    if spec is None or xml.local(spec) != "ioSpecification":
        return False
    owner = spec.getparent()
    return owner is not None and xml.local(owner) == "process"


def multi_instance(model: Model) -> Iterator[Finding]:
    """The item of one instance is the element of the collection (table 10.31)."""
    for node in model.named("multiInstanceLoopCharacteristics"):
        for collection_ref, item_name in (
            ("loopDataInputRef", "inputDataItem"),
            ("loopDataOutputRef", "outputDataItem"),
        ):
            collection, item = model.target(xml.child_text(node, collection_ref)), xml.child(node, item_name)
            if collection is None:
                continue
            many = item_of(model, collection)
            one = item_of(model, item) if item is not None else None
            if collection.get("isCollection") == "false" and (many is None or many.get("isCollection") != "true"):
                yield finding("DA22", node, f"{collection_ref} 不是集合", f"the {collection_ref} is no collection")
            if one is None or many is None:
                continue
            if one.get("isCollection") == "true" or not same_item(many, one):
                yield finding(
                    "DA15",
                    node,
                    f"{item_name} 的数据项不是集合的元素",
                    f"the item of {item_name} is no element of the collection",
                )


def states(model: Model) -> Iterator[Finding]:
    """A data object reference with a state is named `Object [state]` (section 10.4.1)."""
    for node in model.named("dataObjectReference"):
        if model.kind_of(node.get("dataObjectRef")) != "dataObject":
            yield finding("DA16", node, "引用的数据对象不存在", "the data object it refers to does not exist")
            continue
        state, data = xml.child(node, "dataState"), model.target(node.get("dataObjectRef"))
        if state is not None and state.get("name") and data is not None:
            wanted = f"{data.get('name') or ''} [{state.get('name')}]"
            if node.get("name") and " ".join(str(node.get("name")).split()) != wanted:
                yield finding(
                    "DA17", node, f"带状态的数据对象引用应命名为“{wanted}”", f"the reference should be named {wanted!r}"
                )


def correlations(model: Model) -> Iterator[Finding]:
    """A subscription binds every property of its key (section 8.4.2)."""
    for node in model.named("correlationSubscription"):
        key = model.target(node.get("correlationKeyRef"))
        if key is None:
            continue
        wanted = set(texts(key, "correlationPropertyRef"))
        bound = {
            xml.reference(b.get("correlationPropertyRef")) for b in xml.children(node, "correlationPropertyBinding")
        }
        if wanted != bound:
            yield finding(
                "DA18", node, "订阅没有绑定关联键的每个属性", "the subscription does not bind every property of its key"
            )
    for node in model.named("correlationKey"):
        if not texts(node, "correlationPropertyRef"):
            yield finding("DA19", node, "关联键没有属性", "the correlation key has no property")


def event_data(model: Model) -> Iterator[Finding]:
    """An event has one data input or output for each definition that carries an item (section 10.5.1)."""
    for node in model.named(
        "startEvent", "intermediateCatchEvent", "boundaryEvent", "endEvent", "intermediateThrowEvent"
    ):
        data = xml.children(node, "dataInput", "dataOutput")
        carrying = [d for k, d in definitions(model, node) if k in ("message", "signal", "error", "escalation")]
        if data and len(data) > max(1, len(carrying)):
            yield finding("DA20", node, "事件的数据比事件定义多", "the event has more data than event definitions")


RULES: tuple[Rule, ...] = (
    collections,
    specifications,
    typed_tasks,
    bindings,
    interfaces,
    associations,
    multi_instance,
    states,
    correlations,
    event_data,
)
