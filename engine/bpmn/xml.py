"""XML of diagrams: hardened parsing and the namespaces that are read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from engine.bpmn.errors import InvalidDiagram
from engine.bpmn.findings import Finding

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
MAX_BYTES = 20_000_000
MAX_DEPTH = 200


def parse(source: bytes) -> etree._Element:
    """The root element. Refused: text that is no XML, a DOCTYPE, other roots than bpmn:definitions."""
    if len(source) > MAX_BYTES:
        raise refused("XML01", "definitions", "文件超过 20 MB", "the file is larger than 20 MB")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_pis=True)
    try:
        root = etree.fromstring(source, parser)
    except etree.XMLSyntaxError as error:
        raise refused(
            "XML02", "definitions", f"不是有效的 XML 文件（{error}）", f"not a well-formed XML file: {error}"
        ) from error
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype or b"<!DOCTYPE" in source or b"<!ENTITY" in source:
        raise refused("XML03", "definitions", "流程图里不允许 DOCTYPE", "a diagram must not have a DOCTYPE")
    if root.tag != tag("definitions"):
        raise refused("XML04", "definitions", "不是 BPMN 2.0 流程图", "not a BPMN 2.0 diagram")
    return root


def refused(rule: str, element: str, zh: str, en: str) -> InvalidDiagram:
    return InvalidDiagram([Finding(rule, element, "error", zh, en)])


def tag(name: str) -> str:
    return f"{{{BPMN}}}{name}"


def local(node: etree._Element) -> str:
    """Name of a BPMN element without namespace; empty for comments and other namespaces."""
    name = node.tag
    return name[len(BPMN) + 2 :] if isinstance(name, str) and name.startswith("{" + BPMN + "}") else ""


def children(node: etree._Element, *names: str) -> list[etree._Element]:
    """BPMN children, in document order, of the given names (all without names)."""
    return [c for c in node if (name := local(c)) and (not names or name in names)]


def child(node: etree._Element, name: str) -> etree._Element | None:
    return node.find(tag(name))


def text(node: etree._Element | None) -> str | None:
    """Stripped text of an element; None when there is no element or no text."""
    if node is None:
        return None
    found = "".join(t for t in node.itertext() if isinstance(t, str)).strip()
    return found or None


def child_text(node: etree._Element, name: str) -> str | None:
    return text(child(node, name))


def reference(value: str | None) -> str | None:
    """The id a QName reference means; prefixes of the own document are dropped."""
    return value.strip().rsplit(":", 1)[-1] if value and value.strip() else None


def camunda(node: etree._Element, name: str) -> str | None:
    found: str | None = node.get(f"{{{CAMUNDA}}}{name}")
    return found


def extensions(node: etree._Element, name: str) -> Iterator[etree._Element]:
    """camunda:<name> elements among the extension elements."""
    for holder in children(node, "extensionElements"):
        yield from holder.findall(f"{{{CAMUNDA}}}{name}")
