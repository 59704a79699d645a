"""Reads DMN XML safely and hands out its elements by their local names.

The models of DMN 1.1 to 1.5 differ, for what is executed here, in the namespace only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from lxml import etree

from engine.dmn.errors import Finding, InvalidDecision

Element = etree._Element

NAMESPACES = frozenset(
    {
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
        "https://www.omg.org/spec/DMN/20240513/MODEL/",
    }
)
MAX_BYTES = 20_000_000


def parse(source: bytes) -> Element:
    """The `definitions` element of a DMN file; InvalidDecision when the bytes are not one."""
    if len(source) > MAX_BYTES:
        raise _refused("dmn.xml.size", "文件超过 20 MB。", "The file is larger than 20 MB.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(source, parser)
    except etree.XMLSyntaxError as error:
        raise _refused("dmn.xml.syntax", f"不是有效的 XML:{error}", f"Not valid XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _refused("dmn.xml.doctype", "不接受 DOCTYPE 声明。", "A DOCTYPE declaration is not accepted.")
    tag = etree.QName(root)
    if tag.localname != "definitions" or tag.namespace not in NAMESPACES:
        raise _refused("dmn.xml.root", "不是 DMN 1.1–1.5 文件。", "This is not a DMN 1.1–1.5 file.")
    return root


def local(element: Element) -> str:
    """The element's name without its namespace; empty for anything but a DMN element."""
    tag: object = element.tag
    if not isinstance(tag, str):
        return ""
    namespace, _, name = tag[1:].partition("}")
    return name if namespace in NAMESPACES else ""


def children(element: Element, *names: str) -> Iterator[Element]:
    """The DMN children called one of `names`, in document order."""
    return (child for child in element if local(child) in names)


def child(element: Element, *names: str) -> Element | None:
    """The first DMN child called one of `names`."""
    return next(children(element, *names), None)


def text_of(element: Element | None) -> str | None:
    """The content of the element's `text` child, trimmed; None without one."""
    holder = None if element is None else child(element, "text")
    return None if holder is None else (holder.text or "").strip()


def note_of(rule: Element) -> str:
    """The remark of a rule: its description, which the Modeler shows as its annotation, and DMN 1.3 annotations."""
    holder = child(rule, "description")
    found = [(holder.text or "").strip()] if holder is not None else []
    found += [text_of(entry) or "" for entry in children(rule, "annotationEntry")]
    return " ".join(filter(None, found))


def attribute(element: Element, name: str, default: str = "") -> str:
    return cast(str, element.get(name, default))


def normal_name(name: str) -> str:
    """A FEEL name with its white space folded, as names are compared."""
    return " ".join(name.split())


def _refused(rule: str, zh: str, en: str) -> InvalidDecision:
    return InvalidDecision([Finding(rule, "", "error", zh, en)])
