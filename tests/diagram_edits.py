"""Edits of a diagram as a process owner makes them, on its XML."""

from __future__ import annotations

from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
PLANE_END = "</bpmndi:BPMNPlane>"


def drawing(task: str, flow: str) -> str:
    """The shape of a task and the edge of the flow that leaves it, for the plane of a diagram."""
    return (
        f'<bpmndi:BPMNShape id="{task}_di" bpmnElement="{task}">'
        '<dc:Bounds x="100" y="3000" width="100" height="80"/></bpmndi:BPMNShape>'
        f'<bpmndi:BPMNEdge id="{flow}_di" bpmnElement="{flow}">'
        '<di:waypoint x="200" y="3040"/><di:waypoint x="300" y="3040"/></bpmndi:BPMNEdge>'
    )


DRAWN = (
    f'<p xmlns:bpmndi="{DI}" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI">%s</p>'
)


def with_step(source: bytes, before: str, id: str, name: str, groups: str, form: str, due: str) -> bytes:
    """The diagram with one more user task in front of an element."""
    root = etree.fromstring(source)
    element = next(one for one in root.iter() if one.get("id") == before)
    parent = element.getparent()
    task = etree.SubElement(parent, f"{BPMN}userTask", id=id, name=name)
    for key, value in (("formKey", form), ("candidateGroups", groups), ("dueDate", due)):
        task.set(f"{CAMUNDA}{key}", value)
    parent.remove(task)
    parent.insert(parent.index(element), task)
    flows = [one for one in parent.findall(f"{BPMN}sequenceFlow") if one.get("targetRef") == before]
    for flow in flows:
        flow.set("targetRef", id)
        etree.SubElement(task, f"{BPMN}incoming").text = flow.get("id")
    for incoming in element.findall(f"{BPMN}incoming"):
        element.remove(incoming)
    etree.SubElement(task, f"{BPMN}outgoing").text = "SF_new"
    onward = etree.Element(f"{BPMN}incoming")
    onward.text = "SF_new"
    places = [child for child in element if child.tag in (f"{BPMN}documentation", f"{BPMN}extensionElements")]
    element.insert(len(places), onward)
    flow = etree.Element(f"{BPMN}sequenceFlow", id="SF_new", sourceRef=id, targetRef=before)
    parent.insert(parent.index(task) + 1, flow)
    lanes = [one for one in root.iter(f"{BPMN}lane") if any(r.text == before for r in one)]
    if lanes:
        etree.SubElement(lanes[-1], f"{BPMN}flowNodeRef").text = id
    plane = next(root.iter(f"{{{DI}}}BPMNPlane"))
    plane.extend(etree.fromstring(DRAWN % drawing(id, "SF_new")))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
