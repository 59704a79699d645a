"""Every connector by name. To add one, write its file and put its line here: see README.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import connectors.hotline_12345.connector as hotline_12345
from connectors import alerts, police_110, weather
from connectors.contract import RoutedConnector
from connectors.signature import MemoryNonces, Seen


class Settings(Protocol):
    """The part of the settings that connectors read."""

    @property
    def connectors(self) -> Mapping[str, Mapping[str, Any]]:
        """Name of a connector → its settings."""


Factory = Callable[[Mapping[str, Any], Seen], RoutedConnector]

FACTORIES: Mapping[str, Factory] = {
    alerts.NAME: alerts.connect,
    hotline_12345.NAME: hotline_12345.connect,
    police_110.NAME: police_110.connect,
    weather.NAME: weather.connect,
}


def load(settings: Settings, seen: Seen | None = None) -> dict[str, RoutedConnector]:
    """The connectors of this district, by name.

    seen   remembers nonces for all web processes together; without it each process remembers its own
    """
    nonces = seen or MemoryNonces()
    return {name: factory(settings.connectors.get(name, {}), nonces) for name, factory in FACTORIES.items()}
