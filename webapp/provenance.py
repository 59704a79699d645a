"""What a work order rests on: the evidence that was handed in, and the versions of what it was handled by.

Nothing of this is stored twice: files are attachments, and which versions were in force when its tokens came to an
element, or when a task was done, follows from the history and from the list of versions there have ever been.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import queries
from engine.bpmn.program import Element, Program
from engine.definitions import STAMPS, name_of
from engine.environment import SLA_DECISION
from webapp.current import now, reader, wiring

Row = Mapping[str, Any]
KINDS = {"process": "processes", "decision": "decisions", "form": "forms"}


@dataclass(frozen=True)
class Ever:
    """Every version there has been; `town`: the work order's."""

    rows: Mapping[tuple[str, str], Sequence[Row]]
    town: str | None

    def at(self, kind: str, key: str, moment: datetime) -> Row | None:
        """The version that was in force at a moment; the first one where the work order is older (simulated)."""
        known = self.rows.get((kind, key), ())
        return next((one for one in known if self._stood(one, moment)), known[-1] if known else None)

    def named(self, definition: str) -> Row | None:
        """The version of a process that a state names, `city_case:3`."""
        key, _colon, version = definition.rpartition(":")
        return next((one for one in self.rows.get(("process", key), ()) if str(one["version"]) == version), None)

    def _stood(self, one: Row, moment: datetime) -> bool:
        begun = max(one["at"], one["effect_at"] or one["at"]) <= moment
        ended = one["revoked_at"] is not None and one["revoked_at"] <= moment
        return begun and not ended and (not one["towns"] or self.town in one["towns"])


def evidence(order: Row) -> list[dict[str, Any]]:
    """Files of a work order, its case and sister appeals: what they are, who handed them in, when and where."""
    return [
        {
            "fileId": file["id"],
            "orderNo": file["order_no"],
            "phase": file["phase"],
            "name": file["name"],
            "mime": file["mime"],
            "size": file["size"],
            "sm3": file["sm3"],
            "by": file["by"],
            "at": file["at"],
            "shotAt": file["shot_at"],
            "lon": file["lon"],
            "lat": file["lat"],
        }
        for file in queries.files_of(reader(), order["id"], with_linked=True)
    ]


def versions(order: Row) -> dict[str, list[dict[str, Any]]]:
    """The versions of diagrams, decision tables and forms this work order was handled by, by kind and key."""
    known: dict[tuple[str, str], list[Row]] = {}
    for row in queries.versions_ever(reader()):
        known.setdefault((row["kind"], row["key"]), []).append(row)
    used = _used(order, Ever(known, order["town_code"]), queries.tasks_of(reader(), order["id"]))
    found: dict[str, list[dict[str, Any]]] = {plural: [] for plural in KINDS.values()}
    unlike = {(row["kind"], row["key"], row["version"]): row for row in used if row is not None}
    for (kind, key, version), row in sorted(unlike.items()):
        found[KINDS[kind]].append({"key": key, "version": version, "name": row["name"], "digest": row["digest"]})
    return found


def _used(order: Row, ever: Ever, tasks: Sequence[Row]) -> Iterator[Row | None]:
    for task in tasks:
        moment = task["closed_at"] or now()
        yield ever.at("form", task["form_key"] or "", moment)
        if task["stage"]:
            yield ever.at("decision", SLA_DECISION, task["created_at"])
    own = {order["definition"], *(task["definition"] for task in tasks)}
    reached: dict[str, list[datetime]] = {}
    for row in queries.reached_in(reader(), order["id"]):
        for element, _item in row["path"] or ():
            reached.setdefault(element, []).append(row["at"])
    for program, node in list(_nodes(own, reached, ever)):
        yield ever.named(program.definition)
        for moment in reached.get(node.id, ()):
            yield ever.at("decision", node.attributes.get("decisionRef", ""), moment)
            if node.kind != "userTask":
                yield ever.at("form", node.attributes.get("formKey", ""), moment)


def _nodes(
    definitions: set[str], reached: Mapping[str, Sequence[datetime]], ever: Ever
) -> Iterator[tuple[Program, Element]]:
    """The nodes of these processes, and of those that calls which were reached called."""
    engine, todo, seen = wiring().engine, sorted(definitions), set(definitions)
    with engine.database.transaction() as transaction:
        engine.definitions.refresh(transaction, transaction.rows(STAMPS)[0])
        while todo:
            program = engine.definitions.program(transaction, todo.pop())
            for node in program.nodes:
                yield program, node
                for moment in reached.get(node.id, ()) if node.called else ():
                    called = ever.at("process", str(node.called), moment)
                    name = name_of(called["key"], called["version"]) if called else ""
                    if name and name not in seen:
                        seen.add(name)
                        todo.append(name)
