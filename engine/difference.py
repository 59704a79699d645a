"""What differs between two versions of a diagram, a decision table or a form, in the words of who draws them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine import bpmn, jsonable
from engine.dmn.xml import parse
from engine.errors import EngineError

Part = tuple[dict[str, str], str]
"""What a person sees of a part (id, name, kind), and everything that makes it what it is."""


def difference(kind: str, old: bytes | None, new: bytes | None) -> dict[str, list[dict[str, str]]]:
    """`added`, `removed` and `changed` parts between two sources; none stands for nothing at all."""
    before, after = (_parts(kind, source) for source in (old, new))
    return {
        "added": [after[one][0] for one in after if one not in before],
        "removed": [before[one][0] for one in before if one not in after],
        "changed": [after[one][0] for one in after if one in before and after[one][1] != before[one][1]],
    }


def _parts(kind: str, source: bytes | None) -> dict[str, Part]:
    """The parts of a source by id; what cannot be read has none."""
    if not source:
        return {}
    try:
        return dict(_READERS[kind](source))
    except (EngineError, ValueError, KeyError, TypeError):
        return {}


def _elements(source: bytes) -> Iterator[tuple[str, Part]]:
    for program in bpmn.read(source, deployed=True):
        for node in program.nodes:
            flows = sorted((flow.target.id, flow.name or "", flow.condition or "") for flow in node.outgoing)
            drawn = sorted(node.properties.items()), sorted(node.attributes.items())  # an editor may reorder them
            parts = (
                node.kind, node.name, node.lane, node.documentation, *drawn,
                list(node.inputs), list(node.outputs), list(node.events), node.called, flows,
            )  # fmt: skip
            yield node.id, ({"id": node.id, "name": node.name or node.id, "kind": node.kind}, repr(parts))


def _rules(source: bytes) -> Iterator[tuple[str, Part]]:
    """Rules by id; what surrounds them (hit policy, columns) is the part of the table."""
    for table in parse(source).iter("{*}decisionTable"):
        columns = [*table.iterfind("{*}input"), *table.iterfind("{*}output")]
        head = [table.get("hitPolicy"), *((one.get("label"), one.get("name"), _text(one)) for one in columns)]
        yield "table", ({"id": "table", "name": "表头", "kind": "table"}, repr(head))
        for number, rule in enumerate(table.iterfind("{*}rule"), 1):
            cells = [_text(cell) for cell in rule if str(cell.tag).endswith("Entry")]
            name = "；".join(cell for cell in cells if cell and cell != "-")
            id_ = rule.get("id") or str(number)
            yield id_, ({"id": id_, "name": name[:80] or str(number), "kind": "rule"}, repr(cells))


def _text(element: Any) -> str:
    return "".join(str(part) for part in element.itertext()).strip()


def _fields(source: bytes) -> Iterator[tuple[str, Part]]:
    def walk(components: list[Mapping[str, Any]]) -> Iterator[tuple[str, Part]]:
        for one in components:
            id_ = str(one.get("key") or one.get("path") or one.get("id") or one.get("text") or "")[:80]
            own = {name: value for name, value in one.items() if name not in ("components", "id", "layout")}
            name = str(one.get("label") or one.get("dateLabel") or one.get("text") or id_)
            yield id_, ({"id": id_, "name": name[:80], "kind": str(one.get("type"))}, repr(own))
            yield from walk(one.get("components") or [])

    yield from walk(jsonable.loads(source).get("components") or [])


_READERS: Mapping[str, Callable[[bytes], Iterator[tuple[str, Part]]]] = {
    "process": _elements,
    "decision": _rules,
    "form": _fields,
}
