"""Reads what every connector's settings have in common. A value may come from the file or, as text, the environment.

base_url        address of the other system
app_key         our name there and its name here; `secret` is shared by both
previous_secret, previous_not_after   the secret before this one, and until when it still counts (ISO 8601)
file_hosts      hosts (`name` or `name:port`) that attachments may lie on, beside that of `base_url`
addresses       IP addresses the other system calls from, a list or separated by commas; empty: any
timeout         seconds to wait for an answer, default 10
algorithm       HMAC-SM3 (default) or HMAC-SHA256, for what we send
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from connectors.downloads import Downloads
from connectors.http import Channel
from connectors.signature import SM3, AppKey, Secret
from connectors.values import moment

Values = Mapping[str, Any]


def channel(settings: Values) -> Channel:
    """The way out."""
    return Channel(
        url=str(settings.get("base_url", "")),
        app_key=str(settings.get("app_key", "")),
        secret=str(settings.get("secret", "")),
        timeout=float(settings.get("timeout", 10)),
        algorithm=str(settings.get("algorithm", SM3)),
    )


def downloads(settings: Values) -> Downloads:
    """Where attachments may be fetched."""
    own = urlsplit(str(settings.get("base_url", ""))).netloc
    return Downloads(frozenset({*listed(settings.get("file_hosts", ())), *([own] if own else [])}))


def app_keys(settings: Values) -> dict[str, AppKey]:
    """Who may call: nobody as long as no secret is set."""
    name, secret = str(settings.get("app_key", "")), str(settings.get("secret", ""))
    if not name or not secret:
        return {}
    secrets = [Secret(secret)]
    if settings.get("previous_secret") and settings.get("previous_not_after"):
        secrets.append(Secret(str(settings["previous_secret"]), moment(str(settings["previous_not_after"]))))
    return {name: AppKey(name, tuple(secrets), addresses=listed(settings.get("addresses", ())))}


def listed(value: Any) -> tuple[str, ...]:
    """A list from the settings file, or the comma-separated text of an environment variable."""
    parts = value.split(",") if isinstance(value, str) else value
    return tuple(part for part in (str(part).strip() for part in parts) if part)
