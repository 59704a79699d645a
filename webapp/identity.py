"""What a page shows of who reported: masked name and number, or nothing.

A confidential report shows them only to posts that may reveal them (permissions.csv), others never to units outside
the administration. Source: decision dmn_visibility, rules 5 and 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.queries import Viewer
from webapp.current import wiring

OPEN, CONFIDENTIAL = "reveal", "reveal_confidential"
MASKED = ("reporterName", "reporterPhone")
"""What a document keeps of the person."""


def shown(document: Mapping[str, Any], who: Viewer) -> str | None:
    """The masked words; empty when no name or number was left, None where this person sees nothing of them."""
    if not document.get("reporterRef"):
        return None
    if not (may_reveal(document, who) if document.get("confidential") is True else not who.external):
        return None
    return " ".join(str(document[key]) for key in MASKED if document.get(key))


def may_reveal(document: Mapping[str, Any], who: Viewer) -> bool:
    """Whether this person's posts may open the vault for the reporter of this work order."""
    return bool(wiring().engine.permits(CONFIDENTIAL if document.get("confidential") is True else OPEN, who.posts))
