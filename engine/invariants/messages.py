"""I4: every message that is sent has a receiver, and every message that is waited for has a sender.

A message event or send task with a `camunda:topic` is a connector's operation and needs no receiver here. Senders are
diagrams, the intake, the connectors, people where the event is an `action` of the work order's page and, for an event
on an activity with `ratingLink`, the rating page.
A process may also be started by an integrator through the REST interface, so a start without a known sender is only a
warning, and so is a signal that nothing throws: an operator can.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property

from engine.bpmn import Element, Program
from engine.invariants.findings import Finding, finding
from engine.invariants.world import World, order_kind

Where = tuple[Program, Element]
SENDING = frozenset(("sendTask", "intermediateThrowEvent", "endEvent"))
REPAIR = (
    "核对消息名称，发送方和接收方要一致",
    "compare the message names: sender and receiver must use the same",
)


class Traffic:
    """Who sends and who receives, by kind (message, signal) and name."""

    def __init__(self, programs: Mapping[str, Program]) -> None:
        self.programs = programs

    @cached_property
    def senders(self) -> Mapping[tuple[str, str], list[Where]]:
        return self._listed(sending=True)

    @cached_property
    def receivers(self) -> Mapping[tuple[str, str], list[Where]]:
        return self._listed(sending=False)

    def _listed(self, sending: bool) -> Mapping[tuple[str, str], list[Where]]:
        found: defaultdict[tuple[str, str], list[Where]] = defaultdict(list)
        for program in self.programs.values():
            for element in program.nodes:
                if (element.kind in SENDING) == sending and "topic" not in element.attributes:
                    for event in element.events:
                        if event.kind in ("message", "signal") and event.name and "topic" not in event.attributes:
                            found[event.kind, event.name].append((program, element))
        return found


def check(world: World) -> Iterator[Finding]:
    traffic = Traffic(world.programs)
    for (kind, name), where in traffic.senders.items():
        if kind == "message" and ("message", name) not in traffic.receivers:
            sentences = f"发送的消息“{name}”没有流程接收", f"no process receives the message {name}"
            for program, element in where:
                yield finding("I4", program, element, sentences, REPAIR)
    for (kind, name), where in traffic.receivers.items():
        if (kind, name) not in traffic.senders:
            for program, element in where:
                yield from _unsent(world, program, element, kind, name)
    yield from _intake(world, traffic)


def _unsent(world: World, program: Program, element: Element, kind: str, name: str) -> Iterator[Finding]:
    if kind == "signal":
        sentences = f"等待的信号“{name}”没有流程发出", f"no process throws the signal {name}"
        yield finding("I4", program, element, sentences, REPAIR, severity="warning")
    elif world.inbound is not None and name not in world.inbound and not _rated(element) and not _offered(element):
        sentences = (
            f"等待的消息“{name}”没有来处：没有流程发送，也没有连接器带来",
            f"nothing sends the message {name}: no process and no connector",
        )
        begins = element.kind == "startEvent" and element.parent is program.root
        yield finding("I4", program, element, sentences, REPAIR, severity="warning" if begins else "error")


def _rated(element: Element) -> bool:
    host = element.attached_to
    return host is not None and host.properties.get("ratingLink") == "true"


def _offered(element: Element) -> bool:
    """Whether people send it from the work order's page."""
    return "action" in element.properties


def _intake(world: World, traffic: Traffic) -> Iterator[Finding]:
    """What is reported has to open an appeal."""
    if ("message", world.intake) in traffic.receivers:
        return
    for program in world.programs.values():
        if order_kind(program) == "appeal":
            sentences = (
                f"没有流程接收上报的消息“{world.intake}”，群众反映进不来",
                f"no process receives the intake's message {world.intake}: reports cannot come in",
            )
            place = next((start for start in program.starts if start.events), program.root)
            yield finding("I4", program, place, sentences, REPAIR)
