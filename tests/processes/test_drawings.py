"""The district's diagrams can be read: nothing is drawn over anything else, and everything inside its pool."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from lxml import etree

from webapp.settings import ROOT

DIAGRAMS = sorted((ROOT / "processes").rglob("*.bpmn"))
BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
BOUNDS = "{http://www.omg.org/spec/DD/20100524/DC}Bounds"
AROUND = ("participant", "lane", "boundaryEvent", "textAnnotation")
"""What lies around others, or on an edge on purpose."""

Box = tuple[float, float, float, float]


def drawn(path: Path) -> tuple[dict[str, Box], dict[str, str], dict[str, set[str]]]:
    """Boxes (left, top, right, bottom), kinds and what each element lies in, by element id."""
    tree = etree.parse(path)
    named = [one for one in tree.iter(etree.Element) if one.get("id")]
    kinds = {one.get("id"): etree.QName(one).localname for one in named}
    inside = {one.get("id"): {outer.get("id") for outer in one.iterancestors()} for one in named}
    boxes = {}
    for shape in tree.iter(f"{BPMNDI}BPMNShape"):
        x, y, width, height = (float(shape.find(BOUNDS).get(name)) for name in ("x", "y", "width", "height"))
        boxes[shape.get("bpmnElement")] = (x, y, x + width, y + height)
    return boxes, kinds, inside


def meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def holds(outer: Box, inner: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_nothing_is_drawn_over_anything_else(path: Path) -> None:
    boxes, kinds, inside = drawn(path)
    apart = [name for name in boxes if kinds.get(name) not in AROUND]
    over = [
        (one, other)
        for one, other in combinations(apart, 2)
        if one not in inside[other] and other not in inside[one] and meet(boxes[one], boxes[other])
    ]
    assert over == []
    pools = [boxes[name] for name in boxes if kinds.get(name) == "participant"]
    outside = [name for name in apart if pools and not any(holds(pool, boxes[name]) for pool in pools)]
    assert outside == []
