"""The one place where rooms meet: engine, forms, connectors, ciphers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import connectors
import forms
from connectors.retry import delay
from connectors.signature import Seen
from engine import change_service
from engine.database import Database
from engine.delivery import Courier
from engine.executor import Engine, utc_now
from engine.intake import Classify
from engine.named_queries import PREFIX, NamedQueries
from engine.ports import Connector, Delivery, Rejected
from engine.tracing import Trace
from engine.work import Ports
from webapp.crypto import VaultCipher, sm3
from webapp.nonces import DatabaseNonces
from webapp.settings import Settings

NO_CONNECTOR = "NO_CONNECTOR"
"""What an error boundary event catches where a diagram names its operation by an expression: people then go on."""

Clock = Callable[[], datetime]
MODEL = "intake_model.npz"
"""What `cityloop train` writes into the var folder."""


@dataclass(frozen=True)
class Wiring:
    """Everything a process of Cityloop needs, wired once."""

    settings: Settings
    engine: Engine
    connectors: Mapping[str, Connector]
    clock: Clock
    queries: NamedQueries

    @property
    def courier(self) -> Courier:
        """Carries jobs to the connectors."""
        return Courier(self.engine, self.deliver, _seconds_after)

    def deliver(self, delivery: Delivery, now: datetime) -> Mapping[str, Any]:
        """Hand a job to the connector its operation belongs to, or ask the stored data."""
        if delivery.operation.startswith(PREFIX):
            return self.queries.deliver(self.engine.database, delivery, now)
        if delivery.operation in change_service.OPERATIONS:
            return change_service.deliver(self.engine, delivery, now)
        connector = self.connectors.get(delivery.operation.partition(".")[0])
        if connector is None or delivery.operation not in connector.operations:
            sentence = f"没有连接器提供操作 {delivery.operation} / no connector offers this operation"
            raise Rejected(sentence, NO_CONNECTOR)
        return connector.deliver(delivery, now)

    def close(self) -> None:
        self.engine.database.close()


def _seconds_after(failures: int) -> float | None:
    wait = delay(failures + 1)
    return wait.total_seconds() if wait else None


def _bindings(source: bytes) -> frozenset[str]:
    """Document fields of a form; a broken one binds nothing, `forms.check` reports it."""
    try:
        return frozenset(forms.Form.from_bytes(source).bindings())
    except forms.FormInvalid:
        return frozenset()


def _classifier(settings: Settings) -> Classify | None:
    """The learned part of suggestions, once `cityloop train` has written its model."""
    if not (settings.var_dir / MODEL).is_file():
        return None
    from webapp import learning  # loads numpy and scikit-learn: only where there is a model

    return learning.classifier(settings.var_dir, settings.secret_key)


def wire(
    settings: Settings,
    clock: Clock = utc_now,
    database: Database | None = None,
    seen: Seen | None = None,
    trace: Trace | None = None,
) -> Wiring:
    """Connect the rooms for these settings.

    `seen` remembers nonces; by default the database does. `trace` is told what the engine's steps touch.
    """
    database = database or Database(settings.database_url)
    loaded = connectors.load(settings, seen or DatabaseNonces(database))
    queries = NamedQueries(settings.processes_dir / "queries")
    ports = Ports(
        secret=settings.secret_key,
        cipher=VaultCipher(settings.vault_key),
        sm3=sm3,
        checks={".form": forms.check},
        topics=queries.topics.union(change_service.OPERATIONS, *(one.operations for one in loaded.values())),
        messages=frozenset(message for connector in loaded.values() for message in connector.messages),
        bindings=_bindings,
        classify=_classifier(settings),
        trace=trace,
    )
    engine = Engine(database, ports, clock)
    return Wiring(settings, engine, loaded, clock, queries)
