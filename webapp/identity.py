"""What a page shows of who reported: masked name and number, or nothing.

A confidential report shows them only to posts that may reveal them (permissions.csv), others never to units outside
the administration. Source: decision dmn_visibility, rules 5 and 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.queries import Viewer
from webapp.current import wiring

CONFIDENTIAL = "reveal_confidential"
MASKED = ("reporterName", "reporterPhone")
"""What a document keeps of the person."""


def shown(document: Mapping[str, Any], who: Viewer) -> str | None:
    """The masked words; empty when no name or number was left, None where this person sees nothing of them."""
    if not document.get("reporterRef"):
        return None
    confidential = document.get("confidential") is True
    allowed = wiring().engine.permits(CONFIDENTIAL, who.posts) if confidential else not who.external
    if not allowed:
        return None
    return " ".join(str(document[key]) for key in MASKED if document.get(key))
