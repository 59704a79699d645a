"""Damaged diagrams: whatever is wrong with a file, it is refused with sentences and never breaks the reader."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from lxml import etree

from engine.bpmn import InvalidDiagram, Known, lint, read
from engine.bpmn.xml import BPMN

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
VALUES = ("", "_2", "-1", "x y", "true", "${", "=1+", "R/", "P")
TAGS = ("task", "subProcess", "startEvent", "boundaryEvent", "exclusiveGateway", "adHocSubProcess")


def damage(root: etree._Element, rng: random.Random) -> None:
    nodes = [node for node in root.iter() if isinstance(node.tag, str)]
    node, other = rng.choice(nodes), rng.choice(nodes)
    parent = node.getparent()
    names = list(node.attrib)
    kind = rng.randrange(6)
    if kind == 0 and names:
        del node.attrib[rng.choice(names)]
    elif kind == 1 and parent is not None:
        parent.remove(node)
    elif kind == 2 and names:
        node.set(rng.choice(names), rng.choice(VALUES))
    elif kind == 3:
        node.text = rng.choice(VALUES)
    elif kind == 4 and len(list(other.iter())) < 30:
        node.append(etree.fromstring(etree.tostring(other)))
    elif kind == 5:
        node.tag = f"{{{BPMN}}}{rng.choice(TAGS)}"


@pytest.mark.parametrize("seed", range(120))
def test_a_damaged_diagram_is_refused_or_read(seed: int) -> None:
    files = sorted(PROCESSES.rglob("*.bpmn"))
    if not files:
        pytest.skip("no diagrams in processes/")
    rng = random.Random(seed)
    root = etree.fromstring(rng.choice(files).read_bytes())
    for _ in range(rng.randint(1, 4)):
        damage(root, rng)
    source = etree.tostring(root)
    errors = [f for f in lint(source, Known()) if f.severity == "error"]
    assert all(f.zh and f.en and f.element for f in errors)
    if errors:
        with pytest.raises(InvalidDiagram):
            read(source)
    else:
        assert isinstance(read(source), list)
