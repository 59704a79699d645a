"""What the check looks at: all diagrams as they would be live, and what they meet there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from engine.bpmn import Element, Program
from engine.dmn import Model
from engine.invariants import triggers
from engine.invariants.graph import LARGEST, Graph
from engine.reference import Reference

DISPATCH, HANDLE, VERIFY = "dispatch", "handle", "verify"
ROLES = {"派遣": DISPATCH, "处置": HANDLE, "核查": VERIFY}
"""What a user task of this stage is, unless its property `role` says otherwise."""


class Duty(NamedTuple):
    """One line of the duty roster: somebody acts in this role for this unit from one moment until another."""

    role: str
    unit: str
    start: datetime
    end: datetime


class Standing(NamedTuple):
    """Work orders of one version that wait at one element. `element` is None for all orders of that version."""

    process: str
    version: int
    element: str | None
    orders: int


@dataclass
class World:
    """Everything is read, nothing is changed.

    programs      the newest version of every process, those that are being deployed included
    changed       keys of processes and forms that differ from what is live
    now           the moment of the check
    reference     units, holders of roles, calendar
    inbound       messages that come from outside: intake and connectors; None when that is not known
    intake        the message a report comes in with
    bindings      document fields a form binds, by form key; forms that are not known bind nothing
    visibility    the decision dmn_visibility; None when it is not deployed
    limits        the decision dmn_sla; None when it is not deployed
    status_codes  codes of status_codes.csv; None when it was never loaded
    duties        the duty roster of roles in which only who is on duty may act
    standing      where running work orders of changed processes wait
    former        the live version of every process that is being changed
    """

    programs: Mapping[str, Program]
    now: datetime
    changed: Collection[str] = ()
    reference: Reference = field(default_factory=Reference)
    inbound: Collection[str] | None = None
    intake: str = "msg.appeal.received"
    bindings: Callable[[str], Collection[str]] = lambda key: ()
    visibility: Model | None = None
    limits: Model | None = None
    status_codes: Collection[str] | None = None
    duties: Sequence[Duty] = ()
    standing: Sequence[Standing] = ()
    former: Mapping[str, Program] = field(default_factory=dict)
    largest: int = LARGEST

    @cached_property
    def roots(self) -> list[Program]:
        """Processes that begin by themselves: by an event, or because nobody calls them."""
        called = {element.called for program in self.programs.values() for element in program.nodes}
        return [
            program
            for program in self.programs.values()
            if program.executable and (program.key not in called or any(start.events for start in program.starts))
        ]

    @cached_property
    def graphs(self) -> list[Graph]:
        """The ways through each root process. Raises TooLarge."""
        found = [Graph(root, self.programs, self.largest) for root in self.roots]
        for graph in found:
            triggers.connect(graph)
        return found

    @property
    def tasks(self) -> Iterator[tuple[Program, Element]]:
        """Every user task with its process."""
        return self.elements("userTask")

    def elements(self, *kinds: str) -> Iterator[tuple[Program, Element]]:
        """Every element of these kinds (all without kinds) with its process."""
        for program in self.programs.values():
            for element in program.nodes:
                if not kinds or element.kind in kinds:
                    yield program, element


def role_of(element: Element) -> str | None:
    """dispatch, handle, verify or None: the property `role`, else what the stage of a user task says."""
    if "role" in element.properties:
        return element.properties["role"]
    return ROLES.get(element.properties.get("stage", "")) if element.kind == "userTask" else None


def order_kind(program: Program) -> str | None:
    """The kind of work order a process opens (appeal, case …); None when it opens none."""
    kinds = (start.properties.get("orderKind") for start in program.starts)
    return next((kind for kind in kinds if kind), None)


def form_of(task: Element) -> str | None:
    """The form key of a user task."""
    return task.attributes.get("formRef") or task.attributes.get("formKey")
