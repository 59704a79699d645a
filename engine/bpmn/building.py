"""Elements from XML: attributes, extensions, event definitions, loops, data. Knows nothing of other elements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from lxml import etree

from engine.bpmn import xml
from engine.bpmn.program import ACTIVITIES, CallMapping, Element, EventDefinition, EventKind, Loop, TimerForm

GLOBAL_TASKS = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}
FLOW_NODES = ACTIVITIES | {
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "complexGateway",
    "eventBasedGateway",
    "startEvent",
    "endEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
}


class Tables(NamedTuple):
    """What a diagram declares beside its processes, by id."""

    messages: Mapping[str, str | None]
    signals: Mapping[str, str | None]
    errors: Mapping[str, str | None]
    escalations: Mapping[str, str | None]
    nodes: Mapping[str, etree._Element]
    retrievals: Mapping[str, tuple[tuple[str | None, str | None], ...]]


def fill(element: Element, node: etree._Element, tables: Tables) -> None:
    """Everything an element says about itself."""
    element.name = node.get("name")
    element.documentation = documentation(node)
    element.attributes = camunda_attributes(node)
    element.properties = properties(node)
    element.inputs, element.outputs = parameters(node)
    element.events = tuple(events(node, tables))
    element.parallel_multiple = node.get("parallelMultiple") == "true" or node.get("eventGatewayType") == "Parallel"
    flag = "isInterrupting" if element.kind == "startEvent" else "cancelActivity"
    element.interrupting = node.get(flag, "true") == "true"
    element.instantiate = node.get("instantiate") == "true"
    element.for_compensation = node.get("isForCompensation") == "true"
    element.event_sub = node.get("triggeredByEvent") == "true"
    element.start_quantity = int(node.get("startQuantity", "1"))
    element.completion_quantity = int(node.get("completionQuantity", "1"))
    element.script = xml.child_text(node, "script")
    element.called = node.get("calledElement")
    element.condition = xml.child_text(node, "activationCondition") or xml.child_text(node, "completionCondition")
    element.sequential = node.get("ordering") == "Sequential"
    element.cancel_remaining = node.get("cancelRemainingInstances", "true") == "true"
    element.loop = loop(node, tables)
    element.locals = tuple(str(p.get("name") or p.get("id") or "") for p in xml.children(node, "property"))
    if element.kind == "callActivity":
        element.called = xml.reference(element.called)
        element.call_in, element.call_out = call_mappings(node, "in"), call_mappings(node, "out")
    if element.kind == "serviceTask" and node.get("operationRef") and "topic" not in element.attributes:
        operation = xml.reference(node.get("operationRef")) or ""
        element.attributes = MappingProxyType({**element.attributes, "topic": operation})
    if element.kind in ("sendTask", "receiveTask") and node.get("messageRef"):
        element.events = (event("message", node, tables, camunda_attributes(node)),)


def documentation(node: etree._Element) -> str | None:
    return "\n".join(t for d in xml.children(node, "documentation") if (t := xml.text(d))) or None


# -- camunda extensions ---------------------------------------------------------------------------------------
def camunda_attributes(node: etree._Element) -> Mapping[str, str]:
    prefix = "{" + xml.CAMUNDA + "}"
    found = {str(k)[len(prefix) :]: str(v) for k, v in node.attrib.items() if str(k).startswith(prefix)}
    return MappingProxyType(found)


def properties(node: etree._Element) -> Mapping[str, str]:
    found = {}
    for holder in xml.extensions(node, "properties"):
        for entry in holder:
            if isinstance(entry.tag, str) and entry.get("name"):
                found[str(entry.get("name"))] = entry.get("value") or ""
    return MappingProxyType(found)


def parameters(node: etree._Element) -> tuple[tuple[tuple[str, Any], ...], tuple[tuple[str, Any], ...]]:
    """(inputs, outputs) of camunda:inputOutput as (name, text, list or map) pairs."""
    found: dict[str, list[tuple[str, Any]]] = {"inputParameter": [], "outputParameter": []}
    for holder in xml.extensions(node, "inputOutput"):
        for kind, pairs in found.items():
            for entry in holder.findall(f"{{{xml.CAMUNDA}}}{kind}"):
                pairs.append((entry.get("name") or "", _parameter(entry)))
    return tuple(found["inputParameter"]), tuple(found["outputParameter"])


def _parameter(entry: etree._Element) -> Any:
    for inner in entry:
        if inner.tag == f"{{{xml.CAMUNDA}}}list":
            return tuple(_value(v) for v in inner if isinstance(v.tag, str))
        if inner.tag == f"{{{xml.CAMUNDA}}}map":
            return {e.get("key") or "": _value(e) for e in inner if isinstance(e.tag, str)}
    return (entry.text or "").strip()


def _value(node: etree._Element) -> Any:
    return _parameter(node)


def call_mappings(node: etree._Element, name: str) -> tuple[CallMapping, ...] | None:
    """camunda:in or camunda:out; None when there is none."""
    found = tuple(
        CallMapping(e.get("target"), e.get("source"), e.get("sourceExpression"), e.get("variables") == "all")
        for e in xml.extensions(node, name)
        if e.get("businessKey") is None
    )
    return found or None


# -- events ---------------------------------------------------------------------------------------------------
def events(node: etree._Element, tables: Tables) -> Iterable[EventDefinition]:
    """Event definitions in document order, those given by reference included."""
    for child in xml.children(node):
        name = xml.local(child)
        if name.endswith("EventDefinition"):
            yield definition(child, tables)
        elif name == "eventDefinitionRef":
            found = tables.nodes.get(xml.reference(child.text) or "")
            if found is not None:
                yield definition(found, tables)


def definition(node: etree._Element, tables: Tables) -> EventDefinition:
    kind = cast(EventKind, xml.local(node).removesuffix("EventDefinition"))
    return event(kind, node, tables, camunda_attributes(node))


def event(kind: EventKind, node: etree._Element, tables: Tables, attributes: Mapping[str, str]) -> EventDefinition:
    if kind == "message":
        ref = xml.reference(node.get("messageRef"))
        name = tables.messages.get(ref or "") or ref
        return EventDefinition(kind, name, attributes=attributes, retrievals=tables.retrievals.get(ref or "", ()))
    if kind == "timer":
        return timer(node)
    if kind == "conditional":
        return EventDefinition(kind, expression=xml.child_text(node, "condition"), attributes=attributes)
    if kind == "compensate":
        wait = node.get("waitForCompletion", "true") == "true"
        return EventDefinition(kind, xml.reference(node.get("activityRef")), wait=wait)
    if kind == "link":
        target = tables.nodes.get(xml.reference(xml.child_text(node, "target")) or "")
        return EventDefinition(kind, (target if target is not None else node).get("name"))
    return EventDefinition(kind, _declared(kind, node, tables), attributes=attributes)


def _declared(kind: str, node: etree._Element, tables: Tables) -> str | None:
    """Name of a signal, code of an error or escalation; the id where the declaration leaves it out."""
    table = {"signal": tables.signals, "error": tables.errors, "escalation": tables.escalations}.get(kind)
    ref = xml.reference(node.get(f"{kind}Ref"))
    if table is None or ref is None:
        return None
    return table.get(ref) or ref


def timer(node: etree._Element) -> EventDefinition:
    forms: tuple[TimerForm, ...] = ("date", "duration", "cycle")
    for form in forms:
        value = xml.child_text(node, f"time{form.capitalize()}")
        if value is not None:
            return EventDefinition("timer", expression=value, timer=form)
    return EventDefinition("timer")


# -- loops ----------------------------------------------------------------------------------------------------
def loop(node: etree._Element, tables: Tables) -> Loop | None:
    found = xml.child(node, "standardLoopCharacteristics")
    if found is not None:
        maximum = found.get("loopMaximum")
        return Loop(
            "standard",
            condition=xml.child_text(found, "loopCondition"),
            maximum=int(maximum) if maximum else None,
            test_before=found.get("testBefore") == "true",
        )
    found = xml.child(node, "multiInstanceLoopCharacteristics")
    return None if found is None else multi_instance(found, tables)


def multi_instance(node: etree._Element, tables: Tables) -> Loop:
    behaviour = node.get("behavior", "All")
    return Loop(
        "sequential" if node.get("isSequential") == "true" else "parallel",
        condition=xml.child_text(node, "completionCondition"),
        cardinality=xml.child_text(node, "loopCardinality"),
        collection=_collection(node, tables, "loopDataInputRef") or xml.camunda(node, "collection"),
        item=_item(node, "inputDataItem") or xml.camunda(node, "elementVariable"),
        out_collection=_collection(node, tables, "loopDataOutputRef") or xml.camunda(node, "outputCollection"),
        out_item=_item(node, "outputDataItem") or xml.camunda(node, "outputElement"),
        throws=tuple(_behaviour(node, behaviour, tables)),
        throw_once=behaviour == "One",
        stops=behaviour == "Complex",
    )


def _collection(node: etree._Element, tables: Tables, name: str) -> str | None:
    """The variable a loop data reference means: a data object, or what a data association feeds the input with."""
    ref = xml.reference(xml.child_text(node, name))
    return variable_of(ref, tables) if ref is not None else None


def _item(node: etree._Element, name: str) -> str | None:
    found = xml.child(node, name)
    return None if found is None else found.get("name") or found.get("id")


def _behaviour(node: etree._Element, behaviour: str, tables: Tables) -> Iterable[tuple[str | None, EventDefinition]]:
    if behaviour in ("None", "One"):
        ref = xml.reference(node.get(f"{behaviour.lower()}BehaviorEventRef"))
        found = tables.nodes.get(ref or "")
        if found is not None:
            yield None, definition(found, tables)
    elif behaviour == "Complex":
        for part in xml.children(node, "complexBehaviorDefinition"):
            for thrown in xml.children(part, "event"):
                for event_definition in events(thrown, tables):
                    yield xml.child_text(part, "condition"), event_definition


# -- data -----------------------------------------------------------------------------------------------------
def variable_of(ref: str, tables: Tables) -> str:
    """The variable name of a data reference: data object or store behind it, by name else id."""
    node = tables.nodes.get(ref)
    if node is None:
        return ref
    kind = xml.local(node)
    if kind == "dataObjectReference":
        return xml.reference(node.get("dataObjectRef")) or ref
    if kind == "dataStoreReference":
        return xml.reference(node.get("dataStoreRef")) or node.get("name") or ref
    return node.get("name") or ref if kind in ("property", "dataInput", "dataOutput") else ref


def associations(
    node: etree._Element, tables: Tables
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...], frozenset[str]]:
    """Data associations as (name in the instance, name the activity sees): inputs, outputs, data stores written."""
    pairs: dict[str, list[tuple[str, str]]] = {"Input": [], "Output": []}
    stores = set()
    for direction, outside, inside in (("Input", "source", "target"), ("Output", "target", "source")):
        for found in xml.children(node, f"data{direction}Association"):
            outer = xml.reference(xml.child_text(found, f"{outside}Ref"))
            inner = xml.reference(xml.child_text(found, f"{inside}Ref"))
            if outer is None or inner is None:
                continue
            name = variable_of(outer, tables)
            pairs[direction].append((name, variable_of(inner, tables)))
            target = tables.nodes.get(outer)
            if target is not None and xml.local(target) == "dataStoreReference":
                stores.add(name)
    return tuple(pairs["Input"]), tuple(pairs["Output"]), frozenset(stores)
