"""What a handler works with, and what it hands back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.assignment import READ_ACTOR, Actor, actor_of
from engine.database import Row, Transaction
from engine.definitions import STAMPS, Definitions
from engine.errors import Conflict, NotAllowed, NotFound
from engine.events import Event
from engine.intake import Classify
from engine.order import Order
from engine.step import Step
from engine.tracing import Trace
from engine.vault import Cipher

FORBIDDEN = (NotAllowed.zh, NotAllowed.en)
Check = Callable[[bytes], Sequence[Any]]


@dataclass(frozen=True)
class Ports:
    """What the wiring lends to the engine.

    secret   key for follow-up codes and rating links
    cipher   seals reporters' identities
    sm3      hexadecimal SM3 of bytes
    checks   file suffix → findings of a file the engine itself does not understand (forms)
    topics   operations of the connectors that are wired in; None when unknown
    messages names of the messages the connectors bring in; None when unknown
    bindings bytes of a form → document fields it shows, asks for or reads
    trace    told what steps touch; for checks
    classify text of a report → category code → probability, learned from closed cases; None: words alone
    """

    secret: str
    cipher: Cipher
    sm3: Callable[[bytes], str]
    checks: Mapping[str, Check] = field(default_factory=dict)
    topics: Collection[str] | None = None
    messages: Collection[str] | None = None
    bindings: Callable[[bytes], Collection[str]] | None = None
    trace: Trace | None = None
    classify: Classify | None = None


@dataclass(frozen=True)
class Decision:
    """What a handler decided: events for one work order (or none), and the answer to who asked."""

    order: Order | None
    events: Sequence[Event]
    result: Any = None


@dataclass
class Work:
    """One command being executed in one transaction."""

    transaction: Transaction
    definitions: Definitions
    ports: Ports
    now: datetime
    actor: str

    def lock(
        self, sql: str, *more: tuple[str, Mapping[str, Any]], **params: Any
    ) -> tuple[Order | None, list[list[Row]]]:
        """Lock a work order and read what else the step needs, in one round trip."""
        found, stamps, *rest = self.transaction.read([(sql, params), (STAMPS, {}), *more])
        self.definitions.refresh(self.transaction, stamps[0])
        return (Order.from_row(found[0]) if found else None), rest

    def refresh(self) -> None:
        """Catch up with deployments when no work order is locked."""
        self.definitions.refresh(self.transaction, self.transaction.rows(STAMPS)[0])

    def actor_query(self) -> tuple[str, Mapping[str, Any]]:
        return READ_ACTOR, {"actor": self.actor, "now": self.now}

    def person(self, rows: Sequence[Row]) -> Actor:
        """The member of staff who asks."""
        return actor_of(rows[0] if rows else None)

    def permit(self, person: Actor, permission: str, sentences: tuple[str, str] = FORBIDDEN) -> None:
        """Raises NotAllowed unless the person's roles carry the permission (permissions.csv)."""
        if not self.definitions.reference.permits(permission, person.candidates):
            raise NotAllowed(*sentences)

    def step(self, order: Order) -> Step:
        """The token machine over one work order."""
        ports = self.ports
        return Step(order, self.now, self.definitions, self.transaction, ports.secret, ports.trace)


def present(order: Order | None) -> Order:
    """Raises NotFound when there is no such work order."""
    if order is None:
        raise NotFound()
    return order


def running(order: Order | None) -> Order:
    """Raises Conflict when the work order has ended or is suspended."""
    found = present(order)
    if found.status != "active":
        raise Conflict(f"工单 {found.no} 已经办结或暂停。", f"Work order {found.no} has ended or is suspended.")
    return found
